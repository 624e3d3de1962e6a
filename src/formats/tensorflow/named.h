/* Checkpoints without an object graph, as tf.compat.v1.train.Saver writes them (format V2): only variables' names tell what they
 * are.
 *
 *     dense/kernel   batch_normalization/moving_mean             Keras 2's and TensorFlow 1's names, for a target's
 *                                                                layers; all behind the same scope, or none
 *     dense/kernel/RMSProp, _1, _2   rms, (centered: mg,) momentum        tf.compat.v1.train.RMSPropOptimizer
 *     dense/kernel/Momentum          the sum of gradients, which Keras keeps times -learning rate    MomentumOptimizer
 *     dense/kernel/Adam, _1          m, v; beta1_power, beta2_power tell the step                    AdamOptimizer
 *     global_step                    the step of the others
 *     training/RMSprop/dense/kernel/rms   ./iter   ./learning_rate   ./rho   Keras 2 in a graph, optimizers.legacy
 *     RMSprop/velocity/dense/kernel       iteration                          optimizers of Keras 2.11 to 2.15
 *
 * The file must hold what the target needs. Each other variable must be a scalar, or have a weight's name in its own. Without a
 * target the reader gives all tensors as they are, one layer for each scope, and sets `by_name`. */
#ifndef FORMATS_TENSORFLOW_NAMED_H
#define FORMATS_TENSORFLOW_NAMED_H

#include "formats/tensorflow/checkpoint.h"

typedef struct tf_named {
    tf_reader *r;
    /* Of the weights: "net/" or "". */
    protobuf_text scope;
    /* A buffer for one key. */
    bytes key;
} tf_named;

/* named_find.c. NULL if there is none of that name; a failure to make the key is in n->key. */
const bundle_entry *tf_named_find(tf_named *n, const char *pattern, ...)
    __attribute__((format(printf, 2, 3)));
/* Whether a name ends a key, as its last parts; *before: the length of what is before it. */
bool tf_named_ends(protobuf_text key, const char *name, size_t *before);
/* The first scalar of that name, in any scope. */
const bundle_entry *tf_named_scalar(const tf_named *n, const char *name);

/* In named_optimizer.c. Reads the variables of the target's optimizer; nothing if the file has none of them. */
HORN_CHECKED horn_status tf_read_named_optimizer(tf_named *n);

#endif
