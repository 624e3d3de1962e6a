#include "functions/activation.h"

#include <string.h>
#include "base/kernel.h"
#include "base/status.h"
#include "functions/softmax.h"
#include "tensor/elementwise.h"
#include "tensor/float_math.h"

/* The loops below keep NaN and can be vectorised: they call only these functions. */

/* exp(x) - 1 for x <= 0, without the cancellation near 0. */
static inline float expm1_of(float x)
{
    const float t = float_tanh(0.5f * x);
    return 2 * t / (1 - t);
}

/* ---- relu ---- */

KERNEL static void relu_forward(size_t rows, size_t columns, const float *z, float *y)
{
    KERNEL_INDEPENDENT
    for (size_t i = 0; i < rows * columns; i++) y[i] = z[i] < 0 ? 0 : z[i];
}

KERNEL static void relu_backward(size_t rows, size_t columns, const float *y, const float *dy, float *dz)
{
    KERNEL_INDEPENDENT
    for (size_t i = 0; i < rows * columns; i++) dz[i] = y[i] > 0 ? dy[i] : 0;
}

/* ---- softmax ---- */

static void softmax_forward(size_t rows, size_t columns, const float *z, float *y)
{
    for (size_t row = 0; row < rows; row++, z += columns, y += columns)
        (void)softmax_row(columns, z, softmax_max(columns, z), y);
}

static void softmax_backward(size_t rows, size_t columns, const float *y, const float *dy, float *dz)
{
    for (size_t row = 0; row < rows; row++, y += columns, dy += columns, dz += columns) {
        float inner = 0;
        for (size_t i = 0; i < columns; i++) inner += y[i] * dy[i];
        for (size_t i = 0; i < columns; i++) dz[i] = y[i] * (dy[i] - inner);
    }
}

/* ---- sigmoid ---- */

KERNEL static void sigmoid_forward(size_t rows, size_t columns, const float *z, float *y)
{
    KERNEL_INDEPENDENT
    for (size_t i = 0; i < rows * columns; i++) y[i] = 1 / (1 + float_exp(-z[i]));
}

KERNEL static void sigmoid_backward(size_t rows, size_t columns, const float *y, const float *dy, float *dz)
{
    KERNEL_INDEPENDENT
    for (size_t i = 0; i < rows * columns; i++) dz[i] = dy[i] * y[i] * (1 - y[i]);
}

/* ---- tanh ---- */

static void tanh_forward(size_t rows, size_t columns, const float *z, float *y)
{
    elementwise_tanh(y, z, rows * columns);
}

KERNEL static void tanh_backward(size_t rows, size_t columns, const float *y, const float *dy, float *dz)
{
    KERNEL_INDEPENDENT
    for (size_t i = 0; i < rows * columns; i++) dz[i] = dy[i] * (1 - y[i] * y[i]);
}

/* ---- elu and selu: scale (z > 0 ? z : alpha (exp(z) - 1)) ---- */

static const float selu_scale = 1.0507009873554805f, selu_alpha = 1.6732632423543772f;

KERNEL static void elu_forward(size_t rows, size_t columns, const float *z, float *y)
{
    KERNEL_INDEPENDENT
    for (size_t i = 0; i < rows * columns; i++) {
        const float below = expm1_of(z[i] > 0 ? 0 : z[i]);
        y[i] = z[i] > 0 ? z[i] : below;
    }
}

KERNEL static void elu_backward(size_t rows, size_t columns, const float *y, const float *dy, float *dz)
{
    KERNEL_INDEPENDENT
    for (size_t i = 0; i < rows * columns; i++) dz[i] = dy[i] * (y[i] < 0 ? y[i] + 1 : 1);
}

KERNEL static void selu_forward(size_t rows, size_t columns, const float *z, float *y)
{
    KERNEL_INDEPENDENT
    for (size_t i = 0; i < rows * columns; i++) {
        const float below = selu_alpha * expm1_of(z[i] > 0 ? 0 : z[i]);
        y[i] = selu_scale * (z[i] > 0 ? z[i] : below);
    }
}

KERNEL static void selu_backward(size_t rows, size_t columns, const float *y, const float *dy, float *dz)
{
    KERNEL_INDEPENDENT
    for (size_t i = 0; i < rows * columns; i++)
        dz[i] = dy[i] * (y[i] < 0 ? y[i] + selu_scale * selu_alpha : selu_scale);
}

/* ---- softplus: log(1 + exp(z)) = max(z, 0) + log(1 + exp(-|z|)) ---- */

KERNEL static void softplus_forward(size_t rows, size_t columns, const float *z, float *y)
{
    KERNEL_INDEPENDENT
    for (size_t i = 0; i < rows * columns; i++)
        y[i] = (z[i] < 0 ? 0 : z[i]) + float_log1p(float_exp(z[i] < 0 ? z[i] : -z[i]));
}

KERNEL static void softplus_backward(size_t rows, size_t columns, const float *y, const float *dy, float *dz)
{
    KERNEL_INDEPENDENT
    for (size_t i = 0; i < rows * columns; i++) dz[i] = dy[i] * -expm1_of(-y[i]); /* 1 - exp(-y) */
}

/* ---- by name ---- */

static const activation activations[] = {
    { .name = "relu",
      .operation = OPERATION_RELU,
      .is_relu = true,
      .forward = relu_forward,
      .backward = relu_backward },
    { .name = "softmax",
      .operation = OPERATION_SOFTMAX,
      .logits = LOGITS_OF_SOFTMAX,
      .gives_probabilities = true,
      .forward = softmax_forward,
      .backward = softmax_backward },
    { .name = "sigmoid",
      .operation = OPERATION_SIGMOID,
      .logits = LOGITS_OF_SIGMOID,
      .gives_probabilities = true,
      .forward = sigmoid_forward,
      .backward = sigmoid_backward },
    { .name = "tanh", .operation = OPERATION_TANH, .forward = tanh_forward, .backward = tanh_backward },
    { .name = "elu", .operation = OPERATION_ELU, .forward = elu_forward, .backward = elu_backward },
    { .name = "selu", .operation = OPERATION_SELU, .forward = selu_forward, .backward = selu_backward },
    { .name = "softplus",
      .operation = OPERATION_SOFTPLUS,
      .forward = softplus_forward,
      .backward = softplus_backward },
};

horn_status activation_by_name(const activation **out, const char *name)
{
    if (strcmp(name, "linear") == 0) {
        *out = NULL;
        return HORN_OK;
    }
    for (size_t i = 0; i < sizeof activations / sizeof activations[0]; i++)
        if (strcmp(activations[i].name, name) == 0) {
            *out = &activations[i];
            return HORN_OK;
        }
    return fail(HORN_ERROR_UNSUPPORTED, "activation '%.200s' is not known", name);
}

const char *activation_name(const activation *a)
{
    return a ? a->name : "linear";
}
