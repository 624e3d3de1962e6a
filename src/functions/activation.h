/* Activations by Keras' names, as strings in configs give them.
 *
 *     piecewise   linear relu relu6 leaky_relu hard_sigmoid keras3_hard_sigmoid hard_silu hard_tanh hard_shrink soft_shrink
 *                 sparse_plus sparse_sigmoid
 *     smooth      sigmoid tanh elu celu selu softplus softsign exponential silu gelu mish log_sigmoid tanh_shrink squareplus
 *     of a row    softmax log_softmax
 *
 * "swish" and "hard_swish" are other names of silu and hard_silu. hard_sigmoid is Keras 2's; files of Keras 3 call another function
 * so (formats/keras/layer_config.h). Arguments have Keras' defaults: leaky_relu's slope is 0.2,
 * gelu is the exact one.
 *
 * z[rows, columns] -> y[rows, columns]; columns is the last axis, which matters to those of a row. Most gradients are functions
 * of the output y: then y may overwrite z, and the engine stores one array instead of two. */
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
    /* y = min(max(z, 0), top), with top = INFINITY for relu: as above. 0: it is another function. */
    float top;
    /* A loss that takes this kind of logits may take z instead of y. */
    logits_kind logits;
    /* A value depends on the others of its row. */
    bool is_of_rows;
    /* Each y lies in [0, 1]. */
    bool gives_probabilities;
    /* backward reads z, so y must not overwrite it. Else z may be NULL there. */
    bool reads_z;
    /* y may be z. */
    void (*forward)(size_t rows, size_t columns, const float *z, float *y);
    /* dz may be dy. */
    void (*backward)(size_t rows, size_t columns, const float *z, const float *y, const float *dy, float *dz);
} activation;

/* Finds an activation. "linear" gives NULL, so that layers can test whether they have one. */
HORN_CHECKED horn_status activation_by_name(const activation **out, const char *name);

/* "linear" for NULL. */
const char *activation_name(const activation *a);

#endif
