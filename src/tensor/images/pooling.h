/* The greatest value or the mean of each window of an image, channel by channel: x[rows, height, width,
 * channels] -> y[rows, out_height, out_width, channels]. Window (oy, ox) begins at line oy stride_y -
 * pad_top, column ox stride_x - pad_left, and has the cells of it that lie inside x: one at least. Nothing
 * here fails or allocates; a row's results depend on that row alone. */
#ifndef TENSOR_IMAGES_POOLING_H
#define TENSOR_IMAGES_POOLING_H

#include <stddef.h>

typedef struct pooling {
    size_t channels, height, width;
    size_t window_height, window_width; /* less than 2^32 cells */
    size_t stride_y, stride_x, pad_top, pad_left;
    size_t out_height, out_width;
} pooling;

/* Bytes in which a maximum's place in its window is kept: 1 or 4. */
size_t pooling_position_size(const pooling *);

/* The first of equal values, row by row, is the maximum. positions[rows, out_height, out_width, channels]
 * may be NULL where no gradient is wanted. */
void pooling_max(const pooling *, size_t rows, const float *x, float *y, void *positions);
/* relu_y: where x was made by relu, y; then dx is the gradient in front of relu. Else NULL. */
void pooling_max_gradient(const pooling *, size_t rows, const void *positions, const float *relu_y,
                          const float *dy, float *dx);

void pooling_average(const pooling *, size_t rows, const float *x, float *y);
void pooling_average_gradient(const pooling *, size_t rows, const float *dy, float *dx);

#endif
