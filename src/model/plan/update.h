/* The second pass of a training step: parts of the weights, each with its gradient added up from the lanes, its regularizer and
 * the optimizer's step; a third pass if gradients are clipped by their norm. */
#ifndef MODEL_PLAN_UPDATE_H
#define MODEL_PLAN_UPDATE_H

#include "model/plan/plan.h"

/* After a batch of n samples went forward and back through the model's plan for training. Returns what regularizers add to the
 * loss of one row. */
double update_run(horn_model *, size_t n);

/* Floats that a thread adds up at a time, and of its room for that. */
enum { UPDATE_PIECE = 1024, UPDATE_ROOM = 8 * UPDATE_PIECE };

#endif
