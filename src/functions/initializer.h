/* Initializers by Keras' names: Zeros, Ones, Constant, RandomUniform, RandomNormal, TruncatedNormal; and Glorot, He
 * and Lecun, each uniform and normal (these are VarianceScaling). They are read from a string ("glorot_uniform") or
 * from a config in any of Keras' forms ({class_name, config}, with or without module and registered_name), and
 * written in Keras' form with module. */
#ifndef FUNCTIONS_INITIALIZER_H
#define FUNCTIONS_INITIALIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/status.h>
#include "config/config.h"
#include "tensor/random.h"

typedef struct initializer_class initializer_class;

typedef struct initializer {
    const initializer_class *class;
    /* Constant: value; uniform: minval, maxval; normal: mean, stddev. */
    double a, b;
    /* Keras has the initializer and Horn does not: this one replaces it. It matters only until the weight has a
     * value. */
    bool is_unknown;
} initializer;

/* Reads an initializer; for NULL and null the one named `otherwise` ("glorot_uniform", "zeros"). `where` begins the
 * error line. */
HORN_CHECKED horn_status initializer_read(initializer *out, const config *value, const char *otherwise,
                                          const char *where);

/* The caller frees the config. */
config *initializer_describe(const initializer *i);

/* Fills n values, which depend only on the key and the position. fan_in and fan_out as Keras computes them. */
void initializer_fill(const initializer *i, random_key key, double fan_in, double fan_out, size_t n,
                      float *out);

#endif
