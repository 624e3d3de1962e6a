/* Checkpoints without an object graph, as tf.compat.v1.train.Saver writes them (format V2): variables and their names.
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
 * What the target needs must be there. What is left over must be a scalar, or hang on a weight's name. Without a target
 * all tensors are given as they are, each scope a layer, and the snapshot is `by_name`. */
#ifndef FORMATS_TENSORFLOW_NAMED_H
#define FORMATS_TENSORFLOW_NAMED_H

#include "formats/tensorflow/checkpoint.h"

typedef struct tf_named {
    tf_reader *r;
    protobuf_text scope; /* of the weights: "net/" or "" */
    bytes key;           /* room for one */
} tf_named;

/* NULL where there is none of that name; a failure to make the key is in n->key. */
const bundle_entry *tf_named_find(tf_named *n, const char *pattern, ...)
    __attribute__((format(printf, 2, 3)));
/* The first scalar that is called so, behind any scope. */
const bundle_entry *tf_named_scalar(const tf_named *n, const char *name);

/* named_optimizer.c: as the target's optimizer keeps them; nothing where the file has none of its variables. */
HORN_CHECKED horn_status tf_read_named_optimizer(tf_named *n);

#endif
