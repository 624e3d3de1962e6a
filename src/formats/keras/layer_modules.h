/* Layers in the arguments of others, and the Python modules of Keras' classes, which .keras files name. */
#ifndef FORMATS_KERAS_LAYER_MODULES_H
#define FORMATS_KERAS_LAYER_MODULES_H

#include "config/config.h"

/* Whether the argument is a layer, or a list of layers: {class_name, config} each. */
bool keras_is_layer(const char *key, const config *value);
bool keras_is_layer_list(const char *key, const config *value);

/* The module of one of Keras' own classes, in Keras 3 or Keras 2. */
const char *keras_layer_module(const char *class_name, bool keras3);
/* The name under which Keras registers a class of its own that says so in files; NULL for the others. */
const char *keras_registered_name(const char *class_name);

/* A copy of an argument that is a layer or a list of layers: what lies inside a wrapper or a recurrent layer names its module in every
 * file of Keras 2 and of Keras 3, which finds it by that alone; the layers of a model do not. Modules that are there stay. The caller
 * owns the copy. */
config *keras_argument_with_modules(const char *key, const config *value, bool keras3);

/* A copy in which the layers inside, at any depth, name the modules of their classes: .keras needs them, Keras 3's .h5 files
 * leave them out. `always`: replaces those that are there, too. The caller owns the copy. */
config *keras_layer_with_modules(const config *arguments, bool keras3, bool always);

#endif
