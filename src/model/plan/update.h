/* The second pass of a training step: parts of the parameters, each with its gradient joined in the order of the lanes,
 * its regularizer and the optimizer's step; a third pass where gradients are clipped by their norm. */
#ifndef MODEL_PLAN_UPDATE_H
#define MODEL_PLAN_UPDATE_H

#include "model/plan/plan.h"

/* After a batch of `rows` samples went forward and back through the model's plan for training. What regularizers add to
 * the loss of one row. */
double update_run(horn_model *, size_t rows);

#endif
