/* Elementwise kernels over arrays of floats.
 *
 * Each element depends on its own position only, and sums go over rows from first to last: so threads may cut the
 * work anywhere without changing a bit. Outputs come first. An output may be the same array as an input, but not a
 * shifted one. */
#ifndef TENSOR_ELEMENTWISE_H
#define TENSOR_ELEMENTWISE_H

#include <stddef.h>
#include <stdint.h>

void elementwise_fill(float *y, float value, size_t n);

/* y *= factor. */
void elementwise_scale(float *y, float factor, size_t n);

/* y += x. */
void elementwise_add(float *y, const float *x, size_t n);

/* y += factor x. */
void elementwise_add_scaled(float *y, float factor, const float *x, size_t n);

/* y = max(y, 0); keeps NaN. */
void elementwise_relu(float *y, size_t n);

/* y *= x. */
void elementwise_multiply(float *y, const float *x, size_t n);

/* to[U,K] = from[K,U]^T; rows of them are `to_stride` and `stride` floats apart. */
void elementwise_transpose(float *to, size_t to_stride, const float *from, size_t stride, size_t K, size_t U);

/* y[N,U] += bias[U] in each row; rows of y are `stride` floats apart. */
void elementwise_add_bias(float *y, size_t stride, const float *bias, size_t N, size_t U);

/* sums[U] += sum over the rows of y[N,U], always in the same order; rows of y are `stride` floats apart. */
void elementwise_add_columns(float *sums, const float *y, size_t stride, size_t N, size_t U);

/* y = mask ? factor x : 0; the gradient of dropout. */
void elementwise_mask(float *y, const float *x, const uint8_t *mask, float factor, size_t n);

/* y = exp(x), log(x) or tanh(x), as float_math.h computes them. */
void elementwise_exp(float *y, const float *x, size_t n);
void elementwise_log(float *y, const float *x, size_t n);
void elementwise_tanh(float *y, const float *x, size_t n);

#endif
