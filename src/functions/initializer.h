/* Initializers by Keras' names: Zeros, Ones, Constant, RandomUniform, RandomNormal, TruncatedNormal, and
 * Glorot, He and Lecun uniform and normal (all are VarianceScaling). Read from a string ("glorot_uniform") or
 * a config in any of Keras' spellings ({class_name, config}, with or without module and registered_name);
 * described as Keras' module form. */
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
    double a, b;     /* value | minval, maxval | mean, stddev */
    bool is_unknown; /* Keras' own is not known: this one stands for it until the weight has a value */
} initializer;

/* NULL or null: the one called `otherwise` ("glorot_uniform", "zeros"). `where` begins the message. */
HORN_CHECKED horn_status initializer_read(initializer *out, const config *value, const char *otherwise,
                                          const char *where);
config *initializer_describe(const initializer *i); /* owned by the caller */

/* Fills n values: a function of the key and the position only. fan_in and fan_out as Keras counts them. */
void initializer_fill(const initializer *i, random_key key, double fan_in, double fan_out, size_t n,
                      float *out);

#endif
