/* What all losses have in common. To add one: copy crossentropies/sparse_categorical_crossentropy.c, add its line to registry.c and
 * its sample, one JSON file, to tests/conformance/samples/losses.
 *
 * A loss gets rows of outputs[rows, columns] (the last axis of the model's output) and a target for each row. */
#ifndef LOSSES_LOSS_H
#define LOSSES_LOSS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <horn/losses.h>
#include "base/failure.h"
#include "config/config_reader.h"
#include "functions/activation.h"
#include "tensor/targets.h"

typedef struct horn_loss loss;

typedef enum outputs_kind {
    /* The model's outputs. */
    OUTPUTS_PROBABILITIES,
    /* from_logits is set, or the engine has removed a final softmax or sigmoid and passes its input. */
    OUTPUTS_LOGITS
} outputs_kind;

/* What becomes of the rows' losses L with weights w (1 if there are none). */
typedef enum loss_reduction {
    /* sum(w L) / rows: "sum_over_batch_size", Keras 2's "auto" and Keras 3's "mean". */
    REDUCTION_MEAN,
    /* sum(w L). */
    REDUCTION_SUM,
    /* Not reduced: evaluate gives the mean, training is refused. */
    REDUCTION_NONE,
    /* sum(w L) / sum w. */
    REDUCTION_WEIGHTED_MEAN
} loss_reduction;

typedef struct loss_class {
    /* Keras' class: "SparseCategoricalCrossentropy". */
    const char *name;
    /* Keras' function: "sparse_categorical_crossentropy". */
    const char *function_name;
    /* Other names of the function, up to a NULL: those that files keep, and those that only Keras 2 knows. NULL: none. */
    const char *const *aliases, *const *old_names;
    /* Keras' name of an unnamed object; NULL: the function's name. */
    const char *default_name;
    size_t size;
    target_kind targets;
    /* The engine removes a final activation that has this kind of logits and passes its input, as Keras does. */
    logits_kind logits;
    /* NULL: there are no arguments of its own. */
    void (*configure)(loss *, config_reader *);
    void (*describe)(const loss *, config *);
    /* Returns the sum of the rows' losses. gradient[rows, columns] = d(sum)/d(outputs) * scale; NULL: not needed. It
     * may be the same array as `outputs`. */
    double (*value)(const loss *, outputs_kind, size_t rows, size_t columns, const float *outputs,
                    const targets *, float *gradient, float scale);
} loss_class;

struct horn_loss {
    const loss_class *class;
    /* The function's name or alias by which it was given, which files keep; NULL: described as an object; static. */
    const char *named;
    /* Chosen by the user; NULL: the class' own; owned. */
    char *name;
    loss_reduction reduction;
    /* Read from the config by each loss that takes logits. */
    bool from_logits;
    /* Rows of the ignored label have no loss. */
    bool ignores;
    int32_t ignored_label;
    /* NULL, or of a constructor that failed: then nothing else is in it; owned. */
    failure *failure;
};

/* Makes a loss from a string (class or function name) or from Keras' {class_name, config}. Free with loss_free. */
HORN_CHECKED horn_status loss_new(loss **out, const config *description);
/* Makes a loss of a class from its arguments. */
HORN_CHECKED horn_status loss_new_of_class(loss **out, const loss_class *, const config *arguments);

/* Gives the string, or {class_name, config}; the caller frees it. */
HORN_CHECKED horn_status loss_describe(const loss *, config **out);
void loss_free(loss *);

/* Arguments for loss_construct. Options may be NULL. */
config *loss_arguments(const char *reduction);
config *loss_crossentropy_arguments(const horn_crossentropy_options *);
config *loss_focal_arguments(const horn_focal_crossentropy_options *);
/* As class->value, with a weight for each row: sum(w L), and gradients times w. A row of weight 0 is not looked at. weights[rows];
 * NULL: all are 1. */
double loss_value(const loss *, outputs_kind, size_t rows, size_t columns, const float *outputs,
                  const targets *, const float *weights, float *gradient, float scale);

/* For constructors of the public API: takes `arguments`. Returns a loss that carries the failure, if there is one. */
horn_loss *loss_construct(const loss_class *, config *arguments);
/* Carries it and the present line. */
horn_loss *loss_failed(horn_status);

/* NULL past the last. */
const loss_class *loss_class_at(size_t index);

/* Returns the function's name as files keep it, if `name` is the class' function or one of its other names; else NULL.
 * Static. */
const char *loss_function_name(const loss_class *, const char *name);

#endif
