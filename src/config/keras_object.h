/* How Keras' files describe an object (an initializer, a loss, an optimizer, ...): by a string, or as {class_name,
 * config} with or without module and registered_name. A function is a string, or {class_name: "function", config: its
 * name}. */
#ifndef CONFIG_KERAS_OBJECT_H
#define CONFIG_KERAS_OBJECT_H

#include "config/config_reader.h"
#include "config/keras_classes.h"

typedef struct keras_object {
    /* The name of the class or function without its package; borrowed. */
    const char *name;
    /* "package>Name" if the file gives a package, else the name; borrowed. */
    const char *registered;
    /* NULL if it is not given; borrowed. */
    const char *module;
    /* NULL for a string; borrowed. */
    const config *arguments;
} keras_object;

/* Reads a description. `where` begins the error line. */
HORN_CHECKED horn_status keras_object_read(keras_object *out, const config *value, const char *where);

/* True if the object has a package other than "Custom", Keras 2's default: then it is none of Keras' own classes. */
bool keras_object_is_foreign(const keras_object *);

/* Returns "package>Name" of a {class_name, registered_name} if it has a package, else its class_name; NULL for
 * anything else. Borrowed. */
const char *keras_full_name(const config *object);

/* Returns the name without its package: "RMSprop" for "Custom>RMSprop". Borrowed. */
const char *keras_bare_name(const char *class_name);

/* Makes the name that Keras gives to an unnamed object of a class: "max_pooling2d", "rm_sprop". The caller frees
 * it. */
HORN_CHECKED horn_status keras_snake_name(char **out, const char *class_name);

/* Fails for an object of an unknown class. The error line names a class of Keras' own; for others it shows the config
 * (cut if long) and the function that registers such a class ("horn_register_loss"). */
horn_status keras_object_unknown(keras_kind kind, const char *name, const config *arguments);

/* Makes {class_name, config}; takes the arguments. */
config *keras_object_new(const char *class_name, config *arguments);

/* Reads a dtype argument, a string or a policy; fails with UNSUPPORTED unless it is float32. */
void keras_object_only_float32(config_reader *r, const char *key);

/* Whether it is one of Keras' types of numbers, float32 or another. False for NULL. */
bool keras_dtype_is_number(const char *name);

#endif
