/* What every metric has. To add one: copy sparse_categorical_accuracy.c, add its line to registry.c and its
 * sample to tests/conformance/test_metrics.c.
 *
 * A metric is the mean over rows of a value; the engine keeps the sums in double and joins them in a fixed
 * order. */
#ifndef METRICS_METRIC_H
#define METRICS_METRIC_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/status.h>
#include "config/config.h"
#include "tensor/targets.h"
#include "tensor/tensor.h"

typedef struct metric_class {
    const char *name;          /* Keras' class: "SparseCategoricalAccuracy" */
    const char *function_name; /* Keras' function: "sparse_categorical_accuracy" */
    target_kind targets;
    /* The sum over the rows of outputs[rows, columns]. */
    double (*sum)(size_t rows, size_t columns, const float *outputs, const targets *);
    bool is_custom; /* of a user's own: custom_metric_sum stands for sum */
} metric_class;

typedef struct metric {
    char *name;                /* what it is reported under: "accuracy", "acc", "sca"; owned */
    const metric_class *class; /* NULL for "accuracy" and "acc" until metric_resolve */
    bool generic;              /* given as "accuracy" or "acc": described as that string */
} metric;

/* From a string ("accuracy", "acc", a function or class name) or Keras' {class_name, config},
 * MeanMetricWrapper with fn included. */
HORN_CHECKED horn_status metric_new(metric **out, const config *description);
HORN_CHECKED horn_status metric_describe(const metric *, config **out);
void metric_free(metric *);

double metric_sum(const metric *, size_t rows, size_t columns, const float *outputs, const targets *);

/* Gives "accuracy" its class as Keras does, from shapes alone: outputs of one column are binary; targets of a
 * lower rank than the outputs, or whose last axis is 1, are labels; else categorical. */
void metric_resolve(metric *, const shape *outputs, const shape *targets);

const metric_class *metric_class_at(size_t index); /* NULL past the last */

#endif
