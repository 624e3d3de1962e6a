/* Shared by Conv1D, Conv2D and Conv3D: struct, arguments and vtable functions. call->own is a convolution3d
 * (tensor/images/convolution3d.h). */
#ifndef LAYERS_CONVOLUTIONS_CONV_LAYER_H
#define LAYERS_CONVOLUTIONS_CONV_LAYER_H

#include "layers/kernel_and_bias.h"
#include "layers/window.h"
#include "tensor/images/convolution3d.h"

typedef struct conv_layer {
    layer base;
    size_t filters, groups;
    window window;
    kernel_and_bias shared;
} conv_layer;

void conv_layer_configure(layer *, config_reader *, int axes);
void conv_layer_describe(const layer *, config *);
HORN_CHECKED horn_status conv_layer_build(layer *, const shape *inputs, size_t count);
HORN_CHECKED horn_status conv_layer_place(const layer *, call *);
void conv_layer_prepare(const call *, bool training, size_t rows, range part, float *prepared);
void conv_layer_forward(const call *, lane *, const tensor *x, tensor *y);
void conv_layer_backward(const call *, lane *, const tensor *x, const tensor *y, const tensor *dy,
                         tensor *dx);

/* Of a window and its places in an input: the geometry of its convolution. */
convolution3d conv_layer_geometry(const window *, const window_fit *, size_t channels, size_t units,
                                  size_t groups);
/* Meaning of the kernel's axes: the window's, then two letters for channels and filters. */
const char *conv_layer_axes(const window *, bool is_transposed);
/* Refuses a kernel [window, inputs, outputs] with more values in a line than an int can count, which BLAS counts in. */
HORN_CHECKED horn_status conv_layer_check_kernel(const layer *, const window *, size_t inputs,
                                                 size_t outputs);
/* [window, inputs, outputs] */
shape conv_layer_kernel(const window *, size_t inputs, size_t outputs);

#endif
