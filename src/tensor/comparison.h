/* Targets as <horn/custom_training.h> shows them to custom losses and metrics. */
#ifndef TENSOR_COMPARISON_H
#define TENSOR_COMPARISON_H

#include <horn/custom_training.h>
#include "tensor/targets.h"

horn_comparison comparison_of(size_t rows, size_t columns, const float *outputs, const targets *);
target_kind comparison_kind(horn_targets);

/* Checks the `targets` of a registered class. `kind` ("loss") begins the error line. */
HORN_CHECKED horn_status comparison_check(const char *kind, const char *name, horn_targets);

#endif
