/* Activations of a whole row. */
#include "functions/activation_loops.h"
#include "functions/softmax.h"
#include "tensor/float_math.h"

/* ---- softmax ---- */

static void softmax_forward(size_t rows, size_t columns, const float *z, float *y)
{
    for (size_t row = 0; row < rows; row++, z += columns, y += columns)
        (void)softmax_row(columns, z, softmax_max(columns, z), y);
}

static void softmax_backward(size_t rows, size_t columns, const float *z, const float *y, const float *dy,
                             float *dz)
{
    (void)z;
    for (size_t row = 0; row < rows; row++, y += columns, dy += columns, dz += columns) {
        float inner = 0;
        for (size_t i = 0; i < columns; i++) inner += y[i] * dy[i];
        for (size_t i = 0; i < columns; i++) dz[i] = y[i] * (dy[i] - inner);
    }
}

/* ---- log_softmax: z - max - log sum exp(z - max) ---- */

static void log_softmax_forward(size_t rows, size_t columns, const float *z, float *y)
{
    for (size_t row = 0; row < rows; row++, z += columns, y += columns) {
        const float max = softmax_max(columns, z), log = float_log(softmax_row(columns, z, max, NULL));
        for (size_t i = 0; i < columns; i++) y[i] = z[i] - max - log;
    }
}

static void log_softmax_backward(size_t rows, size_t columns, const float *z, const float *y, const float *dy,
                                 float *dz)
{
    (void)z;
    for (size_t row = 0; row < rows; row++, y += columns, dy += columns, dz += columns) {
        float sum = 0;
        for (size_t i = 0; i < columns; i++) sum += dy[i];
        for (size_t i = 0; i < columns; i++) dz[i] = dy[i] - float_exp(y[i]) * sum;
    }
}

const activation row_activations[] = {
    { .name = "softmax",
      .operation = OPERATION_SOFTMAX,
      .logits = LOGITS_OF_SOFTMAX,
      .gives_probabilities = true,
      .is_of_rows = true,
      .forward = softmax_forward,
      .backward = softmax_backward },
    { .name = "log_softmax",
      .is_of_rows = true,
      .forward = log_softmax_forward,
      .backward = log_softmax_backward },
    { 0 },
};
