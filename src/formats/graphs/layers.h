/* Reads the layers of the model in a graph of TensorFlow, and their weights: constants of the graph, or variables whose values
 * stand in a checkpoint. */
#ifndef FORMATS_GRAPHS_LAYERS_H
#define FORMATS_GRAPHS_LAYERS_H

#include "codecs/tensorflow/tensor_bundle.h"
#include "snapshot/snapshot.h"

typedef struct tf_graph_file {
    const void *data; /* a GraphDef */
    size_t size;
    const char *where;           /* begins messages */
    protobuf_text input, output; /* as a signature names them; empty: there is none */
    const tensor_bundle *bundle; /* NULL: variables have no values */
    size_t bundle_size;          /* bytes of all its data */
    bool without_weights;        /* the caller wants none */
} tf_graph_file;

/* Into an empty snapshot. If a variable has no values, it gets no weights. */
HORN_CHECKED horn_status tf_graph_layers(snapshot *out, const tf_graph_file *);

/* What weights may take beyond the file's size: a few bytes may stand for many, and a constant for several weights. */
#define TF_GRAPH_EXPANSION ((size_t)256 << 20)

#endif
