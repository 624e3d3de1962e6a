/* What elementwise losses have in common: a row's loss is the mean over its columns of f(y, t), as in
 * mean_squared_error.c. Each file passes its own f, which the compiler inlines into a KERNEL function:
 *
 *     KERNEL static double value(const loss *l, outputs_kind kind, size_t rows, ...)
 *     {
 *         return elementwise_sum(squared, (constants){ 0 }, rows, columns, outputs, t->rows, gradient, scale);
 *     } */
#ifndef LOSSES_ELEMENTWISE_H
#define LOSSES_ELEMENTWISE_H

#include "base/kernel.h"
#include "losses/loss.h"

/* What f needs of the loss' arguments. */
typedef struct constants {
    float a, b, c, d, e;
} constants;

/* f(y, t) and its derivative by y. Both are NaN if y is NaN. */
typedef struct point {
    float loss, slope;
} point;

enum { ELEMENTWISE_PART = 64 };

/* One part of a row, of up to ELEMENTWISE_PART columns. dy may be y. */
static inline __attribute__((always_inline)) double elementwise_part(point (*f)(constants, float, float),
                                                                     constants c, size_t n, const float *y,
                                                                     const float *t, float *dy, float scale)
{
    float losses[ELEMENTWISE_PART];
    double sum = 0;
    if (dy) {
        KERNEL_INDEPENDENT
        for (size_t i = 0; i < n; i++) {
            const point p = f(c, y[i], t[i]);
            losses[i] = p.loss;
            dy[i] = p.slope * scale;
        }
    } else {
        KERNEL_INDEPENDENT
        for (size_t i = 0; i < n; i++) losses[i] = f(c, y[i], t[i]).loss;
    }
    for (size_t i = 0; i < n; i++) sum += (double)losses[i];
    return sum;
}

static inline __attribute__((always_inline)) double elementwise_sum(point (*f)(constants, float, float),
                                                                    constants c, size_t rows, size_t columns,
                                                                    const float *y, const float *t, float *dy,
                                                                    float scale)
{
    double sum = 0;
    for (size_t row = 0; row < rows; row++) {
        double row_sum = 0;
        for (size_t first = 0; first < columns; first += ELEMENTWISE_PART) {
            const size_t left = columns - first, at = row * columns + first;
            row_sum += elementwise_part(f, c, left < ELEMENTWISE_PART ? left : ELEMENTWISE_PART, y + at,
                                        t + at, dy ? dy + at : NULL, scale / (float)columns);
        }
        sum += row_sum / (double)columns;
    }
    return sum;
}

/* -1, 0 or 1; NaN for NaN. */
static inline float sign_of(float x)
{
    return x > 0 ? 1.0f : x < 0 ? -1.0f : x;
}

#endif
