/* The layers that compute, each once: those without layers inside, depth first, inputs left out. Operations (graph.h) name them by
 * their number in this order. */
#ifndef SNAPSHOT_LEAVES_H
#define SNAPSHOT_LEAVES_H

#include "snapshot/graph.h"
#include "snapshot/snapshot.h"

typedef struct snapshot_leaf {
    const snapshot_layer *layer;
    /* Of no other one: "outer_inner" of layer "inner" in layer "outer"; a layer that has a cell goes by its own. */
    char *name;
    /* How many weights the leaves before it have. */
    size_t first_weight;
} snapshot_leaf;

typedef struct snapshot_leaves {
    snapshot_leaf *at;
    size_t count, capacity;
} snapshot_leaves;

/* Borrows the snapshot. Free it after a failure, too. */
HORN_CHECKED horn_status snapshot_leaves_new(snapshot_leaves *out, const snapshot *);
void snapshot_leaves_free(snapshot_leaves *);
/* How many of them the layer is, or has inside it. */
size_t snapshot_leaf_count(const snapshot_layer *);
/* The tensor of a Weight; fails if its layer has none of that name. `where` begins the error line. */
HORN_CHECKED horn_status snapshot_leaves_find(const snapshot_tensor **out, const snapshot_leaves *,
                                              const operation *weight, const char *where);

#endif
