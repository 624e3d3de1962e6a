/* Weights of the rows of a batch: sample weights times class weights, and what the loss' reduction makes of them. A row is what
 * a loss or a metric compares: a sample has one for each position of its output, all axes but the last one. */
#ifndef MODEL_PLAN_ROW_WEIGHTS_H
#define MODEL_PLAN_ROW_WEIGHTS_H

#include "model/step/step.h"

typedef struct row_weights {
    /* [rows], of weighted metrics and of the loss; NULL: all are 1. */
    const float *metrics, *loss;
    /* The gradient's factor of each row's loss. */
    float scale;
    /* Makes the sum of the rows' losses the batch's loss times its rows. The mean of all batches is weighted by their rows, as
     * Keras' is. */
    double factor;
} row_weights;

/* Writes the weights of an output into the plan's memory; also the batch's targets, if weights depend on them. The batch has
 * targets for the output. */
row_weights row_weights_of(plan *, const horn_model *, const batch *, size_t head);

#endif
