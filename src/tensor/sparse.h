/* Products whose first factor is mostly zeros, as pictures are: half of Fashion-MNIST's pixels are 0. Only
 * the others are multiplied, which beats a dense product where less than about 70 % remain.
 *
 * Lines of x go through in pairs, so that a cut of the work behind an even number of them changes no bit.
 * Where a weight is infinite, a zero times it counts as 0, not as NaN. */
#ifndef TENSOR_SPARSE_H
#define TENSOR_SPARSE_H

#include <stdbool.h>
#include <stddef.h>

/* Whether these two kernels run on this CPU (AVX-512), take U, and pay for x[N,D] with rows ldx floats apart.
 * A function of the data, never of time or threads. */
bool sparse_pays(size_t N, size_t D, size_t U, const float *x, size_t ldx);

/* y[N,U] = x[N,D] w[D,U] */
void sparse_rows(size_t N, size_t D, size_t U, const float *x, size_t ldx, const float *w, float *y);

/* dw[D,U] = x[N,D]^T dy[N,U] */
void sparse_columns(size_t N, size_t D, size_t U, const float *x, size_t ldx, const float *dy, float *dw);

#endif
