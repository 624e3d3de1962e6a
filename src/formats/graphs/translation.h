/* Translates TensorFlow's nodes into the intermediate representation of chains/imported.h, in topological order: those on
 * which the output depends.
 *
 * Where TensorFlow needs several nodes for one operation, they become one operation:
 *
 *     Reshape, MatMul, Reshape                    MatMul over more than two axes
 *     SpaceToBatchND, Conv2D, BatchToSpaceND      Conv2D with dilation
 *     Conv2D of a kernel behind a Reshape         DepthwiseConv2D, as Horn writes some
 *
 * Of sequences Mean and Max over their steps become those of an image that is one high.
 *
 * Variables are constants. Dropout does nothing, as in inference. Nodes that return their input (Identity, ReadVariableOp, a Transpose that changes nothing) become no
 * operation. */
#ifndef FORMATS_GRAPHS_TRANSLATION_H
#define FORMATS_GRAPHS_TRANSLATION_H

#include <stdint.h>
#include "formats/chains/imported.h"
#include "formats/graphs/graph.h"
#include "formats/graphs/variables.h"
#include "formats/tensorflow/tensor.h"

#define NO_NODE SIZE_MAX

/* The nodes where the model begins and ends. */
typedef struct tf_ends {
    size_t input, output;
    bool is_own; /* Horn wrote the graph: nodes are LAYER/OP */
} tf_ends;

/* Of a value: `rows` for every sample, each of that shape. */
typedef struct tf_extent {
    size_t rows; /* 0: not known */
    shape each;
} tf_extent;

typedef struct tf_translation {
    const tf_graph *g;
    const tf_variables *variables;
    imported *im;
    size_t input, output;   /* nodes; no output: all that the input reaches is translated */
    int64_t batch;          /* how many samples the input says; -1: any number */
    bool is_own;            /* as in tf_ends */
    size_t *behind;         /* by node: itself, or the node whose value it returns */
    size_t *values;         /* by node: its operation, by number + 1; 0: none */
    tf_extent *extents;     /* by node */
    size_t work, most_work; /* limit on visits of nodes that compute shapes */
    size_t read, most_read; /* limit on bytes of constants that are parsed, which many nodes may share */
    size_t literals;        /* limit on elements that are compared with ones and zeros */
} tf_translation;

/* Fills an empty graph. Free `out` after a failure too. */
HORN_CHECKED horn_status tf_translate(imported *out, const tf_graph *, const tf_variables *, const tf_ends *);
/* The same of all nodes; what cannot be translated becomes an operation of kind none. The output is not set. The caller frees *nodes:
 * the node of each operation. */
HORN_CHECKED horn_status tf_translate_all(imported *out, const tf_graph *, const tf_variables *, size_t input,
                                          size_t **nodes);

/* ---- ends.c ---- */

/* The one Placeholder, and the one node that nobody takes: of a graph for inference alone. */
HORN_CHECKED horn_status tf_ends_only(tf_ends *out, const tf_graph *);
/* "NODE" or "NODE:0", as a signature names them. */
HORN_CHECKED horn_status tf_ends_named(tf_ends *out, const tf_graph *, protobuf_text input,
                                       protobuf_text output);
/* Of a graph that also trains: the ends of the longest chain of layers. Refuses it if two are as long, or if a product of the input
 * with a variable lies outside of it. */
HORN_CHECKED horn_status tf_ends_search(tf_ends *out, const tf_graph *, const tf_variables *);

/* ---- operands.c: what a node takes ---- */

bool tf_node_is(const tf_translation *, size_t node, const char *op); /* false for NO_NODE */
/* Its i-th input, past nodes that return their input; NO_NODE if it is missing or not the first output of its node. */
size_t tf_operand(const tf_translation *, size_t node, size_t index);
/* A Const or a variable; false for NO_NODE. */
bool tf_is_constant(const tf_translation *, size_t node);
HORN_CHECKED horn_status tf_constant(tf_translation *, size_t node, tf_tensor *out);
/* As many integers as it has, up to `most`; false if it has more or others. */
bool tf_integers(const tf_tensor *, int64_t *out, size_t most);
imported_origin tf_origin_of(const tf_translation *, size_t node);

/* ---- sizes.c: what a graph computes of shapes ---- */

/* Plain numbers alone, `count` of them. */
HORN_CHECKED horn_status tf_numbers_of(tf_translation *, size_t node, int64_t *out, size_t count);
/* What sizes say of a sample, behind the number of samples. */
HORN_CHECKED horn_status tf_shape_of_samples(tf_translation *, size_t node, shape *out);
/* The last of the sizes; 0 if that is not known. */
int64_t tf_last_size(tf_translation *, size_t node);
/* Whether the node computes 0, 1, 2, ... */
bool tf_is_plain_order(tf_translation *, size_t node);
/* What a Reshape makes of x. */
HORN_CHECKED horn_status tf_reshape_extent(tf_translation *, size_t node, const tf_extent *x, tf_extent *out);

/* ---- values.c: operations of nodes ---- */

/* The operation of a node, which tf_operand gave. That of a constant is added at its first use. */
HORN_CHECKED horn_status tf_value_of(tf_translation *, size_t node, size_t *out);
/* A constant float32 of that rank; `transposed`: to be transposed. */
HORN_CHECKED horn_status tf_kernel_of(tf_translation *, size_t node, int rank, bool transposed, size_t *out);
/* Fails unless the operand is a constant, or a Reshape or Squeeze of one. */
HORN_CHECKED horn_status tf_vector_of(tf_translation *, size_t node, size_t operand, size_t *out);
/* Adds the operation of a node. */
HORN_CHECKED horn_status tf_add(tf_translation *, size_t node, const operation *);
/* The same of kind none; `type` and `fault` may be NULL. */
HORN_CHECKED horn_status tf_add_none(tf_translation *, size_t node, const char *type, const char *fault);
/* The first operation of kind none among the first `count` inputs; else NO_VALUE. */
size_t tf_takes_none(const tf_translation *, size_t node, size_t count);
horn_status tf_refuse(const tf_translation *, size_t node, const char *what);
/* If the node is the end of a Dropout, the node of what it drops from; else NO_NODE. */
size_t tf_dropped(const tf_translation *, size_t node);

/* ---- translate_values.c and translate_images.c: add the operation of a node, whose inputs are all translated ---- */

typedef horn_status tf_translator(tf_translation *, size_t node, operation_kind);
tf_translator tf_translate_plain, tf_translate_reshape, tf_translate_expand_dims, tf_translate_squeeze,
    tf_translate_product, tf_translate_bias, tf_translate_relu6, tf_translate_leaky_relu,
    tf_translate_normalization;
/* translate_axes.c */
tf_translator tf_translate_transpose, tf_translate_tile, tf_translate_crop, tf_translate_resize,
    tf_translate_gather, tf_translate_mean, tf_translate_sum, tf_translate_square, tf_translate_join,
    tf_translate_division;
HORN_CHECKED horn_status tf_translate_dot(tf_translation *, size_t node, const bool transposed[2]);
tf_translator tf_translate_convolution, tf_translate_space_to_batch, tf_translate_batch_to_space,
    tf_translate_transposed, tf_translate_pool, tf_translate_global_pool, tf_translate_padding;

#endif
