/* What the lanes of a batch have summed, added up. */
#ifndef MODEL_PLAN_COLLECT_H
#define MODEL_PLAN_COLLECT_H

#include "model/step/row_weights.h"

/* Steps [first, end) of the plan: forward in this order, or backward in reverse. */
typedef struct stretch {
    size_t first, end;
} stretch;

/* Data that all threads of one pass share. */
typedef struct pass {
    horn_model *model;
    plan *plan;
    const batch *batch;
    /* NULL: not profiled. */
    profile *profile;
    /* Of each output; NULL: not needed. */
    float *const *out;
    row_weights weights[HORN_MAX_OUTPUTS];
    /* Lanes that have slices, and samples of a slice, in this pass; lanes that have slices in some pass. */
    size_t tasks, slice, all_tasks;
    /* It is the batch's first pass; it is the last pass with forward steps; of the forward steps, those alone run that run again. */
    bool begins, ends, again;
    /* It counts the rows of the losses, see plan.counts_first. */
    bool counts;
    stretch forward, backward;
    /* The coupled step whose sums are gathered at the end; at most one of the two is set. */
    const plan_step *gather, *gather_back;
} pass;

/* A mean is that of the rows that count, but slices do not know how many those are: they divide by all rows, and the loss and
 * its gradients are multiplied by this. If no row counts, the loss is 0, as in Keras 3. NULL: no loss. */
double collect_mask_factor(const loss *, const head_sums *);
/* What all gradients are still multiplied by. */
double collect_factor(const pass *, const plan_sums *);
/* Of an output, what its rows add to the divisor of its loss' mean. */
head_sums collect_shares(const pass *, size_t head);
/* Overwrites *sums, but for the sum of all losses. */
void collect_sums(const pass *, plan_sums *);
/* Then that: with the losses' weights and the penalty of weights and activities. */
void collect_losses(const pass *, plan_sums *, double penalty);

#endif
