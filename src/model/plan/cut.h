/* How the work of a batch is cut, and the order in which sums are added. Both depend on shapes and the number of samples n
 * only, never on the number of threads: so results are the same, bit for bit, for any number of threads.
 *
 *                                  n < 512                     n >= 512
 *     lanes (sums of slices)       8                           the largest power of two up to n / 32, at most 64
 *     parts of a weight            8                           64
 *     parts of a gradient that is  8                           one for each 96 rows of the weight, from 8 to 64
 *     computed by parts
 *     leaves (pieces of the batch  1; from n = 1024 on the largest power of two up to n / 512, at most 64
 *     that such a gradient sums)
 *     sums are added               one after the other         in a balanced binary tree
 *
 * Any thread may work on any lane. Below 512 samples, more than 8 lanes cost time on few cores. A gradient by parts is slower
 * if its leaves have less than 512 rows. */
#ifndef MODEL_PLAN_CUT_H
#define MODEL_PLAN_CUT_H

#include "layers/call.h"

enum {
    /* Version of these rules. A run resumed under another version has other bits if its batches have 512 samples or more. */
    CUT_VERSION = 2,
    /* Samples from which on the right column of the table applies. */
    CUT_WIDE = 512,
    /* Most lanes, parts or leaves. */
    CUT_MOST = 64
};

size_t cut_lanes(size_t n);
/* Samples of a slice: 32, or more if the batch has more per lane, as small matrix products are slow; a small batch is cut in
 * two, so that two threads work. At most `most`, the number of samples that fit into the cache. */
size_t cut_slice(size_t n, size_t most);
/* Number of lanes that have slices. */
size_t cut_tasks(size_t n, size_t most);
/* Upper bounds of both for all batches of up to n samples. */
size_t cut_most_slice(size_t n, size_t most);
size_t cut_most_tasks(size_t n, size_t most);

size_t cut_parts(size_t n);
size_t cut_gradient_parts(size_t n, size_t rows);
size_t cut_leaves(size_t n);
/* Number of groups of leaves, a power of two, that are summed at the same time: enough for CUT_MOST pieces of work. The leaves
 * of a group are adjacent, so a group is a branch of the tree, and the bits do not depend on the number of groups. */
size_t cut_groups(size_t leaves, size_t parts);

/* Part `index` of `count` parts of [0, total); each part begins at a multiple of `grain`. */
range cut_range(size_t total, size_t grain, size_t index, size_t count);

/* Where a tree over [0, count) splits it in two: the largest power of two below count. */
size_t cut_branch(size_t count);
/* Of a call whose gradient goes by parts: floats of a row of its first weight; most floats of a part; groups in a batch of n
 * samples; and the scratch floats that a thread needs to add up the leaves of a group, in batches of up to n samples. */
size_t cut_call_row(const call *);
size_t cut_call_part(const call *);
size_t cut_call_groups(const call *, size_t n);
size_t cut_call_room(const call *, size_t n);

/* Sum of values that are `stride` doubles apart; one after the other or in a tree, as for n samples. */
double cut_sum(size_t n, const double *values, size_t stride, size_t count);

#endif
