/* Activations by Keras' names: linear relu softmax sigmoid tanh elu selu softplus.
 *
 * z[rows, columns] -> y[rows, columns]; columns is the last axis, which matters for softmax only. Each gradient is a
 * function of the output y, not of z: so y may overwrite z, and the engine stores one array instead of two. */
#ifndef FUNCTIONS_ACTIVATION_H
#define FUNCTIONS_ACTIVATION_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/status.h>
#include "tensor/operation_kinds.h"

/* Which kind of logits the input of an activation is, and which kind a loss can take instead of probabilities. */
typedef enum logits_kind {
    LOGITS_NONE,
    /* Each row of probabilities is softmax(logits). */
    LOGITS_OF_SOFTMAX,
    /* Each probability is sigmoid(logit). */
    LOGITS_OF_SIGMOID
} logits_kind;

typedef struct activation {
    const char *name;
    /* The operation in graphs; OPERATION_NONE: graphs cannot hold it. */
    operation_kind operation;
    /* y = max(z, 0): the layers around it may do that while they have its values at hand. */
    bool is_relu;
    /* A loss that takes this kind of logits may take z instead of y. */
    logits_kind logits;
    /* Each y lies in [0, 1]. */
    bool gives_probabilities;
    /* y may be z. */
    void (*forward)(size_t rows, size_t columns, const float *z, float *y);
    /* dz may be dy. */
    void (*backward)(size_t rows, size_t columns, const float *y, const float *dy, float *dz);
} activation;

/* Finds an activation. "linear" gives NULL, so that layers can test whether they have one. */
HORN_CHECKED horn_status activation_by_name(const activation **out, const char *name);

/* "linear" for NULL. */
const char *activation_name(const activation *a);

#endif
