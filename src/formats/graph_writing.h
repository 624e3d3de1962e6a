/* What formats share that write the intermediate representation (snapshot/graph.h) for inference: names, weights, and which
 * operations become one. */
#ifndef FORMATS_GRAPH_WRITING_H
#define FORMATS_GRAPH_WRITING_H

#include "snapshot/graph.h"
#include "snapshot/snapshot.h"

typedef struct graph_name {
    size_t layer;
    char *text;
} graph_name;

/* Zero-initialised it is empty. */
typedef struct graph_names {
    graph_name *items;
    size_t count, capacity;
    /* Numbers behind names that were given out last: a layer's steps have many of one name. */
    struct {
        size_t layer, number;
        char what[32];
    } next[16];
    size_t next_count;
} graph_names;

/* "LAYER/WHAT", or that with a number behind it, so that no two names are the same. `layer` is the layer's number. Borrowed. */
HORN_CHECKED horn_status graph_names_add(graph_names *, size_t layer, const char *layer_name,
                                         const char *what, const char **out);
void graph_names_free(graph_names *);

/* What is known of a value before it is written. */
typedef struct graph_value {
    /* It depends on the model's input, and so has samples. */
    bool is_computed;
    /* How many operations take it; the model's output is taken once more. */
    size_t uses;
    /* The last operation that takes it. */
    size_t taker;
} graph_value;

/* Of all operations; the caller frees *out. */
HORN_CHECKED horn_status graph_look_ahead(graph_value **out, const graph *);
/* The operation that adds a weight to the value along its last axis, if it is the only one that takes it; else 0. */
size_t graph_bias_of(const graph *, const graph_value *, size_t value);
/* Whether a Join, whose result nothing else takes, is a part of the Join behind it. */
bool graph_is_inner_join(const graph *, const graph_value *, size_t join);
/* What a Join that is no part of another one puts one behind the other, with those of its parts: *count values, which the caller frees. */
HORN_CHECKED horn_status graph_joined(size_t **out, size_t *count, const graph *, const graph_value *,
                                      size_t join);

#endif
