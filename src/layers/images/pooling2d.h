/* Shared by the pooling layers: struct, arguments and vtable functions. call->own is a pooling (tensor/images/pooling.h). */
#ifndef LAYERS_IMAGES_POOLING2D_H
#define LAYERS_IMAGES_POOLING2D_H

#include "layers/images/window.h"
#include "tensor/images/pooling.h"

typedef struct pooling2d {
    layer base;
    /* Not set for global pooling. */
    window window;
    /* Global pooling only. */
    bool keepdims;
} pooling2d;

/* MaxPooling2D and AveragePooling2D */
void pooling2d_configure(layer *, config_reader *);
void pooling2d_describe(const layer *, config *);
HORN_CHECKED horn_status pooling2d_place(const layer *, call *);
horn_layer *pooling2d_construct(const layer_class *, const horn_pooling2d_options *);

/* GlobalMaxPooling2D and GlobalAveragePooling2D: the window is the whole image. */
void pooling2d_configure_global(layer *, config_reader *);
void pooling2d_describe_global(const layer *, config *);
HORN_CHECKED horn_status pooling2d_place_global(const layer *, call *);
horn_layer *pooling2d_construct_global(const layer_class *, const horn_global_pooling2d_options *);

/* Vtable functions for maximum and for mean. Maximum pooling saves the position of each maximum for backward: its place calls
 * pooling2d_ask_places. */
void pooling2d_ask_places(call *);
size_t pooling2d_operate(const call *, graph *, size_t x, operation_kind kind);
void pooling2d_max(const call *, lane *, const tensor *x, tensor *y);
void pooling2d_max_back(const call *, lane *, const tensor *x, const tensor *y, const tensor *dy, tensor *dx);
void pooling2d_average(const call *, lane *, const tensor *x, tensor *y);
void pooling2d_average_back(const call *, lane *, const tensor *x, const tensor *y, const tensor *dy,
                            tensor *dx);

#endif
