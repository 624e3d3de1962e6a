#include "formats/onnx/tensor.h"

#include <string.h>
#include "base/memory.h"
#include "base/status.h"

enum { FLOATS = 4, NARROW = 5, WIDE = 7, DOUBLES = 10, UNSIGNED = 11 };

/* By ONNX's number; a type without a field has no values that Horn reads. */
static const struct {
    const char *name;
    horn_dtype dtype;
    uint32_t field;
} types[] = {
    { "?", 0, 0 },
    { "float32", HORN_FLOAT32, FLOATS },
    { "uint8", HORN_UINT8, NARROW },
    { "int8", HORN_INT8, NARROW },
    { "uint16", HORN_UINT16, NARROW },
    { "int16", HORN_INT16, NARROW },
    { "int32", HORN_INT32, NARROW },
    { "int64", HORN_INT64, WIDE },
    { "string", 0, 0 },
    { "bool", HORN_BOOL, NARROW },
    { "float16", 0, 0 },
    { "float64", HORN_FLOAT64, DOUBLES },
    { "uint32", HORN_UINT32, UNSIGNED },
    { "uint64", HORN_UINT64, UNSIGNED },
    { "complex64", 0, 0 },
    { "complex128", 0, 0 },
    { "bfloat16", 0, 0 },
};
enum { TYPES = sizeof types / sizeof *types };

const char *onnx_type_name(uint64_t type)
{
    return types[type < TYPES ? type : 0].name;
}

/* ---- values: packed, or a field each ---- */

typedef struct values {
    uint32_t field;
    size_t count, bytes;
    /* Where they go; NULL: they are counted. */
    unsigned char *to;
    size_t width; /* of an element there */
} values;

static void take_value(values *v, uint64_t value)
{
    if (v->to) memcpy(v->to + v->count * v->width, &value, v->width); /* little-endian */
    v->count++;
}

static size_t fixed_width(uint32_t field)
{
    return field == FLOATS ? 4 : field == DOUBLES ? 8 : 0;
}

static void take_field(values *v, protobuf_reader *r, const protobuf_field *f)
{
    const size_t fixed = fixed_width(v->field);
    if (f->type != PROTOBUF_BYTES) {
        const protobuf_type expected = fixed == 4   ? PROTOBUF_FIXED32
                                       : fixed == 8 ? PROTOBUF_FIXED64
                                                    : PROTOBUF_VARINT;
        r->failed |= f->type != expected;
        v->bytes += fixed ? fixed : 1;
        take_value(v, f->value);
        return;
    }
    byte_reader in = byte_reader_of(f->text.at, f->text.size);
    v->bytes += f->text.size;
    while (!in.failed && byte_reader_left(&in))
        take_value(v, fixed ? byte_reader_number(&in, (int)fixed) : varint_read(&in));
    r->failed |= in.failed;
}

static bool take_values(values *v, protobuf_text message)
{
    protobuf_reader r = protobuf_read(message.at, message.size);
    protobuf_field f;
    while (protobuf_next(&r, &f))
        if (f.number == v->field) take_field(v, &r, &f);
    return !r.failed;
}

/* ---- tensors ---- */

static void take_size(onnx_tensor *t, protobuf_reader *r, int64_t size)
{
    if (size < 0) r->failed = true;
    if (t->rank >= 0 && t->rank < HORN_MAX_RANK)
        t->shape[t->rank++] = (size_t)size;
    else
        t->rank = -1;
    if (size >= 0 && !memory_multiply(&t->count, (size_t)size)) r->failed = true;
}

static void take_sizes(onnx_tensor *t, protobuf_reader *r, const protobuf_field *f)
{
    if (f->type != PROTOBUF_BYTES) {
        take_size(t, r, protobuf_integer(r, f));
        return;
    }
    byte_reader in = byte_reader_of(f->text.at, f->text.size);
    while (!in.failed && byte_reader_left(&in)) take_size(t, r, (int64_t)varint_read(&in));
    r->failed |= in.failed;
}

static horn_status check_values(onnx_tensor *t, size_t width)
{
    size_t expected = t->count;
    values v = { .field = t->field };
    if (!t->content.at) {
        if (!take_values(&v, t->message)) return fail(HORN_ERROR_FORMAT, "its values are broken");
        t->stored = v.bytes;
        if (v.count == t->count) return HORN_OK;
        return fail(HORN_ERROR_FORMAT, "has %zu values, expected %zu", v.count, t->count);
    }
    if (!memory_multiply(&expected, width) || t->content.size != expected)
        return fail(HORN_ERROR_FORMAT, "has %zu bytes of content, expected %zu elements of %zu bytes",
                    t->content.size, t->count, width);
    return HORN_OK;
}

horn_status onnx_tensor_read(onnx_tensor *out, protobuf_text message)
{
    protobuf_reader r = protobuf_read(message.at, message.size);
    protobuf_field f;
    bool is_elsewhere = false;
    *out = (onnx_tensor){ .count = 1, .message = message, .name = { "", 0 } };
    while (protobuf_next(&r, &f)) {
        if (f.number == 1) take_sizes(out, &r, &f);
        if (f.number == 2) out->type = (uint64_t)protobuf_integer(&r, &f);
        if (f.number == 8) out->name = protobuf_bytes(&r, &f);
        if (f.number == 9) out->content = protobuf_bytes(&r, &f);
        if (f.number == 13) is_elsewhere = true;
        if (f.number == 14) is_elsewhere |= protobuf_integer(&r, &f) != 0;
    }
    if (r.failed) return fail(HORN_ERROR_FORMAT, "its tensor is broken");
    if (!out->content.size) out->content.at = NULL;
    if (is_elsewhere)
        return fail(HORN_ERROR_UNSUPPORTED, "has its values in another file, which is not supported");
    const uint64_t type = out->type < TYPES ? out->type : 0;
    out->dtype = types[type].dtype;
    out->field = types[type].field;
    out->stored = out->content.size;
    out->is_readable = out->field && out->rank >= 0;
    return out->field ? check_values(out, horn_dtype_size(out->dtype)) : HORN_OK;
}

void onnx_tensor_copy(const onnx_tensor *t, void *data)
{
    const size_t width = horn_dtype_size(t->dtype);
    values v = { .field = t->field, .to = data, .width = width };
    if (!t->content.at)
        (void)take_values(&v, t->message); /* as many as were counted */
    else if (t->content.size)
        memcpy(data, t->content.at, t->content.size);
}

bool onnx_tensor_integers(const onnx_tensor *t, int64_t *out, size_t most)
{
    int32_t narrow;
    if (!t->is_readable || t->count > most || (t->dtype != HORN_INT32 && t->dtype != HORN_INT64))
        return false;
    onnx_tensor_copy(t, out);
    if (t->dtype == HORN_INT64) return true;
    for (size_t i = t->count; i-- > 0;) { /* in place: the wide ones end behind the narrow ones */
        memcpy(&narrow, (const char *)out + i * sizeof narrow, sizeof narrow);
        out[i] = narrow;
    }
    return true;
}
