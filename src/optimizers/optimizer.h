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

typedef struct horn_optimizer optimizer;

enum { OPTIMIZER_MAX_SLOTS = 4 };

typedef struct step_info {
    int64_t iteration;   /* steps made before this one */
    float learning_rate; /* of this step */
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
    float learning_rate; /* may change while training */
    bool legacy;         /* was one of Keras' optimizers.legacy: matters where its formula differs */
};

/* From a string ("rmsprop", any case) or {class_name, config}; "Custom>RMSprop" is RMSprop, `lr` is
 * learning_rate. */
HORN_CHECKED horn_status optimizer_new(optimizer **out, const config *description);
/* {class_name, config} with learning_rate and its own arguments: every argument said, in Keras' order. */
HORN_CHECKED horn_status optimizer_describe(const optimizer *, config **out);
void optimizer_free(optimizer *);

/* For constructors of the public API: takes `arguments`; NULL on failure. An option that is 0 was left out,
 * HORN_ZERO sets 0. */
horn_optimizer *optimizer_construct(const char *class_name, config *arguments);
void optimizer_set_option(config *arguments, const char *key, double value);

const optimizer_class *optimizer_class_at(size_t index); /* NULL past the last */

#endif
