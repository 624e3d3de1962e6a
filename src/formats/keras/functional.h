/* The calls of a snapshot, a Functional, in the config of its model: snapshot/keras_calls.h. */
#ifndef FORMATS_KERAS_FUNCTIONAL_H
#define FORMATS_KERAS_FUNCTIONAL_H

#include "formats/keras/dialect.h"
#include "snapshot/snapshot.h"

/* Reads the calls of a model with one input and one output into the snapshot, which has no layers yet: its layers will stand in the
 * order of their first calls. *order: the input, then the layers in that order, as indices of the config's list; the caller owns it,
 * also after a failure. A chain has no list of calls. `where` begins error lines. */
HORN_CHECKED horn_status keras_functional_read(snapshot *out, size_t **order, const config *model_config,
                                               const char *where);

/* Adds to the config of a model, whose list of layers begins with the input, what makes it a Functional. */
HORN_CHECKED horn_status keras_functional_connect(config *model_config, const snapshot *,
                                                  keras_dialect dialect, const char *where);

/* Refuses what a file for both Keras cannot say: how the calls of a Functional in a Functional are counted; operations. */
HORN_CHECKED horn_status keras_functional_check_both(const snapshot *, const char *where);

#endif
