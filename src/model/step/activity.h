/* Activity regularizers: penalties of what layers give, divided by the samples of the batch. */
#ifndef MODEL_PLAN_ACTIVITY_H
#define MODEL_PLAN_ACTIVITY_H

#include "model/plan/plan.h"

/* Adds the penalty of a slice of an array that a step, or the batch, has just written to the lane's sum. */
void activity_add_loss(const plan *, int array, size_t lane, size_t first, size_t rows);
/* Adds the gradient of the penalty to the array's gradient, which the step behind it, or the loss, has just written. `samples`: of the
 * whole batch. */
void activity_add_gradient(const plan *, int array, size_t lane, size_t first, size_t rows, size_t samples);

#endif
