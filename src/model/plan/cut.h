/* How the work of a batch is cut, and the order in which sums meet. All of it is a function of shapes and the number of
 * samples n alone, never of threads: that is why bits do not depend on them.
 *
 *                                  n < 512                     n >= 512
 *     lanes (sums of slices)       8                           the largest power of two up to n / 32, at most 64
 *     parts of a weight            8                           64
 *     parts of a gradient that     8                           one for each 96 rows of the weight, from 8 to 64
 *     goes by parts
 *     leaves (rows of the batch    1; from n = 1024 on the largest power of two up to n / 512, at most 64
 *     that such a gradient sums)
 *     sums meet                    one after the other         in a balanced binary tree
 *
 * A thread may do the work of any lane. Below 512 samples more than 8 lanes cost time on few cores; a gradient that goes by
 * parts loses speed if its leaves have less than 512 rows. */
#ifndef MODEL_PLAN_CUT_H
#define MODEL_PLAN_CUT_H

#include "layers/call.h"

enum {
    /* Of these rules: a run that goes on under others, with 512 samples or more a batch, has other bits. */
    CUT_VERSION = 2,
    CUT_WIDE = 512,
    /* Lanes, parts and leaves. */
    CUT_MOST = 64
};

size_t cut_lanes(size_t n);
/* Samples of a slice: few slices leave threads idle, and small products lose speed, so that it is 32, or more if the batch has
 * more for each lane; a small batch is cut in two. At most `most`, which is what the cache holds. */
size_t cut_slice(size_t n, size_t most);
/* Lanes that have slices. */
size_t cut_tasks(size_t n, size_t most);
/* At least those of each batch of up to n samples. */
size_t cut_most_slice(size_t n, size_t most);
size_t cut_most_tasks(size_t n, size_t most);

size_t cut_parts(size_t n);
size_t cut_gradient_parts(size_t n, size_t rows);
size_t cut_leaves(size_t n);
/* So many groups of leaves, a power of two, are summed at the same time: enough for CUT_MOST pieces of work. Leaves of a group
 * are neighbours, so that it is a branch of the tree, and bits do not depend on it. */
size_t cut_groups(size_t leaves, size_t parts);

/* The part of [0, total) that the index-th of `count` gets; cuts fall on multiples of `grain`. */
range cut_range(size_t total, size_t grain, size_t index, size_t count);

/* Where [0, count) is split in two, for a tree over it: the largest power of two below count. */
size_t cut_branch(size_t count);
/* Of values that are `stride` doubles apart; one after the other or in a tree, as for n samples. */
double cut_sum(size_t n, const double *values, size_t stride, size_t count);

#endif
