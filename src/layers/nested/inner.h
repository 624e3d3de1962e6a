/* Layers inside a layer, in the arguments of that: each is Keras' {class_name, config}. */
#ifndef LAYERS_NESTED_INNER_H
#define LAYERS_NESTED_INNER_H

#include "layers/call_list.h"

/* Reads the layer, which must be there, or the list of layers, and adds them to those inside the layer. Layers of a list without
 * a name get the names that Keras gives. Refuses more than LAYER_MAX_DEPTH layers within each other. `attribute` is static. */
void inner_read(layer *, config_reader *, const char *key, const char *attribute);
void inner_read_list(layer *, config_reader *, const char *key, const char *attribute);
/* The same of a layer that is no argument as it stands; `key` is named in errors. */
void inner_read_entry(layer *, config_reader *, const char *key, const char *attribute, const config *entry);

/* {class_name, config} of a layer that has its name. The caller frees it. */
config *inner_describe(const layer *inner);

/* For constructors: the same of a layer without a name. Fails with the error of a layer that could not be made. */
HORN_CHECKED horn_status inner_argument(config **out, const layer *inner);
/* Sets the argument to the list of them. Frees the layers; a NULL ends them. */
HORN_CHECKED horn_status inner_argue_list(config *arguments, const char *key,
                                          horn_layer *const layers[HORN_MAX_INNER]);

#endif
