/* Shapes, and views of float32 samples.
 *
 * Row-major, no gaps. Letters for dimensions, everywhere: N batch, H W C image (height, width, channels), D
 * features in, U units out. A shape leaves out the batch unless said; a tensor owns nothing. */
#ifndef TENSOR_TENSOR_H
#define TENSOR_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/view.h>

typedef struct shape {
    int rank; /* 0 to HORN_MAX_RANK */
    size_t dim[HORN_MAX_RANK];
} shape;

typedef struct tensor {
    float *data; /* (rows, shape) */
    size_t rows; /* samples */
    shape shape; /* of one sample */
} tensor;

/* The product of the dimensions, 1 at rank 0; SIZE_MAX where it does not fit, which no allocation grants. */
size_t shape_count(const shape *s);
bool shape_equal(const shape *a, const shape *b);

enum { SHAPE_TEXT = 64 };

/* "(28, 28)", "(10,)", "()", as Python writes tuples; cut short with "..." where it is longer. Returns `out`.
 */
const char *shape_print(char out[SHAPE_TEXT], const shape *s);

#endif
