/* Arguments of layers that one Keras has and the other does not, or calls otherwise. */
#ifndef FORMATS_KERAS_DIALECT_ARGUMENTS_H
#define FORMATS_KERAS_DIALECT_ARGUMENTS_H

#include "config/config.h"

/* True if one Keras alone has the argument, and the value is what the other computes without it. */
bool keras_argument_says_nothing(const char *class_name, const char *key, const config *value);
/* True if Keras 2 alone has the argument, and computes the same with each value. */
bool keras_argument_has_no_effect(const char *class_name, const char *key);
/* The name of the argument in Keras 3 or Keras 2, from its name in the other; `key` itself if it has one name. */
const char *keras_argument_name(const char *class_name, const char *key, bool keras3);
/* True if Keras 3's class does not take the argument, which other layers take: trainable or dtype. */
bool keras3_refuses(const char *class_name, const char *key);
/* Adds arguments that older versions of Keras do not have, with what those compute, unless they are there. */
void keras_add_older_arguments(config *arguments, const char *class_name);
/* Adds what Keras 3 writes and Keras 2 does not, unless it is there. */
void keras3_add_arguments(config *arguments, const char *class_name);

#endif
