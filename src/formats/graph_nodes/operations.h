/* Writes the intermediate representation of snapshot/graph.h as TensorFlow's nodes, from the model's input to its output.
 *
 * In a GraphDef weights are constants. In a function they are read from variables that it is given, called weight_0,
 * weight_1, ... in the order in which the graph names them. Nodes are called "layer/op". */
#ifndef FORMATS_GRAPH_NODES_OPERATIONS_H
#define FORMATS_GRAPH_NODES_OPERATIONS_H

#include "formats/tensorflow/nodes.h"
#include "snapshot/graph.h"

/* *output is a reference to the last value, borrowed from the nodes. Refuses a kind that TensorFlow's table does not have, by name.
 * `where` begins messages. */
HORN_CHECKED horn_status tf_operations_write(tf_nodes *, const snapshot *, const char *input,
                                             const char **output, const char *where);

#endif
