/* A model between memory and files: the intermediate representation that models are turned into and that formats read and write.
 *
 * A snapshot owns everything it holds, except borrowed data of tensors; snapshot_free frees it. Layers stand in the model's order. Tensors have Keras' order
 * and layouts: a Dense kernel is [inputs, units], a Conv2D kernel [height, width, inputs, filters]. Configs are in neutral
 * form: what both Keras 2 and Keras 3 read, as the layers describe themselves. Each format converts its own dialect.
 *
 * `parts` says what a snapshot holds. A file of weights alone has no architecture: its layers have no class. A model that is
 * not compiled has no compile settings. */
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
       PART_COMPILE = 4,   /* loss, metrics, optimizer and its arguments */
       PART_OPTIMIZER = 8, /* the optimizer's variables */
       PART_PROGRESS = 16,
       PART_OPERATIONS = 32
};
enum { SNAPSHOT_PARTS = 6 };

typedef struct snapshot_tensor {
    /* "kernel"; in a file of an unknown class whatever the file calls it. */
    char *name;
    /* The meaning of each axis, a letter each: "io" = inputs, units; "c" = channels. "" if it is not known. */
    char axes[HORN_MAX_RANK + 1];
    /* The weight itself trains; a frozen layer changes nothing here. */
    bool trainable;
    horn_dtype dtype;
    int rank;
    size_t shape[HORN_MAX_RANK];
    /* The product of `shape` elements of dtype, row-major, aligned to 64 bytes, if it is borrowed as its type needs; NULL in a
     * schema (schema.h). */
    void *data;
    /* The data belong to someone else, who neither changes nor frees them before the snapshot is freed. */
    bool is_borrowed;
} snapshot_tensor;

/* A layer may hold others: the cell of an LSTM, what a wrapper wraps, the layers of a nested model. Each of them has the
 * weights that Keras' object of it has, in Keras' order. */
typedef struct snapshot_layer {
    /* "Dense"; a user's class with its package: "demo>Mix". NULL in weights alone. */
    char *class_name;
    /* "dense_1" */
    char *name;
    /* What the layer around this one calls it: "cell"; for one of several the list's name: "layers", "cells". NULL outside. */
    char *attribute;
    /* Keras' config in neutral form, with name, trainable and dtype, without batch_input_shape. */
    config *arguments;
    snapshot_tensor *tensors;
    size_t tensor_count, tensor_capacity;
    struct snapshot_layer *inner;
    size_t inner_count, inner_capacity;
    /* In a schema: nothing is known of its weights. */
    bool is_unknown;
    /* Some of its tensors belong to layers inside it, and it is not known which: all stand here, those that train first. */
    bool is_flat;
    /* Its class is unknown, and the layers inside stand in no order. */
    bool is_unordered;
} snapshot_layer;

enum { SNAPSHOT_MOST_ASIDES = 1000 };

/* More layers within each other are refused. */
enum { SNAPSHOT_MAX_DEPTH = 72 };

/* One kind of optimizer variable: a tensor for each weight that trains, in the model's order. */
typedef struct snapshot_slot {
    /* Keras 3's: "velocity", "momentum", "average_gradient", "velocity_hat". */
    char *name;
    snapshot_tensor *tensors;
    size_t tensor_count, tensor_capacity;
} snapshot_slot;

/* One use of a layer of the model: Keras' node. Value 0 is the model's first input, value k + 1 the output of call k. A further
 * input is the output of a call of an InputLayer on nothing. */
typedef struct snapshot_call {
    size_t layer;
    /* [value_count]: what the layer is called on; each is the input, or made by a call before this one. Owned. */
    size_t *values;
    size_t value_count;
} snapshot_call;

/* One of a model's inputs or outputs. */
typedef struct snapshot_end {
    size_t value;
    /* Its key, if Keras has a dict of them; else NULL. Owned. */
    char *key;
} snapshot_end;

