/* What all optimizers have in common. To add one: copy sgd.c, add its line to registry.c and its sample, one
 * JSON file, to tests/conformance/samples/optimizers.
 *
 * A step is elementwise over w[n], its gradient g[n] and slots[s][n], which start as zeros unless slot_start says
 * otherwise; so a variable may be cut anywhere. Slots have Keras 3's names ("velocity", "momentum", "average_gradient"), by which formats save them
 * without knowing the optimizer. */
#ifndef OPTIMIZERS_OPTIMIZER_H
#define OPTIMIZERS_OPTIMIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <horn/optimizers.h>
#include "base/failure.h"
#include "config/config_reader.h"
#include "functions/schedule.h"

typedef struct horn_optimizer optimizer;

/* Slots of a class, and of an optimizer with those that any class may have. */
enum { OPTIMIZER_MAX_SLOTS = 4, OPTIMIZER_ALL_SLOTS = OPTIMIZER_MAX_SLOTS + 2 };

typedef struct step_info {
    /* Steps made before this one: of batches whose gradients were only accumulated there was none. */
    int64_t iteration;
    /* Of this step. */
    float learning_rate;
    /* Of the variable's gradient, or of all gradients, if optimizer_clips_norms asks for it. */
    float norm;
    /* After this step, of a class that keeps one. */
    float product;
    /* The variable is excluded from weight_decay. */
    bool is_excluded;
} step_info;

typedef struct optimizer_class {
    /* Keras' class: "RMSprop". */
    const char *name;
    size_t size;
    /* The argument `decay` is none of the learning rate. */
    bool has_own_decay;
    /* It can make its step as PyTorch does. */
    bool has_torch_rule;
    /* PyTorch, too, takes weight_decay from the weights, and does not add it to the gradient. */
    bool decays_apart;
    /* Their defaults. */
    double learning_rate, weight_decay;
    void (*configure)(optimizer *, config_reader *);
    void (*describe)(const optimizer *, config *);
    /* Gives the names of the slots in use, in Keras' order; returns their number. */
    size_t (*slot_names)(const optimizer *, const char *names[OPTIMIZER_MAX_SLOTS]);
    /* The value of every number in slot `index` before the first step; NULL: 0. */
    float (*slot_start)(const optimizer *, size_t index);
    /* Of a class that keeps one number beside its slots, the product of a factor for each step: the factor of step t = 1, 2,
     * ..., and the product of the first `steps`. Both NULL: it keeps none. */
    float (*factor)(const optimizer *, int64_t t);
    float (*product)(const optimizer *, int64_t steps);
    void (*step)(const optimizer *, const step_info *, size_t n, float *w, const float *g,
                 float *const *slots);
    /* Whether a step leaves out the rows of an embedding that a batch does not touch: it does nothing where g is 0, or Keras'
     * legacy class leaves them out. NULL: it never does. */
    bool (*skips_rows)(const optimizer *);
} optimizer_class;

struct horn_optimizer {
    const optimizer_class *class;
    /* May change during training; has no effect if there is a schedule. */
    float learning_rate;
    schedule schedule;
    /* 0: off; at most one of the last three is on. */
    double weight_decay, clipnorm, global_clipnorm, clipvalue;
    /* Keras 3's gradient_accumulation_steps: the batches whose mean gradient makes a step; 0: each makes one. Their sum is in the
     * last slot. */
    size_t accumulation;
    /* Keras' use_ema: the slot in front of that one has a moving average of the weights. Every `ema_overwrite_frequency` steps, if
     * it is not 0, and at the end of fit, the weights become their average. The average begins with the weights after the first
     * step, as in Keras 3, or with those before it, as in Keras 2. */
    bool use_ema, ema_starts_before;
    double ema_momentum;
    size_t ema_overwrite_frequency;
    /* Was one of Keras' optimizers.legacy, whose formula may differ. */
    bool legacy;
    /* The update rule is PyTorch's, not Keras': epsilon is added outside the root, in Adam to the root of the corrected v, and
     * weight_decay times the weight to the gradient. */
    bool torch_rule;
    /* Weights whose "layer/weight" has one of these texts in it do not decay. A list of texts, or NULL; owned. */
    config *excluded;
    /* The config of an optimizer that Horn does not know, which makes no step; else NULL. */
    config *unknown;
    /* NULL, or of a constructor that failed: then nothing else is in it; owned. */
    failure *failure;
};

