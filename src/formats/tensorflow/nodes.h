/* Nodes of TensorFlow's graphs, written: a GraphDef's or a function's body.
 *
 *     node      1 name, 2 op, 3 input..., 5 attribute {1 name, 2 value}...
 *     value     1 list, 2 text, 3 integer, 4 float, 5 boolean, 6 type, 7 shape, 8 tensor, 10 function {1 name}
 *     list      2 texts, 3 integers, 6 types
 *     shape     2 {1 size (-1: open)}...     tensor   1 type, 2 shape, 4 bytes, 8 texts
 *
 * A node is begun, gets inputs and attributes, and is ended. In a graph its output is called as it is itself, in a
 * function NAME:ARGUMENT:0. Failures are kept for tf_nodes_status. */
#ifndef FORMATS_TENSORFLOW_NODES_H
#define FORMATS_TENSORFLOW_NODES_H

#include <horn/view.h>
#include "codecs/protobuf.h"
#include "snapshot/snapshot.h"

enum { TF_IN_GRAPH = 1, TF_IN_FUNCTION = 3 }; /* the field that nodes are of either */
enum { TF_FLOAT = 1, TF_INT32 = 3, TF_STRING = 7, TF_INT64 = 9, TF_BOOL = 10, TF_RESOURCE = 20 };

typedef struct tf_nodes {
    bytes out; /* the nodes so far, as field `field` */
    uint32_t field;
    char **names; /* that are taken */
    size_t count, capacity;
    bytes node, value, part; /* the one that is written */
    horn_status status;
} tf_nodes;

void tf_nodes_free(tf_nodes *);
HORN_CHECKED horn_status tf_nodes_status(const tf_nodes *);

/* A name that is TensorFlow's to have and that no node has yet, made of "layer/what"; either may be NULL. Borrowed. */
const char *tf_nodes_name(tf_nodes *, const char *layer, const char *what);

/* How others call a node's output. Borrowed. */
const char *tf_nodes_reference(tf_nodes *, const char *name, const char *argument);

void tf_node_begin(tf_nodes *, const char *name, const char *op);
void tf_node_input(tf_nodes *, const char *reference);
void tf_node_text(tf_nodes *, const char *key, const char *text);
void tf_node_number(tf_nodes *, const char *key, float number);
void tf_node_boolean(tf_nodes *, const char *key, bool value);
void tf_node_type(tf_nodes *, const char *key, int type);
void tf_node_types(tf_nodes *, const char *key, const int *types, size_t count);
void tf_node_integers(tf_nodes *, const char *key, const size_t *values, size_t count);
void tf_node_function(tf_nodes *, const char *key, const char *name);
/* With a batch in front that is open, where `batch` says so. */
void tf_node_shape(tf_nodes *, const char *key, const size_t *sizes, int rank, bool batch);
void tf_node_tensor(tf_nodes *, const horn_view *); /* the attribute `value` of a Const */
void tf_node_texts(tf_nodes *, const char *const *texts,
                   size_t count); /* the same of texts; NULL: as many empty ones */
void tf_node_end(tf_nodes *);

int tf_type_of(horn_dtype); /* 0 for one that is not written */
void tf_put_shape(bytes *out, uint32_t number, const size_t *sizes, int rank, bool batch);

#endif
