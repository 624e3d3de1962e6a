/* What a row of a model's output is compared with, by losses and by metrics. */
#ifndef TENSOR_TARGETS_H
#define TENSOR_TARGETS_H

#include <stdint.h>

typedef enum target_kind {
    TARGET_LABELS, /* int32 class numbers, one a row */
    TARGET_ROWS    /* float32 rows of the outputs' width */
} target_kind;

typedef struct targets {
    target_kind kind;
    const int32_t *labels; /* [rows], where the kind is TARGET_LABELS */
    const float *rows;     /* [rows, columns], where it is TARGET_ROWS */
} targets;

#endif
