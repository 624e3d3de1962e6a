/* The index of the greatest of n >= 1 values: the first of equal ones; 0 if all are NaN. */
#ifndef METRICS_ARGMAX_H
#define METRICS_ARGMAX_H

#include <stddef.h>

static inline size_t argmax(size_t n, const float *values)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (values[i] > values[best]) best = i;
    return best;
}

#endif
