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

typedef struct plan plan;
typedef struct progress progress;
typedef struct profile profile;

/* See use.h. Only the thread that uses the model reads the fields after `thread`. */
typedef struct model_use {
    /* 0: none. */
    atomic_uintptr_t thread;
    /* Nested calls of the API: 2 inside a callback. */
    int depth;
    /* Callbacks may call the API. */
    bool lent;
    /* Floating-point settings of the caller of each nested call. */
    arithmetic host[2];
} model_use;

/* One use of a layer by the model: Keras' node. Value 0 of nodes is the model's input, value k + 1 what node k gives. */
typedef struct model_node {
    layer *layer;
    /* [input_count]: values of nodes; owned. */
    size_t *inputs;
    size_t input_count;
} model_node;

struct horn_model {
    char *name;
    /* Files call it a Functional. */
    bool is_functional;
    model_use use;
    uint64_t seed;
    int threads;
    /* Made when first needed. */
    pool *pool;

    /* NULL if the first layer has the input's shape. */
    layer *input_layer;
    layer **layers;
    /* [layer_count]: the number of each layer's first node. */
    size_t *first_nodes;
    size_t layer_count, layer_capacity, first_capacity;
    /* In the order in which they run; the last one gives the model's output. */
    model_node *nodes;
    /* [node_count + 1]: the call list's value for each value of nodes. */
    size_t *values_of_nodes;
    size_t node_count, node_capacity, value_capacity;
    /* All calls, placed for the model's input, which may have open axes. */
    call_list *calls;

    /* 0: not set. */
    double input_divisor;
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
    /* The call that entered the model first changes no weight. One that does entered it since the inference plan prepared them. */
    bool is_read, changed;
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

    /* NULL: not compiled. */
    optimizer *optimizer;
    loss *loss;
    metric *metrics[HORN_MAX_METRICS];
    size_t metric_count;
    /* Number of metrics, at the end of the list, that are Keras' weighted_metrics. */
    size_t weighted_metrics;
    /* Doubles of the metrics' states, one metric after the other, and where each begins. */
    size_t metric_states, metric_first[HORN_MAX_METRICS];
    /* "loss", the metrics' names, then each of them with "val_" before it. */
    char *log_names[HORN_MAX_LOGS];
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
    /* NULL, or made for the largest batch so far. */
    plan *training, *inference;
    /* [arena_bytes]: memory of one batch, shared by both plans; NULL at first. */
    unsigned char *arena;
    size_t arena_bytes;
    /* Of the current run of fit; NULL: not requested. */
    profile *profile;
    /* Table of the last profiled run. */
    char *profile_text;
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

/* Adds a layer and its first node, which takes `inputs`, values of nodes; an InputLayer has no node. Takes the layer, also on failure. */
HORN_CHECKED horn_status model_add_layer(horn_model *, layer *, const size_t *inputs, size_t count);
/* Adds a further node of a layer that the model has: they share the layer's weights. */
HORN_CHECKED horn_status model_call_layer(horn_model *, layer *, const size_t *inputs, size_t count);
/* Refuses a node, other than the last one, whose value no node takes. */
HORN_CHECKED horn_status model_check_values(const horn_model *);
/* Whether each layer is called once, on the output of the one before it. */
bool model_is_chain(const horn_model *);
/* Adds the calls of a node to a list, which has those of all nodes before; *y is its value there. `values`: as values_of_nodes. */
HORN_CHECKED horn_status model_node_call(const model_node *, call_list *, const size_t *values, size_t *y);

/* Lists the weights of a built layer, and of those inside it, before it is added; lists nothing on failure. */
HORN_CHECKED horn_status model_list_weights(horn_model *, layer *);
void model_free_weights(horn_model *);
/* Return keras_weights[index] and trained[index]; NULL past the last. */
weight *model_weight(const horn_model *, size_t index);
weight *model_trained_weight(const horn_model *, size_t index);

/* Both may have open axes. */
const shape *model_input(const horn_model *);
const shape *model_output(const horn_model *);
/* Of a layer's first node. */
const shape *model_layer_output(const horn_model *, size_t index);

void model_forget_compiled(horn_model *);
/* Compiles the model, for horn_model_compile and for loading. The last `weighted` metrics are weighted ones. Takes ownership of
 * all arguments, also on failure. */
HORN_CHECKED horn_status model_compile_with(horn_model *, optimizer *, loss *, metric *const *metrics,
                                            size_t metric_count, size_t weighted);

#endif