/* Makes an optimizer from a string ("rmsprop", in any case) or from {class_name, config}. "Custom>RMSprop" is
 * RMSprop, `lr` is learning_rate. Free with optimizer_free. */
HORN_CHECKED horn_status optimizer_new(optimizer **out, const config *description);
/* Makes an optimizer of a class from its arguments. `legacy`: it is one of Keras' optimizers.legacy. */
HORN_CHECKED horn_status optimizer_new_of_class(optimizer **out, const optimizer_class *,
                                                const config *arguments, bool legacy);
/* Makes an optimizer that only keeps its config, without slots and steps: for models that evaluate and predict. */
HORN_CHECKED horn_status optimizer_new_unknown(optimizer **out, const config *description);

/* The name of its class. */
const char *optimizer_name(const optimizer *);
/* Gives {class_name, config} with all arguments in Keras' order, then decay and clipping if they are on. The caller
 * frees it. */
HORN_CHECKED horn_status optimizer_describe(const optimizer *, config **out);
void optimizer_free(optimizer *);

/* ---- training ---- */

/* Names of all slots: those of the class, then "average" and "gradient_accumulator" if they are in use. Returns their number. */
size_t optimizer_slot_names(const optimizer *, const char *names[OPTIMIZER_ALL_SLOTS]);
/* The value of every number in slot `index` before the first step. */
float optimizer_slot_start(const optimizer *, size_t index);

/* Steps that were made in the first `batches` batches. */
int64_t optimizer_steps(const optimizer *, int64_t batches);

float optimizer_learning_rate(const optimizer *, int64_t iteration);

typedef enum clipping { CLIP_NO_NORM, CLIP_EACH_NORM, CLIP_GLOBAL_NORM } clipping;

/* The norm that step_info must have. */
clipping optimizer_clips_norms(const optimizer *);

/* True if the optimizer excludes this weight from weight_decay. */
bool optimizer_excludes(const optimizer *, const char *layer, const char *weight);

/* Of an embedding whose other rows do not change. */
bool optimizer_skips_rows(const optimizer *);

/* The sum of g^2, in double; the order of additions depends on n only. */
double optimizer_sum_squares(size_t n, const float *g);

/* The average's place among the slots; only if use_ema. */
size_t optimizer_average_slot(const optimizer *, size_t slot_count);
/* Behind each batch, whether it made a step or not: updates the average of a part of a variable and, if it is time, overwrites
 * the part with it. `steps`: those made before the batch. */
void optimizer_average(const optimizer *, int64_t steps, size_t n, float *w, float *average);

/* Makes a step for a part of a variable: clips g (and overwrites it), decays w, calls the optimizer's step. */
void optimizer_update(const optimizer *, const step_info *, size_t n, float *w, float *g,
                      float *const *slots);

/* ---- for constructors of the public API ---- */

/* Takes `arguments`. Returns an optimizer that carries the failure, if there is one. */
horn_optimizer *optimizer_construct(const optimizer_class *, config *arguments);
/* Carries it and the present line. */
horn_optimizer *optimizer_failed(horn_status);
/* Sets what all optimizers have: learning_rate or the schedule, decay and clipping. */
void optimizer_set_common(config *arguments, double learning_rate, const horn_schedule *, double weight_decay,
                          const horn_clipping *);
/* Sets it unless it is NULL. */
void optimizer_set_update_rule(config *arguments, const char *update_rule);

/* NULL past the last. */
const optimizer_class *optimizer_class_at(size_t index);

#endif
