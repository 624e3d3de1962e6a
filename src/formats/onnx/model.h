/* An ONNX file, read: the nodes of its graph, in the file's order, and the values that they take and give.
 *
 *     model        1 IR version, 2 producer, 3 its version, 7 graph, 8 operator set {1 domain, 2 version}..., 25 function...
 *     graph        1 node..., 2 name, 5 initializer..., 11 input..., 12 output..., 15 sparse initializer...
 *     node         1 input..., 2 output..., 3 name, 4 op, 5 attribute..., 7 domain
 *     attribute    1 name, 2 float, 3 integer, 4 text, 5 tensor, 7 float..., 8 integer..., 9 text..., 20 kind
 *     input, output    1 name, 2 {1 {1 type of elements, 2 {1 axis {1 size | 2 name}...}}}
 *
 * A value has one name and comes from one place; nodes stand behind those they take from. All of this is checked. Borrows the
 * bytes of the file. */
#ifndef FORMATS_ONNX_MODEL_H
#define FORMATS_ONNX_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include "formats/onnx/tensor.h"

#define ONNX_NONE SIZE_MAX

typedef struct onnx_value {
    protobuf_text name;
    /* That gives it; ONNX_NONE: an initializer, or the input. */
    size_t node;
    /* Of an initializer, or of a Constant: its tensor. `at` is NULL: none. */
    protobuf_text tensor;
} onnx_value;

typedef struct onnx_node {
    protobuf_text name, op, message;
    /* It is of ONNX's own operators. */
    bool is_standard;
    /* Values; ONNX_NONE: left out. */
    const size_t *inputs;
    size_t input_count;
    /* The first output; ONNX_NONE: none. */
    size_t output;
} onnx_node;

typedef struct onnx_model {
    const char *where; /* begins messages; borrowed */
    protobuf_text producer, version, name;
    int64_t operators; /* the version of ONNX's own; 0: not said */
    onnx_node *nodes;
    size_t count, capacity;
    onnx_value *values;
    size_t value_count, value_capacity;
    struct onnx_value_name *names; /* in order */
    size_t *links;
    size_t link_count;
    /* Values that no node and no initializer gives, and the graph's outputs: the first of each, and how many. */
    size_t input, input_count, output_count;
    protobuf_text input_type, output_name;
} onnx_model;

/* Whether the bytes are a model: a message with the version of the representation, a graph and the operators' versions. */
bool onnx_model_is(const void *data, size_t size);
/* Free it after a failure too. */
HORN_CHECKED horn_status onnx_model_read(onnx_model *out, const void *data, size_t size, const char *where);
void onnx_model_free(onnx_model *);
/* ONNX_NONE: there is none. */
size_t onnx_model_find(const onnx_model *, protobuf_text name);

/* ---- node.c ---- */

/* "WHERE: node 'NAME' (OP): " and the message. A node without a name is called by its first output. */
horn_status onnx_node_fail(const onnx_model *, size_t node, horn_status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The same before the present line. */
horn_status onnx_node_fail_in(const onnx_model *, size_t node, horn_status);
protobuf_text onnx_node_name(const onnx_model *, size_t node);
bool onnx_node_is(const onnx_model *, size_t node, const char *op);

/* ---- attributes; one that is absent leaves *out as it is, one of another kind is refused ---- */

HORN_CHECKED horn_status onnx_attribute_number(const onnx_model *, size_t node, const char *key, float *out);
HORN_CHECKED horn_status onnx_attribute_integer(const onnx_model *, size_t node, const char *key,
                                                int64_t *out);
HORN_CHECKED horn_status onnx_attribute_text(const onnx_model *, size_t node, const char *key,
                                             protobuf_text *out);
HORN_CHECKED horn_status onnx_attribute_tensor(const onnx_model *, size_t node, const char *key,
                                               protobuf_text *out);
/* Up to `most`; *count is how many, 0 if it is absent. */
HORN_CHECKED horn_status onnx_attribute_texts(const onnx_model *, size_t node, const char *key,
                                              protobuf_text *out, size_t most, size_t *count);
/* Up to `most`; *count is how many, -1 if it is absent. */
HORN_CHECKED horn_status onnx_attribute_integers(const onnx_model *, size_t node, const char *key,
                                                 int64_t *out, size_t most, int *count);

#endif
