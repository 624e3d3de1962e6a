/* Which weights the layers of an architecture have: what the model floor's schema says, else what Keras' classes say
 * (classes.h), else unknown. Readers ask this alone. */
#ifndef FORMATS_KERAS_EXPECTED_H
#define FORMATS_KERAS_EXPECTED_H

#include "snapshot/schema.h"

/* Adds the layers inside to those of a known class that have none yet, and gives the schema of them all: as many layers, each
 * with as many inside it. The caller owns *out. `known` may be NULL. Sets architecture->unsure if the model floor does not know
 * a class. `where` begins error lines. */
HORN_CHECKED horn_status keras_expect(snapshot **out, snapshot *architecture, const schema *known,
                                      const char *where);

/* Gives the tensors that a layer has itself, in Keras' order, their names, axes and `trainable`. If the layer is not what was
 * expected, or `expected` is NULL, it guesses which of them train. */
HORN_CHECKED horn_status keras_take_weights(snapshot_layer *, const snapshot_layer *expected);

/* The same of all weights of a layer and of the layers inside it, which stand in the layer itself, those that train first: each
 * goes to the layer that has it. If that is not known they stay, and the layer is_flat. */
HORN_CHECKED horn_status keras_distribute(snapshot_layer *, const snapshot_layer *expected);

#endif
