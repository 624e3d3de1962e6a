/* What every optimizer has. To add one: copy sgd.c, add its line to registry.c and its sample to
 * tests/conformance/test_optimizers.c.
 *
 * A step is elementwise over w[n], its gradient g[n] and slots[s][n], which start as zeros; it may be cut
 * anywhere. Slot names are Keras 3's ("velocity", "momentum", "average_gradient"): with them the state is
 * saved without knowing it. */
#ifndef OPTIMIZERS_OPTIMIZER_H
#define OPTIMIZERS_OPTIMIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <horn/optimizers.h>
#include "config/config_reader.h"
#include "functions/schedule.h"

typedef struct horn_optimizer optimizer;

enum { OPTIMIZER_MAX_SLOTS = 4 };

typedef struct step_info {
    int64_t iteration;   /* steps made before this one */
    float learning_rate; /* of this step */
    float norm;          /* of the variable's gradient, or of all: where optimizer_clips_norms says so */
} step_info;

typedef struct optimizer_class {
    const char *name; /* Keras' class: "RMSprop" */
    size_t size;
    double learning_rate; /* its default */
    void (*configure)(optimizer *, config_reader *);
    void (*describe)(const optimizer *, config *);
    /* The slots in use, in Keras' order; returns how many. */
    size_t (*slot_names)(const optimizer *, const char *names[OPTIMIZER_MAX_SLOTS]);
    void (*step)(const optimizer *, const step_info *, size_t n, float *w, const float *g,
                 float *const *slots);
} optimizer_class;

struct horn_optimizer {
    const optimizer_class *class;
    float learning_rate; /* may change while training; without effect where there is a schedule */
    schedule schedule;
    double weight_decay, clipnorm, global_clipnorm, clipvalue; /* 0: none; of the last three one at most */
    bool legacy;     /* was one of Keras' optimizers.legacy: matters where its formula differs */
    config *unknown; /* of one that is not known, what the file says of it; it makes no step. Else NULL */
};

/* From a string ("rmsprop", any case) or {class_name, config}; "Custom>RMSprop" is RMSprop, `lr` is
 * learning_rate. */
HORN_CHECKED horn_status optimizer_new(optimizer **out, const config *description);
/* From the arguments of a class. `legacy`: it is one of Keras' optimizers.legacy. */
HORN_CHECKED horn_status optimizer_new_of_class(optimizer **out, const optimizer_class *,
                                                const config *arguments, bool legacy);
/* One that is only described: without slots and steps, for a model that evaluates and predicts. */
HORN_CHECKED horn_status optimizer_new_unknown(optimizer **out, const config *description);
const char *optimizer_name(const optimizer *); /* its class's */
/* {class_name, config} with learning_rate and its own arguments: every argument said, in Keras' order; then
 * decay and clipping, where there are any. */
HORN_CHECKED horn_status optimizer_describe(const optimizer *, config **out);
void optimizer_free(optimizer *);

/* What constructors of the public API return on failure, for NULL means Keras' default. Nothing but comparing, freeing and
 * fail_before() may be done with it. */
extern optimizer optimizer_refused;

/* ---- training ---- */

float optimizer_learning_rate(const optimizer *, int64_t iteration);

typedef enum clipping { CLIP_NO_NORM, CLIP_EACH_NORM, CLIP_GLOBAL_NORM } clipping;
clipping optimizer_clips_norms(const optimizer *); /* which norm it wants to know before a step */

/* Sum of g^2, in double and in an order that depends on n alone. */
double optimizer_sum_squares(size_t n, const float *g);

/* A step of training on a part of a variable: clips g, which it overwrites, decays w, takes the step. */
void optimizer_update(const optimizer *, const step_info *, size_t n, float *w, float *g,
                      float *const *slots);

/* ---- for constructors of the public API ---- */

/* Takes `arguments`. */
horn_optimizer *optimizer_construct(const optimizer_class *, config *arguments);
/* learning_rate, or the schedule that stands for it, decay and clipping: what all optimizers have. */
void optimizer_set_common(config *arguments, double learning_rate, const horn_schedule *, double weight_decay,
                          const horn_clipping *);

const optimizer_class *optimizer_class_at(size_t index); /* NULL past the last */

#endif
