/* Parts of images in another size, each channel on its own: of x[rows, image_height, image_width, channels] the height x width
 * pixels from row `top` and column `left` on -> y[rows, out_height, out_width, channels], as
 * TensorFlow 2 does it (half-pixel centers, no antialiasing). Pixel o of y lies at (o + 1/2) n / out - 1/2 of x. Nearest takes the
 * pixel there; bilinear weighs its neighbours, of which those outside the part are the ones at its edge. The results of a row depend on
 * that row only; nothing fails or allocates. */
#ifndef TENSOR_IMAGES_RESIZING_H
#define TENSOR_IMAGES_RESIZING_H

#include <stdbool.h>
#include <stddef.h>

typedef struct resizing {
    size_t channels, image_height, image_width, top, left, height, width, out_height, out_width;
    /* Else nearest. */
    bool is_bilinear;
} resizing;

void resizing_forward(const resizing *, size_t rows, const float *x, float *y);
/* Overwrites dx. */
void resizing_gradient(const resizing *, size_t rows, const float *dy, float *dx);

#endif
