/* Writes nodes of TensorFlow's graphs: of a GraphDef or of a function's body.
 *
 *     node      1 name, 2 op, 3 input..., 5 attribute {1 name, 2 value}...
 *     value     1 list, 2 text, 3 integer, 4 float, 5 boolean, 6 type, 7 shape, 8 tensor, 10 function {1 name}
 *     list      2 texts, 3 integers, 6 types
 *     shape     2 {1 size (-1: open)}...     tensor   1 type, 2 shape, 4 bytes, 8 texts
 *
 * A caller begins a node, adds inputs and attributes, and ends it. In a graph a node's output has the node's name, in a
 * function it is NAME:ARGUMENT:0. Failures are kept for tf_nodes_status. */
#ifndef FORMATS_TENSORFLOW_NODES_H
#define FORMATS_TENSORFLOW_NODES_H

#include <horn/view.h>
#include "codecs/protobuf.h"
#include "snapshot/snapshot.h"

/* The field that holds nodes. */
enum { TF_IN_GRAPH = 1, TF_IN_FUNCTION = 3 };
enum { TF_FLOAT = 1, TF_INT32 = 3, TF_STRING = 7, TF_INT64 = 9, TF_BOOL = 10, TF_RESOURCE = 20 };

typedef struct tf_nodes {
    /* The nodes so far, as field `field`. */
    bytes out;
    uint32_t field;
    /* Names in use. */
    char **names;
    size_t count, capacity;
    /* Numbers behind names that were given out last: a layer's steps have many of one name. */
    struct {
        char name[128];
        unsigned number;
    } next[16];
    size_t next_count;
    /* The node that is being written. */
    bytes node, value, part;
    horn_status status;
} tf_nodes;

void tf_nodes_free(tf_nodes *);
HORN_CHECKED horn_status tf_nodes_status(const tf_nodes *);

/* Makes a valid name of "layer/what" that no node has yet; either part may be NULL. Borrowed. */
const char *tf_nodes_name(tf_nodes *, const char *layer, const char *what);

/* The name of a node's output, for other nodes' inputs. Borrowed. */
const char *tf_nodes_reference(tf_nodes *, const char *name, const char *argument);

void tf_node_begin(tf_nodes *, const char *name, const char *op);
void tf_node_input(tf_nodes *, const char *reference);
void tf_node_text(tf_nodes *, const char *key, const char *text);
void tf_node_number(tf_nodes *, const char *key, float number);
void tf_node_integer(tf_nodes *, const char *key, int64_t value);
void tf_node_boolean(tf_nodes *, const char *key, bool value);
void tf_node_type(tf_nodes *, const char *key, int type);
void tf_node_types(tf_nodes *, const char *key, const int *types, size_t count);
void tf_node_integers(tf_nodes *, const char *key, const size_t *values, size_t count);
void tf_node_function(tf_nodes *, const char *key, const char *name);
/* If `batch` is set, an open axis comes first. */
void tf_node_shape(tf_nodes *, const char *key, const size_t *sizes, int rank, bool batch);
/* The attribute `value` of a Const: a tensor, or texts; NULL: `count` empty texts. */
void tf_node_tensor(tf_nodes *, const horn_view *);
void tf_node_texts(tf_nodes *, const char *const *texts, size_t count);
void tf_node_end(tf_nodes *);

/* TensorFlow's number of a type; 0 for types that are not written. */
int tf_type_of(horn_dtype);
void tf_put_shape(bytes *out, uint32_t number, const size_t *sizes, int rank, bool batch);

#endif
