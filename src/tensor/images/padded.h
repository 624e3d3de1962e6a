/* One sample of a convolution's input with its padding: what the windows read. */
#ifndef TENSOR_IMAGES_PADDED_H
#define TENSOR_IMAGES_PADDED_H

#include <stdbool.h>
#include <stddef.h>
#include "tensor/images/convolution.h"

typedef struct padded {
    float *data;
    /* Floats from one line to the next. */
    size_t pitch;
} padded;

/* Sample n of x[rows, height, width, channels]. If no window needs padding, the result points into x; otherwise the
 * sample is copied into scratch[convolution_padded_size] with zeros around it. */
padded convolution_pad(const convolution *, size_t n, const float *x, float *scratch);

/* Floats of a padded sample; 0 if no window needs padding. */
size_t convolution_padded_size(const convolution *);

/* True if no window needs padding. */
bool convolution_is_inside(const convolution *);

#endif
