/* Reads a TensorProto of ONNX: an initializer, or the value of a Constant.
 *
 *     tensor  1 size..., 2 type, 8 name, 9 content, or values: 4 float, 5 integers of up to 32 bits, 6 texts, 7 int64, 10 double,
 *             11 uint32 and uint64;  13 file..., 14 where: 1 says that the content is in another file
 *
 * Content has all elements, little-endian. Values, packed or not, are as many as the elements. */
#ifndef FORMATS_ONNX_TENSOR_H
#define FORMATS_ONNX_TENSOR_H

#include <stdbool.h>
#include <horn/view.h>
#include "codecs/protobuf.h"

typedef struct onnx_tensor {
    uint64_t type;
    /* Horn has the type, the rank is at most HORN_MAX_RANK, and the elements are in this file. */
    bool is_readable;
    horn_dtype dtype;
    /* -1: more than HORN_MAX_RANK. */
    int rank;
    size_t shape[HORN_MAX_RANK];
    /* Elements. */
    size_t count;
    /* Bytes of content or values. */
    size_t stored;
    protobuf_text name;
    /* All elements; without it the message has values, in this field. */
    protobuf_text content;
    uint32_t field;
    protobuf_text message;
} onnx_tensor;

/* Checks sizes, and that the content or the values are as many as the elements. Borrows the message. */
HORN_CHECKED horn_status onnx_tensor_read(onnx_tensor *out, protobuf_text message);
/* Copies the elements of a readable tensor: `count` of `dtype`. */
void onnx_tensor_copy(const onnx_tensor *, void *data);
/* Up to `most` integers of int32 or int64; false if it has more or others. */
bool onnx_tensor_integers(const onnx_tensor *, int64_t *out, size_t most);

/* NumPy's name of a type: "float32"; "?" for unknown types. */
const char *onnx_type_name(uint64_t type);

#endif
