/* The struct of a model. The values of all trainable weights are in one block, in the order of their numbers; gradients and
 * each optimizer slot are blocks of the same layout: an offset means the same weight in each. The values of frozen weights are
 * in another block. Each weight begins at a multiple of 16 floats. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include <stdatomic.h>
#include <stdint.h>
#include <horn/callback.h>
#include <horn/model.h>
#include "base/arithmetic.h"
#include "base/parallel.h"
#include "layers/call_list.h"
#include "losses/loss.h"
#include "metrics/metric.h"
#include "optimizers/optimizer.h"
#include "snapshot/class_names.h"

typedef struct plan plan;
typedef struct progress progress;
typedef struct profile profile;
typedef struct feed feed;

/* See use.h. Only the thread that uses the model reads the fields after `readers`. */
typedef struct model_use {
    /* 0: none. */
    atomic_uintptr_t thread;
    /* The call of that thread may change weights; predictors that work now; all that there are. */
    atomic_bool changes;
    atomic_size_t readers, predictors;
    /* How many calls that may change weights there were. */
    size_t count;
    /* Nested calls of the API: 2 inside a callback. */
    int depth;
    /* Callbacks may call the API. */
    bool lent;
    /* Floating-point settings of the caller of each nested call. */
    arithmetic host[2];
} model_use;

/* One use of a layer by the model: Keras' node. Value 0 of nodes is the model's first input, value k + 1 what node k gives. A further
 * input is a node of an InputLayer on nothing. */
typedef struct model_node {
    layer *layer;
    /* [input_count]: values of nodes; owned. */
    size_t *inputs;
    size_t input_count;
} model_node;

/* One of the model's inputs or outputs. */
typedef struct model_end {
    /* Of nodes. */
    size_t value;
    /* key: if Keras has a dict of them; else NULL. name: by which data and logs know it, once the model is built. Owned. */
    char *key, *name;
} model_end;

/* Compile settings of one output. */
typedef struct model_head {
    /* NULL: it has none. */
    loss *loss;
    /* Of its loss in the sum; it is written if somebody gave it. */
    double weight;
    bool has_weight;
    /* The last `weighted_metrics` of them are Keras' weighted_metrics. */
    metric *metrics[HORN_MAX_METRICS];
    size_t metric_count, weighted_metrics;
    /* Where the states of each metric begin among those of all. */
    size_t metric_first[HORN_MAX_METRICS];
} model_head;

struct horn_model {
    char *name;
    /* Files call it a Functional; horn_model_call made it one. */
    bool is_functional, is_called;
    uint64_t seed;
    int threads;

    /* The first input's; NULL if the first layer has the input's shape. Further ones are layers. */
    layer *input_layer;
    layer **layers;
    /* [layer_count]: the number of each layer's first node. */
    size_t *first_nodes;
    size_t layer_count, layer_capacity, first_capacity;
    /* In the order in which they run. */
    model_node *nodes;
    /* [node_count + 1]: the call list's value for each value of nodes. */
    size_t *values_of_nodes;
    size_t node_count, node_capacity, value_capacity;
    /* Before the model is built there may be none: value 0 is then the input, the last node gives the output. */
    model_end *inputs, *outputs;
    size_t input_count, input_capacity, output_count;
    /* All calls, placed for the model's inputs, which may have open axes. */
    call_list *calls;

    /* 0: not set. */
    double input_divisor;
    /* Empty: unknown. */
    class_names class_names;
    /* Samples of each batch, if the input says it; 0: any. Only stateful layers need it. */
    size_t input_batch;
    /* A layer keeps something from batch to batch. */
    bool stateful;

    /* weights: by number. keras_weights: in Keras' order, layer by layer, a layer's
     * own before those of the layers inside it, trainable ones first. trained: the parameters, in the
     * order of the optimizer's variables. Filled as layers are added. */
    weight **weights, **keras_weights, **trained;
    size_t weight_count, weight_capacity, keras_capacity, trained_count, trained_capacity;

    /* The blocks exist and hold the weights; no layer can be added any more. */
    bool built;
    size_t trainable_floats, frozen_floats;
    /* [trainable_floats] */
    float *values, *gradients;
    /* [frozen_floats] */
    float *frozen;

    /* Why the file's compile settings, or its optimizer's variables, were not read; NULL: they were. If only the optimizer is
     * unknown, the model is compiled with an optimizer that makes no step. */
    char *no_settings, *no_state;
    /* Says that the file is an architecture without weights; NULL: it has weights. */
    char *no_weights;
    /* Of `loss`, else of the file's loss, in Python's spelling; NULL: none was named. */
    char *loss_text;

