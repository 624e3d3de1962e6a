/* Keras' own optimizers, in one table for all that reads or writes their names: classes, variables and defaults. */
#ifndef CONFIG_KERAS_OPTIMIZERS_H
#define CONFIG_KERAS_OPTIMIZERS_H

#include <stdbool.h>
#include <stddef.h>

enum { KERAS_OPTIMIZER_SLOTS = 3 };

/* One kind of variables: one of them for each weight that trains. */
typedef struct keras_optimizer_slot {
    const char *name;     /* Keras 3's, and Horn's: "velocity"; NULL behind the last */
    const char *keras2;   /* Keras 2.11 to 2.15: "v" */
    const char *legacy;   /* optimizers.legacy, TensorFlow up to 2.10 */
    const char *list;     /* the attribute of Keras' object that lists them: "_velocities" */
    const char *argument; /* switches the kind on if it is true or above 0; NULL: always on */
    /* The number behind tensorflow1's name, 0 for none: in a file that has no third kind, and in one that has it. */
    int number, number_of_three;
} keras_optimizer_slot;

typedef struct keras_optimizer {
    const char *name; /* "RMSprop" */
    double rate;      /* the learning rate that it has if none is given */
    size_t
        alternating; /* so many kinds, the first, stand side by side for each weight, the others kind by kind */
    size_t legacy_alternating; /* the same in optimizers.legacy */
    bool has_legacy;           /* optimizers.legacy has the class */
    bool is_irregular;         /* its variables are no slots of each weight's shape */
    bool keeps_unused;         /* Keras 2 makes the first kind also if it is switched off */
    bool
        has_placeholders; /* Keras 2.0 to 2.3 made one of shape (1,) for each weight if the third kind is switched off */
    bool has_own_decay; /* the argument `decay` is none of the learning rate */
    bool
        keeps_product; /* of its momentum: Keras 3's last variable, legacy's "momentum_cache" before the slots */
    const char *
        tensorflow1; /* the slots' name in tf.compat.v1.train: "RMSProp", "RMSProp_1"; NULL: no such optimizer */
    bool keeps_powers;   /* that one counts its steps as powers of beta_1 and beta_2 */
    bool sums_gradients; /* that one's slot is the sum of gradients, which Keras keeps times -learning rate */
    keras_optimizer_slot slots[KERAS_OPTIMIZER_SLOTS];
} keras_optimizer;

const keras_optimizer *keras_optimizer_at(size_t index);          /* NULL past the last */
const keras_optimizer *keras_optimizer_by_name(const char *name); /* exactly so; NULL: none, also for NULL */
size_t keras_optimizer_slot_count(const keras_optimizer *);

#endif
