/* Shapes, and views of float32 samples, as layers get them. */
#ifndef HORN_TENSOR_H
#define HORN_TENSOR_H

#include <stddef.h>
#include <horn/export.h>
#include <horn/view.h>

HORN_BEGIN

/* Of one sample, without the batch. */
typedef struct horn_shape {
    /* 0 to HORN_MAX_RANK. */
    int rank;
    /* 0: the axis is open, each batch sets its size. */
    size_t dim[HORN_MAX_RANK];
} horn_shape;

typedef struct horn_tensor {
    /* [rows, shape]. */
    float *data;
    /* Samples. */
    size_t rows;
    /* Of one sample; without open axes. */
    horn_shape shape;
    /* [rows, all axes of the shape but the last]: 1 for each position that counts, else 0. NULL: all count. */
    const unsigned char *mask;
} horn_tensor;

/* The product of the sizes, 1 for rank 0, 0 if an axis is open; SIZE_MAX if it does not fit. */
size_t horn_shape_count(const horn_shape *shape);
/* Number of floats of all samples. */
size_t horn_tensor_count(const horn_tensor *tensor);

HORN_END
#endif
