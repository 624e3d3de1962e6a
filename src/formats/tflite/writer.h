/* What the files of the writer share: values under way, and the functions that write one kind of operation. */
#ifndef FORMATS_TFLITE_WRITER_H
#define FORMATS_TFLITE_WRITER_H

#include "formats/tflite/nodes.h"
#include "formats/tflite/operations.h"
#include "snapshot/leaves.h"

typedef struct tflite_writer {
    tflite_nodes *n;
    const snapshot_leaves *leaves;
    const graph *g;
    graph_value *known;
    /* By operation: the tensor, by number + 1; 0: none yet. */
    int32_t *values;
    /* The same of a weight as an operation takes it: turned. */
    int32_t *turned;
    const char *where;
    const struct tflite_row *now;
} tflite_writer;

/* How a kind is written; what follows is for functions that several kinds share. */
typedef struct tflite_row {
    void (*put)(tflite_writer *, const operation *);
    tflite_op op;
    tflite_options kind;
} tflite_row;

/* put.c */
size_t tflite_number_of(const tflite_writer *, const operation *);
/* The tensor of a value, and of an input. */
int32_t tflite_value(tflite_writer *, size_t value);
int32_t tflite_operand(tflite_writer *, const operation *, int input);
const char *tflite_layer_of(const tflite_writer *, const operation *);
const snapshot_tensor *tflite_weight_of(tflite_writer *, const operation *); /* NULL after a failure */
/* "LAYER/WHAT"; borrowed. */
const char *tflite_name(tflite_writer *, const operation *, const char *what);
/* Constants: of the operation's layer. The first takes the floats. */
int32_t tflite_floats(tflite_writer *, const operation *, const char *what, float *values, const shape *);
int32_t tflite_integers(tflite_writer *, const operation *, const char *what, const int32_t *values,
                        const shape *);
int32_t tflite_scalar(tflite_writer *, const operation *, double value);

/* What becomes one with the operation: a bias, then a ReLU. */
typedef struct tflite_fused {
    /* The last operation: the one whose result is written. */
    size_t last;
    /* A tensor, or TFLITE_LEFT_OUT. */
    int32_t bias;
    uint32_t activation;
} tflite_fused;

tflite_fused tflite_fuse(tflite_writer *, const operation *, bool takes_bias);
/* Adds the operator that gives the result of operation number `last`; its output is set. */
void tflite_put(tflite_writer *, size_t last, tflite_operator *);
/* The same of an operator before the last. `s`: the shape of what is computed of weights alone; NULL: as the result. */
int32_t tflite_put_inner(tflite_writer *, const operation *, tflite_operator *, const shape *s);

/* The same with what its result is, but for the name. */
int32_t tflite_put_as(tflite_writer *, const operation *, tflite_operator *, const tflite_tensor *);
void tflite_add_option(tflite_operator *, unsigned number, unsigned size, size_t value);
/* Fails: "layer 'NAME': operation 'KIND' WHAT cannot be held here". */
void tflite_refuse(tflite_writer *, const operation *, const char *what);

typedef void tflite_putter(tflite_writer *, const operation *);
/* write_values.c */
tflite_putter tflite_put_reshape, tflite_put_axis, tflite_put_product, tflite_put_elementwise,
    tflite_put_arithmetic, tflite_put_leaky_relu, tflite_put_softmax, tflite_put_selu, tflite_put_softplus,
    tflite_put_normalization;
/* write_images.c */
tflite_putter tflite_put_convolution, tflite_put_depthwise, tflite_put_pool, tflite_put_reduction,
    tflite_put_padding;
/* write_axes.c */
tflite_putter tflite_put_transpose, tflite_put_tile, tflite_put_crop, tflite_put_mean_along,
    tflite_put_gather, tflite_put_resize, tflite_put_slice, tflite_put_join, tflite_put_dot;
/* write_transposed.c */
tflite_putter tflite_put_transposed;
/* write_volumes.c */
tflite_putter tflite_put_convolution3d, tflite_put_transposed3d, tflite_put_pool3d;

/* Of a convolution: its image gets its zeros from an operator of its own. */
bool tflite_pads_by_itself(const graph *, const operation *);
/* The sizes of what a transposed convolution gives, as a tensor. */
int32_t tflite_put_output_sizes(tflite_writer *, const operation *);
/* Zeros for outputs without a bias. */
int32_t tflite_put_zeros(tflite_writer *, const operation *);
/* The weight of an operation's kernel, before it gets a height; fails if it is none. NULL after a failure. */
const operation *tflite_kernel_of(tflite_writer *, const operation *, const snapshot_tensor **weight);
/* x in another shape: of the sizes behind the rows. */
int32_t tflite_put_sizes(tflite_writer *, const operation *, int32_t x, const shape *);

#endif
