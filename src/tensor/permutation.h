/* Axes in another order. */
#ifndef TENSOR_PERMUTATION_H
#define TENSOR_PERMUTATION_H

#include "tensor/tensor.h"

/* Axis i of the result is axis order[i] of x. */
shape permutation_shape(const shape *x, const int *order);
/* y = x in that order, for one sample of shape `x`. */
void permutation_apply(const shape *x, const int *order, const float *from, float *to);
/* The order that undoes it. */
void permutation_invert(int rank, const int *order, int *inverse);

#endif
