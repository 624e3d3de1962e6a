/* The order in which Keras puts the layers of a Functional (_map_graph_network): by their distance from the outputs, the farthest
 * first, those of one distance as they are found from the outputs on. Files pair weights and optimizer variables by it. */
#ifndef SNAPSHOT_CALL_ORDER_H
#define SNAPSHOT_CALL_ORDER_H

#include "snapshot/snapshot.h"

/* Fills *order, which the caller frees, with the calls' numbers. The first calls of the layers are then in the order of the layers;
 * each call stands behind what it takes. Calls that no output needs are the last. No output: the last call makes it. */
HORN_CHECKED horn_status call_order_find(size_t **order, const snapshot_call *calls, size_t count,
                                         const size_t *outputs, size_t output_count);
/* Puts calls and layers of a snapshot without optimizer variables in that order. */
HORN_CHECKED horn_status call_order_apply(snapshot *);

#endif
