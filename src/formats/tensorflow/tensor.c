#include "formats/tensorflow/tensor.h"

#include <string.h>
#include "base/memory.h"
#include "base/status.h"

/* TensorFlow's types by number; `values` is the field that holds those of one that is read. */
static const struct {
    const char *name;
    uint32_t values;
    horn_dtype dtype;
} types[] = {
    { "?", 0, 0 },
    { "float32", 5, HORN_FLOAT32 },
    { "float64", 6, HORN_FLOAT64 },
    { "int32", 7, HORN_INT32 },
    { "uint8", 7, HORN_UINT8 },
    { "int16", 7, HORN_INT16 },
    { "int8", 7, HORN_INT8 },
    { "string", 0, 0 },
    { "complex64", 0, 0 },
    { "int64", 10, HORN_INT64 },
    { "bool", 11, HORN_BOOL },
    { "qint8", 0, 0 },
    { "quint8", 0, 0 },
    { "qint32", 0, 0 },
    { "bfloat16", 0, 0 },
    { "qint16", 0, 0 },
    { "quint16", 0, 0 },
    { "uint16", 7, HORN_UINT16 },
    { "complex128", 0, 0 },
    { "float16", 0, 0 },
    { "resource", 0, 0 },
    { "variant", 0, 0 },
    { "uint32", 16, HORN_UINT32 },
    { "uint64", 17, HORN_UINT64 },
    { "float8_e5m2", 0, 0 },
    { "float8_e4m3fn", 0, 0 },
    { "float8_e4m3fnuz", 0, 0 },
    { "float8_e4m3b11", 0, 0 },
    { "float8_e5m2fnuz", 0, 0 },
    { "int4", 0, 0 },
    { "uint4", 0, 0 },
    { "int2", 0, 0 },
    { "uint2", 0, 0 },
};
enum { TYPES = sizeof types / sizeof *types };

const char *tf_type_name(uint64_t type)
{
    return types[type < TYPES ? type : 0].name;
}

/* ---- shapes ---- */

static int64_t read_size(protobuf_reader *r, const protobuf_field *f)
{
    protobuf_reader in = protobuf_enter(r, f);
    protobuf_field part;
    int64_t size = 0;
    while (protobuf_next(&in, &part))
        if (part.number == 1) size = protobuf_integer(&in, &part);
    protobuf_leave(r, &in);
    return size;
}

horn_status tf_shape_read(protobuf_text message, int64_t *sizes, int most, int *rank)
{
    protobuf_reader r = protobuf_read(message.at, message.size);
    protobuf_field f;
    bool is_unknown = false;
    int count = 0;
    while (protobuf_next(&r, &f)) {
        if (f.number == 3) is_unknown = protobuf_integer(&r, &f) != 0;
        if (f.number != 2) continue;
        const int64_t size = read_size(&r, &f);
        if (count < most) sizes[count] = size;
        if (++count > 254) return fail(HORN_ERROR_FORMAT, "its shape has more than 254 axes");
    }
    if (r.failed) return fail(HORN_ERROR_FORMAT, "its shape is broken");
    *rank = is_unknown ? -1 : count;
    return HORN_OK;
}

static horn_status take_shape(tf_tensor *t, protobuf_text message)
{
    int64_t sizes[254];
    int rank;
    horn_status status = tf_shape_read(message, sizes, 254, &rank);
    if (status) return status;
    if (rank < 0) return fail(HORN_ERROR_FORMAT, "its shape is unknown, expected that of a constant");
    t->rank = rank > HORN_MAX_RANK ? -1 : rank;
    t->count = 1;
    for (int i = 0; i < rank; i++) {
        if (sizes[i] < 0)
            return fail(HORN_ERROR_FORMAT, "axis %d of its shape is %lld", i, (long long)sizes[i]);
        if (t->rank >= 0) t->shape[i] = (size_t)sizes[i];
        if (t->count && !memory_multiply(&t->count, (size_t)sizes[i]))
            return fail(HORN_ERROR_FORMAT, "its shape has more elements than memory has addresses");
    }
    if (t->count > SIZE_MAX / 16)
        return fail(HORN_ERROR_FORMAT, "its shape has more elements than memory has addresses");
    return HORN_OK;
}

/* ---- values ---- */

static size_t width_of(uint32_t field)
{
    return field == 5 ? 4 : field == 6 ? 8 : 0; /* 0: varints */
}

static void put_value(void *data, size_t index, horn_dtype dtype, uint64_t value)
{
    const size_t size = horn_dtype_size(dtype);
    unsigned char *to = (unsigned char *)data + index * size;
    const uint8_t one = dtype == HORN_BOOL ? value != 0 : (uint8_t)value;
    const uint16_t two = (uint16_t)value;
    const uint32_t four = (uint32_t)value;
    memcpy(to,
           size == 1   ? (const void *)&one
           : size == 2 ? (const void *)&two
           : size == 4 ? (const void *)&four
                       : &value,
           size);
}

