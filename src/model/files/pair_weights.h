/* Pairs the weights of a model with those of a snapshot. */
#ifndef MODEL_FILES_PAIR_WEIGHTS_H
#define MODEL_FILES_PAIR_WEIGHTS_H

#include "model/model.h"
#include "snapshot/snapshot.h"

/* The weights of a model and the tensors of a snapshot that belong to them. It borrows both, and `name`, which begins error lines. */
typedef struct pairing pairing;

/* Pairs layers with weights, those inside others too, in their order. A layer of the snapshot that has all weights of a model's layer
 * with layers inside it has them in the order of Keras' .h5 files: those that train first. Fails if anything does not fit. */
HORN_CHECKED horn_status pairing_new(pairing **out, horn_model *, const snapshot *, const char *name);
/* Copies the values into the model, which is built. It needs no memory, so that it cannot fail half-way. */
void pairing_copy(pairing *);
void pairing_free(pairing *);

bool pair_fits(const snapshot_tensor *, const shape *);
/* Fails: "NAME: WHAT'kernel' of layer ... has shape ...". */
horn_status pair_misfit(const char *name, const char *what, const layer *, const weight *,
                        const snapshot_tensor *);

#endif
