/* TensorFlow's frozen graph: a GraphDef for inference, without functions and variables.
 *
 *     1 node...    4 {1 producer, 2 least reader}
 *     input -> nodes "layer/op" -> output;    weights are constants "layer/weight"
 *
 * Written: the neutral operations. Read: a chain of operations that are a Sequential model's layers, as Horn writes it
 * and as TensorFlow's convert_variables_to_constants_v2 leaves it of a Keras model. It has neither compile settings nor
 * all of the architecture: layers that idle in inference are gone. */
#ifndef FORMATS_GRAPHS_FROZEN_GRAPH_H
#define FORMATS_GRAPHS_FROZEN_GRAPH_H

#include "formats/format.h"

/* frozen_graph_read.c */
bool frozen_graph_recognizes(const source *);
HORN_CHECKED horn_status frozen_graph_read(snapshot *out, const source *, const format_options *,
                                           const schema *known);
HORN_CHECKED horn_status frozen_graph_list(contents *out, const source *);

#endif
