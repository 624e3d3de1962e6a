#include "tensor/permutation.h"

shape permutation_shape(const shape *x, const int *order)
{
    shape y = { .rank = x->rank };
    for (int i = 0; i < x->rank; i++) y.dim[i] = x->dim[order[i]];
    return y;
}

void permutation_apply(const shape *x, const int *order, const float *from, float *to)
{
    const shape y = permutation_shape(x, order);
    size_t strides[HORN_MAX_RANK], steps[HORN_MAX_RANK] = { 0 }, at[HORN_MAX_RANK] = { 0 }, place = 0,
                                   stride = 1;
    for (int i = x->rank; i-- > 0; stride *= x->dim[i]) strides[i] = stride;
    for (int i = 0; i < x->rank; i++) steps[i] = strides[order[i]];
    for (size_t k = 0, count = shape_count(&y); k < count; k++) {
        to[k] = from[place];
        for (int i = y.rank; i-- > 0;) {
            place += steps[i];
            if (++at[i] < y.dim[i]) break;
            place -= steps[i] * y.dim[i];
            at[i] = 0;
        }
    }
}

void permutation_invert(int rank, const int *order, int *inverse)
{
    for (int i = 0; i < rank; i++) inverse[order[i]] = i;
}
