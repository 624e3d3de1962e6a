/* TensorFlow's object graph: the objects that a checkpoint holds, how they refer to each other, and the key of each variable's
 * tensor in the bundle (TrackableObjectGraph, the text _CHECKPOINTABLE_OBJECT_GRAPH).
 *
 *     graph  1 node...
 *     node   1 child {1 node, 2 name}   2 attribute {1 "VARIABLE_VALUE", 2 full name, 3 key}
 *            3 slot variable {1 node of the weight, 2 slot's name, 3 its own node}   5 {1 holds values}
 *
 * Node 0 is the root. Readers find objects by their children's names alone; keys may be anything. Cycles are common. Writers
 * give keys as TensorFlow does: they walk the graph breadth first from the root, over each object's children in their order;
 * the path of the first discovery, "model/layer-1/kernel", is the variable's key. So an object that two others share has the
 * key of the shorter path, and of two equally long paths the one that comes first. */
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
    /* In the graph's children and slots. */
    size_t first_child, child_count;
    size_t first_slot, slot_count;
    /* Of a variable; key.at is NULL for other objects. */
    protobuf_text full_name, key;
} graph_node;

typedef struct object_graph {
    graph_node *nodes;
    graph_child *children;
    graph_slot *slots;
    size_t node_count, child_count, slot_count, node_capacity, child_capacity, slot_capacity;
} object_graph;

/* Parses a graph and checks all numbers of nodes. Borrows the text. `where` begins messages. Free *out after a failure, too. */
HORN_CHECKED horn_status object_graph_read(object_graph *out, protobuf_text text, const char *where);
void object_graph_free(object_graph *g);

/* The child of that name; NO_NODE if there is none, and for node NO_NODE. */
size_t object_graph_child(const object_graph *g, size_t node, const char *name);
bool object_graph_is_variable(const object_graph *g, size_t node);
/* Lists the children prefix0, prefix1, ... in this order. Fails for gaps. The caller frees *out. */
HORN_CHECKED horn_status object_graph_list(const object_graph *g, size_t node, const char *prefix,
                                           size_t **out, size_t *count, const char *where);

/* ---- writing ---- */

typedef struct graph_writer graph_writer;

/* Has its root, node 0. */
HORN_CHECKED horn_status graph_writer_new(graph_writer **out);
void graph_writer_free(graph_writer *w);

/* Add an object without a parent, a child, and what a variable has: its tensor is borrowed. Failures are kept for
 * graph_writer_finish. */
size_t graph_writer_node(graph_writer *w);
void graph_writer_child(graph_writer *w, size_t parent, const char *name, size_t node);
void graph_writer_variable(graph_writer *w, size_t node, const char *full_name, horn_view view);
/* The tensor of this variable stays after the writer is freed: the bundle may borrow it. */
void graph_writer_stays(graph_writer *w, size_t node);

/* The child of that name; NO_NODE if there is none. */
size_t graph_writer_find(const graph_writer *w, size_t node, const char *name);

/* What a SavedModel says of a node: of an object that Keras knows (the text must be static), of a variable, and the fields of
 * any other SavedObject, which are taken. */
void graph_writer_user(graph_writer *w, size_t node, const char *identifier, unsigned producer);
void graph_writer_trainable(graph_writer *w, size_t node);
void graph_writer_object(graph_writer *w, size_t node, bytes *object);

/* Walks the graph, after all nodes were added: sets the numbers of nodes and the keys of variables. A node that is not reached
 * is left out; its number is NO_NODE. */
HORN_CHECKED horn_status graph_writer_settle(graph_writer *w);
size_t graph_writer_number(const graph_writer *w, size_t node);
/* Finds the next variable from number *at on, and sets *at behind it; false after the last. All is borrowed. */
typedef struct graph_variable {
    size_t number;
    const char *full_name, *key;
    horn_view view;
} graph_variable;
bool graph_writer_next(const graph_writer *w, size_t *at, graph_variable *out);
/* Appends the nodes as field 1 of a SavedObjectGraph, after graph_writer_settle. */
void graph_writer_put_saved(const graph_writer *w, bytes *out);

/* Adds all variables in the order of their numbers, and then the graph, to a shard. */
HORN_CHECKED horn_status graph_writer_finish(graph_writer *w, bundle_writer *bundle, size_t shard);

#endif
