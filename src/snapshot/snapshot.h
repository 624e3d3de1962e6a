/* The neutral picture of a model: the only language between models and files.
 *
 * It owns everything it holds. Layers stand in the model's order and carry their tensors in Keras' order and layouts
 * (Dense kernel [in, out] "io"; axes name the meaning of each axis). Configs are Keras' neutral form: what both Keras 2
 * and Keras 3 read, as the layers describe themselves; a format turns its own dialect into that form and back.
 *
 * A file may carry less: weights-only files have no architecture (class_name is NULL), uncompiled models no training.
 * `parts` says what is there. */
#ifndef SNAPSHOT_SNAPSHOT_H
#define SNAPSHOT_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>
#include <horn/view.h>
#include "base/bytes.h"
#include "config/config.h"

enum { /* parts of a model, as bits */
       PART_ARCHITECTURE = 1,
       PART_WEIGHTS = 2,
       PART_TRAINING = 4,  /* loss, metrics, optimizer and its arguments */
       PART_OPTIMIZER = 8, /* the optimizer's variables */
       PART_PROGRESS = 16,
       PART_OPERATIONS = 32
};
enum { SNAPSHOT_PARTS = 6 };

typedef struct snapshot_tensor {
    char *name;                   /* "kernel"; from a file whatever it says */
    char axes[HORN_MAX_RANK + 1]; /* "io"; "" where the file does not tell */
    bool trainable;
    horn_dtype dtype;
    int rank;
    size_t shape[HORN_MAX_RANK];
    void *data; /* shape's product elements of dtype, 64-byte aligned */
} snapshot_tensor;

/* A layer may hold others: the cell of an LSTM, what a wrapper wraps, a nested model's layers. Each then has the weights
 * that Keras' object of it has, in Keras' order. */
typedef struct snapshot_layer {
    char *class_name; /* "Dense" */
    char *name;       /* "dense_1" */
    char *
        attribute; /* what the layer around it calls it: "cell"; of several in a list the list: "layers", "cells" */
    config *
        arguments; /* Keras' config in neutral form, with name, trainable and dtype, without batch_input_shape */
    snapshot_tensor *tensors;
    size_t tensor_count, tensor_capacity;
    struct snapshot_layer *inner;
    size_t inner_count, inner_capacity;
    bool is_unknown; /* in a schema: nothing is known of its weights */
    bool
        is_flat; /* some of its tensors belong to layers inside, and nothing says which: they stand in Keras' order */
    bool is_unordered; /* what holds the layers inside is of an unknown class: they stand in no order */
} snapshot_layer;

enum { SNAPSHOT_MAX_DEPTH = 16 };

/* One kind of optimizer variable: a tensor for each trainable weight, in the model's order. */
typedef struct snapshot_slot {
    char *name; /* Keras 3's: "velocity", "momentum", "average_gradient", "velocity_hat" */
    snapshot_tensor *tensors;
    size_t tensor_count, tensor_capacity;
} snapshot_slot;

typedef struct snapshot {
    unsigned parts;
    unsigned
        unread; /* parts that the file holds and that were not asked to be left out, and yet could not be read:
                        nothing says what they mean */
    char *reasons[SNAPSHOT_PARTS]; /* of parts that were left out, 1 << index: the error line; else NULL */

    bool by_name; /* weights alone: of layers that are scopes of names, in an order that tells nothing */
    bool unsure;  /* layers of unknown classes are among these, of which nothing says which weights train */

    char *name;                        /* the model's: "sequential" */
    char *input_name;                  /* of the input, where a user gave it one; else NULL */
    int input_rank;                    /* without the batch */
    size_t input_shape[HORN_MAX_RANK]; /* 0: any size; no model is made of it */
    double input_divisor; /* what data were divided by in training, of Horn's own; 0: nobody said */
    snapshot_layer *layers;
    size_t layer_count, layer_capacity;

    struct graph *operations; /* graph.h: what the model computes in inference */

    config *loss;            /* a string or {class_name, config} in neutral form; NULL where there is none */
    config *metrics;         /* a flat list of strings and {class_name, config} */
    size_t weighted_metrics; /* so many of them, the last, are Keras' weighted_metrics */
    config *optimizer;       /* {class_name, config}; class_name without "Custom>", config in neutral form */

    int64_t iteration;
    bool has_learning_rate; /* the file holds it as a variable, beside the one in the config */
    float learning_rate;
    snapshot_slot *slots;
    size_t slot_count, slot_capacity;
    size_t
        slots_side_by_side; /* of an optimizer that is not known: so many kinds stood side by side for each weight, the
                                  others one kind after the other */

    config *progress; /* of a run that can be resumed: an object of Horn's own, see model/progress.h */
} snapshot;

HORN_CHECKED horn_status snapshot_new(snapshot **out);
void snapshot_free(snapshot *);
void snapshot_free_inner(snapshot_layer *); /* the layers inside it */

/* Whether all that its parts stand for is there: names, classes and arguments of layers, shapes and values of tensors. What
 * reads snapshots relies on it, so it is asked of every file's. `where` begins the message. */
HORN_CHECKED horn_status snapshot_check(const snapshot *, const char *where);

/* How a reader leaves out a part that is valid and not known: `found` is what reading it gave. UNSUPPORTED drops what was
 * read of the part, keeps the error line as its reason, and is HORN_OK; everything else stays as it is, so that a broken
 * file is refused as a whole. */
HORN_CHECKED horn_status snapshot_leave_out(snapshot *, unsigned part, horn_status found);
const char *snapshot_reason(const snapshot *, unsigned part); /* NULL: it was not left out */
/* Fails with the first reason, where one of `parts` was left out. */
HORN_CHECKED horn_status snapshot_need(const snapshot *, unsigned parts);

/* Append; the new member is borrowed until the next append. name may be NULL. */
HORN_CHECKED horn_status snapshot_add_layer(snapshot *, const char *class_name, const char *name,
                                            snapshot_layer **out);
HORN_CHECKED horn_status snapshot_add_slot(snapshot *, const char *name, snapshot_slot **out);
/* To a layer's or slot's tensors: a zeroed tensor of that shape. */
HORN_CHECKED horn_status snapshot_layer_add(snapshot_layer *, const char *name, const horn_view *like,
                                            snapshot_tensor **out);
HORN_CHECKED horn_status snapshot_slot_add(snapshot_slot *, const char *name, const horn_view *like,
                                           snapshot_tensor **out);

/* To a layer's inner ones. */
HORN_CHECKED horn_status snapshot_add_inner(snapshot_layer *, const char *attribute, const char *class_name,
                                            const char *name, snapshot_layer **out);

horn_view snapshot_tensor_view(const snapshot_tensor *);
size_t snapshot_tensor_bytes(const snapshot_tensor *);

/* What stands in files of the input beside Keras' part: {"divisor": 255}. An object without a sound one is refused;
 * `where` begins the line. */
HORN_CHECKED horn_status snapshot_describe_input(const snapshot *, config **out);
HORN_CHECKED horn_status snapshot_read_input(snapshot *, const config *, const char *where);

const snapshot_slot *snapshot_find_slot(const snapshot *, const char *name);

#endif
