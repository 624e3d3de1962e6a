/* Which slots Keras' optimizers have, in what order, and what each dialect calls them. */
#ifndef FORMATS_KERAS_OPTIMIZER_SLOTS_H
#define FORMATS_KERAS_OPTIMIZER_SLOTS_H

#include "formats/keras_dialect.h"
#include "snapshot/snapshot.h"

enum { KERAS_MAX_SLOTS = 8 };

typedef struct keras_slot_kinds {
    const char *names[KERAS_MAX_SLOTS]; /* the snapshot's */
    size_t count;
    size_t alternating; /* so many stand side by side for each weight (not in legacy) */
} keras_slot_kinds;

/* What an optimizer with these arguments keeps; false for a class that is not known. */
bool keras_slot_kinds_in_use(keras_slot_kinds *out, const char *class_name, const config *arguments);

/* The snapshot's slots in Keras' order, those of unknown name last: out has slot_count places. */
void keras_slots_in_order(const snapshot_slot **out, const snapshot *s, const char *class_name,
                          size_t *alternating);

/* A dialect's name for a slot; its own where none is known. */
const char *keras_slot_file_name(const char *class_name, const char *slot, keras_dialect dialect);

/* For an unknown class: the slot's name as the variable of the first trainable weight tells it, else
 * "slot_<kind>". */
const char *keras_slot_name_in(const char *variable, const snapshot *s, size_t kind, char out[64]);

#endif
