/* The second pass of a training step. For each part of the weights it adds the lanes' gradients and the regularizer's, then
 * makes the optimizer's step; if gradients are clipped by their norm, the step is a third pass. Constraints are the last one. */
#ifndef MODEL_PLAN_UPDATE_H
#define MODEL_PLAN_UPDATE_H

#include "model/plan/plan.h"

/* Call it after a batch of n samples ran forward and backward through the model's training plan. Multiplies the gradients by
 * `factor` first. Returns the regularizers' penalty, which is added to the loss of each row. */
double update_run(horn_model *, size_t n, float factor);

/* The end of training: the weights become their average, if the optimizer keeps one. */
void update_take_average(horn_model *);

/* Floats that a thread adds up at a time, and the scratch floats it needs for that. */
enum { UPDATE_PIECE = 1024, UPDATE_ROOM = 8 * UPDATE_PIECE };

#endif
