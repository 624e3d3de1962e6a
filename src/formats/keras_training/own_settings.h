/* Arguments of optimizers that are Horn's own (`update_rule`, `dampening`, `exclude_from_weight_decay`): Keras refuses arguments that it does not know, so its
 * config goes without them, and files have them where Keras does not look:
 *
 *     {"optimizer_config": {...}, "horn": {"update_rule": "torch"}}      the settings of .h5 and of Horn's notes
 *     {"class_name": "Sequential", ..., "horn": {"update_rule": "torch"}}      config.json of .keras */
#ifndef FORMATS_KERAS_TRAINING_OWN_SETTINGS_H
#define FORMATS_KERAS_TRAINING_OWN_SETTINGS_H

#include "snapshot/snapshot.h"

#define KERAS_OWN_SETTINGS "horn"

bool keras_is_own_argument(const char *key);
/* Adds what the optimizer has of them to an object; nothing if it has none. */
void keras_own_settings_write(config *object, const snapshot *);
/* Takes them from the object, if it has any, into the snapshot's optimizer. Fails for an unknown one. */
HORN_CHECKED horn_status keras_own_settings_read(snapshot *, const config *object, const char *where);

#endif
