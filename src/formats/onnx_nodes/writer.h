/* What the files of the writer share: values under way, and the functions that write one kind of operation. */
#ifndef FORMATS_ONNX_NODES_WRITER_H
#define FORMATS_ONNX_NODES_WRITER_H

#include "formats/onnx_nodes/operations.h"
#include "snapshot/leaves.h"

typedef enum onnx_layout {
    ONNX_PLAIN,          /* axes as in the intermediate representation */
    ONNX_CHANNELS_FIRST, /* of an image alone */
    ONNX_LAYOUTS
} onnx_layout;

typedef struct onnx_written {
    /* The name of the value in each layout; NULL: it is not written in that layout. */
    const char *names[ONNX_LAYOUTS];
    /* Of a kernel as a convolution takes it. */
    const char *turned;
} onnx_written;

typedef struct onnx_writer {
    onnx_nodes *n;
    const snapshot_leaves *leaves;
    const graph *g;
    onnx_written *values; /* by operation, as the next */
    graph_value *known;
    const char *where;
    const struct onnx_writer_row *now;
} onnx_writer;

/* How a kind is written; `op` is for functions that several kinds share. */
typedef struct onnx_writer_row {
    void (*put)(onnx_writer *, const operation *);
    const char *op;
} onnx_writer_row;

/* put.c */
size_t onnx_number_of(const onnx_writer *, const operation *);
const char *onnx_layer_of(const onnx_writer *, const operation *);
bool onnx_is_computed(const onnx_writer *, size_t value);
/* Of a product of vectors or a convolution: the operation that adds its bias, by number, which becomes one with it; 0: none. */
size_t onnx_bias_of(const onnx_writer *, size_t value);
bool onnx_is_image(const onnx_writer *, size_t value);
/* An input in a layout: adds a Transpose if it is not written so. */
const char *onnx_operand(onnx_writer *, const operation *, int input, onnx_layout);
const char *onnx_value(onnx_writer *, const operation *, size_t value, onnx_layout);
/* The same of a value, which must be written in the other layout; `output` is what the result is called, NULL: after the operation. */
const char *onnx_turn(onnx_writer *, const operation *, size_t value, onnx_layout, const char *output);
/* The layout in which an input already is, channels first if in both. */
onnx_layout onnx_layout_of(const onnx_writer *, const operation *, int input);
/* The layout for all of these values: channels first if one is in it and the others are images or numbers. */
onnx_layout onnx_layout_of_all(const onnx_writer *, const size_t *values, size_t count);
/* Adds the node that gives the operation's result in that layout. */
void onnx_put(onnx_writer *, const operation *, const char *op, const char *const *inputs, size_t count,
              onnx_layout);
/* The same of a node that is not called after its op. */
void onnx_put_named(onnx_writer *, const operation *, const char *op, const char *what,
                    const char *const *inputs, size_t count, onnx_layout);
/* The same of a node before the last. */
const char *onnx_put_inner(onnx_writer *, const operation *, const char *op, const char *const *inputs,
                           size_t count);
const snapshot_tensor *onnx_weight_of(onnx_writer *, const operation *); /* NULL after a failure */
const char *onnx_constant(onnx_writer *, const operation *, const char *what, const horn_view *);
const char *onnx_scalar(onnx_writer *, const operation *, double value);
const char *onnx_sizes(onnx_writer *, const operation *, const char *what, const int64_t *, size_t count);

typedef void onnx_putter(onnx_writer *, const operation *);
/* write_values.c */
onnx_putter onnx_put_reshape, onnx_put_axis, onnx_put_matmul, onnx_put_bias_add, onnx_put_leaky_relu,
    onnx_put_relu6, onnx_put_softmax, onnx_put_rsqrt, onnx_put_cast, onnx_put_elementwise,
    onnx_put_normalization, onnx_put_dot;
/* write_axes.c */
onnx_putter onnx_put_transpose, onnx_put_tile, onnx_put_crop, onnx_put_mean_along, onnx_put_gather,
    onnx_put_resize, onnx_put_reduction, onnx_put_padding, onnx_put_join;
/* write_images.c, also of volumes */
onnx_putter onnx_put_convolution, onnx_put_pool;
/* write_recurrent.c */
onnx_putter onnx_put_recurrent;
/* write_transposed.c */
onnx_putter onnx_put_transposed;

/* Of an image or a volume: its input with the channels in front, and the node that gives the result from there. */
const char *onnx_put_front(onnx_writer *, const operation *);
void onnx_put_window(onnx_writer *, const operation *, const char *op, const char *const *inputs,
                     size_t count);
/* The kernel of a convolution, of a sequence's too: (height, width, a, b) as (b, a, height, width). */
const char *onnx_put_kernel(onnx_writer *, const operation *);
/* Height and width, or also depth. */
size_t onnx_axes_of(const onnx_writer *, const operation *);

#endif
