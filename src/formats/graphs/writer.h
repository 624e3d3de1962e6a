/* Inside of operations.h: what the functions that write the kinds of operations share. Each returns a reference to its result. */
#ifndef FORMATS_GRAPHS_WRITER_H
#define FORMATS_GRAPHS_WRITER_H

#include "formats/graphs/operations.h"

typedef struct tf_writer tf_writer;

/* How a kind is written. Some that share a function say here what differs: the op, what it calls its result. */
typedef struct tf_writer_row {
    const char *(*put)(tf_writer *, const operation *, const char *const *inputs);
    const char *op, *result;
} tf_writer_row;

struct tf_writer {
    tf_nodes *n;
    const snapshot *s;
    const graph *g;
    const char **values; /* references, one for each operation */
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

/* operations_images.c */
const char *tf_put_sizes(tf_writer *, const operation *, const char *x, const size_t *sizes, int rank);
const char *tf_put_expand_dims(tf_writer *, const operation *, const char *const *x);
const char *tf_put_squeeze(tf_writer *, const operation *, const char *const *x);
const char *tf_put_reshape(tf_writer *, const operation *, const char *const *x);
const char *tf_put_conv2d(tf_writer *, const operation *, const char *const *x);
const char *tf_put_depthwise(tf_writer *, const operation *, const char *const *x);
const char *tf_put_transposed(tf_writer *, const operation *, const char *const *x);
const char *tf_put_pool(tf_writer *, const operation *, const char *const *x);
const char *tf_put_reduction(tf_writer *, const operation *, const char *const *x);
const char *tf_put_pad(tf_writer *, const operation *, const char *const *x);

#endif
