/* All weights of a snapshot, or of one layer, in a flat list that is made once, and the orders that Keras has of them. */
#ifndef SNAPSHOT_INDEX_H
#define SNAPSHOT_INDEX_H

#include "snapshot/snapshot.h"

typedef struct snapshot_weight {
    snapshot_tensor *tensor; /* borrowed, as are the layers */
    const snapshot_layer
        *path[SNAPSHOT_MAX_DEPTH]; /* from the model's layer to the one that has the weight */
    size_t depth;                  /* layers in the path, at least 1 */
    bool trains;                   /* the weight trains, and no layer of the path is frozen */
} snapshot_weight;

typedef enum snapshot_order {
    SNAPSHOT_BY_LAYER, /* depth first: a layer's own weights stand before those of the layers inside it */
    SNAPSHOT_TRAINED,  /* the same, without those that do not train: optimizers count them so */
    SNAPSHOT_TRAINED_FIRST, /* those that train, then the others: a layer's weights in .h5 */
} snapshot_order;

typedef struct snapshot_index {
    snapshot_weight *weights; /* SNAPSHOT_BY_LAYER */
    const snapshot_weight **trained_first;
    size_t count, trained_count;
} snapshot_index;

/* The snapshot's layers and tensors must stay as they are while the index is in use. Free it after a failure too. */
HORN_CHECKED horn_status snapshot_index_new(snapshot_index *out, const snapshot *);
HORN_CHECKED horn_status snapshot_index_layer(snapshot_index *out, const snapshot_layer *);
void snapshot_index_free(snapshot_index *);

/* Weight number `number` in an order; NULL past the last. */
const snapshot_weight *snapshot_weight_at(const snapshot_index *, snapshot_order, size_t number);
const snapshot_layer *snapshot_weight_owner(const snapshot_weight *); /* the layer that has it */

size_t snapshot_weight_count(const snapshot_layer *); /* with those of the layers inside it */
bool snapshot_is_frozen(const snapshot_layer *);      /* its arguments say "trainable": false */

/* How a weight's place is written. */
typedef struct path_style {
    char separator;    /* between two parts, each of which is a layer's name, the last the weight's */
    const char *slash; /* what a '/' within a part becomes; NULL: it stays */
} path_style;

extern const path_style path_slashes; /* "bidirectional/forward_lstm/lstm_cell/kernel" */
extern const path_style path_flat;    /* "bidirectional_forward_lstm_lstm_cell_kernel" */

/* Appends the path of a weight; a name that is missing is "". */
void snapshot_path(bytes *out, const snapshot_weight *, const path_style *);
/* Appends one part. */
void snapshot_path_part(bytes *out, const char *name, const path_style *);

#endif
