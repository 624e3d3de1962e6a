/* Collects the tensors and operators of a TensorFlow Lite model, and writes them: the tables of schema.h, each in front of those
 * it points to, the buffers last. So the same model gives the same bytes. */
#ifndef FORMATS_TFLITE_NODES_H
#define FORMATS_TFLITE_NODES_H

#include "codecs/flatbuffers.h"
#include "formats/graph_writing.h"
#include "formats/tflite/schema.h"

enum { TFLITE_MOST_INPUTS = 4, TFLITE_MOST_FIELDS = 8 };

typedef struct tflite_tensor {
    const char *name; /* borrowed */
    int type;
    /* It has samples, which its shape leaves out. */
    bool is_computed;
    shape shape;
    /* Of a constant: its bytes. Owned if is_owned; else borrowed. NULL: none. */
    void *data;
    size_t size;
    bool is_owned;
} tflite_tensor;

typedef struct tflite_operator {
    tflite_op op;
    int version;
    int32_t inputs[TFLITE_MOST_INPUTS], output;
    size_t input_count;
    /* Owned; in the place of `inputs` if they are too many for it. */
    int32_t *many;
    tflite_options kind;
    flatbuffers_field options[TFLITE_MOST_FIELDS];
    size_t option_count;
} tflite_operator;

/* Zero-initialised it is empty. Free it with tflite_nodes_free. */
typedef struct tflite_nodes {
    tflite_tensor *tensors;
    size_t tensor_count, tensor_capacity;
    tflite_operator *operators;
    size_t operator_count, operator_capacity;
    graph_names names;
    /* Of the first failure, after which nothing is added. */
    horn_status status;
} tflite_nodes;

void tflite_nodes_free(tflite_nodes *);
/* Returns its number. Takes data that it owns, also on failure. */
int32_t tflite_nodes_tensor(tflite_nodes *, const tflite_tensor *);
/* Takes what it owns, also on failure. */
void tflite_nodes_operator(tflite_nodes *, const tflite_operator *);
/* The whole file: from one tensor to another, which are called "input" and "output". */
HORN_CHECKED horn_status tflite_nodes_write(bytes *out, const tflite_nodes *, const char *title,
                                            int32_t input, int32_t output);

#endif
