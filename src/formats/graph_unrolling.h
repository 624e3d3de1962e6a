/* Recurrent operations as many plain ones, step by step, for formats of graphs that have no operation of their own for them. */
#ifndef FORMATS_GRAPH_UNROLLING_H
#define FORMATS_GRAPH_UNROLLING_H

#include "snapshot/leaves.h"

/* Most steps that are unrolled. */
enum { GRAPH_MOST_STEPS = 512 };

bool graph_is_recurrent(const graph *);
/* Fills *out, which the caller frees, with a graph that computes the same; its Weights are in the same order. Fails for an open axis of
 * steps, and for too many, by the layer's name. */
HORN_CHECKED horn_status graph_unroll(graph **out, const graph *, const snapshot_leaves *, const char *where);

#endif
