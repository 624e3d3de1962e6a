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
 * own input to its own output. In Keras 3 they count from 0, but those of a Functional from 1 in output_layers. Keras 3 writes a call as {args, kwargs}, in which a
 * tensor is a __keras_tensor__ with the same three in keras_history, and a single input or output of the model without the outer
 * list. Inputs and outputs may also be a dict, {"name": ["dense", 0, 0], ...}. It reads Keras 2's form of calls, which Horn writes in both dialects: Keras 3's own would need the shape of each tensor. */
#ifndef SNAPSHOT_KERAS_CALLS_H
#define SNAPSHOT_KERAS_CALLS_H

#include <stdbool.h>
#include <horn/status.h>
#include "config/config.h"

/* Most inputs, and most outputs, of a model. */
enum { KERAS_CALLS_MOST_ENDS = 64 };

/* Value 0 is the model's first InputLayer, value k + 1 the output of call k. A further InputLayer is called on nothing. */
typedef struct keras_call {
    size_t layer;
    size_t *values;
    size_t value_count;
} keras_call;

/* An input or output of the model. */
typedef struct keras_end {
    size_t value;
    /* Its key, if there is a dict of them; else NULL. Owned. */
    char *key;
} keras_end;

typedef struct keras_calls {
    /* [1 + layer_count]: the first input, then the layers in the order of their first calls, as indices of the config's list. */
    size_t *order;
    size_t layer_count;
    /* [count]: in an order in which they can run. */
    keras_call *at;
    size_t count;
    /* A dict's are in the order of its keys, in which Keras takes them. */
    keras_end *inputs, *outputs;
    size_t input_count, output_count;
} keras_calls;

/* Reads the calls of a model. The caller frees *out, also after a failure. What Horn has no place
 * for is UNSUPPORTED; what names no layer, leaves one out or goes in a circle is a broken FORMAT. `where` begins error lines. */
HORN_CHECKED horn_status keras_calls_read(keras_calls *out, const config *model_config, const char *where);
void keras_calls_free(keras_calls *);

/* Adds the calls to the config of a model, whose list of layers has the input first, then the layers in `order`. */
HORN_CHECKED horn_status keras_calls_write(config *model_config, const keras_calls *, bool keras3);
/* Reads the calls and writes them as the other Keras counts them. */
HORN_CHECKED horn_status keras_calls_rewrite(config *model_config, bool keras3, const char *where);
/* Whether each layer is called once, on the output of the one before it, and the model has one input and one output. */
bool keras_calls_are_chain(const keras_calls *);

#endif
