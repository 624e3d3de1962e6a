/* Models without layers inside layers, for formats that hold a chain of layers. */
#ifndef MODEL_FILES_FLATTEN_H
#define MODEL_FILES_FLATTEN_H

#include "model/model.h"
#include "snapshot/snapshot.h"

/* Whether a layer of the model holds others. */
bool model_holds_layers(const horn_model *);

/* Puts the layers inside others in the place of those, in the same order: "outer_inner" is then the name of layer "inner". Weights stay
 * with their layers. Fails for a model that is no chain, and for a layer whose inner layers do not compute the same in its place. The snapshot must have an
 * architecture with its inner layers, as snapshot_of_model makes it; after a failure it can only be freed. */
HORN_CHECKED horn_status snapshot_flatten(snapshot *);

#endif
