/* How Keras' Functional models name what each layer is called on. A chain of layers is read and written:
 *
 *     "layers": [{"class_name": "InputLayer", "config": {...}, "name": "input_1", "inbound_nodes": []},
 *                {"class_name": "Dense", "config": {...}, "name": "dense",
 *                 "inbound_nodes": [[["input_1", 0, 0, {}]]]}, ...],
 *     "input_layers": [["input_1", 0, 0]], "output_layers": [["dense_1", 0, 0]]
 *
 * Each inbound node is a call of the layer: its list has, for each tensor, the layer that computes it, which call of that
 * layer, which of the call's outputs, and arguments. Keras 3 writes a call as {args, kwargs}, in which a tensor is a
 * __keras_tensor__ with the same three in keras_history, and a single input or output of the model without the outer list. It
 * reads Keras 2's form of calls, which Horn writes in both dialects: Keras 3's own would need the shape of each tensor. */
#ifndef FORMATS_KERAS_FUNCTIONAL_H
#define FORMATS_KERAS_FUNCTIONAL_H

#include "formats/keras/dialect.h"
#include "base/status.h"

/* Finds the order in which the layers are called: indices of the config's list of layers, from the input to the output, as many
 * as the list has. The caller owns *order, also after a failure. A model that is no chain is UNSUPPORTED; what names no layer
 * or leaves one out is a broken FORMAT. `where` begins error lines. */
HORN_CHECKED horn_status keras_functional_order(size_t **order, const config *model_config,
                                                const char *where);

/* Adds to the config of a model whose list of layers is a chain, the input first, what makes it a Functional. */
void keras_functional_connect(config *model_config, keras_dialect dialect);

#endif
