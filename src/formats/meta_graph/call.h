/* A SavedModel without a signature, as tf.saved_model.save makes of a tf.Module: its graph calls no function of it. The objects say
 * which functions there are, and which variables each of them is given.
 *
 *     meta graph   7 objects
 *     objects      1 {1 child {1 number, 2 name}, 6 function | 7 variable | 9 constant}..., 2 {1 name, 2 concrete}...
 *     function     1 name of a concrete...        variable   1 type, 2 shape         constant   1 node
 *     concrete     2 numbers of the objects that it is given, 3 its arguments, a structured value
 *     values       33 {2 shape, 3 type} of a tensor, 14 boolean, 51, 52 {1 value...}, 53 {1 {2 value}...}, 54 {2 {2 value}...}
 *
 * A variable's key is in the checkpoint's object graph, whose objects have the same numbers. */
#ifndef FORMATS_META_GRAPH_CALL_H
#define FORMATS_META_GRAPH_CALL_H

#include "codecs/tensorflow/tensor_bundle.h"

#define META_GRAPH_INPUT  "horn/input"
#define META_GRAPH_OUTPUT "StatefulPartitionedCall_horn"

/* Appends nodes to a graph that call the root's function __call__, or its only one: from META_GRAPH_INPUT to META_GRAPH_OUTPUT. Appends
 * nothing if there is none. `bundle` may be NULL. */
HORN_CHECKED horn_status meta_graph_call(bytes *graph, protobuf_text meta_graph, const tensor_bundle *bundle,
                                         const char *where);

#endif