typedef struct snapshot {
    /* PART_..., as bits. */
    unsigned parts;
    /* Parts that the file has and that nobody could read, because nothing says what they mean. */
    unsigned unread;
    /* For each part that was left out, at the number of its bit: the error line that says why. Else NULL. */
    char *reasons[SNAPSHOT_PARTS];

    /* Weights alone, each under its name: layers are scopes of names, in no order. */
    bool by_name;
    /* With by_name: the layouts are PyTorch's: "oi", "oihw". Else they are Keras', or nothing says it. */
    bool torch_layouts;
    /* Some layers are of unknown classes: it is not known which of their weights train. */
    bool unsure;

    /* The model's: "sequential". */
    char *name;
    /* In Keras the model is a Functional; else it is a Sequential. */
    bool is_functional;
    /* The file has the architecture in Keras 3's dialect. */
    bool is_keras3;
    /* Of a Functional: the calls of its layers in the order in which they run. Layers stand in the order of their first calls. NULL:
     * a chain, in which each layer is called once, on the output of the one before it. */
    snapshot_call *calls;
    size_t call_count, call_capacity;
    /* Of a Functional. NULL: value 0 is its only input, the last value its only output, and neither has a key. */
    snapshot_end *inputs, *outputs;
    size_t input_count, output_count;
    /* The first input's, if a user gave it one; else NULL. */
    char *input_name;
    /* The type that Keras' InputLayer says; "": float32. Horn takes data of any type. */
    char input_dtype[12];
    /* Of the input, without the batch; a size of 0 is open: each batch sets it. */
    int input_rank;
    size_t input_shape[HORN_MAX_RANK];
    /* Samples of each batch, if the input says it, as for Keras' stateful layers; 0: any. */
    size_t input_batch;
    /* What the data were divided by in training; 0: unknown. Horn's own. */
    double input_divisor;
    /* A list of strings: what the classes of the labels are called; NULL: unknown. Horn's own. */
    config *class_names;
    snapshot_layer *layers;
    size_t layer_count, layer_capacity;

    /* What the model computes in inference (graph.h). */
    struct graph *operations;

    /* A string or {class_name, config} in neutral form; NULL: none. Of a model with several outputs a list of these, null for an
     * output that has none. */
    config *loss;
    /* A number for each output; NULL: all are 1. */
    config *loss_weights;
    /* Each a list of strings and {class_name, config}, or of several outputs a list of such lists. weighted_metrics may be NULL. */
    config *metrics, *weighted_metrics;
    /* {class_name, config}: class_name without "Custom>", config in neutral form. */
    config *optimizer;

    /* Steps of training so far. */
    int64_t iteration;
    /* The file has the learning rate as a variable, besides the one in the config. */
    bool has_learning_rate;
    float learning_rate;
    /* So has it Nadam's product of its momentum (functions/momentum_schedule.h). */
    bool has_product;
    float product;
    snapshot_slot *slots;
    size_t slot_count, slot_capacity;
    /* For an unknown optimizer: the first kinds, this many, stood side by side for each weight, the others kind by kind. */
    size_t slots_side_by_side;

    /* What a file says besides, such as the epoch in the dict of a PyTorch checkpoint: numbers, booleans and texts by name. null:
     * something else, of which Horn knows the name alone. At most SNAPSHOT_MOST_ASIDES, and then "..." for the others. NULL: nothing. */
    config *asides;

    /* Contents of files, from which tensors may borrow. */
    bytes *kept;
    size_t kept_count, kept_capacity;

    /* Of a run that can be resumed: Horn's own object (model/train/progress.h). */
    config *progress;
} snapshot;

HORN_CHECKED horn_status snapshot_new(snapshot **out);
void snapshot_free(snapshot *);
void snapshot_free_inner(snapshot_layer *); /* frees the layers inside it */
void snapshot_free_layer(snapshot_layer *); /* frees what it owns */

/* Fails unless everything is there that `parts` promises: names, classes and arguments of layers, shapes and values of
 * tensors. Code that uses snapshots relies on it; format_read calls it for every file. `where` begins the error line. */
HORN_CHECKED horn_status snapshot_check(const snapshot *, const char *where);

/* A reader leaves out a part that is valid but not supported: `found` is the status of reading it. UNSUPPORTED frees what was
 * read of the part, keeps the error line as its reason, and returns HORN_OK. Any other status is returned as it is, so that a
 * broken file is refused as a whole. */
