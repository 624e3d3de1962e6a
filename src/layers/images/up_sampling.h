/* Shared by UpSampling1D and UpSampling2D. call->own is a resizing (tensor/images/resizing.h); a sequence is an image of height 1. */
#ifndef LAYERS_IMAGES_UP_SAMPLING_H
#define LAYERS_IMAGES_UP_SAMPLING_H

#include "layers/window.h"
#include "tensor/images/resizing.h"

typedef struct up_sampling {
    layer base;
    /* Its size is how often each step or pixel is repeated. */
    window factors;
    bool is_bilinear;
} up_sampling;

HORN_CHECKED horn_status up_sampling_place(const layer *, call *);
void up_sampling_forward(const call *, lane *, const tensor *x, tensor *y);
void up_sampling_backward(const call *, lane *, const tensor *x, const tensor *y, const tensor *dy,
                          tensor *dx);

#endif
