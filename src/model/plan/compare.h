/* Loss and metrics of a slice. */
#ifndef MODEL_PLAN_COMPARE_H
#define MODEL_PLAN_COMPARE_H

#include "model/plan/row_weights.h"

/* Adds the loss and the metrics of samples [first, first + rows) to the lane's sums and, in training, starts the gradient. Rows
 * that are masked count nowhere; their gradient is 0. */
void compare_slice(plan *, const horn_model *, const row_weights *, size_t index, size_t first, size_t rows);

#endif