HORN_CHECKED horn_status snapshot_leave_out(snapshot *, unsigned part, horn_status found);
/* Borrowed; NULL: the part was not left out. */
const char *snapshot_reason(const snapshot *, unsigned part);
/* Fails with the first reason if one of `parts` was left out. */
HORN_CHECKED horn_status snapshot_need(const snapshot *, unsigned parts);

/* Each appends one member, which is borrowed until the next append. A name may be NULL. */
HORN_CHECKED horn_status snapshot_add_layer(snapshot *, const char *class_name, const char *name,
                                            snapshot_layer **out);
HORN_CHECKED horn_status snapshot_add_slot(snapshot *, const char *name, snapshot_slot **out);
/* A tensor of zeros with the type and shape of `like`. */
HORN_CHECKED horn_status snapshot_layer_add(snapshot_layer *, const char *name, const horn_view *like,
                                            snapshot_tensor **out);
HORN_CHECKED horn_status snapshot_slot_add(snapshot_slot *, const char *name, const horn_view *like,
                                           snapshot_tensor **out);

/* The same, but the tensor borrows the view's data. */
HORN_CHECKED horn_status snapshot_layer_borrow(snapshot_layer *, const char *name, const horn_view *data,
                                               snapshot_tensor **out);
HORN_CHECKED horn_status snapshot_slot_borrow(snapshot_slot *, const char *name, const horn_view *data,
                                              snapshot_tensor **out);

/* Takes the content of a file, and leaves it empty, also on failure. Frees it at once if no tensor borrows from it. */
HORN_CHECKED horn_status snapshot_keep(snapshot *, bytes *content);

/* Replaces borrowed data by copies. */
HORN_CHECKED horn_status snapshot_copy_borrowed(snapshot *);

/* A call of a layer on that many values, which the caller sets. */
HORN_CHECKED horn_status snapshot_add_call(snapshot *, size_t layer, size_t value_count, snapshot_call **out);
void snapshot_forget_calls(snapshot *); /* makes it a chain */

void snapshot_forget_ends(snapshot *);
/* Sets the inputs, or the outputs; copies the keys. */
HORN_CHECKED horn_status snapshot_set_inputs(snapshot *, const snapshot_end *, size_t count);
HORN_CHECKED horn_status snapshot_set_outputs(snapshot *, const snapshot_end *, size_t count);
/* At least 1. */
size_t snapshot_output_count(const snapshot *);
/* Of a list that there is of several outputs the entry of one of them; of one output the value itself. */
const config *snapshot_of_output(const snapshot *, const config *value, size_t index);
/* How many figures an epoch has without validation: the loss, those of several outputs, and all metrics. */
size_t snapshot_figure_count(const snapshot *);
/* The name of the output in logs: its key, else the name of its layer, with a number if an output before it has that name. The caller
 * frees it. */
HORN_CHECKED horn_status snapshot_output_name(char **out, const snapshot *, size_t index);
/* The same without keys: by it Keras 2 names metrics, also those of a dict of outputs. */
HORN_CHECKED horn_status snapshot_output_layer(char **out, const snapshot *, size_t index);

/* A layer inside another. */
HORN_CHECKED horn_status snapshot_add_inner(snapshot_layer *, const char *attribute, const char *class_name,
                                            const char *name, snapshot_layer **out);

/* Whether one more may be added to a snapshot's asides; else says there that there are more. */
bool snapshot_has_room_for_aside(config *asides);

horn_view snapshot_tensor_view(const snapshot_tensor *);
size_t snapshot_tensor_bytes(const snapshot_tensor *);

/* What Horn's files say of the input besides Keras' part: {"divisor": 255, "classes": ["cat", "dog"]}, of which either may be
 * missing. The caller owns *out. Reading refuses a divisor that is no number above 0. `where` begins the error line. */
bool snapshot_has_input(const snapshot *);
HORN_CHECKED horn_status snapshot_describe_input(const snapshot *, config **out);
HORN_CHECKED horn_status snapshot_read_input(snapshot *, const config *, const char *where);

const snapshot_slot *snapshot_find_slot(const snapshot *, const char *name);

#endif
