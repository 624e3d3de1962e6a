/* Translates ONNX's nodes into the intermediate representation of chains/imported.h: those on which the output depends.
 *
 * ONNX has the channels of an image in front, the intermediate representation behind. A value of ONNX is an operation and the
 * order of its elements there:
 *
 *     plain            as the operation has them
 *     channels first   (channels, height, width); the operation has (height, width, channels)
 *     flattened        the same as one axis; the operation has one axis, too, in its own order
 *     root             the square root of the operation: only a Reciprocal takes it
 *     volume first     (channels, depth, height, width); the operation has (depth, height, width, channels)
 *     steps first      (steps, samples, features) of a sequence; directions: (steps, 1, samples, units), as recurrent operators
 *                      give it; last step: (1, 1, samples, units)
 *     integers         those of the operation, without fractions: only a Gather takes them
 *
 * So a Transpose from one order into the other is no operation, and the weights behind a flattened image change their order. */
#ifndef FORMATS_ONNX_TRANSLATION_H
#define FORMATS_ONNX_TRANSLATION_H

#include <stdint.h>
#include "formats/chains/imported.h"
#include "formats/onnx/model.h"

typedef enum onnx_order {
    ORDER_PLAIN,
    ORDER_CHANNELS_FIRST,
    ORDER_FLATTENED,
    /* Those from here on are taken by some kinds of nodes alone. */
    ORDER_ROOT,
    ORDER_VOLUME_FIRST,
    ORDER_INTEGERS,
    ORDER_STEPS_FIRST,
    ORDER_DIRECTIONS,
    ORDER_LAST_STEP,
    /* Of a constant. */
    ORDER_BIASES
} onnx_order;

typedef struct onnx_translated {
    /* By number + 1; 0: none yet. */
    size_t operation;
    onnx_order order;
    /* Of a flattened one: height, width, channels. */
    size_t image[3];
    /* A constant of two axes, in the other order than its tensor has them. Of directions and steps: as they were computed, the last
     * step first. */
    bool is_turned;
    /* What the graph computes of integers, by number + 1; 0: none. */
    size_t numbers;
} onnx_translated;

enum { ONNX_MOST_NUMBERS = 16 };

/* A short list of integers, of up to two axes. */
typedef struct onnx_numbers {
    size_t count, dim[2];
    int rank;
    int64_t at[ONNX_MOST_NUMBERS];
} onnx_numbers;

typedef struct onnx_translation {
    onnx_model *m; /* an Identity of a constant becomes one */
    imported *im;
    onnx_translated *values; /* by value of the model */
    onnx_numbers *numbers;
    size_t number_count, number_capacity;
    int64_t batch;          /* how many samples the input says; -1: any number */
    bool is_own;            /* Horn wrote it: nodes are LAYER/OP */
    size_t node;            /* under way */
    size_t read, most_read; /* limit on bytes of constants that are parsed, which many nodes may share */
} onnx_translation;

/* Fills an empty graph; *is_own: Horn wrote it. Free `out` after a failure too. */
HORN_CHECKED horn_status onnx_translate(imported *out, onnx_model *, bool *is_own);

/* ---- operands.c: what the node under way takes; fails for what is no chain of layers ---- */

horn_status onnx_refuse(const onnx_translation *, const char *what);
/* Its i-th input; ONNX_NONE: it has none. */
size_t onnx_input(const onnx_translation *, size_t index);
/* A computed input, in any order but root; kind none if it is none. */
HORN_CHECKED horn_status onnx_computed(onnx_translation *, size_t index, onnx_translated *out);
/* The same as an image, channels first: of another one whose elements lie so. */
HORN_CHECKED horn_status onnx_image(onnx_translation *, size_t index, onnx_translated *out);
const shape *onnx_shape_of(const onnx_translation *, const onnx_translated *);
bool onnx_is_none(const onnx_translation *, const onnx_translated *);

/* Of a constant. */
HORN_CHECKED horn_status onnx_matrix_of(onnx_translation *, size_t index, onnx_tensor *out, bool *is_turned);
HORN_CHECKED horn_status onnx_constant_of(onnx_translation *, size_t index, onnx_tensor *out);
HORN_CHECKED horn_status onnx_numbers_of(onnx_translation *, size_t index, int64_t *out, size_t most,
                                         size_t *count);
/* float32 with one element. */
HORN_CHECKED horn_status onnx_scalar_of(onnx_translation *, size_t index, float *out);
bool onnx_has(const onnx_translation *, size_t index);
/* Weights of that shape; the view says how they stand in the file. */
HORN_CHECKED horn_status onnx_weight(onnx_translation *, size_t index, const shape *, const imported_view *,
                                     size_t *out);
/* Weights that are a part of a constant, by a view of it. */
HORN_CHECKED horn_status onnx_part(onnx_translation *, size_t index, const shape *, const imported_view *,
                                   size_t *out);
/* As it is: a number, or what a pattern takes or refuses. */
HORN_CHECKED horn_status onnx_plain(onnx_translation *, size_t index, size_t *out);
/* One number for each channel of x, or each feature. */
HORN_CHECKED horn_status onnx_vector(onnx_translation *, size_t index, const onnx_translated *x, size_t *out);

/* Adds an operation and gives it to the node's output, in that order. */
HORN_CHECKED horn_status onnx_result(onnx_translation *, const operation *, onnx_order);
/* The same of the node's output as a value that there is. */
void onnx_alias(onnx_translation *, const onnx_translated *);
/* An operation before the last. */
HORN_CHECKED horn_status onnx_inner(onnx_translation *, const operation *, size_t *out);
/* The same of kind none; `fault` may be NULL. */
HORN_CHECKED horn_status onnx_none(onnx_translation *, const char *fault);

/* numbers.c: whether the node computes integers of integers, which then are known. */
HORN_CHECKED horn_status onnx_compute_numbers(onnx_translation *, bool *done);

/* ---- the functions that translate one node ---- */

typedef horn_status onnx_translator(onnx_translation *, operation_kind);
/* translate_values.c */
onnx_translator onnx_same, onnx_unary, onnx_elementwise, onnx_product, onnx_gemm, onnx_leaky_relu, onnx_elu,
    onnx_selu, onnx_clip, onnx_softmax, onnx_root, onnx_reciprocal, onnx_cast, onnx_normalization;
/* translate_shapes.c */
onnx_translator onnx_flatten, onnx_reshape, onnx_unsqueeze, onnx_squeeze, onnx_transpose;
/* translate_images.c */
onnx_translator onnx_convolution, onnx_transposed, onnx_pool, onnx_global_pool, onnx_padding;
/* translate_axes.c */
onnx_translator onnx_reduction, onnx_slice, onnx_tile, onnx_resize, onnx_gather;

/* translate_merges.c */
onnx_translator onnx_join, onnx_sum, onnx_division;
/* A product of two values of the model. */
bool onnx_multiplies_values(const onnx_translation *);
HORN_CHECKED horn_status onnx_dot(onnx_translation *);

/* translate_recurrent.c */
onnx_translator onnx_recurrence, onnx_join_biases;
/* What stands around recurrent operators: a Transpose that puts steps in front, or samples again, a Squeeze of directions. False: it is
 * none. */
bool onnx_turn_steps(onnx_translation *, const int64_t *order, int count);
bool onnx_squeeze_steps(onnx_translation *, const int64_t *axes, size_t count);
/* A Slice along the first axis: of the last step, or of all, the other way round. */
HORN_CHECKED horn_status onnx_slice_steps(onnx_translation *, int64_t start, int64_t end, int64_t step,
                                          bool *done);

#endif
