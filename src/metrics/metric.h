/* What all metrics have in common. To add one: copy sparse_categorical_accuracy.c, add its line to registry.c and its
 * sample, one JSON file, to tests/conformance/samples/metrics.
 *
 * A metric is the mean of a value over rows. The engine adds in double, in a fixed order. */
#ifndef METRICS_METRIC_H
#define METRICS_METRIC_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/metrics.h>
#include "base/failure.h"
#include "config/config.h"
#include "tensor/targets.h"
#include "tensor/tensor.h"

typedef struct metric_class metric_class;
struct metric_class {
    /* Keras' class: "SparseCategoricalAccuracy". */
    const char *name;
    /* Keras' function: "sparse_categorical_accuracy". */
    const char *function_name;
    target_kind targets;
    /* Returns the sum over the rows of outputs[rows, columns]. */
    double (*sum)(const metric_class *, size_t rows, size_t columns, const float *outputs, const targets *);
    /* A registered class. */
    bool is_custom;
};

typedef struct horn_metric metric;

struct horn_metric {
    /* The name in logs: "accuracy", "acc", "sca"; owned. */
    char *name;
    /* NULL for "accuracy" and "acc" until metric_resolve. */
    const metric_class *class;
    /* Given as "accuracy" or "acc", which files keep. */
    bool generic;
    /* NULL, or of a constructor that failed: then nothing else is in it; owned. */
    failure *failure;
};

/* Makes a metric from a string ("accuracy", "acc", a function or class name) or from Keras' {class_name, config},
 * also a MeanMetricWrapper with fn. Free with metric_free. */
HORN_CHECKED horn_status metric_new(metric **out, const config *description);
HORN_CHECKED horn_status metric_describe(const metric *, config **out);
void metric_free(metric *);

/* For constructors of the public API. Returns a metric that carries the failure, if there is one. */
horn_metric *metric_construct(const metric_class *, const horn_metric_options *);
/* Carries it and the present line. */
horn_metric *metric_failed(horn_status);

double metric_sum(const metric *, size_t rows, size_t columns, const float *outputs, const targets *);

/* Chooses the class of "accuracy" as Keras does, from shapes: outputs of one column are binary; targets of lower rank
 * than the outputs, or with a last axis of 1, are labels; all others are categorical. */
void metric_resolve(metric *, const shape *outputs, const shape *targets);

/* NULL past the last. */
const metric_class *metric_class_at(size_t index);

#endif
