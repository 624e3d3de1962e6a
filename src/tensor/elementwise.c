#include "tensor/elementwise.h"

#include "base/kernel.h"
#include "tensor/float_math.h"

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

KERNEL void elementwise_add_bias(float *y, size_t stride, const float *bias, size_t N, size_t U)
{
    for (size_t row = 0; row < N; row++) {
        float *restrict to = y + row * stride;
        for (size_t i = 0; i < U; i++) to[i] += bias[i];
    }
}

/* Sixteen columns at a time stay in registers. */
KERNEL void elementwise_add_columns(float *sums, const float *y, size_t stride, size_t N, size_t U)
{
    enum { WIDTH = 16 };
    size_t first = 0;
    for (; first + WIDTH <= U; first += WIDTH) {
        float sum[WIDTH];
        for (int i = 0; i < WIDTH; i++) sum[i] = sums[first + (size_t)i];
        for (size_t row = 0; row < N; row++) {
            const float *from = y + row * stride + first;
            for (int i = 0; i < WIDTH; i++) sum[i] += from[i];
        }
        for (int i = 0; i < WIDTH; i++) sums[first + (size_t)i] = sum[i];
    }
    for (size_t row = 0; row < N && first < U; row++)
        for (size_t i = first; i < U; i++) sums[i] += y[row * stride + i];
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