    /* NULL: not compiled. heads: [output_count]. */
    optimizer *optimizer;
    model_head *heads;
    /* Metrics of all outputs, and doubles of their states, one metric after the other. */
    size_t metric_count, metric_states;
    /* "loss"; of several outputs those of their losses; the metrics, output by output; then each of them with "val_" before it. */
    char *log_names[HORN_MAX_LOGS];
    /* How many there are without "val_". */
    size_t figure_count;
    /* Steps made since the model was compiled. */
    int64_t iteration;
    /* The optimizer's, if it keeps one. */
    float product;
    size_t slot_count;
    const char *slot_names[OPTIMIZER_ALL_SLOTS];
    /* [trainable_floats] each. */
    float *slots[OPTIMIZER_ALL_SLOTS];

    /* Of the current or last run of fit, or from a checkpoint. */
    progress *progress;
    /* Of the current run of fit; NULL: not requested. */
    profile *profile;
    /* Table of the last profiled run. */
    char *profile_text;

    /* ---- what calls that change nothing write too; a predictor has its own (predictor.c) ---- */

    model_use use;
    /* The call that entered the model first changes no weight. One that does entered it since the inference plan prepared them. */
    bool is_read, changed;
    /* Made when first needed. */
    pool *pool;
    /* Of evaluate, predict and train_on_batch; NULL at first. */
    feed *data;
    /* NULL, or made for the largest batch so far. */
    plan *training, *inference;
    /* [arena_bytes]: memory of one batch, shared by both plans; NULL at first. */
    unsigned char *arena;
    size_t arena_bytes;
};

/* Each does nothing if it is done already. */
HORN_CHECKED horn_status model_build(horn_model *);
/* As model_build, but the weights are zeros; the caller sets them all. */
HORN_CHECKED horn_status model_build_unfilled(horn_model *);
HORN_CHECKED horn_status model_need_pool(horn_model *);
/* Makes the states of stateful layers, all 0. */
HORN_CHECKED horn_status model_make_states(horn_model *);
/* Call it after any change to what the plans depend on. */
void model_forget_plans(horn_model *);
/* Fail unless each weight has a value; the loss has no unknown terms; the model is compiled with loss and metrics, as evaluate
 * needs it. */
HORN_CHECKED horn_status model_need_weights(const horn_model *);
HORN_CHECKED horn_status model_need_loss(const horn_model *);
HORN_CHECKED horn_status model_need_compiled(const horn_model *);

/* Adds a layer and its first node, which takes `inputs`, values of nodes; the first InputLayer has no node. Takes the layer, also on
 * failure. */
HORN_CHECKED horn_status model_add_layer(horn_model *, layer *, const size_t *inputs, size_t count);
/* Adds a further node of a layer that the model has: they share the layer's weights. */
HORN_CHECKED horn_status model_call_layer(horn_model *, layer *, const size_t *inputs, size_t count);
/* Before the model is built: puts its layers in Keras' order. */
HORN_CHECKED horn_status model_order_layers(horn_model *);
/* Refuses a node whose value no node takes, if it is none of the outputs. */
HORN_CHECKED horn_status model_check_values(const horn_model *);
/* Makes the lists of inputs and outputs, if nobody did, and names them. */
HORN_CHECKED horn_status model_settle_ends(horn_model *);
/* Sets the inputs or outputs, from values and keys, which it copies. */
HORN_CHECKED horn_status model_set_inputs(horn_model *, const model_end *, size_t count);
HORN_CHECKED horn_status model_set_outputs(horn_model *, const model_end *, size_t count);
void model_free_ends(horn_model *);
/* At least 1, also before the model is built. */
size_t model_input_count(const horn_model *);
size_t model_output_count(const horn_model *);
/* Whether it has several inputs or outputs. */
bool model_has_several_ends(const horn_model *);
/* Whether each layer is called once, on the output of the one before it. */
bool model_is_chain(const horn_model *);
/* Adds the calls of a node to a list, which has those of all nodes before; *y is its value there. `values`: as values_of_nodes.
 * `input`: the shape of the input, if the node is one. */
HORN_CHECKED horn_status model_node_call(const model_node *, call_list *, const size_t *values,
                                         const shape *input, size_t *y);

/* Lists the weights of a built layer, and of those inside it, before it is added; lists nothing on failure. */
HORN_CHECKED horn_status model_list_weights(horn_model *, layer *);
void model_free_weights(horn_model *);
/* Return keras_weights[index] and trained[index]; NULL past the last. */
weight *model_weight(const horn_model *, size_t index);
weight *model_trained_weight(const horn_model *, size_t index);

/* Both may have open axes. */
const shape *model_input(const horn_model *, size_t index);
const shape *model_output(const horn_model *, size_t index);
/* Whether an input has an open axis. */
bool model_is_open(const horn_model *);
/* Of a layer's first node. */
const shape *model_layer_output(const horn_model *, size_t index);

void model_forget_compiled(horn_model *);
/* Compiles the model, which is built, for horn_model_compile and for loading. heads: one for each output, allocated. Takes ownership
 * of both, also on failure. */
HORN_CHECKED horn_status model_compile_with(horn_model *, optimizer *, model_head *heads);

#endif
