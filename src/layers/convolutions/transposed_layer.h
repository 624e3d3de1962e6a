/* Shared by Conv1DTranspose, Conv2DTranspose and Conv3DTranspose: struct, arguments and vtable functions. The layer computes what
 * the gradient of a convolution does: of the one that makes x [N, sizes, C] of y [N, sizes', F] with kernel [window, F, C]. That
 * one is call->own, a convolution3d. */
#ifndef LAYERS_CONVOLUTIONS_TRANSPOSED_LAYER_H
#define LAYERS_CONVOLUTIONS_TRANSPOSED_LAYER_H

#include "layers/convolutions/conv_layer.h"

typedef struct transposed_layer {
    layer base;
    size_t filters;
    window window;
    /* If not, the output has the usual size. */
    bool has_output_padding;
    size_t output_padding[WINDOW_AXES];
    kernel_and_bias shared;
} transposed_layer;

void transposed_layer_configure(layer *, config_reader *, int axes);
void transposed_layer_describe(const layer *, config *);
HORN_CHECKED horn_status transposed_layer_build(layer *, const shape *inputs, size_t count);
HORN_CHECKED horn_status transposed_layer_place(const layer *, call *);
void transposed_layer_prepare(const call *, bool training, size_t rows, range part, float *prepared);
void transposed_layer_forward(const call *, lane *, const tensor *x, tensor *y);
void transposed_layer_backward(const call *, lane *, const tensor *x, const tensor *y, const tensor *dy,
                               tensor *dx);
/* The options of a layer with that many axes, whose arrays have as many numbers. */
typedef struct transposed_options {
    const char *name;
    const size_t *input_shape, *kernel_size, *strides, *output_padding, *dilation_rate;
    size_t filters;
    const char *padding, *activation;
    bool has_output_padding, no_bias;
    const char *kernel_initializer, *bias_initializer;
    const horn_regularizer *kernel_regularizer, *bias_regularizer;
    const horn_constraint *kernel_constraint, *bias_constraint;
} transposed_options;
horn_layer *transposed_layer_construct(const layer_class *, size_t axes, const transposed_options *);

#endif
