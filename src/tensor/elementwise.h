/* Small kernels over arrays of floats. Each element depends on its own place only, and sums run over rows
 * from first to last, so work can be cut among threads anywhere and the bits stay the same. Outputs come
 * first; an output may be an input of the same index, never a shifted one. */
#ifndef TENSOR_ELEMENTWISE_H
#define TENSOR_ELEMENTWISE_H

#include <stddef.h>
#include <stdint.h>

void elementwise_fill(float *y, float value, size_t n);
void elementwise_scale(float *y, float factor, size_t n);                      /* y *= factor */
void elementwise_add(float *y, const float *x, size_t n);                      /* y += x */
void elementwise_add_scaled(float *y, float factor, const float *x, size_t n); /* y += factor x */
void elementwise_relu(float *y, size_t n);                                     /* y = max(y, 0); NaN stays */
void elementwise_multiply(float *y, const float *x, size_t n);                 /* y *= x */

/* to[U,K] = from[K,U]^T; rows of `from` are `stride` floats apart. */
void elementwise_transpose(float *to, const float *from, size_t stride, size_t K, size_t U);

/* y[N,U] += bias[U] in each row; rows are `stride` floats apart. */
void elementwise_add_bias(float *y, size_t stride, const float *bias, size_t N, size_t U);

/* sums[U] += the rows of y[N,U], in an order of its own; rows are `stride` floats apart. */
void elementwise_add_columns(float *sums, const float *y, size_t stride, size_t N, size_t U);

/* y = mask ? factor x : 0, the gradient of a dropout. */
void elementwise_mask(float *y, const float *x, const uint8_t *mask, float factor, size_t n);

/* See float_math.h. */
void elementwise_exp(float *y, const float *x, size_t n);
void elementwise_log(float *y, const float *x, size_t n);
void elementwise_tanh(float *y, const float *x, size_t n);

#endif
