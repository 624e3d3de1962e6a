/* The objects of a model as TensorFlow's checkpoints and SavedModels hang them together: layers, weights, the optimizer
 * and its variables, below the root, in the order that TensorFlow gives them. */
#ifndef FORMATS_TENSORFLOW_OBJECTS_H
#define FORMATS_TENSORFLOW_OBJECTS_H

#include "formats/keras/optimizer_variables.h"
#include "formats/tensorflow/object_graph.h"
#include "snapshot/index.h"

typedef struct tf_objects {
    graph_writer *graph; /* owned */
    const snapshot *s;
    keras_dialect dialect; /* KERAS_2 or KERAS_3 */
    size_t model, again;   /* the root, and its child `model` or NO_NODE */
    size_t *layers;        /* the layers' nodes */
    size_t *weights;       /* the nodes of all weights, layer by layer, those inside behind a layer's own */
    size_t weight_count;   /* so far */
    snapshot_index index;  /* of the same weights */
    keras_variables list;  /* the optimizer's */
    float rate;
    bytes name; /* room for a text */
    bool failed;
} tf_objects;

/* Of these parts of the snapshot, which lives as long. `again`: the root has a child `model`, which is the model too; in
 * KERAS_3 it always has. Free it after a failure too. */
HORN_CHECKED horn_status tf_objects_new(tf_objects *out, const snapshot *s, unsigned parts, bool again,
                                        keras_dialect dialect);
void tf_objects_free(tf_objects *);

size_t tf_objects_variable(tf_objects *, size_t parent, const char *name, const char *full_name, horn_view);

/* Shared by objects.c and objects_layers.c. */
const char *tf_objects_text(tf_objects *, bytes *text); /* borrowed; a failure is kept */
size_t tf_objects_add(tf_objects *, const char *kind);  /* an object that is no variable */
void tf_objects_add_to_model(tf_objects *, const char *name,
                             size_t node); /* a child, wherever the graph has the model */

/* objects_layers.c */
HORN_CHECKED horn_status tf_objects_check_layers(const snapshot *, keras_dialect);
void tf_objects_add_layers(tf_objects *);
void tf_objects_add_operations(tf_objects *); /* Keras 3's */

#endif
