/* Translates TensorFlow Lite's operators into the intermediate representation of chains/imported.h, in the file's order, which is
 * that in which they run. Both have the channels of images behind. A bias and a ReLU that are parts of an operator become operations
 * of their own, kernels are seen in the intermediate representation's order of axes. */
#ifndef FORMATS_TFLITE_TRANSLATION_H
#define FORMATS_TFLITE_TRANSLATION_H

#include "formats/chains/imported.h"
#include "formats/tflite/model.h"

typedef struct tflite_translation {
    tflite_model *m;
    imported *im;
    size_t *values; /* by tensor: the operation, by number + 1; 0: none yet */
    size_t node;    /* under way */
} tflite_translation;

/* Fills an empty graph. Free `out` after a failure too. */
HORN_CHECKED horn_status tflite_translate(imported *out, tflite_model *);

/* ---- operands.c: what the operator under way takes ---- */

const tflite_node *tflite_now(const tflite_translation *);
/* Its i-th input, a tensor; SIZE_MAX: it has none. */
size_t tflite_input(const tflite_translation *, size_t index);
const tflite_known *tflite_known_of(const tflite_translation *, size_t index); /* NULL: it has none */
/* An option: a number of 1 or 4 bytes. */
uint64_t tflite_option(const tflite_translation *, unsigned number, size_t size, uint64_t otherwise);
bool tflite_is_constant(const tflite_translation *, size_t index);
/* The operation of an input: kind Weight for a constant, as it is. */
HORN_CHECKED horn_status tflite_operand_of(tflite_translation *, size_t index, size_t *out);
/* A constant of float32, seen so; fails for another number of elements. */
HORN_CHECKED horn_status tflite_weight_as(tflite_translation *, size_t index, const shape *,
                                          const imported_view *, size_t *out);
/* Integers of a constant of int32; false: it is none, or has more. */
bool tflite_integers_of(const tflite_translation *, size_t index, int64_t *out, size_t most, size_t *count);
/* What the first output's shape is if the operator takes x, without the samples if that has some; false if it says none. */
bool tflite_result_shape(const tflite_translation *, size_t x, shape *out);
const shape *tflite_shape_of(const tflite_translation *, size_t value);
/* An operation before the last. */
HORN_CHECKED horn_status tflite_inner(tflite_translation *, const operation *, size_t *out);
/* Gives a value to the operator's output. */
HORN_CHECKED horn_status tflite_give(tflite_translation *, size_t value);
/* Adds the operation, and the ReLU that is a part of the operator: option number `activation`; below 0: none. */
HORN_CHECKED horn_status tflite_result(tflite_translation *, const operation *, int activation);
/* An operation of kind none; `fault` may be NULL. */
HORN_CHECKED horn_status tflite_none(tflite_translation *, const char *fault);

/* ---- the functions that translate one operator ---- */

typedef horn_status tflite_translator(tflite_translation *, operation_kind);
/* translate_values.c */
tflite_translator tflite_plain, tflite_arithmetic, tflite_relu6, tflite_leaky, tflite_softmax, tflite_product,
    tflite_prelu, tflite_cast, tflite_gather, tflite_dot;
/* translate_images.c */
tflite_translator tflite_convolution, tflite_depthwise, tflite_pool, tflite_reduction, tflite_padding,
    tflite_reshape, tflite_transpose, tflite_join, tflite_tile, tflite_crop;

#endif
