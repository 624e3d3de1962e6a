/* Smooth activations. */
#include <math.h>
#include "functions/activation_loops.h"
#include "tensor/elementwise.h"
#include "tensor/float_math.h"

/* log(1 + exp(z)) = max(z, 0) + log(1 + exp(-|z|)). */
static inline float softplus_of(float z)
{
    return (z < 0 ? 0 : z) + float_log1p(float_exp(z < 0 ? z : -z));
}

static inline float sigmoid_of(float z)
{
    return 1 / (1 + float_exp(-z));
}

/* ---- sigmoid ---- */

ACTIVATION_FORWARD(sigmoid)

KERNEL static void sigmoid_backward(size_t rows, size_t columns, const float *z, const float *y,
                                    const float *dy, float *dz)
{
    (void)z;
    KERNEL_INDEPENDENT
    for (size_t i = 0; i < rows * columns; i++) dz[i] = dy[i] * y[i] * (1 - y[i]);
}

/* ---- tanh ---- */

static void tanh_forward(size_t rows, size_t columns, const float *z, float *y)
{
    elementwise_tanh(y, z, rows * columns);
}

KERNEL static void tanh_backward(size_t rows, size_t columns, const float *z, const float *y, const float *dy,
                                 float *dz)
{
    (void)z;
    KERNEL_INDEPENDENT
    for (size_t i = 0; i < rows * columns; i++) dz[i] = dy[i] * (1 - y[i] * y[i]);
}

/* ---- elu and selu: scale (z > 0 ? z : alpha (exp(z) - 1)) ---- */

static const float selu_scale = 1.0507009873554805f, selu_alpha = 1.6732632423543772f;

KERNEL static void elu_forward(size_t rows, size_t columns, const float *z, float *y)
{
    KERNEL_INDEPENDENT
    for (size_t i = 0; i < rows * columns; i++) {
        const float below = float_expm1(z[i] > 0 ? 0 : z[i]);
        y[i] = z[i] > 0 ? z[i] : below;
    }
}

KERNEL static void elu_backward(size_t rows, size_t columns, const float *z, const float *y, const float *dy,
                                float *dz)
{
    (void)z;
    KERNEL_INDEPENDENT
    for (size_t i = 0; i < rows * columns; i++) dz[i] = dy[i] * (y[i] < 0 ? y[i] + 1 : 1);
}

KERNEL static void selu_forward(size_t rows, size_t columns, const float *z, float *y)
{
    KERNEL_INDEPENDENT
    for (size_t i = 0; i < rows * columns; i++) {
        const float below = selu_alpha * float_expm1(z[i] > 0 ? 0 : z[i]);
        y[i] = selu_scale * (z[i] > 0 ? z[i] : below);
    }
}

KERNEL static void selu_backward(size_t rows, size_t columns, const float *z, const float *y, const float *dy,
                                 float *dz)
{
    (void)z;
    KERNEL_INDEPENDENT
    for (size_t i = 0; i < rows * columns; i++)
        dz[i] = dy[i] * (y[i] < 0 ? y[i] + selu_scale * selu_alpha : selu_scale);
}

/* ---- softplus ---- */

ACTIVATION_FORWARD(softplus)

KERNEL static void softplus_backward(size_t rows, size_t columns, const float *z, const float *y,
                                     const float *dy, float *dz)
{
    (void)z;
    KERNEL_INDEPENDENT
    for (size_t i = 0; i < rows * columns; i++) dz[i] = dy[i] * -float_expm1(-y[i]); /* 1 - exp(-y) */
}

/* ---- log_sigmoid: -softplus(-z) ---- */

static inline float log_sigmoid_of(float z)
{
    return -softplus_of(-z);
}

/* 1 - exp(y) */
static inline float log_sigmoid_slope(float y)
{
    return -float_expm1(y);
}

ACTIVATION_FORWARD(log_sigmoid)
ACTIVATION_BACKWARD(log_sigmoid)

/* ---- softsign: z / (1 + |z|) ---- */

static inline float softsign_of(float z)
{
    return z / (1 + (z < 0 ? -z : z));
}

static inline float softsign_slope(float z, float y)
{
    const float whole = 1 + (z < 0 ? -z : z);
    (void)y;
    return 1 / (whole * whole);
}

ACTIVATION_FORWARD(softsign)
ACTIVATION_BACKWARD_OF_Z(softsign)

/* ---- exponential ---- */

static inline float exponential_of(float z)
{
    return float_exp(z);
}

static inline float exponential_slope(float y)
{
    return y;
}

ACTIVATION_FORWARD(exponential)
ACTIVATION_BACKWARD(exponential)

/* ---- silu: z sigmoid(z) ---- */

static inline float silu_of(float z)
{
    return z * sigmoid_of(z);
}

static inline float silu_slope(float z, float y)
{
    const float s = sigmoid_of(z);
    return s + y * (1 - s);
}

ACTIVATION_FORWARD(silu)
ACTIVATION_BACKWARD_OF_Z(silu)

