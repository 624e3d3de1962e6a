/* An optimizer's slots in the files of Keras' dialects, by the table of optimizers (config/keras_optimizers.h). */
#ifndef FORMATS_KERAS_TRAINING_OPTIMIZER_SLOTS_H
#define FORMATS_KERAS_TRAINING_OPTIMIZER_SLOTS_H

#include "config/keras_optimizers.h"
#include "formats/keras/dialect.h"
#include "snapshot/index.h"

enum { KERAS_MAX_SLOTS = 8 }; /* kinds of an unknown class */

typedef struct keras_slot_kinds {
    const char *names[KERAS_MAX_SLOTS]; /* the snapshot's */
    size_t count;
    /* The first kinds, which any optimizer may have: averages of the weights (use_ema), accumulated gradients. */
    size_t before;
    size_t alternating, legacy_alternating; /* as the table has them, of the kinds behind those */
} keras_slot_kinds;

double keras_default_rate(const char *class_name); /* 0.001 for a class that is not known */
/* The kinds of slots that an optimizer with these arguments has; false for an unknown or irregular class. */
bool keras_slot_kinds_in_use(keras_slot_kinds *out, const char *class_name, const config *arguments);

/* The snapshot's slots in Keras' order, slots of unknown names last: out has room for slot_count pointers, which are borrowed.
 * Slots of an unknown class keep their order. The place of kind k of weight i among the variables: keras_slot_place. */
typedef struct keras_slot_order {
    size_t before, alternating;
} keras_slot_order;
keras_slot_order keras_slots_in_order(const snapshot_slot **out, const snapshot *s, const char *class_name,
                                      keras_dialect dialect);
/* First `before` kinds one after the other, then `alternating` kinds side by side for each weight, then the others one after the
 * other. */
size_t keras_slot_place(keras_slot_order, size_t kind, size_t weight, size_t weights);

/* A dialect's name for a slot; the slot's own name if the dialect's is not known. Borrowed. */
const char *keras_slot_file_name(const char *class_name, const char *slot, keras_dialect dialect);
/* The attribute of the optimizer's object that lists a kind of slots; NULL: not known. Static. */
const char *keras_slot_list_name(const char *class_name, const char *slot);

/* For an unknown class: the slot's name, taken from the name of the variable of the first weight that trains; else
 * "slot_<kind>". Returns `out`. */
const char *keras_slot_name_in(const char *variable, const snapshot_weight *first, const snapshot *s,
                               size_t kind, char out[64]);

#endif
