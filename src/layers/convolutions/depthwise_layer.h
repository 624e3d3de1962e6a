/* Shared by DepthwiseConv1D and DepthwiseConv2D, and in part by SeparableConv1D and SeparableConv2D: struct, arguments and vtable
 * functions. call->own is a depthwise (tensor/images/depthwise.h). */
#ifndef LAYERS_CONVOLUTIONS_DEPTHWISE_LAYER_H
#define LAYERS_CONVOLUTIONS_DEPTHWISE_LAYER_H

#include "layers/kernel_and_bias.h"
#include "layers/window.h"
#include "tensor/images/depthwise.h"

typedef struct depthwise_layer {
    layer base;
    size_t multiplier;
    window window;
    kernel_and_bias shared;
} depthwise_layer;

void depthwise_layer_configure(layer *, config_reader *, int axes);
void depthwise_layer_describe(const layer *, config *);
HORN_CHECKED horn_status depthwise_layer_build(layer *, const shape *inputs, size_t count);
HORN_CHECKED horn_status depthwise_layer_place(const layer *, call *);
void depthwise_layer_forward(const call *, lane *, const tensor *x, tensor *y);
void depthwise_layer_backward(const call *, lane *, const tensor *x, const tensor *y, const tensor *dy,
                              tensor *dx);

/* Checks the input and describes the kernel for it: name, axes, shape and fans. */
HORN_CHECKED horn_status depthwise_layer_kernel(weight *out, const depthwise_layer *, const layer *,
                                                const shape *input);
depthwise depthwise_layer_geometry(const depthwise_layer *, const window_fit *, size_t channels);

#endif
