#include "functions/softmax.h"

#include "tensor/elementwise.h"

float softmax_max(size_t columns, const float *z)
{
    float max = z[0];
    for (size_t i = 1; i < columns; i++) max = z[i] > max ? z[i] : max;
    return max;
}

/* Adds from first to last, so that cutting the row into pieces does not change a bit. */
static float add_all(float sum, size_t n, const float *values)
{
    for (size_t i = 0; i < n; i++) sum += values[i];
    return sum;
}

static float sum_of_exponentials(size_t columns, const float *z, float max)
{
    float sum = 0, part[64];
    for (size_t done = 0; done < columns;) {
        const size_t n = columns - done < 64 ? columns - done : 64;
        for (size_t i = 0; i < n; i++) part[i] = z[done + i] - max;
        elementwise_exp(part, part, n);
        sum = add_all(sum, n, part);
        done += n;
    }
    return sum;
}

float softmax_row(size_t columns, const float *z, float max, float *p)
{
    if (!p) return sum_of_exponentials(columns, z, max);
    for (size_t i = 0; i < columns; i++) p[i] = z[i] - max;
    elementwise_exp(p, p, columns);
    const float sum = add_all(0, columns, p);
    for (size_t i = 0; i < columns; i++) p[i] /= sum;
    return sum;
}
