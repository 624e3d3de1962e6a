/* The arguments that layers with a kernel and a bias share: use_bias, and an initializer, a regularizer and a constraint for
 * each. `kernel` is the prefix of the kernel's arguments in Keras: "kernel" in kernel_initializer, or "depthwise". */
#ifndef LAYERS_KERNEL_AND_BIAS_H
#define LAYERS_KERNEL_AND_BIAS_H

#include "layers/layer.h"

typedef struct kernel_and_bias {
    bool use_bias;
    initializer kernel_initializer, bias_initializer;
    regularizer kernel_regularizer, bias_regularizer;
    constraint kernel_constraint, bias_constraint;
} kernel_and_bias;

void kernel_and_bias_read(kernel_and_bias *, layer *, config_reader *, const char *kernel);
/* Appends the arguments in Keras' order, after the layer's own ones and its activation. `with_activity` also writes
 * activity_regularizer, as null, as convolutions do. */
void kernel_and_bias_describe(const kernel_and_bias *, config *, const char *kernel, bool with_activity);

/* Adds a weight as `kernel` describes it, with the initializer, regularizer and constraint read before, and, if use_bias is set,
 * "bias" [units] behind it. */
HORN_CHECKED horn_status kernel_and_bias_add(const kernel_and_bias *, layer *, const weight *kernel,
                                             size_t units);

/* For constructors: sets the same arguments from the constructor's options. */
void kernel_and_bias_argue(config *arguments, const char *kernel, bool no_bias,
                           const char *kernel_initializer, const char *bias_initializer,
                           const horn_regularizer *kernel_regularizer,
                           const horn_regularizer *bias_regularizer);

#endif
