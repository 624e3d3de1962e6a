/* What all metrics have in common. To add one: copy accuracies/sparse_categorical_accuracy.c (a mean over rows) or confusions/auc.c (anything else), add
 * its line to registry.c and its sample, one JSON file, to tests/conformance/samples/metrics.
 *
 * A metric is an accumulator: it has a number of doubles, its state, which begin as 0. Rows are added to the state; states of other rows
 * add up; a result is computed from the whole. The engine adds in double, in a fixed order. */
#ifndef METRICS_METRIC_H
#define METRICS_METRIC_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/metrics.h>
#include "base/failure.h"
#include "config/config_reader.h"
#include "functions/activation.h"
#include "tensor/targets.h"
#include "tensor/tensor.h"

typedef struct horn_metric metric;

/* What is added: outputs[rows, columns] and their targets. */
typedef struct metric_rows {
    size_t rows, columns;
    const float *outputs;
    const targets *targets;
    /* [rows, columns]: what the last softmax or sigmoid made the outputs of; NULL: not known. */
    const float *logits;
    logits_kind logits_kind;
    /* [rows]; NULL: all are 1. */
    const float *weights;
} metric_rows;

typedef struct metric_class {
    /* Keras' class: "SparseCategoricalAccuracy". */
    const char *name;
    /* Keras' function, "sparse_categorical_accuracy", or the name as Keras 3 spells it in strings. */
    const char *function_name;
    /* Both Kerases find the function by that name, so that files may hold it. */
    bool has_function;
    /* Other names, up to a NULL: those that both know, and those that one of them knows. NULL: none. */
    const char *const *aliases, *const *other_names;
    /* Keras' name of an unnamed object; NULL: the function's name. */
    const char *default_name;
    size_t size;
    /* `configure` may set another kind. */
    target_kind targets;
    /* Its dtype may be one of integers. */
    bool takes_integers;
    /* NULL: there are no arguments of its own. */
    void (*configure)(metric *, config_reader *);
    void (*describe)(const metric *, config *);
    /* NULL, unless it owns something. */
    void (*destroy)(metric *);
    /* Fails if the arguments do not fit so many columns; NULL: all do. */
    horn_status (*check)(const metric *, size_t columns);

    /* Of a mean over rows: returns the sum over the rows, without weights. The mean passes through `finish`, if there is one. */
    double (*sum)(const metric *, const metric_rows *);
    double (*finish)(double mean);

    /* Of others, whose `sum` is NULL: doubles of state for so many columns; adds rows to a state; computes the result. */
    size_t (*states)(const metric *, size_t columns);
    void (*update)(const metric *, const metric_rows *, double *state);
    double (*result)(const metric *, size_t columns, const double *state);
    /* A registered class. */
    bool is_custom;
} metric_class;

typedef enum generic_metric {
    GENERIC_NONE,
    /* "accuracy" and "acc". */
    GENERIC_ACCURACY,
    /* "crossentropy" and "ce". */
    GENERIC_CROSSENTROPY
} generic_metric;

struct horn_metric {
    /* The name in logs: "accuracy", "acc", "sca"; owned. */
    char *name;
    /* NULL for a generic one. */
    const metric_class *class;
    generic_metric generic;
    /* What a generic metric is for these shapes; NULL until metric_resolve; owned. */
    metric *chosen;
    /* Given by a name that files keep; NULL: described as an object; static. */
    const char *named;
    /* One of Keras' weighted_metrics. */
    bool is_weighted;
    /* "float32", or the name of integers; static. */
    const char *dtype;
    target_kind targets;
    /* NULL, or of a constructor that failed: then nothing else is in it; owned. */
    failure *failure;
};

/* Makes a metric from a string ("accuracy", "acc", a function or class name) or from Keras' {class_name, config},
 * also a MeanMetricWrapper with fn. Free with metric_free. */
HORN_CHECKED horn_status metric_new(metric **out, const config *description);
/* Makes a metric of a class from its arguments (NULL: defaults). */
HORN_CHECKED horn_status metric_new_of_class(metric **out, const metric_class *, const config *arguments);
HORN_CHECKED horn_status metric_describe(const metric *, config **out);
void metric_free(metric *);

/* For constructors of the public API: takes `arguments`. Returns a metric that carries the failure, if there is one. */
horn_metric *metric_construct(const metric_class *, config *arguments);
/* Arguments for it; `name` may be NULL. */
config *metric_arguments(const char *name);
/* Carries it and the present line. */
horn_metric *metric_failed(horn_status);

/* The doubles of a metric's state. Generic metrics are means. */
size_t metric_states(const metric *, size_t columns);
/* Adds rows. A generic metric is resolved. Only weighted metrics look at weights. */
void metric_update(const metric *, const metric_rows *, double *state);
/* The result over so many rows. */
double metric_result(const metric *, size_t columns, double rows, const double *state);

/* Chooses the class of a generic metric as Keras does, from shapes: outputs of one column are binary; targets of lower rank
 * than the outputs, or with a last axis of 1, are labels; all others are categorical. */
HORN_CHECKED horn_status metric_resolve(metric *, const shape *outputs, const shape *targets);
/* The class that computes it; NULL before metric_resolve. */
const metric_class *metric_class_of(const metric *);
/* What it compares outputs with. Generic metrics are resolved. */
target_kind metric_targets(const metric *);
/* Fails if its arguments do not fit outputs of so many columns. */
HORN_CHECKED horn_status metric_check(const metric *, size_t columns);
/* Its dtype is one of integers. */
bool metric_has_integers(const metric *);

/* NULL past the last. */
const metric_class *metric_class_at(size_t index);
/* Returns the name as files keep it, if both Kerases know `name` as the class' function; else NULL. Static. */
const char *metric_function_name(const metric_class *, const char *name);
/* True if `name` is one of the class' names. */
bool metric_has_name(const metric_class *, const char *name);

#endif
