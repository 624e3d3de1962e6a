/* What all losses have in common. To add one: copy sparse_categorical_crossentropy.c, add its line to registry.c and
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
#include "tensor/targets.h"

typedef struct horn_loss loss;

typedef enum outputs_kind {
    /* The model's outputs. */
    OUTPUTS_PROBABILITIES,
    /* from_logits is set, or the engine has removed a final softmax and passes its input. */
    OUTPUTS_LOGITS
} outputs_kind;

typedef struct loss_class {
    /* Keras' class: "SparseCategoricalCrossentropy". */
    const char *name;
    /* Keras' function: "sparse_categorical_crossentropy". */
    const char *function_name;
    size_t size;
    target_kind targets;
    /* The engine removes a final softmax and passes its input, as Keras does. */
    bool takes_logits;
    void (*configure)(loss *, config_reader *);
    void (*describe)(const loss *, config *);
    /* Returns the sum of the rows' losses. gradient[rows, columns] = d(sum)/d(outputs) * scale; NULL: not needed. It
     * may be the same array as `outputs`. */
    double (*value)(const loss *, outputs_kind, size_t rows, size_t columns, const float *outputs,
                    const targets *, float *gradient, float scale);
} loss_class;

struct horn_loss {
    const loss_class *class;
    /* Given by its function's name, which files keep. */
    bool named;
    /* Read from the config by each loss that takes logits. */
    bool from_logits;
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

/* For constructors of the public API: takes `arguments`. Returns a loss that carries the failure, if there is one. */
horn_loss *loss_construct(const loss_class *, config *arguments);
/* Carries it and the present line. */
horn_loss *loss_failed(horn_status);

/* NULL past the last. */
const loss_class *loss_class_at(size_t index);

#endif
