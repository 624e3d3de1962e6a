/* Converts between models and snapshots. */
#ifndef MODEL_FILES_SNAPSHOT_OF_MODEL_H
#define MODEL_FILES_SNAPSHOT_OF_MODEL_H

#include "model/model.h"
#include "snapshot/schema.h"

/* Copies those of `parts` that the model has; the caller frees *out. */
HORN_CHECKED horn_status snapshot_of_model(snapshot **out, const horn_model *, unsigned parts);
/* The same, but the tensors borrow the model's weights and variables: the snapshot must be freed before they change. */
HORN_CHECKED horn_status snapshot_borrow_model(snapshot **out, const horn_model *, unsigned parts);

/* model_from_snapshot.c: a new model from a snapshot that has an architecture, with the weights, compile settings and optimizer
 * state that it has. `name` begins error lines. */
HORN_CHECKED horn_status model_from_snapshot(horn_model **out, const snapshot *, const horn_load_options *,
                                             const char *name);

/* Adds the layers of a snapshot to an empty model. After a failure the model has those before the first that cannot be added. */
HORN_CHECKED horn_status model_add_layers(horn_model *, const snapshot *);

/* schema_of_model.c: what readers of files ask. `model`, which is borrowed, or NULL: what the file's weights are for. */
schema model_schema(const snapshot *model);
/* The weights of a model's layers, without values, to a snapshot of its architecture that has none. */
HORN_CHECKED horn_status model_describe_weights(snapshot *, const horn_model *);
/* operations_of_model.c: what the model's layers compute, to a snapshot of its architecture. Fails for a layer that does not say its
 * operations. */
HORN_CHECKED horn_status model_describe_operations(snapshot *, const horn_model *);
/* The same; if it fails, for another reason than memory, the snapshot keeps the reason and has no operations. */
HORN_CHECKED horn_status model_try_operations(snapshot *, const horn_model *);
/* Adds the layers inside `added` that have the weights of `l`, if its class names some. */
HORN_CHECKED horn_status model_add_holders(snapshot_layer *added, const layer *l);
/* Architecture, weights without values and compile settings of a built model: for `model_schema`. */
HORN_CHECKED horn_status snapshot_without_values(snapshot **out, const horn_model *);

/* Copies weights, and the optimizer's variables if both have them, into a built model; layers with weights are paired in order.
 * If anything does not fit the model stays as it was. `name` begins error lines. */
HORN_CHECKED horn_status model_take_weights(horn_model *, const snapshot *, const char *name);

/* Copies weights, optimizer state and progress into a compiled model; the same if anything does not fit. */
HORN_CHECKED horn_status model_take_run(horn_model *, const snapshot *, const char *name);

#endif
