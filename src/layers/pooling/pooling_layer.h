/* Shared by the pooling layers: struct, arguments and vtable functions. call->own is a pooling_call.
 *
 * The computation is that of images. A sequence is an image of height 1, and the whole input, of any number of axes, one window.
 * Windows of a volume are pooled in two stages: each plane as an image, then all planes along the depth, as an image that is
 * (depth) high and (height width) wide. The mean of means is the mean, as all windows of a plane at one depth are of one size. */
#ifndef LAYERS_POOLING_POOLING_LAYER_H
#define LAYERS_POOLING_POOLING_LAYER_H

#include "layers/window.h"
#include "tensor/images/pooling.h"

typedef struct pooling_layer {
    layer base;
    /* Global pooling uses its axes only. */
    window window;
    /* Global pooling only. */
    bool keepdims;
} pooling_layer;

typedef struct pooling_call {
    pooling image;
    /* Second stage; planes is the number of images that the first one pools in a sample, 0: there is one stage. */
    pooling depth;
    size_t planes;
} pooling_call;

/* Windows: MaxPooling and AveragePooling of 1 to 3 axes. */
void pooling_layer_configure(layer *, config_reader *, int axes);
void pooling_layer_describe(const layer *, config *);
HORN_CHECKED horn_status pooling_layer_place(const layer *, call *);
/* Makes the layer of options with `axes` numbers each. */
horn_layer *pooling_layer_construct(const layer_class *, int axes, const char *name,
                                    const size_t input_shape[HORN_MAX_RANK], const size_t *pool_size,
                                    const size_t *strides, const char *padding);

/* The whole input: GlobalMaxPooling and GlobalAveragePooling. */
void pooling_layer_configure_global(layer *, config_reader *, int axes);
void pooling_layer_describe_global(const layer *, config *);
HORN_CHECKED horn_status pooling_layer_place_global(const layer *, call *);
horn_layer *pooling_layer_construct_global(const layer_class *, const horn_global_pooling_options *);

/* Vtable functions for maximum and for mean. Maximum pooling saves the position of each maximum for backward: its place calls
 * pooling_layer_ask_places. */
void pooling_layer_ask_places(call *);
size_t pooling_layer_operate(const call *, graph *, size_t x, operation_kind kind);
void pooling_layer_max(const call *, lane *, const tensor *x, tensor *y);
void pooling_layer_max_back(const call *, lane *, const tensor *x, const tensor *y, const tensor *dy,
                            tensor *dx);
void pooling_layer_average(const call *, lane *, const tensor *x, tensor *y);
void pooling_layer_average_back(const call *, lane *, const tensor *x, const tensor *y, const tensor *dy,
                                tensor *dx);

#endif
