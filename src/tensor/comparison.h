/* Targets in the words of <horn/custom_training.h>, for losses and metrics of a user's own. */
#ifndef TENSOR_COMPARISON_H
#define TENSOR_COMPARISON_H

#include <horn/custom_training.h>
#include "tensor/targets.h"

horn_comparison comparison_of(size_t rows, size_t columns, const float *outputs, const targets *);
target_kind comparison_kind(horn_targets);

/* Of the table of a class; `kind` ("loss") begins the message. */
HORN_CHECKED horn_status comparison_check(const char *kind, const char *name, horn_targets);

#endif
