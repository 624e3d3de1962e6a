/* exp, log and tanh of a float, without branches, calls or tables: loops over them can be vectorised (in a KERNEL),
 * and a value gives the same bits in every loop, at every position and on every CPU.
 *
 * Largest errors over all floats, denormals, infinities and NaN included: less than 1 ulp for exp and log, less than
 * 1.4 ulp for tanh. exp(x) is infinite from 88.7228 on; for small x it becomes denormal, then 0. */
#ifndef TENSOR_FLOAT_MATH_H
#define TENSOR_FLOAT_MATH_H

#include <stdint.h>
#include <string.h>
#include "base/kernel.h"

static inline uint32_t float_bits(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float float_from_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* x = n ln 2 + r, |r| <= ln 2 / 2: exp(x) = 2^n (1 + r + r^2 q(r)). Adding 1.5 * 2^23 rounds to an integer and leaves
 * it in the low bits. 2^n is applied as two factors, so that a denormal result is rounded only once. */
static inline float float_exp(float x)
{
    const float shift = 12582912.0f, ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
    x = x > 89.0f ? 89.0f : x;
    x = x < -104.0f ? -104.0f : x;
    float shifted = x * 1.44269504f + shift, n = shifted - shift;
    float r = (x - n * ln2_high) - n * ln2_low;
    float q = 1.9875691500e-4f;
    q = q * r + 1.3981999507e-3f;
    q = q * r + 8.3334519073e-3f;
    q = q * r + 4.1665795894e-2f;
    q = q * r + 1.6666665459e-1f;
    q = q * r + 5.0000001201e-1f;
    float p = (q * r * r + r) + 1;
    /* n, in two's complement. */
    uint32_t power = float_bits(shifted) - float_bits(shift);
    uint32_t half = (power + 256) / 2 - 128, rest = power - half;
    return p * float_from_bits((half + 127) << 23) * float_from_bits((rest + 127) << 23);
}

/* x = 2^k m, sqrt(1/2) <= m < sqrt(2), f = m - 1, s = f / (2 + f):
 * log(x) = k ln 2 + f - f^2/2 + s (f^2/2 + r(s^2)). */
static inline float float_log(float x)
{
    const float ln2_high = 0.693138123f, ln2_low = 9.05800061e-6f;
    float tiny = x < 1.17549435e-38f ? 1.0f : 0.0f;
    float scaled = tiny != 0 ? x * 8388608.0f : x;
    uint32_t bits = float_bits(scaled) + (0x3f800000u - 0x3f3504f3u);
    float k = (float)(int32_t)(bits >> 23) - 127.0f - 23.0f * tiny;
    float f = float_from_bits((bits & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
    float s = f / (2.0f + f), z = s * s, half = 0.5f * f * f;
    float r = z * (0.66666662693f + z * (0.40000972152f + z * (0.28498786688f + z * 0.24279078841f)));
    float y = s * (half + r) + k * ln2_low - half + f + k * ln2_high;
    y = x > 3.40282347e38f ? x : y;
    y = x == 0 ? -__builtin_inff() : y;
    return x < 0 || x != x ? __builtin_nanf("") : y;
}

/* log(1 + u) for u in [0, 1]: the series of 2 atanh(u / (2 + u)). */
static inline float float_log1p(float u)
{
    const float t = u / (2 + u), s = t * t;
    float sum = s * (1.0f / 13) + 1.0f / 11;
    sum = s * sum + 1.0f / 9;
    sum = s * sum + 1.0f / 7;
    sum = s * sum + 1.0f / 5;
    sum = s * sum + 1.0f / 3;
    return 2 * t * (s * sum + 1);
}

/* x + x^3 p(x^2) near 0, else 1 - 2 / (exp(2x) + 1). */
static inline float float_tanh(float x)
{
    float a = x < 0 ? -x : x, z = x * x;
    float p = -5.70498872745e-3f;
    p = p * z + 2.06390887954e-2f;
    p = p * z - 5.37397155531e-2f;
    p = p * z + 1.33314422036e-1f;
    p = p * z - 3.33332819422e-1f;
    float near = p * z * x + x, far = 1.0f - 2.0f / (float_exp(2.0f * a) + 1.0f);
    far = x < 0 ? -far : far;
    return a < 0.625f ? near : far;
}

/* exp(x) - 1 for x <= 0, without the cancellation near 0. */
static inline float float_expm1(float x)
{
    const float t = float_tanh(0.5f * x);
    return 2 * t / (1 - t);
}

#endif
