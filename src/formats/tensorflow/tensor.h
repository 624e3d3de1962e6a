/* A tensor in a message of TensorFlow's: the value of a Const.
 *
 *     tensor  1 type, 2 shape, 4 content, or values: 5 float, 6 double, 7 integers of up to 32 bits, 8 texts, 10 int64,
 *             11 boolean, 16 uint32, 17 uint64
 *     shape   2 {1 size (-1: open)}..., 3 rank is unknown
 *
 * Content is all elements, little-endian. Of values, packed or not, there may be fewer than elements: the last one
 * stands for the rest, and without any all are zeros. So a few bytes may say any shape: whoever makes room for the
 * elements asks `repeats` first. Borrows the message. */
#ifndef FORMATS_TENSORFLOW_TENSOR_H
#define FORMATS_TENSORFLOW_TENSOR_H

#include <stdbool.h>
#include <horn/view.h>
#include "codecs/protobuf.h"

typedef struct tf_tensor {
    uint64_t type;
    bool is_readable; /* as a dtype of Horn's, at up to HORN_MAX_RANK axes */
    horn_dtype dtype;
    int rank; /* -1: more than HORN_MAX_RANK */
    size_t shape[HORN_MAX_RANK];
    size_t count;          /* of elements */
    size_t stored;         /* bytes of content, values or texts */
    bool repeats;          /* a value stands for others */
    protobuf_text content; /* all elements; size 0: values */
    protobuf_text message;
} tf_tensor;

/* Checked: sizes, and that there are as many bytes or at most as many values as elements. */
HORN_CHECKED horn_status tf_tensor_read(tf_tensor *out, protobuf_text message);
/* The elements of a readable one, `count` of dtype. */
void tf_tensor_copy(const tf_tensor *, void *data);

const char *tf_type_name(uint64_t type); /* numpy's name: "float32"; "?" for one that is not known */

/* *rank is that of the shape, of which the first `most` sizes are set; -1 where it is unknown. */
HORN_CHECKED horn_status tf_shape_read(protobuf_text message, int64_t *sizes, int most, int *rank);

#endif
