/* Activations made of straight lines and parabolas. Where a piece ends, gradients are TensorFlow's. */
#include <math.h>
#include "functions/activation_loops.h"

/* ---- relu ---- */

KERNEL static void relu_forward(size_t rows, size_t columns, const float *z, float *y)
{
    KERNEL_INDEPENDENT
    for (size_t i = 0; i < rows * columns; i++) y[i] = z[i] < 0 ? 0 : z[i];
}

KERNEL static void relu_backward(size_t rows, size_t columns, const float *z, const float *y, const float *dy,
                                 float *dz)
{
    (void)z;
    KERNEL_INDEPENDENT
    for (size_t i = 0; i < rows * columns; i++) dz[i] = y[i] > 0 ? dy[i] : 0;
}

/* ---- relu6: min(max(z, 0), 6) ---- */

static inline float relu6_of(float z)
{
    return z < 0 ? 0 : z > 6 ? 6 : z;
}

static inline float relu6_slope(float y)
{
    return y > 0 && y < 6 ? 1 : 0;
}

ACTIVATION_FORWARD(relu6)
ACTIVATION_BACKWARD(relu6)

/* ---- leaky_relu: z > 0 ? z : 0.2 z ---- */

static inline float leaky_relu_of(float z)
{
    return z > 0 ? z : 0.2f * z;
}

static inline float leaky_relu_slope(float y)
{
    return y > 0 ? 1 : 0.2f;
}

ACTIVATION_FORWARD(leaky_relu)
ACTIVATION_BACKWARD(leaky_relu)

/* ---- hard_silu: z min(max(z + 3, 0), 6) / 6 ---- */

static inline float hard_silu_of(float z)
{
    return z * (relu6_of(z + 3) * (1.0f / 6));
}

static inline float hard_silu_slope(float z, float y)
{
    (void)y;
    return relu6_of(z + 3) * (1.0f / 6) + (z > -3 && z < 3 ? z * (1.0f / 6) : 0);
}

ACTIVATION_FORWARD(hard_silu)
ACTIVATION_BACKWARD_OF_Z(hard_silu)

/* ---- hard_sigmoid: Keras 2's, min(max(0.2 z + 0.5, 0), 1), and Keras 3's, min(max(z + 3, 0), 6) / 6 ---- */

static inline float hard_sigmoid_of(float z)
{
    const float y = 0.2f * z + 0.5f;
    return y < 0 ? 0 : y > 1 ? 1 : y;
}

static inline float hard_sigmoid_slope(float y)
{
    return y > 0 && y < 1 ? 0.2f : 0;
}

ACTIVATION_FORWARD(hard_sigmoid)
ACTIVATION_BACKWARD(hard_sigmoid)

static inline float keras3_hard_sigmoid_of(float z)
{
    return relu6_of(z + 3) * (1.0f / 6);
}

static inline float keras3_hard_sigmoid_slope(float y)
{
    return y > 0 && y < 1 ? 1.0f / 6 : 0;
}

ACTIVATION_FORWARD(keras3_hard_sigmoid)
ACTIVATION_BACKWARD(keras3_hard_sigmoid)

/* ---- hard_tanh: min(max(z, -1), 1) ---- */

static inline float hard_tanh_of(float z)
{
    return z < -1 ? -1 : z > 1 ? 1 : z;
}

static inline float hard_tanh_slope(float z, float y)
{
    (void)y;
    return z >= -1 && z <= 1 ? 1 : 0;
}

ACTIVATION_FORWARD(hard_tanh)
ACTIVATION_BACKWARD_OF_Z(hard_tanh)

/* ---- hard_shrink and soft_shrink: 0 for |z| <= 0.5; else z, or z moved towards 0 by 0.5 ---- */

static inline float hard_shrink_of(float z)
{
    return z >= -0.5f && z <= 0.5f ? 0 : z;
}

static inline float soft_shrink_of(float z)
{
    return z >= -0.5f && z <= 0.5f ? 0 : z > 0 ? z - 0.5f : z + 0.5f;
}

static inline float hard_shrink_slope(float z, float y)
{
    (void)y;
    return z >= -0.5f && z <= 0.5f ? 0 : 1;
}

static inline float soft_shrink_slope(float z, float y)
{
    return hard_shrink_slope(z, y);
}

ACTIVATION_FORWARD(hard_shrink)
ACTIVATION_BACKWARD_OF_Z(hard_shrink)
ACTIVATION_FORWARD(soft_shrink)
ACTIVATION_BACKWARD_OF_Z(soft_shrink)

/* ---- sparse_plus: 0 below -1, z above 1, (z + 1)^2 / 4 between ---- */

static inline float sparse_plus_of(float z)
{
    return z <= -1 ? 0 : z >= 1 ? z : (z + 1) * (z + 1) * 0.25f;
}

static inline float sparse_plus_slope(float z, float y)
{
    (void)y;
    return z <= -1 ? 0 : z >= 1 ? 1 : (z + 1) * 0.5f;
}

ACTIVATION_FORWARD(sparse_plus)
ACTIVATION_BACKWARD_OF_Z(sparse_plus)

/* ---- sparse_sigmoid: 0 below -1, 1 above 1, (z + 1) / 2 between ---- */

static inline float sparse_sigmoid_of(float z)
{
    return z <= -1 ? 0 : z >= 1 ? 1 : (z + 1) * 0.5f;
}

static inline float sparse_sigmoid_slope(float z, float y)
{
    (void)y;
    return z > -1 && z < 1 ? 0.5f : 0;
}

ACTIVATION_FORWARD(sparse_sigmoid)
ACTIVATION_BACKWARD_OF_Z(sparse_sigmoid)

const activation piecewise_activations[] = {
    { .name = "relu",
      .operation = OPERATION_RELU,
      .is_relu = true,
      .top = INFINITY,
      .forward = relu_forward,
      .backward = relu_backward },
    { .name = "relu6",
      .operation = OPERATION_RELU6,
      .top = 6,
      .forward = relu6_forward,
      .backward = relu6_backward },
    { .name = "leaky_relu", .forward = leaky_relu_forward, .backward = leaky_relu_backward },
    { .name = "hard_silu", .reads_z = true, .forward = hard_silu_forward, .backward = hard_silu_backward },
    { .name = "hard_sigmoid",
      .gives_probabilities = true,
      .forward = hard_sigmoid_forward,
      .backward = hard_sigmoid_backward },
    { .name = "keras3_hard_sigmoid",
      .gives_probabilities = true,
      .forward = keras3_hard_sigmoid_forward,
      .backward = keras3_hard_sigmoid_backward },
    { .name = "hard_tanh", .reads_z = true, .forward = hard_tanh_forward, .backward = hard_tanh_backward },
    { .name = "hard_shrink",
      .reads_z = true,
      .forward = hard_shrink_forward,
      .backward = hard_shrink_backward },
    { .name = "soft_shrink",
      .reads_z = true,
      .forward = soft_shrink_forward,
      .backward = soft_shrink_backward },
    { .name = "sparse_plus",
      .reads_z = true,
      .forward = sparse_plus_forward,
      .backward = sparse_plus_backward },
    { .name = "sparse_sigmoid",
      .reads_z = true,
      .gives_probabilities = true,
      .forward = sparse_sigmoid_forward,
      .backward = sparse_sigmoid_backward },
    { 0 },
};
