/* Shapes, and views of float32 samples.
 *
 * Arrays are row-major, without gaps. Letters for dimensions, in all files: N batch, H W C image (height, width,
 * channels), D features in, U units out. A shape does not contain the batch, unless said otherwise. A tensor owns
 * nothing. */
#ifndef TENSOR_TENSOR_H
#define TENSOR_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/tensor.h>

/* The size of an axis that each batch sets, such as the length of a text: null in Keras' configs. */
enum { SHAPE_OPEN = 0 };

typedef horn_shape shape;
typedef horn_tensor tensor;

/* The product of the dimensions, 1 for rank 0, 0 if an axis is open; SIZE_MAX if it does not fit, which no allocation grants. */
size_t shape_count(const shape *s);
bool shape_equal(const shape *a, const shape *b);
bool shape_is_open(const shape *s); /* at least one axis is */
/* Whether they are equal but for axes that one of them leaves open. */
bool shape_fits(const shape *a, const shape *b);

/* A tensor as lines of its last axis. */
size_t tensor_columns(const tensor *);
size_t tensor_lines(const tensor *);

enum { SHAPE_TEXT = 64 };

/* Writes "(28, 28)", "(10,)", "()", "(None, 3)", as Python writes tuples; longer ones end in "...". Returns `out`. */
const char *shape_print(char out[SHAPE_TEXT], const shape *s);

#endif
