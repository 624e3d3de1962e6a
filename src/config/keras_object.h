/* How Keras' files name an object (an initializer, a loss, an optimizer, ...): by a string, or as
 * {class_name, config} with or without module and registered_name. A function is a string too, or
 * {class_name: "function", config: its name}. */
#ifndef CONFIG_KERAS_OBJECT_H
#define CONFIG_KERAS_OBJECT_H

#include "config/config_reader.h"

typedef struct keras_object {
    const char *name;   /* of the class or function; what precedes '>' (a package) is left off; borrowed */
    const char *module; /* NULL where it is not said; borrowed */
    const config *arguments; /* NULL where a string was given; borrowed */
} keras_object;

/* `where` begins the message. */
HORN_CHECKED horn_status keras_object_read(keras_object *out, const config *value, const char *where);

/* {class_name, config}; takes the arguments. */
config *keras_object_new(const char *class_name, config *arguments);

/* An argument that says a dtype, as a string or as a policy: only float32 is supported. */
void keras_object_only_float32(config_reader *r, const char *key);

#endif
