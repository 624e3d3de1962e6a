/* What a model's outputs mean to who reads them, and their table. */
#ifndef PROGRAMS_SHARED_OUTPUTS_H
#define PROGRAMS_SHARED_OUTPUTS_H

#include <stddef.h>
#include <horn/model.h>

typedef enum outputs_kind {
    OUTPUTS_VALUES,        /* numbers as they are: of regression, or nothing says what they are */
    OUTPUTS_PROBABILITIES, /* of classes; of one output that of class 1 */
    OUTPUTS_LOGITS,        /* softmax makes probabilities of them */
    OUTPUTS_BINARY_LOGITS  /* a sigmoid does */
} outputs_kind;

/* By the last activation, else by the loss in the file. Says on standard error, in one line, that weights are untrained, or that
 * no loss is known. */
outputs_kind outputs_find_kind(const char *path, const horn_model *model);

/* A line for each of rows[count, width] on standard output. */
void outputs_print(outputs_kind kind, const float *rows, size_t count, size_t width);

#endif
