/* What the outputs of a model mean, and the table that ./predict prints. */
#ifndef PROGRAMS_SHARED_OUTPUTS_H
#define PROGRAMS_SHARED_OUTPUTS_H

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

/* Prints a line for each of rows[count, width] on standard output. */
void outputs_print(outputs_kind kind, const float *rows, size_t count, size_t width);

#endif
