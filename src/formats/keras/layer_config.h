/* Converts a layer's arguments between Keras' dialects and the neutral form, which has Keras 2's keys, dtype as a string, no
 * batch shape, and no argument that one dialect alone has if its value is that dialect's default. */
#ifndef FORMATS_KERAS_LAYER_CONFIG_H
#define FORMATS_KERAS_LAYER_CONFIG_H

#include "formats/keras/dialect.h"

/* A layer's config in neutral form: name, trainable, dtype, then the others in the file's order. The caller owns *out.
 * `where` begins error lines. */
HORN_CHECKED horn_status keras_layer_config_read(config **out, const char *class_name, const char *name,
                                                 const config *arguments, const char *where);
/* The config as a dialect writes it; the caller owns it. */
config *keras_layer_config_write(const char *class_name, const char *name, const config *arguments,
                                 keras_dialect dialect);

#endif
