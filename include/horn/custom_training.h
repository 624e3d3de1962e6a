/* Losses, metrics and optimizers of your own, as custom_layer.h has it for layers: tables that are registered once, are static,
 * and are called "package>Name" in files. Their functions run on several threads at once, and change nothing but what they
 * are handed to write. */
#ifndef HORN_CUSTOM_TRAINING_H
#define HORN_CUSTOM_TRAINING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <horn/arguments.h>
#include <horn/export.h>
#include <horn/losses.h>
#include <horn/metrics.h>
#include <horn/optimizers.h>
#include <horn/status.h>

HORN_BEGIN

/* ---- losses and metrics: means over rows, as Keras' Loss and MeanMetricWrapper ---- */

typedef enum horn_targets {
    HORN_TARGETS_ROWS = 0, /* y_true is as wide as y_pred */
    HORN_TARGETS_LABELS    /* y_true is the number of a class */
} horn_targets;

/* Rows are the samples, or where outputs have more axes, all but the last one. */
typedef struct horn_comparison {
    size_t rows, columns;
    const float *outputs;  /* y_pred[rows, columns] */
    const float *targets;  /* y_true[rows, columns]; NULL for labels */
    const int32_t *labels; /* y_true[rows]; NULL for rows */
} horn_comparison;

typedef struct horn_loss_class {
    const char *name, *package; /* as horn_layer_class has them */
    size_t size;                /* bytes of `self`, zeros at first */
    horn_targets targets;
    void (*configure)(void *self, horn_arguments *arguments); /* NULL: no arguments */
    void (*describe)(const void *self, horn_arguments *arguments);
    /* The sum of the rows' losses, each of which is Keras' call(y_true, y_pred) of that row. Overwrites gradient[rows, columns]
     * with d(sum) / d(outputs); NULL: not wanted. */
    double (*value)(const void *self, const horn_comparison *rows, float *gradient);
} horn_loss_class;
HORN_CHECKED horn_status horn_register_loss(const horn_loss_class *table);

typedef struct horn_custom_loss_options {
    horn_argument arguments[HORN_MAX_ARGUMENTS];
} horn_custom_loss_options;
/* By "package>Name", or by "Name" where one package alone has it; here and below options may be NULL. */
horn_loss *horn_custom_loss(const char *class_name, const horn_custom_loss_options *options);

typedef struct horn_metric_class {
    const char *name, *package;
    horn_targets targets;                       /* must be the loss' */
    double (*sum)(const horn_comparison *rows); /* over the rows */
} horn_metric_class;
HORN_CHECKED horn_status horn_register_metric(const horn_metric_class *table);
/* By "package>Name", or by "Name" if one package alone has it. */
horn_metric *horn_custom_metric(const char *class_name, const horn_metric_options *options);

/* ---- optimizers ---- */

enum { HORN_MAX_SLOTS = 4 };

typedef struct horn_step {
    int64_t iteration; /* steps made before this one */
    float learning_rate;
} horn_step;

typedef struct horn_optimizer_class {
    const char *name, *package;
    size_t size;
    double learning_rate; /* its default; 0: 0.001 */
    /* Beyond learning_rate, weight_decay and clipping, which all optimizers have: those act before the step. NULL: none. */
    void (*configure)(void *self, horn_arguments *arguments);
    void (*describe)(const void *self, horn_arguments *arguments);
    /* What it keeps of each weight, zeros at first: Keras' add_variable_from_reference. Files have the variables of all weights
     * under the first name, then those under the second. */
    const char *slots[HORN_MAX_SLOTS];
    /* Elementwise, of any part of a weight: w[n], its gradient g[n], slots[s][n]. */
    void (*step)(const void *self, const horn_step *step, size_t n, float *w, const float *g,
                 float *const *slots);
} horn_optimizer_class;
HORN_CHECKED horn_status horn_register_optimizer(const horn_optimizer_class *table);

typedef struct horn_custom_optimizer_options {
    double learning_rate;
    horn_schedule schedule; /* stands for learning_rate */
    double weight_decay;
    horn_clipping clipping;
    horn_argument arguments[HORN_MAX_ARGUMENTS];
} horn_custom_optimizer_options;
horn_optimizer *horn_custom_optimizer(const char *class_name, const horn_custom_optimizer_options *options);

HORN_END
#endif
