/* Shared by the layers that put lines of zeros around their input (padding) or take lines off (cropping): arguments, shapes and
 * vtable functions. One does what the gradient of the other does. */
#ifndef LAYERS_IMAGES_EDGES_H
#define LAYERS_IMAGES_EDGES_H

#include "layers/window.h"

/* Lines before and behind each axis, which are those of a window (window.h). */
typedef struct edges {
    layer base;
    window axes;
    size_t sizes[WINDOW_AXES][2];
} edges;

/* Reads an integer, for each axis an integer, or for each axis a pair. For sequences: an integer or a pair. */
void edges_configure(layer *, config_reader *, int axes, const char *key, size_t otherwise);
void edges_describe(const layer *, config *, const char *key);
HORN_CHECKED horn_status edges_place_padding(const layer *, call *);
/* Refuses to take all lines off. */
HORN_CHECKED horn_status edges_place_cropping(const layer *, call *);
void edges_pad(const call *, lane *, const tensor *x, tensor *y);
void edges_pad_back(const call *, lane *, const tensor *x, const tensor *y, const tensor *dy, tensor *dx);
void edges_crop(const call *, lane *, const tensor *x, tensor *y);
void edges_crop_back(const call *, lane *, const tensor *x, const tensor *y, const tensor *dy, tensor *dx);

size_t edges_operate_crop(const call *, graph *, const size_t *x);

/* Sets the argument to one pair for each axis. */
void edges_set(config *, const char *key, const size_t *sizes, int axes);

#endif
