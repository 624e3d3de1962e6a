/* Layers, by Keras' names and arguments. Zero means Keras' default; what Keras switches on is named by its
 * opposite.
 *
 * A constructor returns an owned layer, or NULL with horn_last_error(). horn_model_add takes it, also on
 * failure, and reports a NULL, so that horn_model_add(model, horn_dense(...)) needs one check. input_shape is
 * said by the first layer alone, without the batch; it ends at the first 0. */
#ifndef HORN_LAYERS_H
#define HORN_LAYERS_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/view.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct horn_layer horn_layer;

typedef struct horn_flatten_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
} horn_flatten_options;
horn_layer *horn_flatten(
    const horn_flatten_options *options); /* x[N, ...] -> y[N, product]; options may be NULL */

typedef struct horn_dense_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t units;
    const char *activation; /* linear relu softmax sigmoid tanh elu selu softplus */
    bool no_bias;
    const char *kernel_initializer; /* "glorot_uniform" */
    const char *bias_initializer;   /* "zeros" */
} horn_dense_options;
horn_layer *horn_dense(const horn_dense_options *options); /* x[N, ..., D] -> y[N, ..., units] */

typedef struct horn_dropout_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    double rate; /* share of the inputs set to 0 in training, in [0, 1) */
} horn_dropout_options;
horn_layer *horn_dropout(const horn_dropout_options *options);

typedef struct horn_activation_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    const char *activation;
} horn_activation_options;
horn_layer *horn_activation(const horn_activation_options *options);

void horn_layer_free(horn_layer *layer); /* only for layers that no model took */

#ifdef __cplusplus
}
#endif
#endif