/* ---- gelu: z P(z), P the normal distribution (1 + erf(z / sqrt 2)) / 2; "Gaussian Error Linear Units", Hendrycks and Gimpel,
 * 2016 ---- */

/* Near 0 erf(x) = x p(x^2), farther out 1 - exp(q(x)): p and q fitted by Chebyshev polynomials. P differs by at most 6e-8. From
 * |z| = 5.6 on it is 0 or 1. */
static inline float normal_of(float z)
{
    const float x = (z < 0 ? -z : z) * 0.707106781f, a = x > 4 ? 4 : x, s = a * a;
    float p = 7.88249713e-5f;
    p = p * s - 8.018855e-4f;
    p = p * s + 5.18931194e-3f;
    p = p * s - 2.68543288e-2f;
    p = p * s + 1.12835975e-1f;
    p = p * s - 3.76126269e-1f;
    p = p * s + 1.12837917f;
    float q = -3.16354022e-8f;
    q = q * a + 2.30780106e-6f;
    q = q * a - 5.21778584e-5f;
    q = q * a + 6.28239627e-4f;
    q = q * a - 4.85932044e-3f;
    q = q * a + 2.66227383e-2f;
    q = q * a - 1.10338149e-1f;
    q = q * a - 6.31625999e-1f;
    q = q * a - 1.13031767f;
    q = q * a + 3.34540867e-4f;
    const float tail = x > 4 ? 0 : a < 0.95f ? 0.5f - 0.5f * (p * a) : 0.5f * float_exp(q);
    return z < 0 ? tail : 1 - tail;
}

static inline float gelu_of(float z)
{
    return z * normal_of(z);
}

static inline float gelu_slope(float z, float y)
{
    (void)y;
    return normal_of(z) + z * (0.398942280f * float_exp(-0.5f * z * z));
}

ACTIVATION_FORWARD(gelu)
ACTIVATION_BACKWARD_OF_Z(gelu)

/* ---- mish: z tanh(softplus(z)); "Mish", Misra, 2019 ---- */

static inline float mish_of(float z)
{
    return z * float_tanh(softplus_of(z));
}

static inline float mish_slope(float z, float y)
{
    const float t = float_tanh(softplus_of(z));
    (void)y;
    return t + z * (1 - t * t) * sigmoid_of(z);
}

ACTIVATION_FORWARD(mish)
ACTIVATION_BACKWARD_OF_Z(mish)

/* ---- tanh_shrink: z - tanh(z) ---- */

static inline float tanh_shrink_of(float z)
{
    return z - float_tanh(z);
}

static inline float tanh_shrink_slope(float z, float y)
{
    const float t = float_tanh(z);
    (void)y;
    return t * t;
}

ACTIVATION_FORWARD(tanh_shrink)
ACTIVATION_BACKWARD_OF_Z(tanh_shrink)

/* ---- squareplus: (z + sqrt(z^2 + 4)) / 2 ---- */

static inline float squareplus_of(float z)
{
    return (z + sqrtf(z * z + 4)) * 0.5f;
}

static inline float squareplus_slope(float z, float y)
{
    (void)y;
    return 0.5f + 0.5f * (z / sqrtf(z * z + 4));
}

ACTIVATION_FORWARD(squareplus)
ACTIVATION_BACKWARD_OF_Z(squareplus)

const activation smooth_activations[] = {
    { .name = "sigmoid",
      .operation = OPERATION_SIGMOID,
      .logits = LOGITS_OF_SIGMOID,
      .gives_probabilities = true,
      .forward = sigmoid_forward,
      .backward = sigmoid_backward },
    { .name = "tanh", .operation = OPERATION_TANH, .forward = tanh_forward, .backward = tanh_backward },
    { .name = "elu", .operation = OPERATION_ELU, .forward = elu_forward, .backward = elu_backward },
    /* With an alpha of 1 it is the same function. */
    { .name = "celu", .operation = OPERATION_ELU, .forward = elu_forward, .backward = elu_backward },
    { .name = "selu", .operation = OPERATION_SELU, .forward = selu_forward, .backward = selu_backward },
    { .name = "softplus",
      .operation = OPERATION_SOFTPLUS,
      .forward = softplus_forward,
      .backward = softplus_backward },
    { .name = "log_sigmoid", .forward = log_sigmoid_forward, .backward = log_sigmoid_backward },
    { .name = "softsign", .reads_z = true, .forward = softsign_forward, .backward = softsign_backward },
    { .name = "exponential", .forward = exponential_forward, .backward = exponential_backward },
    { .name = "silu", .reads_z = true, .forward = silu_forward, .backward = silu_backward },
    { .name = "gelu", .reads_z = true, .forward = gelu_forward, .backward = gelu_backward },
    { .name = "mish", .reads_z = true, .forward = mish_forward, .backward = mish_backward },
    { .name = "tanh_shrink",
      .reads_z = true,
      .forward = tanh_shrink_forward,
      .backward = tanh_shrink_backward },
    { .name = "squareplus", .reads_z = true, .forward = squareplus_forward, .backward = squareplus_backward },
    { 0 },
};
