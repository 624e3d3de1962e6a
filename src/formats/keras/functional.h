/* How Keras' Functional models say what each layer is called on.
 *
 *     "layers": [{"class_name": "InputLayer", "config": {...}, "name": "input_1", "inbound_nodes": []},
 *                {"class_name": "Dense", "config": {...}, "name": "dense",
 *                 "inbound_nodes": [[["input_1", 0, 0, {}]]]},
 *                {"class_name": "Add", "config": {...}, "name": "add",
 *                 "inbound_nodes": [[["dense", 0, 0, {}], ["input_1", 0, 0, {}]]]}, ...],
 *     "input_layers": [["input_1", 0, 0]], "output_layers": [["add", 0, 0]]
 *
 * Each inbound node is a call of the layer: its list has, for each tensor, the layer that computes it, the number of that
 * layer's call, which of the call's outputs, and arguments. Calls of a model inside the model count from 1 on: its first one links its
 * own input to its own output (in Keras 3 those of a Sequential count from 0). Keras 3 writes a call as {args, kwargs}, in which a
 * tensor is a __keras_tensor__ with the same three in keras_history, and a single input or output of the model without the outer
 * list. It reads Keras 2's form of calls, which Horn writes in both dialects: Keras 3's own would need the shape of each tensor. */
#ifndef FORMATS_KERAS_FUNCTIONAL_H
#define FORMATS_KERAS_FUNCTIONAL_H

#include "formats/keras/dialect.h"
#include "snapshot/snapshot.h"

/* Reads the calls of a model with one input and one output into the snapshot, which has no layers yet: its layers will stand in the
 * order of their first calls. *order: the input, then the layers in that order, as indices of the config's list, as many as it has;
 * the caller owns it, also after a failure. A chain has no list of calls. What Horn has no place for is UNSUPPORTED; what names no
 * layer, leaves one out or goes in a circle is a broken FORMAT. `where` begins error lines. */
HORN_CHECKED horn_status keras_functional_read(snapshot *out, size_t **order, const config *model_config,
                                               const char *where);

/* Adds to the config of a model, whose list of layers begins with the input, what makes it a Functional. */
void keras_functional_connect(config *model_config, const snapshot *, keras_dialect dialect);

#endif
