/* TensorFlow's checkpoints, as save_weights and tf.train.Checkpoint write them: PREFIX.index, its data files
 * and the file `checkpoint` beside them (codecs/tensor_bundle.h, object_graph.h, checkpoint_state.h).
 *
 * tf-weights     the root is the model, as in Keras 2's save_weights; with an optimizer, it has a child
 * `model` that is the model again, so that tf.train.Checkpoint(model=, optimizer=).read takes the file too
 * tf-checkpoint  the same with `model` in any case and a save_counter (the number at the prefix's end, else
 * 1), as tf.train.Checkpoint.restore wants it
 *
 *     model      layer_with_weights-K, layer-N -> layer -> kernel, bias, ...     optimizer     root
 *     layer      cell, layer, forward_layer, backward_layer -> layer      cells -> 0, 1...      as a model
 *     optimizer  _variables -> 0 (the iteration), 1... (slots)    _iterations    _learning_rate    a list a
 * kind of slot
 *
 * Dialect keras2, the default: optimizers are written as those of Keras 2.11 to 2.15. keras3: as Keras 3 has the objects,
 * for its tf.train.Checkpoint:
 *
 *     model      _functional -> _operations -> 0 (the input), 1... -> _kernel, bias, ...
 *     optimizer  _variables -> 0 (the iteration), 1 (the learning rate, if no schedule), slots...
 *                _trainable_variables -> the weights    the others as above
 *
 * The tensors are spread over as many data files as are asked for, each into the one that is smallest so far. With an
 * architecture, three texts outside the graph carry what TensorFlow's format has no room for: horn/architecture and
 * horn/training (Keras' JSON) and horn/progress. A fourth, horn/input, is there if the model was told how its data were scaled.
 *
 * Of a file without a graph, as TensorFlow 1's Saver writes them, see named.h.
 *
 * Read is whatever Keras 2 and tf_keras write, optimizers.legacy included, and Keras 3's tf.train.Checkpoint,
 * through the graph alone. Every checksum is verified first. With a target the file's own architecture is
 * left aside. What the optimizer's variables mean is known from the target or from horn/training; without
 * both, iteration and learning rate are taken, slots left out, and PART_OPTIMIZER is not set. */
#ifndef FORMATS_TENSORFLOW_CHECKPOINT_H
#define FORMATS_TENSORFLOW_CHECKPOINT_H

#include "formats/format.h"
#include "formats/keras/optimizer_variables.h"
#include "formats/tensorflow/object_graph.h"

/* files.c: which files a checkpoint is. */
extern const format_files tf_files;

/* Options: the number of data files, 1 if it is left out, and the names that the file `checkpoint` lists, the newest last;
 * none: it is not written; left out: this save alone. */
#define TF_SHARDS "shards"
#define TF_KEPT   "kept"

#define TF_ARCHITECTURE_KEY "horn/architecture"
#define TF_TRAINING_KEY     "horn/training"
#define TF_PROGRESS_KEY     "horn/progress"
#define TF_INPUT_KEY        "horn/input"

enum {               /* of a node, as bits */
       TF_ASKED = 1, /* whether it is a model */
       TF_LAYER = 2,
       TF_WALKED = 4
};

typedef struct tf_reader {
    const char *where; /* begins messages */
    tensor_bundle *bundle;
    object_graph graph;
    snapshot *out;
    const schema *schema;   /* or NULL */
    const snapshot *target; /* its model, or NULL */
    size_t model;           /* nodes */
    unsigned char
        *seen; /* of each node, so that none is looked at twice; of each entry, so that none is read twice: */
    bool *taken;     /* a small file could say one thing a million times */
    size_t *weights; /* of the trainable weights, in order */
    size_t weight_count, weight_capacity;
} tf_reader;

/* The entry of a variable's node. */
HORN_CHECKED horn_status tf_variable(const tf_reader *r, size_t node, const bundle_entry **out);

/* checkpoint_layers.c: the weights, into the layers that are there, else into new ones. */
HORN_CHECKED horn_status tf_read_layers(tf_reader *r);
/* A tensor of a layer, each entry once; `like`, of the target's layer, may be NULL. */
HORN_CHECKED horn_status tf_add_tensor(tf_reader *r, snapshot_layer *layer, const bundle_entry *entry,
                                       const char *name, const snapshot_tensor *like);
/* The node of a layer's weight, by its name or by what Keras 3's object of that class calls it; NO_NODE if there is none. */
size_t tf_find_weight(const tf_reader *r, size_t layer, const char *class_name, const char *name);
size_t tf_count_weights(const tf_reader *r, size_t node); /* of a layer itself */
HORN_CHECKED horn_status tf_add_variable(tf_reader *r, snapshot_layer *layer, size_t node, const char *name,
                                         const snapshot_tensor *like);
HORN_CHECKED horn_status tf_add_all(tf_reader *r, snapshot_layer *layer, size_t node);

/* checkpoint_inner.c: a layer of the architecture and those inside it. */
HORN_CHECKED horn_status tf_read_known_layer(tf_reader *r, snapshot_layer *layer,
                                             const snapshot_layer *expected, size_t node);
/* Fails for a tensor that hangs on one of these layers and that nobody took. */
HORN_CHECKED horn_status tf_check_left(tf_reader *r, const size_t *layers, size_t count);

/* checkpoint_optimizer.c: the optimizer at a node. */
HORN_CHECKED horn_status tf_read_optimizer(tf_reader *r, size_t node);
HORN_CHECKED horn_status tf_read_scalar(const tf_reader *r, const bundle_entry *entry, horn_dtype dtype,
                                        void *out);
/* Iteration and learning rate, each of which may be NULL. */
HORN_CHECKED horn_status tf_read_scalars(const tf_reader *r, const bundle_entry *iteration,
                                         const bundle_entry *rate);
/* Arguments that legacy optimizers keep as variables, and that Keras takes from the file: here the model's count, and
 * must be the same. NULL ends the list. */
extern const char *const tf_arguments[];
HORN_CHECKED horn_status tf_check_argument(const tf_reader *r, const char *name, const bundle_entry *entry,
                                           const config *settings);
/* The class of Keras that a name tells, where that is another one; else NULL. */
const char *tf_other_class(const char *name, size_t size, const char *class_name);
/* What the optimizer with these settings keeps. */
HORN_CHECKED horn_status tf_take_variables(const tf_reader *r, const keras_variable_source *given,
                                           const config *settings);

/* named.c: a bundle without a graph, by its variables' names. */
HORN_CHECKED horn_status tf_read_named(tf_reader *r, unsigned leave_out);

/* checkpoint_list.c */
HORN_CHECKED horn_status tf_list(contents *out, const source *from);
/* All data files that entries lie in: their bytes, and how many they are. */
HORN_CHECKED horn_status tf_give_shards(tensor_bundle *bundle, const source *from, size_t *total,
                                        size_t *files);

/* checkpoint_write.c */
HORN_CHECKED horn_status tf_write(const snapshot *s, transaction *t, const format_options *options,
                                  bool is_checkpoint);
/* The texts of Horn's own that a SavedModel has, too: input and progress. */
HORN_CHECKED horn_status tf_put_notes(bundle_writer *bundle, const snapshot *s, unsigned parts);

/* checkpoint.c: a checkpoint, into a snapshot that may have its architecture and training settings already. */
HORN_CHECKED horn_status tf_read(snapshot *out, const source *from, const format_options *options,
                                 const schema *known);

#endif
