/* Activations by Keras' names: linear relu softmax sigmoid tanh elu selu softplus.
 *
 * z[rows, columns] -> y[rows, columns]; columns is the last axis, which only softmax looks at. Every gradient
 * here is a function of the output y alone, so that y may overwrite z and the engine keeps one array where
 * two would be needed. */
#ifndef FUNCTIONS_ACTIVATION_H
#define FUNCTIONS_ACTIVATION_H

#include <stddef.h>
#include <horn/status.h>
#include "tensor/operation_kinds.h"

typedef struct activation {
    const char *name;
    operation_kind operation; /* in graphs; OPERATION_NONE: no graph can hold it */
    void (*forward)(size_t rows, size_t columns, const float *z, float *y); /* y may be z */
    void (*backward)(size_t rows, size_t columns, const float *y, const float *dy,
                     float *dz); /* dz may be dy */
} activation;

/* NULL stands for "linear" everywhere, so that a layer can be asked whether it has one. */
HORN_CHECKED horn_status activation_by_name(const activation **out, const char *name);
const char *activation_name(const activation *a); /* "linear" for NULL */

#endif
