/* TensorFlow's checkpoints, as Keras 2's save_weights and tf.train.Checkpoint write them: PREFIX.index, its data files and the
 * file `checkpoint` beside them (codecs/tensorflow/tensor_bundle.h, object_graph.h, codecs/tensorflow/checkpoint_state.h).
 *
 * Formats that are written:
 *
 *     tf-weights     The root is the model, as in save_weights. With an optimizer the root has a child `model` that has the
 *                    same children, so that tf.train.Checkpoint(model=, optimizer=).read takes the file, too.
 *     tf-checkpoint  The same, always with `model`, and with a save_counter (the number at the prefix's end, else 1), which
 *                    tf.train.Checkpoint.restore expects.
 *
 * Objects in dialect keras2, the default. Optimizers are written as Keras 2.11 to 2.15 have them:
 *
 *     model      layer_with_weights-K, layer-N -> layer -> kernel, bias, ...     optimizer     root
 *     layer      cell, layer, forward_layer, backward_layer -> layer      cells -> 0, 1...      as a model
 *     optimizer  _variables -> 0 (the iteration), 1... (slots)    _iterations    _learning_rate    a list for each kind of slot
 *
 * Objects in dialect keras3, as Keras 3 has them for its tf.train.Checkpoint:
 *
 *     model      _functional -> _operations -> 0 (the input), 1... -> _kernel, bias, ...
 *     optimizer  _variables -> 0 (the iteration), 1 (the learning rate, if it has no schedule), slots...
 *                _trainable_variables -> the weights    the others as above
 *
 * The key of each tensor is its object's path in the graph's walk (object_graph.h). Each tensor goes into the data file that is
 * smallest so far. With an architecture, three texts outside the graph hold what TensorFlow's format has no place for:
 * horn/architecture and horn/training (Keras' JSON) and horn/progress. A fourth, horn/input, is there if the model knows how its
 * data were scaled.
 *
 * Read is all that Keras 2 and tf_keras write, optimizers.legacy included, and Keras 3's tf.train.Checkpoint, by the graph
 * alone; files without a graph as named.h says. Every checksum is verified first. If the reader is given a model, it ignores
 * the file's own architecture. The model or horn/training tell what the optimizer's variables mean; without both, iteration
 * and learning rate are read, slots are left out, and PART_OPTIMIZER is not set. */
#ifndef FORMATS_TENSORFLOW_CHECKPOINT_H
#define FORMATS_TENSORFLOW_CHECKPOINT_H

#include "formats/format.h"
#include "formats/keras_training/optimizer_variables.h"
#include "formats/tensorflow/object_graph.h"

/* In files.c: the files of a checkpoint. */
extern const format_files tf_files;

/* Options. TF_SHARDS: the number of data files; 1 if left out. TF_KEPT: the names that the file `checkpoint` lists, the newest
 * last; an empty list: the file is not written; left out: this save alone. */
#define TF_SHARDS "shards"
#define TF_KEPT   "kept"

#define TF_ARCHITECTURE_KEY "horn/architecture"
#define TF_TRAINING_KEY     "horn/training"
#define TF_PROGRESS_KEY     "horn/progress"
#define TF_INPUT_KEY        "horn/input"

/* What was done with a node, as bits. */
enum { TF_ASKED = 1, TF_LAYER = 2, TF_WALKED = 4, TF_HOLDS = 8, TF_EMPTY = 16 };

typedef struct tf_reader {
    /* Begins messages. */
    const char *where;
    tensor_bundle *bundle;
    object_graph graph;
    snapshot *out;
    /* Borrowed; may be NULL. */
    const schema *schema;
    /* The schema's model; may be NULL. */
    const snapshot *target;
    /* Tensors may borrow from the shards, which the snapshot gets. */
    bool borrows;
    /* The model's node. */
    size_t model;
    /* TF_ bits of each node. */
    unsigned char *seen;
    /* Which entries were read: each is read once, or a small file could give one tensor a million times. */
    bool *taken;
    /* The nodes of the weights, in order. */
    size_t *weights;
    size_t weight_count, weight_capacity;
} tf_reader;

/* ---- checkpoint.c ---- */

/* Reads a checkpoint into a snapshot, which may have its architecture and compile settings already. */
HORN_CHECKED horn_status tf_read(snapshot *out, const source *from, const format_options *options,
                                 const schema *known);

/* ---- checkpoint_tensors.c ---- */

