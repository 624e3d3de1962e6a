/* Products with a factor that is mostly zeros, as pictures are, of which half of the pixels are 0, and gradients behind
 * relu and Dropout. Only the others are multiplied, which beats a dense product where less than about 70 % remain.
 *
 * Both return false, and have done nothing, where they don't pay, don't take U, or lack the CPU (AVX-512): that is a
 * function of the shapes and the data, never of time or threads. Lines go through in pairs, so that a cut of the work
 * behind an even number of them changes no bit of a product. Where a weight is infinite, a zero times it counts as 0,
 * not as NaN. */
#ifndef TENSOR_PRODUCTS_SPARSE_H
#define TENSOR_PRODUCTS_SPARSE_H

#include <stdbool.h>
#include <stddef.h>

/* y[N,U] = x[N,D] w[D,U], by the zeros of x, whose rows are ldx floats apart. */
bool sparse_rows(size_t N, size_t D, size_t U, const float *x, size_t ldx, const float *w, float *y);

/* dw[D,U] = x[N,D]^T dy[N,U], by the zeros of x, or by those of dy where it has more and D is a multiple of 16;
 * turned[U,D] is room for dw's transpose. */
bool sparse_columns(size_t N, size_t D, size_t U, const float *x, size_t ldx, const float *dy, float *dw,
                    float *turned);

#endif
