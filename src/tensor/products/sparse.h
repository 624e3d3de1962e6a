/* Products with a factor that is mostly zeros: images, of which half of the pixels are 0, and gradients behind relu
 * and Dropout. Only the other values are multiplied, which is faster than a dense product if less than about 70 % of
 * the values remain.
 *
 * Both functions do nothing and return false if that would be slower, if they do not support U, or without AVX-512.
 * This depends only on the shapes, the data and the CPU, never on time or threads. Lines are processed in pairs, so
 * cutting the work after an even number of lines changes no bit. A zero times an infinite weight counts as 0, not as
 * NaN. */
#ifndef TENSOR_PRODUCTS_SPARSE_H
#define TENSOR_PRODUCTS_SPARSE_H

#include <stdbool.h>
#include <stddef.h>

/* y[N,U] = x[N,D] w[D,U], by the zeros of x; rows of x are ldx floats apart. */
bool sparse_rows(size_t N, size_t D, size_t U, const float *x, size_t ldx, const float *w, float *y);

/* dw[D,U] = x[N,D]^T dy[N,U], by the zeros of x, or by those of dy if it has more and D is a multiple of 16.
 * turned[U,D] is room for dw's transpose. */
bool sparse_columns(size_t N, size_t D, size_t U, const float *x, size_t ldx, const float *dy, float *dw,
                    float *turned);

#endif
