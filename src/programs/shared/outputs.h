/* What the outputs of a model mean, and the table that ./predict prints. */
#ifndef PROGRAMS_SHARED_OUTPUTS_H
#define PROGRAMS_SHARED_OUTPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/model.h>

typedef enum outputs_kind {
    /* Numbers: of regression, or of unknown meaning. */
    OUTPUTS_VALUES,
    /* Probabilities of classes; a single output is that of class 1. */
    OUTPUTS_PROBABILITIES,
    /* Softmax turns them into probabilities. */
    OUTPUTS_LOGITS,
    /* A sigmoid turns them into probabilities. */
    OUTPUTS_BINARY_LOGITS
} outputs_kind;

/* Prints a line on standard error if the weights of the model are untrained. */
void outputs_say_untrained(const horn_model *model);

/* Decides by the last activation, else by the loss. Prints a line on standard error if no loss is known. */
outputs_kind outputs_find_kind(const char *path, const horn_model *model);

typedef struct outputs_how {
    outputs_kind kind;
    /* Of the classes; a class beyond them has no name. */
    const char *const *names;
    size_t name_count;
    /* The true classes, if it is a view of integers with one axis; shown if classes have names, and in JSON. */
    const horn_view *labels;
    /* Most probable classes of each sample; 0: 1. */
    size_t top;
    bool json;
} outputs_how;

/* Prints a line for each of rows[count, width] and each of its `top` classes on standard output. */
void outputs_print(const outputs_how *, const float *rows, size_t count, size_t width);

#endif
