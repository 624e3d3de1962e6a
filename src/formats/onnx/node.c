/* A node of the graph: its name, errors that name it, its attributes. */
#include "formats/onnx/model.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/status.h"
#include "formats/chains/imported.h"

protobuf_text onnx_node_name(const onnx_model *m, size_t node)
{
    const onnx_node *n = &m->nodes[node];
    return n->name.size || n->output == ONNX_NONE ? n->name : m->values[n->output].name;
}

horn_status onnx_node_fail_in(const onnx_model *m, size_t node, horn_status status)
{
    return imported_node_fail(m->where, onnx_node_name(m, node), m->nodes[node].op, status);
}

horn_status onnx_node_fail(const onnx_model *m, size_t node, horn_status status, const char *format, ...)
{
    char line[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    status = fail(status, "%s", line);
    return onnx_node_fail_in(m, node, status);
}

/* ---- attributes ---- */

enum { NUMBER = 2, INTEGER = 3, TEXT = 4, TENSOR = 5, INTEGERS = 8, TEXTS = 9 };

/* What the caller does with each field of the attribute; returns false if the field is of another kind. */
typedef bool taker(void *out, protobuf_reader *, const protobuf_field *);

static bool has_key(protobuf_text attribute, const char *key)
{
    protobuf_reader r = protobuf_read(attribute.at, attribute.size);
    protobuf_field f;
    protobuf_text name = { "", 0 };
    while (protobuf_next(&r, &f))
        if (f.number == 1) name = protobuf_bytes(&r, &f);
    return !r.failed && protobuf_text_is(name, key);
}

static horn_status refuse(const onnx_model *m, size_t node, const char *key)
{
    return onnx_node_fail(m, node, HORN_ERROR_FORMAT, "its attribute '%s' is broken or of another kind", key);
}

/* An attribute without the field has the value 0, or nothing, if `kind` says so. */
static horn_status take(const onnx_model *m, size_t node, const char *key, uint32_t number, int64_t kind,
                        taker *each, void *out)
{
    const protobuf_text message = m->nodes[node].message;
    protobuf_reader r = protobuf_read(message.at, message.size);
    protobuf_field f, inner;
    while (protobuf_next(&r, &f)) {
        if (f.number != 5 || !has_key(f.text, key)) continue;
        protobuf_reader a = protobuf_enter(&r, &f);
        int64_t said = kind;
        bool fits = true;
        while (protobuf_next(&a, &inner)) {
            if (inner.number == 20) said = protobuf_integer(&a, &inner);
            if (inner.number == number) fits = each(out, &a, &inner) && fits;
        }
        return a.failed || !fits || said != kind ? refuse(m, node, key) : HORN_OK;
    }
    return HORN_OK;
}

static bool take_number(void *out, protobuf_reader *r, const protobuf_field *f)
{
    const uint32_t bits = protobuf_fixed32(r, f);
    memcpy(out, &bits, sizeof bits);
    return true;
}

static bool take_integer(void *out, protobuf_reader *r, const protobuf_field *f)
{
    *(int64_t *)out = protobuf_integer(r, f);
    return true;
}

static bool take_text(void *out, protobuf_reader *r, const protobuf_field *f)
{
    *(protobuf_text *)out = protobuf_bytes(r, f);
    return true;
}

typedef struct integers {
    int64_t *out;
    size_t most, count;
} integers;

static bool add_integer(integers *list, int64_t value)
{
    if (list->count == list->most) return false;
    list->out[list->count++] = value;
    return true;
}

static bool take_integers(void *out, protobuf_reader *r, const protobuf_field *f)
{
    if (f->type != PROTOBUF_BYTES) return add_integer(out, protobuf_integer(r, f));
    byte_reader in = byte_reader_of(f->text.at, f->text.size);
    while (!in.failed && byte_reader_left(&in))
        if (!add_integer(out, (int64_t)varint_read(&in))) return false;
    return !in.failed;
}

horn_status onnx_attribute_number(const onnx_model *m, size_t node, const char *key, float *out)
{
    return take(m, node, key, NUMBER, 1, take_number, out);
}

horn_status onnx_attribute_integer(const onnx_model *m, size_t node, const char *key, int64_t *out)
{
    return take(m, node, key, INTEGER, 2, take_integer, out);
}

horn_status onnx_attribute_text(const onnx_model *m, size_t node, const char *key, protobuf_text *out)
{
    return take(m, node, key, TEXT, 3, take_text, out);
}

horn_status onnx_attribute_tensor(const onnx_model *m, size_t node, const char *key, protobuf_text *out)
{
    return take(m, node, key, TENSOR, 4, take_text, out);
}

static bool is_there(const onnx_model *m, size_t node, const char *key)
{
    const protobuf_text message = m->nodes[node].message;
    protobuf_reader r = protobuf_read(message.at, message.size);
    protobuf_field f;
    while (protobuf_next(&r, &f))
        if (f.number == 5 && has_key(f.text, key)) return true;
    return false;
}

horn_status onnx_attribute_integers(const onnx_model *m, size_t node, const char *key, int64_t *out,
                                    size_t most, int *count)
{
    integers list = { .out = out, .most = most };
    horn_status status = take(m, node, key, INTEGERS, 7, take_integers, &list);
    *count = list.count || is_there(m, node, key) ? (int)list.count : -1;
    return status;
}

typedef struct texts {
    protobuf_text *out;
    size_t most, count;
} texts;

static bool take_texts(void *out, protobuf_reader *r, const protobuf_field *f)
{
    texts *list = out;
    if (list->count == list->most) return false;
    list->out[list->count++] = protobuf_bytes(r, f);
    return true;
}

horn_status onnx_attribute_texts(const onnx_model *m, size_t node, const char *key, protobuf_text *out,
                                 size_t most, size_t *count)
{
    texts list = { .out = out, .most = most };
    horn_status status = take(m, node, key, TEXTS, 8, take_texts, &list);
    *count = list.count;
    return status;
}
