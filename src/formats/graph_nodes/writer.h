/* Inside of operations.h: what the functions that write the kinds of operations share. Each returns a reference to its result. */
#ifndef FORMATS_GRAPH_NODES_WRITER_H
#define FORMATS_GRAPH_NODES_WRITER_H

#include "formats/graph_nodes/operations.h"
#include "formats/graph_writing.h"
#include "snapshot/leaves.h"

typedef struct tf_writer tf_writer;

/* How a kind is written. Some that share a function say here what differs: the op, what it calls its result. */
typedef struct tf_writer_row {
    const char *(*put)(tf_writer *, const operation *, const char *const *inputs);
    const char *op, *result;
} tf_writer_row;

struct tf_writer {
    tf_nodes *n;
    const snapshot_leaves *leaves;
    const graph *g;
    const char **values; /* references, one for each operation */
    graph_value *known;
    size_t weights;
    const char *input, *where;
    const tf_writer_row *now;
};

/* put.c */
const char *tf_layer_of(const tf_writer *, const operation *);
/* Begins a node of the layer, called after its op. */
const char *tf_put_begin(tf_writer *, const operation *, const char *op, const char *input);
const char *tf_put_end(tf_writer *, const char *name, const char *argument);
const char *tf_put_constant(tf_writer *, const operation *, const char *what, const horn_view *);
const char *tf_put_integers(tf_writer *, const operation *, const char *what, const int32_t *values,
                            size_t count);

const char *tf_put_scalar(tf_writer *, const operation *, const char *what, double value);
/* A node of two inputs, or of one, if y is NULL. */
const char *tf_put_simple(tf_writer *, const operation *, const char *op, const char *x, const char *y,
                          const char *result);
bool tf_is_computed(const tf_writer *, const operation *, int input);

typedef const char *tf_putter(tf_writer *, const operation *, const char *const *x);
/* axes.c */
tf_putter tf_put_transpose, tf_put_tile, tf_put_crop, tf_put_mean_along, tf_put_gather, tf_put_resize,
    tf_put_slice, tf_put_join, tf_put_dot, tf_put_reduction, tf_put_pad;
/* volumes.c */
tf_putter tf_put_conv3d, tf_put_transposed3d, tf_put_pool3d;

/* images.c */
const char *tf_put_sizes(tf_writer *, const operation *, const char *x, const size_t *sizes, int rank);
const char *tf_put_expand_dims(tf_writer *, const operation *, const char *const *x);
const char *tf_put_squeeze(tf_writer *, const operation *, const char *const *x);
const char *tf_put_reshape(tf_writer *, const operation *, const char *const *x);
const char *tf_put_conv2d(tf_writer *, const operation *, const char *const *x);
const char *tf_put_depthwise(tf_writer *, const operation *, const char *const *x);
const char *tf_put_transposed(tf_writer *, const operation *, const char *const *x);
const char *tf_put_pool(tf_writer *, const operation *, const char *const *x);
/* Sizes of what a transposed convolution gives. */
const char *tf_put_output_sizes(tf_writer *, const operation *, const char *x);

#endif
