/* One layer's arguments between Keras' dialects and the neutral form: Keras 2's keys, dtype as a string, no
 * batch shape, no argument that only one flavour knows as long as it says that flavour's default. */
#ifndef FORMATS_KERAS_LAYER_CONFIG_H
#define FORMATS_KERAS_LAYER_CONFIG_H

#include "formats/keras_dialect.h"

/* name, trainable, dtype, then the rest in the file's order. `where` begins the message. */
HORN_CHECKED horn_status keras_layer_config_read(config **out, const char *class_name, const char *name,
                                                 const config *arguments, const char *where);
config *keras_layer_config_write(const char *class_name, const char *name, const config *arguments,
                                 keras_dialect dialect);

#endif
