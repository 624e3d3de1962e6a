/* What the layers of a model know of its weights and files do not say.
 *
 * A schema is a snapshot whose tensors have no values (`data` is NULL). It has the model's layers in order, with the layers
 * inside them, and each layer's weights in Keras' order, those that train first: name, shape, axes and `trainable`, which is the
 * weight's own: it stays true in a frozen layer. A layer that is marked `is_unknown` has no weights there, as nothing is known
 * of them: its class is unknown, or the class of a layer before it, without which its shapes cannot be computed.
 *
 * The model floor makes schemas; readers of files ask for them and fall back to guesses for unknown layers alone. */
#ifndef SNAPSHOT_SCHEMA_H
#define SNAPSHOT_SCHEMA_H

#include "snapshot/snapshot.h"

typedef struct schema {
    /* The model that the file's weights are for, with its optimizer's settings; NULL: no model is given. Borrowed. Its tensors
     * may have values; readers do not look at them. */
    const snapshot *model;
    /* The schema of an architecture that a reader found in its file: as many layers, in the same order, with PART_OPERATIONS if
     * every layer says what it computes. `unsure` says that classes are unknown. It fails for memory alone. The caller owns *out. NULL: nobody knows. */
    horn_status (*of_architecture)(snapshot **out, const snapshot *architecture);
} schema;

/* Appends a weight without values: the name, type and shape of `like`. Borrowed until the next one. */
HORN_CHECKED horn_status schema_add(snapshot_layer *, const char *name, const horn_view *like,
                                    snapshot_tensor **out);
void schema_forget(snapshot_layer *); /* makes it a layer that is unknown */
/* Whether the weights of `expected` are known, and the layer itself has as many. */
bool schema_fits(const snapshot_layer *, const snapshot_layer *expected);
/* Of a layer that fits: sets `trainable` and axes of the tensors that it has itself. Tensors are paired by name if each name is
 * there, else by order; then they get the names, too. */
HORN_CHECKED horn_status schema_apply(snapshot_layer *, const snapshot_layer *expected);
/* The same of one tensor, but for the name. Axes of another rank are left out. */
void schema_apply_to(snapshot_tensor *, const snapshot_tensor *expected);

#endif
