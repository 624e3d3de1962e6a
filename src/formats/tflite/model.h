/* A TensorFlow Lite file whose tensors and operators are read, with one graph: schema.h says where they stand. */
#ifndef FORMATS_TFLITE_MODEL_H
#define FORMATS_TFLITE_MODEL_H

#include "codecs/flatbuffers.h"
#include "codecs/protobuf.h"
#include "formats/tflite/schema.h"
#include "tensor/tensor.h"

typedef struct tflite_known {
    protobuf_text name;
    uint64_t type;
    int rank; /* -1: more than HORN_MAX_RANK + 1 */
    /* With the samples; -1 is open. And for one sample. */
    int32_t size[HORN_MAX_RANK + 1], size_of_one[HORN_MAX_RANK + 1];
    /* Of a constant, as the file has it; at is NULL: it has none. */
    protobuf_text data;
    bool is_quantized;
} tflite_known;

typedef struct tflite_node {
    uint64_t op;
    size_t inputs, outputs; /* vectors of numbers of tensors, -1: left out */
    size_t input_count, output_count;
    size_t options; /* a table; 0: none */
} tflite_node;

typedef struct tflite_model {
    flatbuffers_reader r;
    const char *where;
    bool is_own; /* Horn wrote it: tensors are LAYER/WHAT */
    protobuf_text name;
    tflite_known *tensors;
    size_t tensor_count;
    tflite_node *nodes;
    size_t node_count;
    size_t input, output; /* tensors */
} tflite_model;

/* Free it after a failure, too. Places borrow the data. */
HORN_CHECKED horn_status tflite_model_read(tflite_model *out, const void *data, size_t size,
                                           const char *where);
void tflite_model_free(tflite_model *);

const char *tflite_op_name(uint64_t code); /* NULL: not known */
const char *tflite_type_name(uint64_t type);

#endif
