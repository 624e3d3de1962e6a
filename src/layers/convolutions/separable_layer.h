/* Shared by SeparableConv1D and SeparableConv2D: a depthwise convolution, then one of 1x1 cells over its C M channels. The
 * samples are computed one by one, so that what lies between the two needs room for one sample only; backward computes it again. */
#ifndef LAYERS_CONVOLUTIONS_SEPARABLE_LAYER_H
#define LAYERS_CONVOLUTIONS_SEPARABLE_LAYER_H

#include "layers/convolutions/depthwise_layer.h"
#include "tensor/images/convolution.h"

typedef struct separable_layer {
    /* Without the bias. */
    depthwise_layer depthwise;
    size_t filters;
    kernel_and_bias pointwise;
} separable_layer;

typedef struct separable_call {
    depthwise depthwise;
    convolution pointwise;
    /* Floats of a sample between the two. */
    size_t middle;
} separable_call;

void separable_layer_configure(layer *, config_reader *, int axes);
void separable_layer_describe(const layer *, config *);
HORN_CHECKED horn_status separable_layer_build(layer *, const shape *inputs, size_t count);
HORN_CHECKED horn_status separable_layer_place(const layer *, call *);
void separable_layer_forward(const call *, lane *, const tensor *x, tensor *y);
void separable_layer_backward(const call *, lane *, const tensor *x, const tensor *y, const tensor *dy,
                              tensor *dx);

#endif
