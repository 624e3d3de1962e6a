/* Reads a TensorProto of TensorFlow: the value of a Const.
 *
 *     tensor  1 type, 2 shape, 4 content, or values: 5 float, 6 double, 7 integers of up to 32 bits, 8 texts, 10 int64,
 *             11 boolean, 16 uint32, 17 uint64
 *     shape   2 {1 size (-1: open)}..., 3 rank is unknown
 *
 * Content has all elements, little-endian. Values, packed or not, may be fewer than elements: the last value repeats, and without
 * values all elements are zero. So a few bytes may give any shape: a caller checks `repeats` before it allocates. */
#ifndef FORMATS_TENSORFLOW_TENSOR_H
#define FORMATS_TENSORFLOW_TENSOR_H

#include <stdbool.h>
#include <horn/view.h>
#include "codecs/protobuf.h"

typedef struct tf_tensor {
    uint64_t type;
    /* Horn has the type, and the rank is at most HORN_MAX_RANK. */
    bool is_readable;
    horn_dtype dtype;
    /* -1: more than HORN_MAX_RANK. */
    int rank;
    size_t shape[HORN_MAX_RANK];
    /* Elements. */
    size_t count;
    /* Bytes of content, values or texts. */
    size_t stored;
    /* The last value repeats. */
    bool repeats;
    /* All elements; if its size is 0, the message has values. */
    protobuf_text content;
    protobuf_text message;
} tf_tensor;

/* Checks sizes, and that the bytes or values are not more than the elements. Borrows the message. */
HORN_CHECKED horn_status tf_tensor_read(tf_tensor *out, protobuf_text message);
/* Copies the elements of a readable tensor: `count` of `dtype`. */
void tf_tensor_copy(const tf_tensor *, void *data);

/* NumPy's name of a type: "float32"; "?" for unknown types. */
const char *tf_type_name(uint64_t type);

/* Sets the first `most` sizes; *rank is the shape's rank, -1 if it is unknown. */
HORN_CHECKED horn_status tf_shape_read(protobuf_text message, int64_t *sizes, int most, int *rank);

#endif