/* How many values stand in the message; the first `most` of them go to `data`, which may be NULL. */
static size_t read_values(const tf_tensor *t, void *data, bool *broken)
{
    const uint32_t field = types[t->type].values;
    const size_t width = width_of(field);
    protobuf_reader r = protobuf_read(t->message.at, t->message.size);
    protobuf_field f;
    size_t count = 0;
    while (protobuf_next(&r, &f)) {
        if (f.number != field) continue;
        if (f.type != PROTOBUF_BYTES) {
            r.failed |= f.type != (width == 4   ? PROTOBUF_FIXED32
                                   : width == 8 ? PROTOBUF_FIXED64
                                                : PROTOBUF_VARINT);
            if (data) put_value(data, count, t->dtype, f.value);
            count++;
            continue;
        }
        byte_reader in = byte_reader_of(f.text.at, f.text.size);
        while (byte_reader_left(&in) && !in.failed) {
            const uint64_t value = width ? byte_reader_number(&in, (int)width) : varint_read(&in);
            if (data && !in.failed) put_value(data, count, t->dtype, value);
            count++;
        }
        r.failed |= in.failed;
    }
    *broken = r.failed;
    return count;
}

static horn_status check_values(tf_tensor *t)
{
    bool broken;
    const size_t count = read_values(t, NULL, &broken), size = horn_dtype_size(t->dtype);
    if (broken) return fail(HORN_ERROR_FORMAT, "its values are broken");
    if (count > t->count)
        return fail(HORN_ERROR_FORMAT, "has %zu values, expected at most %zu", count, t->count);
    t->stored = count * size;
    t->repeats = count < t->count;
    return HORN_OK;
}

void tf_tensor_copy(const tf_tensor *t, void *data)
{
    const size_t size = horn_dtype_size(t->dtype);
    bool broken;
    if (t->content.size) {
        memcpy(data, t->content.at, t->content.size);
        return;
    }
    const size_t count = read_values(t, data, &broken);
    if (!count && t->count) memset(data, 0, t->count * size);
    for (size_t i = count; count && i < t->count; i++)
        memcpy((char *)data + i * size, (const char *)data + (count - 1) * size, size);
}

/* ---- the whole ---- */

static bool holds_values(uint32_t field)
{
    return (field >= 5 && field <= 8) || (field >= 9 && field <= 13) || field == 16 || field == 17;
}

/* *other: whether there are values of another type. */
static horn_status read_fields(tf_tensor *t, protobuf_text *shape, uint64_t *seen)
{
    protobuf_reader r = protobuf_read(t->message.at, t->message.size);
    protobuf_field f;
    while (protobuf_next(&r, &f)) {
        if (f.number == 1) t->type = (uint64_t)protobuf_integer(&r, &f);
        if (f.number == 2) *shape = protobuf_bytes(&r, &f);
        if (f.number == 4) t->content = protobuf_bytes(&r, &f);
        if (holds_values(f.number)) *seen |= UINT64_C(1) << f.number;
        if (f.number == 8) t->stored += protobuf_bytes(&r, &f).size;
    }
    return r.failed ? fail(HORN_ERROR_FORMAT, "its tensor is broken") : HORN_OK;
}

horn_status tf_tensor_read(tf_tensor *out, protobuf_text message)
{
    tf_tensor t = { .message = message };
    protobuf_text shape = { "", 0 };
    uint64_t seen = 0;
    horn_status status = read_fields(&t, &shape, &seen);
    if (!status) status = take_shape(&t, shape);
    if (status) return status;
    if (t.type == 0 || t.type >= TYPES)
        return fail(HORN_ERROR_FORMAT, "its dtype is %llu, which is none of TensorFlow's that are known",
                    (unsigned long long)t.type);
    const uint32_t field = types[t.type].values;
    t.is_readable = field && t.rank >= 0;
    t.dtype = types[t.type].dtype;
    if (field && !t.content.size && seen & ~(UINT64_C(1) << field))
        return fail(HORN_ERROR_FORMAT, "its dtype is %s, its values are of another type",
                    tf_type_name(t.type));
    if (field && t.content.size) {
        t.stored = t.content.size;
        if (t.content.size != t.count * horn_dtype_size(t.dtype))
            return fail(HORN_ERROR_FORMAT, "its content has %zu bytes, expected %zu elements of %s",
                        t.content.size, t.count, tf_type_name(t.type));
    }
    if (field && !t.content.size) status = check_values(&t);
    if (!status) *out = t;
    return status;
}
