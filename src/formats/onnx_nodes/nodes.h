/* Builds an ONNX file: IR version 7, operator set 13, fields in ascending order, so that the same model gives the same bytes.
 *
 *     model        1 IR version, 2 producer, 7 graph, 8 operator set {1 domain "", 2 version}
 *     graph        1 node..., 2 name, 5 initializer..., 11 input {1 name, 2 type}, 12 output
 *     node         1 input..., 2 output, 3 name, 4 op, 5 attribute...
 *     attribute    1 name, 2 float, 3 integer, 4 text, 8 integers (unpacked), 9 texts, 20 kind
 *     initializer  1 size... (unpacked), 2 type, 8 name, 9 content: row-major, little-endian
 *     type         1 {1 type of elements, 2 {1 axis {1 size | 2 name}...}}
 *
 * Each node has one output, which has the node's name, but for that of the model. Names are "layer/what", which no two have in common. */
#ifndef FORMATS_ONNX_NODES_NODES_H
#define FORMATS_ONNX_NODES_NODES_H

#include <horn/view.h>
#include "formats/graph_writing.h"

enum { ONNX_FLOAT = 1, ONNX_INT64 = 7 };
enum {
    ONNX_ATTRIBUTE_FLOAT = 1,
    ONNX_ATTRIBUTE_INTEGER = 2,
    ONNX_ATTRIBUTE_TEXT = 3,
    ONNX_ATTRIBUTE_INTEGERS = 7,
    ONNX_ATTRIBUTE_TEXTS = 8
};

/* Zero-initialised it is empty. Free it with onnx_nodes_free. */
typedef struct onnx_nodes {
    /* Fields of the graph. */
    bytes nodes, initializers;
    /* Of the next node. */
    bytes attributes;
    graph_names names;
    /* Of the first failure. */
    horn_status status;
} onnx_nodes;

void onnx_nodes_free(onnx_nodes *);
/* Of the first failure of any call. */
HORN_CHECKED horn_status onnx_nodes_status(const onnx_nodes *);

/* "LAYER/WHAT", or that with a number behind it. `layer` is the layer's number. Borrowed; "" after a failure. */
const char *onnx_nodes_name(onnx_nodes *, size_t layer, const char *layer_name, const char *what);
/* float32 or int64. */
void onnx_nodes_initializer(onnx_nodes *, const char *name, const horn_view *);

/* Attributes of the next node. */
void onnx_nodes_number(onnx_nodes *, const char *key, float);
void onnx_nodes_integer(onnx_nodes *, const char *key, int64_t);
void onnx_nodes_text(onnx_nodes *, const char *key, const char *);
void onnx_nodes_texts(onnx_nodes *, const char *key, const char *const *, size_t count);
void onnx_nodes_integers(onnx_nodes *, const char *key, const size_t *, size_t count);
/* Adds a node with one output. An input of NULL ends the inputs. */
void onnx_nodes_add(onnx_nodes *, const char *op, const char *name, const char *output,
                    const char *const *inputs, size_t count);

/* The whole file: a graph from "input" to "output", of the shapes of one sample. Takes the content of the nodes. */
HORN_CHECKED horn_status onnx_nodes_write(bytes *out, onnx_nodes *, const char *title, const shape *input,
                                          const shape *output);

#endif
