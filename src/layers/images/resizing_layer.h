/* Shared by Resizing and CenterCrop: a part of each image, in another size. call->own is a resizing (tensor/images/resizing.h). */
#ifndef LAYERS_IMAGES_RESIZING_LAYER_H
#define LAYERS_IMAGES_RESIZING_LAYER_H

#include "layers/images/up_sampling.h"

typedef struct resizing_layer {
    layer base;
    size_t height, width;
    bool is_bilinear, crops;
} resizing_layer;

/* height and width. */
void resizing_layer_read_size(layer *, config_reader *);
void resizing_layer_describe_size(const layer *, config *);
/* Checks the input and sets output and geometry: of the whole image, or of the largest part that has the output's shape. */
HORN_CHECKED horn_status resizing_layer_place(const layer *, call *, bool whole);

#endif
