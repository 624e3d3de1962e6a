/* TensorFlow's graph as it stands in a file, read: nodes, and what each of them takes.
 *
 *     graph   1 node..., 2 library of functions, 3 version, 4 {1 producer, 2 least reader}
 *     node    1 name, 2 op, 3 input..., 4 device, 5 attribute {1 key, 2 value}...
 *     input   "NODE" or "NODE:OUTPUT"; behind these "^NODE", which only comes before
 *     value   1 list {3 integers...}, 2 text, 3 integer, 4 float, 5 boolean, 6 type, 7 shape, 8 tensor, 10 function
 *
 * No two nodes share a name, each input is there, and the graph is acyclic. Calls of functions
 * are inlined (functions.h). Borrows the bytes of the file. */
#ifndef FORMATS_GRAPHS_GRAPH_H
#define FORMATS_GRAPHS_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/status.h>
#include "codecs/protobuf.h"

typedef struct tf_link {
    size_t node;
    uint32_t output;
} tf_link;

typedef struct tf_graph_node {
    protobuf_text name, op, message;
    const tf_link *inputs;
    size_t input_count; /* of those that give values */
    size_t link_count;  /* with those that only come before, which stand behind */
    size_t value_count; /* of inputs in the message that give values */
    size_t frame;       /* the function's that it belongs to, by number + 1; 0: the graph's own */
    size_t body;        /* the same, of the function that it calls; 0: none, or it stays a call */
} tf_graph_node;

/* A function in the place of a call of it. */
typedef struct tf_frame {
    size_t call;
    protobuf_text function, signature; /* messages */
} tf_frame;

struct tf_graph_name;

typedef struct tf_graph {
    const char *where; /* begins messages; borrowed */
    tf_graph_node *nodes;
    size_t count, capacity;
    tf_link *links;
    size_t link_count;
    struct tf_graph_name *names; /* in order */
    size_t *order;               /* topological: each node behind all that it depends on */
    tf_frame *frames;
    size_t frame_count, frame_capacity;
    char **texts; /* names that do not stand in the file */
    size_t text_count, text_capacity;
} tf_graph;

/* Whether the bytes begin as a graph does: with a node that has a name and an op. */
bool tf_graph_begins(const void *data, size_t size);
/* Free it after a failure too. */
HORN_CHECKED horn_status tf_graph_read(tf_graph *out, const void *data, size_t size, const char *where);
void tf_graph_free(tf_graph *);
/* False if no node has the name. */
bool tf_graph_find(const tf_graph *, protobuf_text name, size_t *node);
/* Marks what a node takes, directly or not. */
void tf_find_needed(const tf_graph *, size_t node, bool *is_needed);

/* ---- nodes: graph_nodes.c ---- */

/* A node's message, taken apart; fails the reader. */
tf_graph_node tf_graph_take_node(protobuf_reader *, const protobuf_field *);

bool tf_graph_is(const tf_graph_node *, const char *op);
int tf_text_compare(protobuf_text, protobuf_text); /* as strcmp does */
/* "WHERE: node 'NAME' (OP): " and the message. */
horn_status tf_graph_fail(const tf_graph *, size_t node, horn_status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The same before the present line. */
horn_status tf_graph_fail_in(const tf_graph *, size_t node, horn_status);

/* ---- attributes: graph_attributes.c; one that is absent leaves *out as it is, one of another kind is refused ---- */

HORN_CHECKED horn_status tf_graph_text(const tf_graph *, size_t node, const char *key, protobuf_text *out);
HORN_CHECKED horn_status tf_graph_integer(const tf_graph *, size_t node, const char *key, int64_t *out);
HORN_CHECKED horn_status tf_graph_number(const tf_graph *, size_t node, const char *key, float *out);
HORN_CHECKED horn_status tf_graph_boolean(const tf_graph *, size_t node, const char *key, bool *out);
HORN_CHECKED horn_status tf_graph_type(const tf_graph *, size_t node, const char *key, int64_t *out);
HORN_CHECKED horn_status tf_graph_integers(const tf_graph *, size_t node, const char *key, int64_t *out,
                                           size_t count);
HORN_CHECKED horn_status tf_graph_shape(const tf_graph *, size_t node, const char *key,
                                        protobuf_text *message);
HORN_CHECKED horn_status tf_graph_tensor(const tf_graph *, size_t node, const char *key,
                                         protobuf_text *message);
HORN_CHECKED horn_status tf_graph_function(const tf_graph *, size_t node, const char *key,
                                           protobuf_text *message);

#endif
