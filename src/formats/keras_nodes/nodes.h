/* What Keras' Functional models say of a call beside the tensors that a layer is called on: constants and tensors by keyword.
 *
 *     Keras 2  ["relu", 0, 0, {"y": 2.0, "name": null}]                     x * 2
 *              ["_CONSTANT_VALUE", -1, 1.0, {"y": ["relu", 0, 0]}]          1 - x
 *     Keras 3  {"args": [tensor, 2.0], "kwargs": {}}
 *
 * In neutral form all of that are arguments of the layer, and calls are on tensors alone, in Keras 2's form
 * (snapshot/keras_calls.h). An operation is a layer of class Operation then (config/keras_operations.h). */
#ifndef FORMATS_KERAS_NODES_NODES_H
#define FORMATS_KERAS_NODES_NODES_H

#include "config/config.h"

/* A copy of the config of a Functional in neutral form; *out is NULL if it is in neutral form already. The caller owns *out. An operation
 * that Horn does not know stays as it is, if its calls are on tensors alone; else it is UNSUPPORTED. `where` begins error lines. */
HORN_CHECKED horn_status keras_nodes_read(config **out, const config *model_config, const char *where);
/* Turns a config of neutral form into that of a dialect. UNSUPPORTED: that Keras has no such operation. */
HORN_CHECKED horn_status keras_nodes_write(config *model_config, bool keras3, const char *where);

/* Fails as keras_nodes_write does if one of the models inside a layer, at any depth, has what the dialect cannot say. */
HORN_CHECKED horn_status keras_nodes_check(const char *class_name, const config *arguments, bool keras3,
                                           const char *where);

#endif
