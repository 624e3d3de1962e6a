/* "hard_sigmoid" means one function in files of Keras 2 and another one in files of Keras 3 (functions/activation.h). In the neutral
 * form, Keras 3's is called keras3_hard_sigmoid. Neither Keras has the other's function. */
#ifndef FORMATS_KERAS_ACTIVATIONS_H
#define FORMATS_KERAS_ACTIVATIONS_H

#include "formats/keras/dialect.h"
#include "snapshot/snapshot.h"

/* True if Keras 3 wrote this list of layers. */
bool keras_layers_are_keras3(const config *layers);

/* A copy of the arguments of a layer of Keras 3, and of the layers in it, with neutral names of activations; and the inverse. The
 * caller owns it. */
config *keras_activations_read(const config *arguments);
config *keras_activations_write(const config *arguments);

/* Refuses a model with an activation that the dialect does not have. */
HORN_CHECKED horn_status keras_activations_check(const snapshot *s, keras_dialect dialect, const char *where);

#endif
