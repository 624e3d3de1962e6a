/* The arguments that layers with a kernel and a bias share: use_bias, and for both an initializer, a regularizer and a
 * constraint. `kernel` is how Keras calls the first one's arguments: "kernel" in kernel_initializer, "depthwise". */
#ifndef LAYERS_KERNEL_AND_BIAS_H
#define LAYERS_KERNEL_AND_BIAS_H

#include "layers/layer.h"

typedef struct kernel_and_bias {
    bool use_bias;
    initializer kernel_initializer, bias_initializer;
    regularizer kernel_regularizer, bias_regularizer;
} kernel_and_bias;

void kernel_and_bias_read(kernel_and_bias *, layer *, config_reader *, const char *kernel);
/* In Keras' order, behind the layer's own arguments and its activation. Convolutions say their activity_regularizer too, which
 * is none. */
void kernel_and_bias_describe(const kernel_and_bias *, config *, const char *kernel, bool says_activity);

/* Adds weights[0], which `kernel` describes but for its initializer and regularizer, and weights[1], "bias" of [units], if it is
 * used. */
HORN_CHECKED horn_status kernel_and_bias_add(const kernel_and_bias *, layer *, const weight *kernel,
                                             size_t units);

/* For constructors: the same arguments from their options. */
void kernel_and_bias_argue(config *arguments, const char *kernel, bool no_bias,
                           const char *kernel_initializer, const char *bias_initializer,
                           const horn_regularizer *kernel_regularizer,
                           const horn_regularizer *bias_regularizer);

#endif
