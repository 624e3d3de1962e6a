/* How Keras' files name an object (an initializer, a loss, an optimizer, ...): by a string, or as
 * {class_name, config} with or without module and registered_name. A function is a string too, or
 * {class_name: "function", config: its name}. */
#ifndef CONFIG_KERAS_OBJECT_H
#define CONFIG_KERAS_OBJECT_H

#include "config/config_reader.h"
#include "config/keras_classes.h"

typedef struct keras_object {
    const char *name; /* of the class or function; what precedes '>' (a package) is left off; borrowed */
    const char *registered;  /* "package>Name" where the file says a package, else the name; borrowed */
    const char *module;      /* NULL where it is not said; borrowed */
    const config *arguments; /* NULL where a string was given; borrowed */
} keras_object;

/* `where` begins the message. */
HORN_CHECKED horn_status keras_object_read(keras_object *out, const config *value, const char *where);

/* Said to be of a package that is not Keras 2's own, "Custom": then it is none of Keras' objects. */
bool keras_object_is_foreign(const keras_object *);

/* "package>Name" of a {class_name, registered_name}, where it says a package, else its class_name; NULL for anything else.
 * Borrowed. */
const char *keras_full_name(const config *object);
const char *keras_bare_name(const char *class_name); /* without its package: "Custom>RMSprop" -> "RMSprop" */

/* Keras' name for an unnamed object of a class: "max_pooling2d", "rm_sprop". Owned by the caller. */
HORN_CHECKED horn_status keras_snake_name(char **out, const char *class_name);

/* Refuses an object of a class that is not known: one of Keras' own by its name, any other with its config, of which a long one
 * is cut, and the function ("horn_register_loss") that makes such a class known. */
horn_status keras_object_unknown(keras_kind kind, const char *name, const config *arguments);

/* {class_name, config}; takes the arguments. */
config *keras_object_new(const char *class_name, config *arguments);

/* An argument that says a dtype, as a string or as a policy: only float32 is supported. */
void keras_object_only_float32(config_reader *r, const char *key);

#endif
