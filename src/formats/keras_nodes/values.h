/* Values in calls: tensors, constants and slices, as the two Keras write them. Neutral are Keras 2's: lists of numbers, and
 * {"start", "stop", "step"}. */
#ifndef FORMATS_KERAS_NODES_VALUES_H
#define FORMATS_KERAS_NODES_VALUES_H

#include "config/config.h"

/* [layer, call, output, ...] of a value that is a tensor; NULL: it is none. Borrowed. */
const config *node_tensor(const config *value);
/* Whether there is a tensor in it, at any depth. */
bool node_has_tensor(const config *value);
/* Keras 2's in the place of a tensor: ["_CONSTANT_VALUE", -1, value, ...]. */
bool node_is_constant(const config *value);

/* [layer, call, output], and with an empty object behind for a call; the caller owns it. */
config *node_tensor_alone(const config *tensor, bool of_call);
/* Keras 3's; its shape says nothing, as Keras 3 looks up the tensor by its layer. */
config *node_tensor_keras3(const config *tensor);

/* The caller owns *out. UNSUPPORTED: constants of float64, in which Keras would compute. */
HORN_CHECKED horn_status node_value_read(config **out, const config *value, const char *where);
/* Numbers, or lists of them, in the place of a tensor; slices. The caller owns what is made. */
config *node_constants_keras3(const config *value);
config *node_slices_keras3(const config *value);

#endif
