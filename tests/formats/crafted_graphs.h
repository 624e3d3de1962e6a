/* What the tests of broken graphs share: a graph node by node, which is refused or loads. */
#ifndef TESTS_FORMATS_CRAFTED_GRAPHS_H
#define TESTS_FORMATS_CRAFTED_GRAPHS_H

#include "formats/files.h"
#include "formats/tensorflow/nodes.h"

static inline horn_status read_nodes(tf_nodes *n, snapshot **out)
{
    ck_ok(tf_nodes_status(n));
    return read_bytes(out, &n->out, "m.pb", 0);
}

/* Refused so; the nodes are gone after. */
#define refuses(n, status, words)                            \
    do {                                                     \
        snapshot *refused_;                                  \
        ck_fails(read_nodes(n, &refused_), status, words);   \
        ck_assert_ptr_null(strchr(horn_last_error(), '\n')); \
        snapshot_free(refused_);                             \
        tf_nodes_free(n);                                    \
    } while (0)

#define loads(n)                        \
    do {                                \
        snapshot *loaded_;              \
        ck_ok(read_nodes(n, &loaded_)); \
        snapshot_free(loaded_);         \
        tf_nodes_free(n);               \
    } while (0)

static inline void put_input(tf_nodes *n, const char *name, const size_t *sizes, int rank)
{
    tf_node_begin(n, name, "Placeholder");
    tf_node_type(n, "dtype", TF_FLOAT);
    tf_node_shape(n, "shape", sizes, rank, true);
    tf_node_end(n);
}

/* Inputs are up to the first NULL. */
static inline void put(tf_nodes *n, const char *name, const char *op, const char *const *inputs)
{
    tf_node_begin(n, name, op);
    for (size_t i = 0; i < 5 && inputs[i]; i++) tf_node_input(n, inputs[i]);
    tf_node_end(n);
}
#define PUT(n, name, op, ...) put(n, name, op, (const char *const[6]){ __VA_ARGS__ })

static inline void put_floats(tf_nodes *n, const char *name, const size_t *sizes, int rank)
{
    static const float values[256];
    horn_view v = { .data = values, .dtype = HORN_FLOAT32, .rank = rank };
    memcpy(v.shape, sizes, (size_t)rank * sizeof *sizes);
    tf_node_begin(n, name, "Const");
    tf_node_tensor(n, &v);
    tf_node_end(n);
}

static inline void put_integers(tf_nodes *n, const char *name, const int32_t *values, size_t count)
{
    const horn_view v = { .data = values, .dtype = HORN_INT32, .rank = 1, .shape = { count } };
    tf_node_begin(n, name, "Const");
    tf_node_tensor(n, &v);
    tf_node_end(n);
}

/* input (n, 3) and a kernel (3, 2). */
static inline tf_nodes begin(void)
{
    tf_nodes n = { .field = TF_IN_GRAPH };
    put_input(&n, "input", (size_t[]){ 3 }, 1);
    put_floats(&n, "kernel", (size_t[]){ 3, 2 }, 2);
    return n;
}

/* The same, multiplied. */
static inline tf_nodes dense(void)
{
    tf_nodes n = begin();
    PUT(&n, "dense/MatMul", "MatMul", "input", "kernel");
    return n;
}

#endif
