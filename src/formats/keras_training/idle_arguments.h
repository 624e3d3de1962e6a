/* Arguments of compile and of optimizers that change nothing here, but survive from file to file:
 *
 *     {"run_eagerly": false, "steps_per_execution": 1, "jit_compile": true, "auto_scale_loss": true,
 *      "optimizer": {"name": "mine", "jit_compile": true}}
 *
 * A snapshot has those alone that its file said. */
#ifndef FORMATS_KERAS_TRAINING_IDLE_ARGUMENTS_H
#define FORMATS_KERAS_TRAINING_IDLE_ARGUMENTS_H

#include "formats/keras/dialect.h"
#include "snapshot/snapshot.h"

/* Takes them from the settings of an .h5 or .keras, and from the optimizer in it, {class_name, config}. */
HORN_CHECKED horn_status keras_idle_read(snapshot *, const config *settings, const config *optimizer);

/* Adds those of compile that the dialect has; Keras 3 always writes three of them. Not for an .h5 of Keras 2, which has none. */
void keras_idle_write(config *settings, const snapshot *, keras_dialect);

/* Sets those of an optimizer {class_name, config} that the dialect has. */
HORN_CHECKED horn_status keras_idle_write_optimizer(config *optimizer, const snapshot *, keras_dialect);

/* The optimizer's own name, borrowed; NULL: it has none but its class'. */
const char *keras_idle_name(const snapshot *);

#endif
