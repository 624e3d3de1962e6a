/* Initializers by Keras' names: Zeros, Ones, Constant, Identity, Orthogonal, RandomUniform, RandomNormal, TruncatedNormal,
 * VarianceScaling; and Glorot, He and Lecun, each uniform and normal (these are VarianceScaling). They are read from a string
 * ("glorot_uniform") or from a config in any of Keras' forms ({class_name, config}, with or without module and
 * registered_name), and written in Keras' form with module.
 *
 * The value of a Constant may be a list. As in Keras 3 it is broadcast to the weight's shape; as in Keras 2 it may have as many
 * numbers as the weight in any shape. */
#ifndef FUNCTIONS_INITIALIZER_H
#define FUNCTIONS_INITIALIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/status.h>
#include "config/config.h"
#include "tensor/random.h"
#include "tensor/tensor.h"

typedef struct initializer_class initializer_class;

typedef struct initializer {
    const initializer_class *class;
    /* Constant: value; uniform: minval, maxval; normal: mean, stddev; Identity and Orthogonal: gain. */
    double a, b;
    /* A Constant's list of values; NULL: it has one. Borrowed from the config that was read. */
    const config *values;
    /* Axes of the weight whose sizes make fan_in and fan_out (Keras 3), numbered from the end if negative; no input_axes or no
     * output_axes: fan_in and fan_out are the weight's. */
    int input_axes[HORN_MAX_RANK], output_axes[HORN_MAX_RANK];
    int input_axis_count, output_axis_count;
    /* Keras has the initializer and Horn does not: this one replaces it. It matters only until the weight has a
     * value. */
    bool is_unknown;
} initializer;

/* Reads an initializer; for NULL and null the one named `otherwise` ("glorot_uniform", "zeros"). `where` begins the
 * error line. */
HORN_CHECKED horn_status initializer_read(initializer *out, const config *value, const char *otherwise,
                                          const char *where);

/* The caller frees the config, which has no seed, no axes, and of a list of values none: a caller that wants to write these
 * keeps what it read. */
config *initializer_describe(const initializer *i);
/* True for a value with an argument that initializer_describe does not write. */
bool initializer_has_more(const config *value);

/* Fails if the initializer cannot fill a weight of this shape; `where` begins the error line. */
HORN_CHECKED horn_status initializer_check(const initializer *i, const shape *s, const char *where);

/* Fills a weight whose shape was checked. The values depend only on the key and the position. fan_in and fan_out as Keras
 * computes them. Fails if there is no memory. */
HORN_CHECKED horn_status initializer_fill(const initializer *i, random_key key, double fan_in, double fan_out,
                                          const shape *s, float *out);

#endif
