/* TensorFlow's MetaGraphDef: a graph with what belongs to it. It is a file NAME.meta beside the checkpoint NAME, where TensorFlow 1's
 * Saver writes it, and part of a SavedModel.
 *
 *     meta graph   1 {4 tag..., 5 TensorFlow's version}, 2 graph, 3 saver, 5 {1 name, 2 signature}...
 *     signature    1 {1 name, 2 {1 "NODE:0", 2 type}} input..., 2 output..., 3 method
 *
 * Read is a graph that is a chain of layers, as a frozen graph is (graphs/frozen_graph.h), but with variables; the input and
 * the output are those of the signature. A graph of TensorFlow 1 without a signature may have labels, a loss, gradients and
 * an optimizer beside the chain, which is found by its length. */
#ifndef FORMATS_META_GRAPH_META_GRAPH_H
#define FORMATS_META_GRAPH_META_GRAPH_H

#include "codecs/protobuf.h"
#include "formats/source.h"
#include "snapshot/snapshot.h"

bool meta_graph_begins(const void *data, size_t size);

/* Reads layers and weights into an empty snapshot. `checkpoint` has the values of variables; NULL: they are unknown. `where` begins
 * messages. */
HORN_CHECKED horn_status meta_graph_read(snapshot *out, protobuf_text meta_graph, const source *checkpoint,
                                         const char *where, bool without_weights);

#endif
