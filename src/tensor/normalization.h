/* Normalization of columns: x[rows, columns], each column with its own mean and factor. Sums are float within 16
 * rows, and double over those. */
#ifndef TENSOR_NORMALIZATION_H
#define TENSOR_NORMALIZATION_H

#include <stdbool.h>
#include <stddef.h>

/* sums[columns] += x, squares[columns] += x^2. */
void normalization_sums(size_t rows, size_t columns, const float *x, double *sums, double *squares);

/* y = (x - mean) factor + shift, then, unless top is NULL, min(max(y, 0), *top); y may be x. */
void normalization_apply(size_t rows, size_t columns, const float *x, const float *mean, const float *factor,
                         const float *shift, const float *top, float *y);

/* sums[columns] += dy, products[columns] += dy (x - mean). */
void normalization_sums_back(size_t rows, size_t columns, const float *x, const float *dy, const float *mean,
                             double *sums, double *products);

/* dx = factor (dy - part - (x - mean) slope); dx may be dy. */
void normalization_apply_back(size_t rows, size_t columns, const float *x, const float *dy, const float *mean,
                              const float *factor, const float *part, const float *slope, float *dx);

#endif
