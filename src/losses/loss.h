/* What every loss has. To add one: copy sparse_categorical_crossentropy.c, add its line to registry.c and its
 * sample to tests/conformance/test_losses.c.
 *
 * A loss sees rows of outputs[rows, columns] (the last axis of the model's output) and a target for each row.
 */
#ifndef LOSSES_LOSS_H
#define LOSSES_LOSS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <horn/losses.h>
#include "config/config_reader.h"
#include "tensor/targets.h"

typedef struct horn_loss loss;

typedef enum outputs_kind {
    OUTPUTS_PROBABILITIES, /* as the model gives them */
    OUTPUTS_LOGITS         /* from_logits, or the engine took the softmax off and hands over its input */
} outputs_kind;

typedef struct loss_class {
    const char *name;          /* Keras' class: "SparseCategoricalCrossentropy" */
    const char *function_name; /* Keras' function: "sparse_categorical_crossentropy" */
    size_t size;
    target_kind targets;
    bool takes_logits; /* the engine takes a last softmax off and hands over its input, as Keras does */
    void (*configure)(loss *, config_reader *);
    void (*describe)(const loss *, config *);
    /* Returns the sum of the rows' losses. gradient[rows, columns] = d(sum)/d(outputs) * scale; NULL: not
     * wanted. It may be `outputs` itself. */
    double (*value)(const loss *, outputs_kind, size_t rows, size_t columns, const float *outputs,
                    const targets *, float *gradient, float scale);
} loss_class;

struct horn_loss {
    const loss_class *class;
    bool named;       /* given by its function's name: files keep the string */
    bool from_logits; /* read from the config by each loss that takes logits */
};

/* From a string (class or function name) or Keras' {class_name, config}. */
HORN_CHECKED horn_status loss_new(loss **out, const config *description);
/* From the arguments of a class. */
HORN_CHECKED horn_status loss_new_of_class(loss **out, const loss_class *, const config *arguments);
HORN_CHECKED horn_status loss_describe(const loss *, config **out); /* the string, or {class_name, config} */
void loss_free(loss *);

/* For constructors of the public API: takes `arguments`; NULL on failure. */
horn_loss *loss_construct(const loss_class *, config *arguments);

const loss_class *loss_class_at(size_t index); /* NULL past the last */

#endif
