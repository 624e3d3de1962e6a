/* Losses and metrics of a slice. */
#ifndef MODEL_PLAN_COMPARE_H
#define MODEL_PLAN_COMPARE_H

#include "model/step/row_weights.h"

/* Adds the loss and the metrics of samples [first, first + rows) of each output to the lane's sums and, in training, starts the
 * gradients. Rows that are masked count nowhere; their gradient is 0. weights: of each output. */
void compare_slice(plan *, const horn_model *, const batch *, const row_weights *weights, size_t index,
                   size_t first, size_t rows);
/* Adds what the rows add to the divisors of the losses' means, which compare_slice does, too. */
void compare_count(plan *, const horn_model *, const batch *, const row_weights *weights, size_t index,
                   size_t first, size_t rows);

#endif
