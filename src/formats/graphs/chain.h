/* The one path through a graph from its input to its output, as steps: what a layer makes one or several of.
 *
 * A step is a node of TensorFlow's that takes one value and constants, or a few that are one thing:
 *
 *     BiasAdd             BiasAdd, Add, AddV2 of a constant                       operands: bias
 *     BatchNormalization  FusedBatchNorm; Rsqrt, Mul, Sub, AddV2 as Keras and Horn write them
 *                                                                      operands: gamma, beta, mean, variance
 *     ReLU                the forms of a ReLU layer with a slope, a greatest value or a threshold
 *
 * What gives its input as it is (Identity, a transposition that changes nothing) is no step. Where branches leave the
 * path they come back in one of these forms, or the graph is refused. */
#ifndef FORMATS_GRAPHS_CHAIN_H
#define FORMATS_GRAPHS_CHAIN_H

#include <stdint.h>
#include "formats/graphs/graph.h"
#include "formats/tensorflow/tensor.h"
#include "tensor/tensor.h"

#define NO_NODE SIZE_MAX

/* Of a value: `rows` for every sample, each of that shape. */
typedef struct tf_extent {
    size_t rows; /* 0: not known yet */
    shape each;
} tf_extent;

enum { TF_STEP_OPERANDS = 4 };

typedef struct tf_step {
    const char *kind; /* static */
    size_t node, from;
    size_t operands[TF_STEP_OPERANDS];     /* nodes, behind what gives them as they are; NO_NODE: none */
    float epsilon, slope, threshold, most; /* most: infinity where there is none */
    tf_extent extent;                      /* of what it gives, once that is known */
} tf_step;

typedef struct tf_chain {
    const tf_graph *g;
    size_t input;     /* the Placeholder */
    tf_extent extent; /* of the input */
    int64_t batch;    /* how many samples it says; -1: any number */
    tf_step *steps;   /* from the input on */
    size_t count, capacity;
    size_t *step_of;        /* of a node, by number + 1; 0: none */
    bool is_own;            /* Horn wrote it: nodes are LAYER/OP */
    size_t work, most_work; /* nodes that were looked at: a hostile graph has many ways */
    size_t read, most_read; /* bytes of constants, which many steps may share */
} tf_chain;

/* Borrows the graph. Free it after a failure too. */
HORN_CHECKED horn_status tf_chain_read(tf_chain *out, const tf_graph *);
void tf_chain_free(tf_chain *);

/* The node behind those that give it as it is. */
size_t tf_chain_skip(tf_chain *, size_t node);
/* Of its i-th input; NO_NODE where that is missing, or not the first output of its node. */
size_t tf_chain_operand(tf_chain *, size_t node, size_t index);
bool tf_chain_is(const tf_chain *, size_t node, const char *op);                     /* false for NO_NODE */
HORN_CHECKED horn_status tf_chain_constant(tf_chain *, size_t node, tf_tensor *out); /* of a Const */

/* patterns.c: whether the node is the last of such a form; then the step is filled. */
bool tf_match_bias(tf_chain *, size_t node, tf_step *out);
bool tf_match_normalization(tf_chain *, size_t node, tf_step *out);
bool tf_match_relu(tf_chain *, size_t node, tf_step *out);

/* sizes.c: what a graph computes of shapes: a number, or so many times the number of samples. */
typedef struct tf_size {
    int64_t number;
    bool of_batch;
} tf_size;
enum { TF_MAX_SIZES = HORN_MAX_RANK + 2 };
typedef struct tf_sizes {
    size_t count;
    tf_size at[TF_MAX_SIZES];
} tf_sizes;

HORN_CHECKED horn_status tf_sizes_of(tf_chain *, size_t node, tf_sizes *out);
/* Plain numbers alone, `count` of them. */
HORN_CHECKED horn_status tf_numbers_of(tf_chain *, size_t node, int64_t *out, size_t count);
/* What a Reshape makes of x. */
HORN_CHECKED horn_status tf_reshape_extent(tf_chain *, size_t node, const tf_extent *x, tf_extent *out);

/* scopes.c: which layer a node belongs to by its name; empty where names do not tell. */
typedef struct tf_scopes {
    size_t skipped;      /* characters in front of all names */
    protobuf_text model; /* behind these, in front of all names; empty: none */
    bool are_known;
} tf_scopes;
tf_scopes tf_scopes_find(const tf_chain *);
protobuf_text tf_scope_of(const tf_chain *, const tf_scopes *, size_t node);

#endif
