/* Inside of a model. All values that train lie in one block, in the order of the weights' numbers; gradients and each
 * optimizer slot are blocks of the same layout: offset o is the same weight in each. Values that do not train lie in a
 * block of their own. Each weight begins at a multiple of 16 floats. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include <stdatomic.h>
#include <stdint.h>
#include <horn/callback.h>
#include <horn/model.h>
#include "base/arithmetic.h"
#include "base/parallel.h"
#include "layers/call.h"
#include "losses/loss.h"
#include "metrics/metric.h"
#include "optimizers/optimizer.h"

typedef struct plan plan;
typedef struct progress progress;
typedef struct profile profile;

/* See use.h. The thread that has the model alone looks at the rest. */
typedef struct model_use {
    atomic_uintptr_t thread; /* 0: none */
    int depth;               /* of its calls: 2 from within a callback */
    bool lent;               /* to callbacks */
    arithmetic host[2];      /* of the code around each of them */
} model_use;

struct horn_model {
    char *name;
    model_use use;
    uint64_t seed;
    int threads;
    pool *pool; /* made when first needed */

    layer *input_layer; /* NULL where the first layer says the input's shape */
    layer **layers;
    call **calls; /* [layer_count]: of each layer its use in the chain */
    size_t layer_count, layer_capacity, call_capacity;

    double input_divisor; /* 0: nobody said */

    /* By number; in Keras' order, which is layer by layer, trainable ones first; and those that train, in the order that
     * optimizers count them in. Made as layers are added. */
    weight **weights, **keras_weights, **trained;
    size_t weight_count, weight_capacity, keras_capacity, trained_count, trained_capacity;

    bool built; /* weights stand in their blocks; no layer can be added any more */
    size_t trainable_floats, frozen_floats;
    float *values, *gradients; /* [trainable_floats] */
    float *frozen;             /* [frozen_floats] */

    /* Why the file's compile settings, or its optimizer's variables, were left out; NULL: they were not. With settings that
     * are known but for the optimizer, the model is compiled with one that makes no step. */
    char *no_settings, *no_state;
    char *
        no_weights; /* that the file is an architecture alone, and the weights are untrained; NULL: it is not */
    char
        *loss_text; /* of `loss`, else of the file's loss, as Python would write it; NULL: nobody named one */

    optimizer *optimizer; /* NULL: not compiled */
    loss *loss;
    metric *metrics[HORN_MAX_METRICS];
    size_t metric_count;
    size_t weighted_metrics; /* so many of them, the last, are Keras' weighted_metrics: the same here */
    char *log_names[HORN_MAX_LOGS]; /* "loss", the metrics', then "val_" and each of them */
    int64_t iteration;              /* steps made since it was compiled */
    size_t slot_count;
    const char *slot_names[OPTIMIZER_MAX_SLOTS];
    float *slots[OPTIMIZER_MAX_SLOTS]; /* [trainable_floats] each */

    progress *progress;         /* of the present or last run of fit, or what a checkpoint held */
    plan *training, *inference; /* NULL, or made for the largest batch so far */
    unsigned char *arena;       /* [arena_bytes]: memory of a batch, for both of them; NULL at first */
    size_t arena_bytes;
    profile *profile;   /* of the run of fit that goes on; NULL: not asked for */
    char *profile_text; /* of the last one that asked for it */
};

HORN_CHECKED horn_status model_build(horn_model *);     /* nothing to do where it is built */
HORN_CHECKED horn_status model_need_pool(horn_model *); /* nothing to do where it has one */
void model_forget_plans(horn_model *);                  /* after whatever changes what they were made from */
HORN_CHECKED horn_status model_need_weights(const horn_model *);  /* each has a value */
HORN_CHECKED horn_status model_need_loss(const horn_model *);     /* nothing that is not known adds to it */
HORN_CHECKED horn_status model_need_compiled(const horn_model *); /* with loss and metrics: to evaluate */

/* Lists the weights of a layer that is built and about to be added; nothing is listed on failure. */
HORN_CHECKED horn_status model_list_weights(horn_model *, layer *);
void model_free_weights(horn_model *);
/* keras_weights[index] and trained[index]; NULL past the last. */
weight *model_weight(const horn_model *, size_t index);
weight *model_trained_weight(const horn_model *, size_t index);

const shape *model_input(const horn_model *);
const shape *model_output(const horn_model *);

void model_forget_compiled(horn_model *);
/* What horn_model_compile does, for save_load too: takes all of them, also on failure. */
HORN_CHECKED horn_status model_compile_with(horn_model *, optimizer *, loss *, metric *const *metrics,
                                            size_t metric_count);

#endif
