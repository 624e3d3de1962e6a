/* The intermediate representation of what a model computes in inference: operations that belong to no framework. Layers
 * build it; formats of graphs (GraphDef, SavedModel, ONNX, TensorFlow Lite) translate it without knowing a layer's class. The kinds
 * of operations are in tensor/operation_kinds.h.
 *
 * A value is the number of the operation that makes it; operations stand behind those they take from. Shapes leave out
 * the batch, but for weights, which have none. Images are (height, width, channels), kernels as in snapshot.h. */
#ifndef SNAPSHOT_GRAPH_H
#define SNAPSHOT_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <horn/status.h>
#include "tensor/operation_kinds.h"
#include "tensor/tensor.h"

#define NO_VALUE SIZE_MAX

enum { OPERATION_MAX_INPUTS = 5 };

typedef struct operation {
    operation_kind kind;
    size_t inputs[OPERATION_MAX_INPUTS];
    int input_count;
    size_t layer;       /* set by graph_add */
    shape shape;        /* of the result */
    const char *weight; /* static */
    double number;
    const float *
        values; /* of kind Numbers: as many as the shape says; graph_numbers copies them, the graph owns them */
    /* Of windows: height and width, of volumes depth, height and width. Before and behind each axis of x but the last. */
    size_t size[3], stride[3], dilation[3], padding[6];
    bool same;                /* TensorFlow's padding: as even as can be, an odd cell behind; else none */
    int order[HORN_MAX_RANK]; /* of Transpose: axis i of the result is axis order[i] of x */
    unsigned axes;            /* of MeanAlong: bit i for axis i of x */
    /* Of Slice and Join: the axis; of Slice also the first cell of it. */
    int axis;
    size_t first;
    /* Of recurrent operations: of new values and of gates; OPERATION_NONE is linear. */
    operation_kind activation, gate;
    /* From the last step to the first; a GRU's reset gate multiplies the recurrent product, not the state. */
    bool is_backwards, resets_after;
    /* The mask is read from its end; a masked step gives 0, not what the step before gave. */
    bool mask_is_backwards, zeroes_masked;
    size_t before; /* of Weight, set by graph_weight: 1 + another weight of the layer; 0: there is none */
} operation;

/* What is known of a layer. */
typedef struct graph_layer {
    size_t weight; /* 1 + its newest Weight; 0: none yet */
    /* The values that its first call is on; owned. NULL: it has no call yet. */
    size_t *inputs;
    size_t input_count;
} graph_layer;

typedef struct graph {
    operation *operations;
    size_t count, capacity;
    size_t output;       /* the value that the model gives */
    size_t layer;        /* that describes itself now */
    size_t mask;         /* of the value that it is called on; NO_VALUE: none */
    graph_layer *layers; /* by number; behind layer_count nothing is known */
    size_t layer_count, layer_capacity;
    horn_status status; /* of the first failure, after which nothing is added */
} graph;

HORN_CHECKED horn_status graph_new(graph **out);
void graph_free(graph *);

/* Cells that an operation with a window adds before and behind each axis of its image or volume: top, bottom, left, right; all 0 if
 * its padding is none. Of an open axis the most that any size needs. */
void graph_padding(const graph *, const operation *, size_t out[6]);

/* Two operations that stand for the same weight. */
typedef struct graph_pair {
    const operation *a, *b;
} graph_pair;

/* Whether both outputs are computed in the same way of weights, which may be those of other layers: *pairs, which the caller frees,
 * are those, *count of them, each one of a's that its output needs at least once. *pairs is NULL if they are not the same. Operations may stand in another order. Numbers
 * are float32 wherever they are computed with: 0.3 and 0.30000001192092896, as Keras writes a LeakyReLU's slope, are the same. */
HORN_CHECKED horn_status graph_compare(graph_pair **pairs, size_t *count, const graph *a, const graph *b);

/* Each returns the value. */
size_t graph_add(graph *, const operation *);
/* The same value again for a weight that the layer has already. */
size_t graph_weight(graph *, const char *name, const shape *);
/* Notes what the layer is called on, unless it had a call before. */
void graph_note_call(graph *, const size_t *inputs, size_t count);
/* NULL: nothing is known of the layer. */
const graph_layer *graph_layer_of(const graph *, size_t layer);
size_t graph_number(graph *, double number);
/* A constant that is no weight; copies the values. */
size_t graph_numbers(graph *, const float *values, const shape *);
/* Of one or two values, the result shaped as x; y may be NO_VALUE. */
size_t graph_apply(graph *, operation_kind kind, size_t x, size_t y);
/* x in another shape: the operation is Reshape, ExpandDims or Squeeze. */
size_t graph_shape(graph *, operation_kind, size_t x, const shape *);
/* Axis i of the result is axis order[i] of x. */
size_t graph_transpose(graph *, size_t x, const int *order);
/* The mean of x over the axes of `bits`, which stay as 1. */
size_t graph_mean(graph *, size_t x, unsigned bits);
/* Of two values whose axes are aligned at the last one: axes of length 1, and those that are missing, are repeated. */
size_t graph_merge(graph *, operation_kind kind, size_t x, size_t y);
/* Along the axis `count` cells of x from `first` on. */
size_t graph_slice(graph *, size_t x, int axis, size_t first, size_t count);
/* y behind x along the axis; an axis of an open size is open. */
size_t graph_join(graph *, size_t x, size_t y, int axis);
/* `count` values, each behind the one before along the axis; overwrites `values`. */
size_t graph_join_all(graph *, size_t *values, size_t count, int axis);

#endif
