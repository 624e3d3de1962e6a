/* Targets, with which losses and metrics compare the rows of a model's output. */
#ifndef TENSOR_TARGETS_H
#define TENSOR_TARGETS_H

#include <stddef.h>
#include <stdint.h>

typedef enum target_kind {
    /* int32 class numbers, one for each row. */
    TARGET_LABELS,
    /* float32 rows, as wide as the outputs. */
    TARGET_ROWS
} target_kind;

typedef struct targets {
    target_kind kind;
    /* [rows], if the kind is TARGET_LABELS. */
    const int32_t *labels;
    /* [rows, columns], if it is TARGET_ROWS. */
    const float *rows;
} targets;

/* The targets of one row. */
static inline targets targets_row(const targets *t, size_t row, size_t columns)
{
    return (targets){ t->kind, t->labels ? t->labels + row : NULL, t->rows ? t->rows + row * columns : NULL };
}

#endif