/* Finds the entry of a variable's node; fails if the bundle lacks it. */
HORN_CHECKED horn_status tf_variable(const tf_reader *r, size_t node, const bundle_entry **out);
/* The node of a layer's weight, by its name or by what Keras 3's object of that class calls it; NO_NODE if there is none. */
size_t tf_find_weight(const tf_reader *r, size_t layer, const char *class_name, const char *name);
/* The same of an unknown class: Keras 3 puts an underscore before some names. */
size_t tf_guess_weight(const tf_reader *r, size_t layer, const char *name);
/* The number of a layer's own weights. */
size_t tf_count_weights(const tf_reader *r, size_t node);
/* Add a tensor to a layer of the snapshot, from an entry or from a variable's node. They set `trainable` and axes as `like` has
 * them, which may be NULL, and fail for an entry that was read before. */
HORN_CHECKED horn_status tf_add_tensor(tf_reader *r, snapshot_layer *layer, const bundle_entry *entry,
                                       const char *name, const snapshot_tensor *like);
HORN_CHECKED horn_status tf_add_variable(tf_reader *r, snapshot_layer *layer, size_t node, const char *name,
                                         const snapshot_tensor *like);
/* Adds all weights of a layer of which no schema knows: those with Keras' usual names in Keras' order, then the others. */
HORN_CHECKED horn_status tf_add_all(tf_reader *r, snapshot_layer *layer, size_t node);

/* ---- checkpoint_layers.c ---- */

/* Reads the weights into the snapshot's layers, or into new ones if it has none. */
HORN_CHECKED horn_status tf_read_layers(tf_reader *r);

/* ---- checkpoint_inner.c ---- */

/* Reads a layer of the architecture and the layers inside it. */
HORN_CHECKED horn_status tf_read_known_layer(tf_reader *r, snapshot_layer *layer,
                                             const snapshot_layer *expected, size_t node);
/* Fails if a tensor below one of these layers was not read. */
HORN_CHECKED horn_status tf_check_left(tf_reader *r, const size_t *layers, size_t count);

/* ---- checkpoint_optimizer.c ---- */

/* Reads the optimizer at a node. */
HORN_CHECKED horn_status tf_read_optimizer(tf_reader *r, size_t node);
HORN_CHECKED horn_status tf_read_scalar(const tf_reader *r, const bundle_entry *entry, horn_dtype dtype,
                                        void *out);
/* Reads iteration and learning rate, each of which may be NULL. */
HORN_CHECKED horn_status tf_read_scalars(const tf_reader *r, const bundle_entry *iteration,
                                         const bundle_entry *rate);
/* Reads Nadam's product of its momentum. */
HORN_CHECKED horn_status tf_read_product(const tf_reader *r, const bundle_entry *);
/* Arguments that legacy optimizers save as variables. Keras takes their values from the file; Horn refuses a file whose values
 * differ from the model's. Ended by NULL. */
extern const char *const tf_arguments[];
HORN_CHECKED horn_status tf_check_argument(const tf_reader *r, const char *name, const bundle_entry *entry,
                                           const config *settings);
/* The optimizer class of Keras that a name says, if it is another one than `class_name`; else NULL. */
const char *tf_other_class(const char *name, size_t size, const char *class_name);
/* Reads the slots of the optimizer with these settings. */
HORN_CHECKED horn_status tf_take_variables(const tf_reader *r, const keras_variable_source *given,
                                           const config *settings);

/* ---- named.c ---- */

/* Reads a bundle without a graph, by its variables' names. */
HORN_CHECKED horn_status tf_read_named(tf_reader *r, unsigned leave_out);

/* ---- checkpoint_list.c ---- */

/* The format's slot `list`. */
HORN_CHECKED horn_status tf_list(contents *out, const source *from);
/* The same of a checkpoint that belongs to another file, `from`, whose bytes `verify` also checks. Takes `variables`, also on failure; a
 * source that is not open lists nothing. */
typedef horn_status tf_verifier(const source *from, bytes *report);
HORN_CHECKED horn_status tf_list_inside(contents *out, const source *from, source *variables,
                                        tf_verifier *verify);
/* Reads all data files that entries are in. *total is their bytes, *files their number. */
HORN_CHECKED horn_status tf_give_shards(tensor_bundle *bundle, const source *from, size_t *total,
                                        size_t *files);

/* ---- checkpoint_write.c ---- */

HORN_CHECKED horn_status tf_write(const snapshot *s, transaction *t, const format_options *options,
                                  bool is_checkpoint);
/* Adds Horn's own texts that a SavedModel has, too: input and progress. */
HORN_CHECKED horn_status tf_put_notes(bundle_writer *bundle, const snapshot *s, unsigned parts);

#endif
