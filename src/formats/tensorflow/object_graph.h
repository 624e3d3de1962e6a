/* TensorFlow's object graph: which objects a checkpoint holds, how they hang together, and under which key
 * each variable's tensor stands in the bundle (TrackableObjectGraph, the text _CHECKPOINTABLE_OBJECT_GRAPH).
 *
 *     graph  1 node...
 *     node   1 child {1 node, 2 name}   2 attribute {1 "VARIABLE_VALUE", 2 full name, 3 key}
 *            3 slot variable {1 node of the weight, 2 slot's name, 3 its own node}   5 {1 holds values}
 *
 * Node 0 is the root; objects are found by their children's names alone, keys may be anything. Cycles are
 * common. */
#ifndef FORMATS_TENSORFLOW_OBJECT_GRAPH_H
#define FORMATS_TENSORFLOW_OBJECT_GRAPH_H

#include <stdint.h>
#include "codecs/tensorflow/tensor_bundle.h"

#define OBJECT_GRAPH_KEY "_CHECKPOINTABLE_OBJECT_GRAPH"
#define NO_NODE          SIZE_MAX

/* ---- reading ---- */

typedef struct graph_child {
    size_t node;
    protobuf_text name;
} graph_child;

typedef struct graph_slot {
    size_t weight, node;
    protobuf_text name;
} graph_slot;

typedef struct graph_node {
    size_t first_child, child_count; /* in the graph's children */
    size_t first_slot, slot_count;
    protobuf_text full_name, key; /* of a variable; key.at is NULL for any other object */
} graph_node;

typedef struct object_graph {
    graph_node *nodes;
    graph_child *children;
    graph_slot *slots;
    size_t node_count, child_count, slot_count, node_capacity, child_capacity, slot_capacity;
} object_graph;

/* Borrows the text. All numbers of nodes in it are checked. `where` begins messages. Free it after a failure
 * too. */
HORN_CHECKED horn_status object_graph_read(object_graph *out, protobuf_text text, const char *where);
void object_graph_free(object_graph *g);

/* NO_NODE where there is none, and for node NO_NODE. */
size_t object_graph_child(const object_graph *g, size_t node, const char *name);
bool object_graph_is_variable(const object_graph *g, size_t node);
/* The children called prefix0, prefix1, ..., in this order; *out is the caller's. Refuses gaps. */
HORN_CHECKED horn_status object_graph_list(const object_graph *g, size_t node, const char *prefix,
                                           size_t **out, size_t *count, const char *where);

/* ---- writing ---- */

typedef struct graph_writer graph_writer;

HORN_CHECKED horn_status graph_writer_new(graph_writer **out); /* with its root, node 0 */
void graph_writer_free(graph_writer *w);

/* A failure is kept for graph_writer_finish. */
size_t graph_writer_node(graph_writer *w);
void graph_writer_child(graph_writer *w, size_t parent, const char *name, size_t node);
void graph_writer_variable(graph_writer *w, size_t node, const char *full_name, horn_view view);

/* What a SavedModel says of a node; the texts are static, `object`'s bytes are taken. */
void graph_writer_user(graph_writer *w, size_t node, const char *identifier, unsigned producer);
void graph_writer_trainable(graph_writer *w, size_t node); /* of a variable */
void graph_writer_object(graph_writer *w, size_t node,
                         bytes *object); /* fields of a SavedObject: a function, ... */

/* When all nodes are there: walks them breadth first from the root, which gives their numbers and the variables' keys. The
 * key of a variable is the path of its first discovery, escaped as TensorFlow does. A node that is not reached is left out and
 * has the number NO_NODE. */
HORN_CHECKED horn_status graph_writer_settle(graph_writer *w);
size_t graph_writer_number(const graph_writer *w, size_t node);
/* The next variable from number *at on, which becomes the one behind it; false past the last. All is borrowed. */
typedef struct graph_variable {
    size_t number;
    const char *full_name, *key;
    horn_view view;
} graph_variable;
bool graph_writer_next(const graph_writer *w, size_t *at, graph_variable *out);
/* The nodes of a SavedObjectGraph, as field 1; settled. */
void graph_writer_put_saved(const graph_writer *w, bytes *out);

/* Puts all variables and then the graph into a shard, in TensorFlow's order: breadth first from the root. */
HORN_CHECKED horn_status graph_writer_finish(graph_writer *w, bundle_writer *bundle, size_t shard);

#endif
