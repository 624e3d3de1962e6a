/* How many samples go through a plan at a time. */
#ifndef MODEL_PLAN_SLICES_H
#define MODEL_PLAN_SLICES_H

#include "model/plan/plan.h"

/* Chooses the most samples of a slice for each stretch, and the room for gradients that are added. */
void slices_choose(plan *);
/* Index of the stretch of a step: the number of coupled steps up to it. */
size_t slices_stretch(const plan *, size_t step);
/* Most samples of a slice in a stretch, and most lanes, in batches of up to the plan's capacity. */
size_t slices_most(const plan *, size_t stretch);
size_t slices_most_lanes(const plan *);
/* Most lanes of a stretch in a batch of n samples. */
size_t slices_tasks(const plan *, size_t n);

#endif
