#include "formats/onnx_nodes/nodes.h"

#include <string.h>
#include "base/status.h"
#include "codecs/protobuf.h"

enum { IR_VERSION = 7, OPERATOR_SET = 13 };
enum { GRAPH_NODE = 1, GRAPH_NAME = 2, GRAPH_INITIALIZER = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };

void onnx_nodes_free(onnx_nodes *n)
{
    graph_names_free(&n->names);
    bytes_free(&n->nodes);
    bytes_free(&n->initializers);
    bytes_free(&n->attributes);
    *n = (onnx_nodes){ 0 };
}

horn_status onnx_nodes_status(const onnx_nodes *n)
{
    horn_status status = n->status;
    if (!status) status = bytes_status(&n->nodes);
    return status ? status : bytes_status(&n->initializers);
}

/* ---- names ---- */

const char *onnx_nodes_name(onnx_nodes *n, size_t layer, const char *layer_name, const char *what)
{
    const char *name = "";
    if (!n->status) n->status = graph_names_add(&n->names, layer, layer_name, what, &name);
    return name;
}

/* ---- initializers ---- */

void onnx_nodes_initializer(onnx_nodes *n, const char *name, const horn_view *v)
{
    bytes head = { 0 };
    const size_t size = horn_view_count(v) * horn_dtype_size(v->dtype);
    for (int i = 0; i < v->rank; i++) protobuf_put_integer(&head, 1, v->shape[i]);
    protobuf_put_integer(&head, 2, v->dtype == HORN_INT64 ? ONNX_INT64 : ONNX_FLOAT);
    protobuf_put_text(&head, 8, name);
    varint_append(&head, 9 << 3 | PROTOBUF_BYTES);
    varint_append(&head, size);
    varint_append(&n->initializers, GRAPH_INITIALIZER << 3 | PROTOBUF_BYTES);
    varint_append(&n->initializers, head.size + size);
    bytes_append(&n->initializers, head.data, head.size);
    bytes_append(&n->initializers, v->data, size);
    n->initializers.failed |= head.failed;
    bytes_free(&head);
}

/* ---- nodes ---- */

static void put_attribute(onnx_nodes *n, bytes *content, uint64_t kind)
{
    protobuf_put_integer(content, 20, kind);
    protobuf_put_message(&n->attributes, 5, content);
}

void onnx_nodes_number(onnx_nodes *n, const char *key, float value)
{
    bytes content = { 0 };
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    protobuf_put_text(&content, 1, key);
    protobuf_put_fixed32(&content, 2, bits);
    put_attribute(n, &content, ONNX_ATTRIBUTE_FLOAT);
}

void onnx_nodes_integer(onnx_nodes *n, const char *key, int64_t value)
{
    bytes content = { 0 };
    protobuf_put_text(&content, 1, key);
    protobuf_put_integer(&content, 3, (uint64_t)value);
    put_attribute(n, &content, ONNX_ATTRIBUTE_INTEGER);
}

void onnx_nodes_text(onnx_nodes *n, const char *key, const char *value)
{
    bytes content = { 0 };
    protobuf_put_text(&content, 1, key);
    protobuf_put_text(&content, 4, value);
    put_attribute(n, &content, ONNX_ATTRIBUTE_TEXT);
}

void onnx_nodes_texts(onnx_nodes *n, const char *key, const char *const *values, size_t count)
{
    bytes content = { 0 };
    protobuf_put_text(&content, 1, key);
    for (size_t i = 0; i < count; i++) protobuf_put_text(&content, 9, values[i]);
    put_attribute(n, &content, ONNX_ATTRIBUTE_TEXTS);
}

void onnx_nodes_integers(onnx_nodes *n, const char *key, const size_t *values, size_t count)
{
    bytes content = { 0 };
    protobuf_put_text(&content, 1, key);
    for (size_t i = 0; i < count; i++) protobuf_put_integer(&content, 8, values[i]);
    put_attribute(n, &content, ONNX_ATTRIBUTE_INTEGERS);
}

void onnx_nodes_add(onnx_nodes *n, const char *op, const char *name, const char *output,
                    const char *const *inputs, size_t count)
{
    bytes node = { 0 };
    for (size_t i = 0; i < count && inputs[i]; i++) protobuf_put_text(&node, 1, inputs[i]);
    protobuf_put_text(&node, 2, output);
    protobuf_put_text(&node, 3, name);
    protobuf_put_text(&node, 4, op);
    bytes_append(&node, n->attributes.data, n->attributes.size);
    node.failed |= n->attributes.failed;
    bytes_free(&n->attributes);
    protobuf_put_message(&n->nodes, GRAPH_NODE, &node);
}

/* ---- the file ---- */

static void put_end(bytes *out, uint32_t field, const char *name, const shape *s)
{
    bytes axis = { 0 }, sizes = { 0 }, content = { 0 }, type = { 0 }, value = { 0 };
    protobuf_put_text(&axis, 2, "N");
    protobuf_put_message(&sizes, 1, &axis);
    for (int i = 0; i < s->rank; i++) {
        if (s->dim[i] != SHAPE_OPEN) protobuf_put_integer(&axis, 1, s->dim[i]); /* else empty: any size */
        protobuf_put_message(&sizes, 1, &axis);
    }
    protobuf_put_integer(&content, 1, ONNX_FLOAT);
    protobuf_put_message(&content, 2, &sizes);
    protobuf_put_message(&type, 1, &content);
    protobuf_put_text(&value, 1, name);
    protobuf_put_message(&value, 2, &type);
    protobuf_put_message(out, field, &value);
}

static void put_operator_set(bytes *out)
{
    bytes set = { 0 };
    protobuf_put_text(&set, 1, "");
    protobuf_put_integer(&set, 2, OPERATOR_SET);
    protobuf_put_message(out, 8, &set);
}

horn_status onnx_nodes_write(bytes *out, onnx_nodes *n, const char *title, const shape *input,
                             const shape *output)
{
    bytes name = { 0 }, ends = { 0 };
    horn_status status = onnx_nodes_status(n);
    if (status) return status;
    protobuf_put_text(&name, GRAPH_NAME, title);
    put_end(&ends, GRAPH_INPUT, "input", input);
    put_end(&ends, GRAPH_OUTPUT, "output", output);
    const bytes *const parts[] = { &n->nodes, &name, &n->initializers, &ends };
    protobuf_put_integer(out, 1, IR_VERSION);
    protobuf_put_text(out, 2, "Horn");
    varint_append(out, 7 << 3 | PROTOBUF_BYTES);
    varint_append(out, n->nodes.size + name.size + n->initializers.size + ends.size);
    for (int i = 0; i < 4; i++) {
        bytes_append(out, parts[i]->data, parts[i]->size);
        out->failed |= parts[i]->failed;
    }
    put_operator_set(out);
    bytes_free(&name);
    bytes_free(&ends);
    bytes_free(&n->nodes);
    bytes_free(&n->initializers);
    return bytes_status(out);
}
