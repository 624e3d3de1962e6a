/* Pairs the weights of a model with those of a snapshot. */
#ifndef MODEL_FILES_PAIR_WEIGHTS_H
#define MODEL_FILES_PAIR_WEIGHTS_H

#include "model/model.h"
#include "snapshot/snapshot.h"

/* Pairs layers with weights, those inside others too, in their order. A layer of the snapshot that has all weights of a model's layer
 * with layers inside it has them in the order of Keras' .h5 files: those that train first. Fails if anything does not fit; copies only if
 * `copy`. Callers check everything first, so that the model is unchanged after a failure. `name` begins error lines. */
HORN_CHECKED horn_status model_pair_weights(horn_model *, const snapshot *, const char *name, bool copy);

bool pair_fits(const snapshot_tensor *, const shape *);
/* Fails: "NAME: WHAT'kernel' of layer ... has shape ...". */
horn_status pair_misfit(const char *name, const char *what, const layer *, const weight *,
                        const snapshot_tensor *);

#endif
