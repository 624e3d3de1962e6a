/* The objects of a model, as TensorFlow's checkpoints and SavedModels have them: layers, weights, the optimizer and its
 * variables, below the root, in TensorFlow's order. */
#ifndef FORMATS_TENSORFLOW_OBJECTS_H
#define FORMATS_TENSORFLOW_OBJECTS_H

#include "formats/keras_training/optimizer_variables.h"
#include "formats/tensorflow/object_graph.h"
#include "snapshot/index.h"

typedef struct tf_objects {
    /* Owned. */
    graph_writer *graph;
    /* Borrowed. */
    const snapshot *s;
    /* KERAS_2 or KERAS_3. */
    keras_dialect dialect;
    /* The root, and its child `model` or NO_NODE. */
    size_t model, again;
    /* The nodes of the model's layers, and in Keras 2 that of a Functional's input. */
    size_t *layers, input;
    /* The nodes of all weights, layer by layer; the weights of layers inside a layer come after its own. */
    size_t *weights;
    size_t weight_count;
    /* The same weights: their paths, and which train. */
    snapshot_index index;
    /* The optimizer's variables. */
    keras_variables list;
    float rate, product;
    /* A buffer for one text. */
    bytes name;
    bool failed;
} tf_objects;

/* ---- objects.c ---- */

/* Builds the objects of these parts of the snapshot, which must live as long. If `again` is set, the root has a child `model`
 * with the same children; in KERAS_3 it always has. Free *out after a failure, too. */
HORN_CHECKED horn_status tf_objects_new(tf_objects *out, const snapshot *s, unsigned parts, bool again,
                                        keras_dialect dialect);
void tf_objects_free(tf_objects *);

/* ---- objects_add.c ---- */

/* Adds a variable as a child and returns its node. */
size_t tf_objects_variable(tf_objects *, size_t parent, const char *name, const char *full_name, horn_view);
/* Adds an object that is no variable, without a parent so far, and returns its node. SavedModels call it `kind`. */
size_t tf_objects_add(tf_objects *, const char *kind);
/* Adds a child to the root and to `again`. */
void tf_objects_add_to_model(tf_objects *, const char *name, size_t node);
/* The text, or "" after a failure, which is kept. Borrowed. */
const char *tf_objects_text(tf_objects *, bytes *text);

/* ---- objects_layers.c ---- */

/* Fails if TensorFlow has no place for one of the layers. */
HORN_CHECKED horn_status tf_objects_check_layers(const snapshot *, keras_dialect);
void tf_objects_add_layers(tf_objects *);
/* The same for Keras 3. */
void tf_objects_add_operations(tf_objects *);

#endif
