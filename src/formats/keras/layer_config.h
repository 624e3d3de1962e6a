/* One layer's arguments between Keras' dialects and the neutral form: Keras 2's keys, dtype as a string, no
 * batch shape, no argument that only one flavour knows as long as it says that flavour's default. */
#ifndef FORMATS_KERAS_LAYER_CONFIG_H
#define FORMATS_KERAS_LAYER_CONFIG_H

#include "formats/keras/dialect.h"

/* Where Keras' own class of layers stands: a model elsewhere than layers, a Functional in each Keras elsewhere. */
const char *keras_layer_module(const char *class_name, bool keras3);
/* The name under which Keras registers a class of its own that says so in files; NULL for the others. */
const char *keras_registered_name(const char *class_name);

/* A copy in which the layers inside, at any depth, say the modules of their classes: .keras needs them, .h5 of Keras 3 leave
 * them out. `always`: also those that say one. */
config *keras_layer_with_modules(const config *arguments, bool keras3, bool always);

/* name, trainable, dtype, then the rest in the file's order. `where` begins the message. */
HORN_CHECKED horn_status keras_layer_config_read(config **out, const char *class_name, const char *name,
                                                 const config *arguments, const char *where);
config *keras_layer_config_write(const char *class_name, const char *name, const config *arguments,
                                 keras_dialect dialect);

#endif
