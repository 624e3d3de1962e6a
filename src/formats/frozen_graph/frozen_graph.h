/* TensorFlow's frozen graph: a GraphDef for inference, without functions and variables.
 *
 *     1 node...    4 {1 producer, 2 least reader}
 *     input -> nodes "layer/op" -> output;    weights are constants "layer/weight"
 *
 * Written: the intermediate representation (snapshot/graph.h). Read: graphs that are a chain of layers, as Horn writes them
 * and as TensorFlow's convert_variables_to_constants_v2 makes them of a Keras model. The format has neither compile settings
 * nor all of the architecture: layers that do nothing in inference are lost. A graph with variables is read as an architecture, without
 * weights. */
#ifndef FORMATS_GRAPHS_FROZEN_GRAPH_H
#define FORMATS_GRAPHS_FROZEN_GRAPH_H

#include "formats/format.h"

/* frozen_graph_read.c */
bool frozen_graph_recognizes(const source *);
HORN_CHECKED horn_status frozen_graph_read(snapshot *out, const source *, const format_options *,
                                           const schema *known);
HORN_CHECKED horn_status frozen_graph_list(contents *out, const source *);

#endif
