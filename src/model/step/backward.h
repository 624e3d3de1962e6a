/* One step of backward on one slice. */
#ifndef MODEL_PLAN_BACKWARD_H
#define MODEL_PLAN_BACKWARD_H

#include "model/plan/plan.h"

/* Computes the gradients of the step's inputs, and adds to the lane's gradients, for samples [first, first + rows). `samples`: of
 * the whole batch. */
void backward_step(const plan *, const plan_step *, size_t lane, size_t first, size_t rows, size_t samples);

#endif
