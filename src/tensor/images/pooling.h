/* Max and average pooling of images, for each channel: x[rows, height, width, channels] -> y[rows, out_height,
 * out_width, channels]. Window (oy, ox) begins at line oy stride_y - pad_top, column ox stride_x - pad_left. Cells
 * outside x do not count; each window has at least one cell inside. Nothing here fails or allocates. The results of a
 * row depend on that row only. */
#ifndef TENSOR_IMAGES_POOLING_H
#define TENSOR_IMAGES_POOLING_H

#include <stddef.h>

typedef struct pooling {
    size_t channels, height, width;
    /* Less than 2^32 cells. */
    size_t window_height, window_width;
    size_t stride_y, stride_x, pad_top, pad_left;
    size_t out_height, out_width;
} pooling;

/* Bytes of a maximum's position in its window: 1 or 4. */
size_t pooling_position_size(const pooling *);

/* The maximum is the first of equal values, row by row. positions[rows, out_height, out_width, channels] may be NULL
 * if no gradient is needed. */
void pooling_max(const pooling *, size_t rows, const float *x, float *y, void *positions);
/* relu_y: the output y of relu, if relu made x; then dx is the gradient before relu. Else NULL. */
void pooling_max_gradient(const pooling *, size_t rows, const void *positions, const float *relu_y,
                          const float *dy, float *dx);

void pooling_average(const pooling *, size_t rows, const float *x, float *y);
void pooling_average_gradient(const pooling *, size_t rows, const float *dy, float *dx);

#endif
