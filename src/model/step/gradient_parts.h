/* Gradients computed by parts (LAYER_GRADIENT_BY_PARTS): each part of a weight is a sum over all samples of the batch. In large
 * batches it is a tree of leaves, which are sums over some of the samples. Groups of adjacent leaves are computed at the same
 * time; the update of the weights adds the groups. */
#ifndef MODEL_PLAN_GRADIENT_PARTS_H
#define MODEL_PLAN_GRADIENT_PARTS_H

#include "model/plan/plan.h"

/* In a batch without leaves, or for LAYER_GRADIENT_OF_ROWS: overwrites the part of the layer's gradients. touched: see lane. */
void gradient_parts_whole(const plan *, const call *, size_t n, range part, int thread,
                          unsigned char *touched);
/* In a batch with leaves: computes the groups of all such layers but those of LAYER_GRADIENT_OF_ROWS; else does nothing. */
void gradient_parts_leaves(horn_model *, size_t n);

#endif
