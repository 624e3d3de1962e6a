#include "tensor/elementwise.h"

#include "base/kernel.h"
#include "tensor/float_math.h"
#include "tensor/strips.h"

KERNEL void elementwise_fill(float *y, float value, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] = value;
}

KERNEL void elementwise_scale(float *y, float factor, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] *= factor;
}

KERNEL void elementwise_add(float *y, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] += x[i];
}

KERNEL void elementwise_add_scaled(float *y, float factor, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] += factor * x[i];
}

KERNEL void elementwise_multiply(float *y, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] *= x[i];
}

KERNEL void elementwise_relu(float *y, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] = y[i] < 0 ? 0 : y[i];
}

KERNEL void elementwise_add_bias(float *y, size_t stride, const float *bias, size_t N, size_t U)
{
    for (size_t row = 0; row < N; row++) {
        float *restrict to = y + row * stride;
        for (size_t i = 0; i < U; i++) to[i] += bias[i];
    }
}

void elementwise_transpose(float *to, size_t to_stride, const float *from, size_t stride, size_t K, size_t U)
{
    enum { TILE = 16 };
    for (size_t k = 0; k < K; k += TILE)
        for (size_t u = 0; u < U; u++)
            for (size_t i = k; i < least(k + TILE, K); i++) to[u * to_stride + i] = from[i * stride + u];
}

/* Four independent sums, one for each of four rows, so that no addition waits for the one before. */
INLINE void add_strip(float *sums, const float *y, size_t stride, size_t N, size_t n)
{
    enum { SUMS = 4 };
    floats sum[SUMS] = { { 0 } }, value;
    size_t row = 0;
    for (; row + SUMS <= N; row += SUMS)
        for (size_t i = 0; i < SUMS; i++) {
            load(&value, y + (row + i) * stride, n);
            sum[i] += value;
        }
    for (; row < N; row++) {
        load(&value, y + row * stride, n);
        sum[0] += value;
    }
    load(&value, sums, n);
    value += (sum[0] + sum[1]) + (sum[2] + sum[3]);
    store(sums, &value, n);
}

KERNEL void elementwise_add_columns(float *sums, const float *y, size_t stride, size_t N, size_t U)
{
    size_t u = 0;
    for (; u + STRIP <= U; u += STRIP) add_strip(sums + u, y + u, stride, N, STRIP);
    if (u < U) add_strip(sums + u, y + u, stride, N, U - u);
}

KERNEL void elementwise_mask(float *y, const float *x, const uint8_t *mask, float factor, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] = mask[i] ? factor * x[i] : 0;
}

KERNEL void elementwise_exp(float *y, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] = float_exp(x[i]);
}

KERNEL void elementwise_log(float *y, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] = float_log(x[i]);
}

KERNEL void elementwise_tanh(float *y, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] = float_tanh(x[i]);
}
