/* Runs one batch through the model: forward, loss and metrics; in training also backward and the optimizer's step.
 *
 * Two passes run on the threads. In the first, each slice of the batch runs forward and backward through all steps. In the
 * second, each part of the weights adds the lanes' gradients in their order and makes the optimizer's step. In training, layers
 * that couple the batch cut the first pass into stretches: forward up to the layer, settle its sums over the batch, continue;
 * the same backward. */
#ifndef MODEL_PLAN_STEP_H
#define MODEL_PLAN_STEP_H

#include "model/plan/plan.h"

/* Data that fit the model, as model/train/feed.h checks. */
typedef struct feed {
    /* y.data is NULL: no loss, no metrics. */
    horn_view x, y;
    /* Of the model's input and output for a sample, without open axes. */
    shape input, output;
} feed;

/* Samples [first, first + count) of the data, in `order` (NULL: in their own order). */
typedef struct batch {
    const feed *data;
    const uint32_t *order;
    size_t first, count;
    /* One for each sample, or for each row of outputs; NULL: 1. */
    const horn_view *weights;
    const horn_class_weight *class_weights;
    size_t class_weight_count;
} batch;

/* Makes the model's plan for batches of up to `capacity` samples of the input's shape, and its thread pool. Plans for another
 * shape are made anew; the arena grows only. */
HORN_CHECKED horn_status step_prepare(horn_model *, bool training, const shape *input, size_t capacity);

/* Both overwrite *sums with the sums over the batch's rows; the metrics' states are in the plan until its next batch. They fail only if memory has to grow and cannot. */
HORN_CHECKED horn_status step_train(horn_model *, const batch *, plan_sums *sums);
/* out: [count, outputs]; NULL: not needed. */
HORN_CHECKED horn_status step_infer(horn_model *, const batch *, plan_sums *sums, float *out);

#endif
