/* Runs one batch through the model: forward, loss and metrics; in training also backward and the optimizer's step.
 *
 * Two passes run on the threads. In the first, each slice of the batch runs forward and backward through all steps. In the
 * second, each part of the weights adds the lanes' gradients in their order and makes the optimizer's step. In training, layers
 * that couple the batch cut the first pass into stretches: forward up to the layer, settle its sums over the batch, continue;
 * the same backward. */
#ifndef MODEL_PLAN_STEP_H
#define MODEL_PLAN_STEP_H

#include "model/plan/plan.h"

/* Data that fit the model, as model/train/feed.h checks: for each input and output of the model. */
struct feed {
    size_t input_count, output_count, samples;
    horn_view x[HORN_MAX_INPUTS];
    /* y.data is NULL: nothing compares with the output. weights.data: one for each sample, or for each row of outputs; NULL: 1. */
    horn_view y[HORN_MAX_OUTPUTS], weights[HORN_MAX_OUTPUTS];
    /* The kind of each y. */
    target_kind targets[HORN_MAX_OUTPUTS];
    /* There are targets: else there are no losses and no metrics. */
    bool compares;
    /* Of a sample, without open axes. */
    shape inputs[HORN_MAX_INPUTS], outputs[HORN_MAX_OUTPUTS];
};

/* Samples [first, first + count) of the data, in `order` (NULL: in their own order). */
typedef struct batch {
    const feed *data;
    const uint32_t *order;
    size_t first, count;
    const horn_class_weight *class_weights;
    size_t class_weight_count;
} batch;

/* Makes the model's plan for batches of up to `capacity` samples of the inputs' shapes, and its thread pool. Plans for other
 * shapes are made anew; the arena grows only. */
HORN_CHECKED horn_status step_prepare(horn_model *, bool training, const shape *inputs, size_t capacity);

/* Both overwrite *sums with the sums over the batch's rows; the metrics' states are in the plan until its next batch. They fail only if memory has to grow and cannot. */
HORN_CHECKED horn_status step_train(horn_model *, const batch *, plan_sums *sums);
/* out: of each of the model's outputs, [count, outputs]; NULL: not needed. */
HORN_CHECKED horn_status step_infer(horn_model *, const batch *, plan_sums *sums, float *const *out);

#endif
