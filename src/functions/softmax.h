/* Softmax of one row in two steps, which also give its logarithm without cancellation:
 *
 *     max = softmax_max(columns, z);
 *     sum = softmax_row(columns, z, max, p);    p[i] = exp(z[i] - max) / sum
 *     log p[i] = z[i] - max - log(sum)
 *
 * A NaN in z makes all of p NaN. */
#ifndef FUNCTIONS_SOFTMAX_H
#define FUNCTIONS_SOFTMAX_H

#include <stddef.h>

float softmax_max(size_t columns, const float *z);

/* p may be z, or NULL if only the sum is needed. */
float softmax_row(size_t columns, const float *z, float max, float *p);

#endif
