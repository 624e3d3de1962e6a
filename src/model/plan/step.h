/* One batch through the model: forward, loss and metrics, and in training backward and the optimizer's step.
 *
 * Two passes over the threads: slices of the batch through all steps and back, then parts of the parameters,
 * each with its gradient joined in the order of the lanes and its step made at once. In training, layers that
 * couple the batch cut the first pass into stretches: forward up to the layer, its sums over the batch settled,
 * on from there; and the same on the way back. */
#ifndef MODEL_PLAN_STEP_H
#define MODEL_PLAN_STEP_H

#include "model/plan/plan.h"

/* Samples [first, first + count) of x and y, in `order` (NULL: as they stand). y may be NULL: nothing is
 * compared. */
typedef struct batch {
    const horn_view *x, *y;
    const uint32_t *order;
    size_t first, count;
} batch;

/* Makes the model's plan for batches of up to `capacity` samples, and its threads. */
HORN_CHECKED horn_status step_prepare(horn_model *, bool training, size_t capacity);

/* Both add nothing: *sums are this batch's, over its rows. They fail only if the model's memory has to grow and cannot. */
HORN_CHECKED horn_status step_train(horn_model *, const batch *, plan_sums *sums);
/* out: [count, outputs]; NULL: not wanted. */
HORN_CHECKED horn_status step_infer(horn_model *, const batch *, plan_sums *sums, float *out);

#endif
