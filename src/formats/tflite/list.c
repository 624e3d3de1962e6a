/* What stands in a TensorFlow Lite file: the tensors that have values. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/tflite/model.h"
#include "formats/tflite/tflite.h"

/* By TensorFlow Lite's number; is_known: Horn has the type. */
static const struct {
    const char *name;
    horn_dtype dtype;
    bool is_known;
} types[] = {
    { "float32", HORN_FLOAT32, true }, { "float16", 0, false },           { "int32", HORN_INT32, true },
    { "uint8", HORN_UINT8, true },     { "int64", HORN_INT64, true },     { "string", 0, false },
    { "bool", HORN_BOOL, true },       { "int16", HORN_INT16, true },     { "complex64", 0, false },
    { "int8", HORN_INT8, true },       { "float64", HORN_FLOAT64, true }, { "complex128", 0, false },
    { "uint64", HORN_UINT64, true },   { "resource", 0, false },          { "variant", 0, false },
    { "uint32", HORN_UINT32, true },   { "uint16", HORN_UINT16, true },   { "int4", 0, false },
};
enum { TYPES = sizeof types / sizeof *types };

/* Tensors may share values: so many times the file's size. */
enum { EXPANSION = 8 };

typedef struct opened {
    flatbuffers_reader r;
    const char *where;
    size_t operators, tensors, name_bytes, bytes;
    const char **values; /* of the listed tensors */
    size_t count, capacity;
} opened;

bool tflite_recognizes(const source *from)
{
    return !from->files && from->size >= 8 && memcmp(from->data + 4, TFLITE_IDENTIFIER, 4) == 0;
}

static void close_model(void *owner)
{
    opened *o = owner;
    free(o->values);
    free(o);
}

static horn_status read_values(const contents *c, size_t index, void *data, size_t size)
{
    const contents_tensor *t = &c->tensors[index];
    if (!t->is_readable)
        return fail(HORN_ERROR_UNSUPPORTED, "tensor '%s' is %s, which cannot be read", t->name, t->dtype);
    horn_status status = contents_check_size(c, index, t->size, size);
    if (!status && data && size) memcpy(data, ((const opened *)c->owner)->values[index], size);
    return status;
}

static horn_status verify(const contents *c, bytes *report)
{
    const opened *o = c->owner;
    bytes_print(
        report,
        "%zu operators, %zu tensors, and the sizes of those %zu that have values; it carries no checksum",
        o->operators, o->tensors, c->count);
    return HORN_OK;
}

/* ---- tensors ---- */

static horn_status check_size(const opened *o, const contents_tensor *t)
{
    size_t expected = horn_dtype_size(t->as);
    for (int i = 0; i < t->rank; i++)
        if (!memory_multiply(&expected, t->shape[i])) expected = SIZE_MAX;
    if (expected == t->size) return HORN_OK;
    return fail(HORN_ERROR_FORMAT, "%s: tensor '%s' has %zu bytes, expected %zu", o->where, t->name, t->size,
                expected);
}

static horn_status take_shape(opened *o, size_t table, contents_tensor *t)
{
    const size_t sizes = flatbuffers_object(&o->r, table, 0), rank = flatbuffers_count(&o->r, sizes, 4);
    t->rank = rank > HORN_MAX_RANK ? -1 : (int)rank;
    for (int i = 0; i < t->rank; i++) {
        const int32_t size = flatbuffers_integer_at(&o->r, sizes, (size_t)i);
        if (size < 0)
            return fail(HORN_ERROR_FORMAT, "%s: tensor '%s' has an axis of %d", o->where, t->name, size);
        t->shape[i] = (size_t)size;
    }
    return HORN_OK;
}

static horn_status add_tensor(contents *out, opened *o, size_t table, const char *values, size_t size)
{
    horn_status status = HORN_OK;
    contents_tensor *t;
    size_t length;
    const char *name = flatbuffers_bytes(&o->r, flatbuffers_object(&o->r, table, 3), &length);
    const uint64_t type = flatbuffers_number(&o->r, table, 1, 1, TFLITE_FLOAT32);
    o->name_bytes += length;
    o->bytes += size;
    if (o->name_bytes > o->r.size || o->bytes / EXPANSION > o->r.size)
        TRY(fail(HORN_ERROR_FORMAT,
                 "%s: names or values of tensors lie upon each other: they are larger than the file",
                 o->where));
    TRY(memory_grow(&o->values, o->count, &o->capacity, sizeof *o->values));
    TRY(contents_add(out, &t));
    o->values[o->count++] = values;
    TRY(memory_copy_text(&t->name, name ? name : "", length));
    strcpy(t->dtype, tflite_type_name(type));
    TRY(take_shape(o, table, t));
    t->is_readable = type < TYPES && types[type].is_known && t->rank >= 0;
    t->as = type < TYPES ? types[type].dtype : HORN_FLOAT32;
    t->size = size;
    t->is_own = t->as != HORN_FLOAT32 || t->rank == 0; /* shapes, axes, numbers */
    if (t->is_readable) TRY(check_size(o, t));
done:
    return status;
}

const char *tflite_type_name(uint64_t type)
{
    return type < TYPES ? types[type].name : "?";
}

static const struct {
    tflite_op code;
    const char *name;
} op_names[] = { { TFLITE_ADD, "ADD" },
                 { TFLITE_AVERAGE_POOL_2D, "AVERAGE_POOL_2D" },
                 { TFLITE_CONCATENATION, "CONCATENATION" },
                 { TFLITE_CONV_2D, "CONV_2D" },
                 { TFLITE_DEPTHWISE_CONV_2D, "DEPTHWISE_CONV_2D" },
                 { TFLITE_FULLY_CONNECTED, "FULLY_CONNECTED" },
                 { TFLITE_LOGISTIC, "LOGISTIC" },
                 { TFLITE_MAX_POOL_2D, "MAX_POOL_2D" },
                 { TFLITE_MUL, "MUL" },
                 { TFLITE_RELU, "RELU" },
                 { TFLITE_RELU6, "RELU6" },
                 { TFLITE_RESHAPE, "RESHAPE" },
                 { TFLITE_SOFTMAX, "SOFTMAX" },
                 { TFLITE_TANH, "TANH" },
                 { TFLITE_PAD, "PAD" },
                 { TFLITE_MEAN, "MEAN" },
                 { TFLITE_SUB, "SUB" },
                 { TFLITE_EXP, "EXP" },
                 { TFLITE_CAST, "CAST" },
                 { TFLITE_MAXIMUM, "MAXIMUM" },
                 { TFLITE_MINIMUM, "MINIMUM" },
                 { TFLITE_NEG, "NEG" },
                 { TFLITE_GREATER, "GREATER" },
                 { TFLITE_LOG, "LOG" },
                 { TFLITE_RSQRT, "RSQRT" },
                 { TFLITE_TRANSPOSE, "TRANSPOSE" },
                 { TFLITE_TILE, "TILE" },
                 { TFLITE_SQUEEZE, "SQUEEZE" },
                 { TFLITE_EXPAND_DIMS, "EXPAND_DIMS" },
                 { TFLITE_STRIDED_SLICE, "STRIDED_SLICE" },
                 { TFLITE_SLICE, "SLICE" },
                 { TFLITE_SHAPE, "SHAPE" },
                 { TFLITE_GATHER, "GATHER" },
                 { TFLITE_PRELU, "PRELU" },
                 { TFLITE_BATCH_MATMUL, "BATCH_MATMUL" },
                 { TFLITE_REDUCE_MAX, "REDUCE_MAX" },
                 { TFLITE_LEAKY_RELU, "LEAKY_RELU" },
                 { TFLITE_ABS, "ABS" },
                 { TFLITE_ELU, "ELU" },
                 { TFLITE_SELECT_V2, "SELECT_V2" } };

const char *tflite_op_name(uint64_t code)
{
    for (size_t i = 0; i < sizeof op_names / sizeof *op_names; i++)
        if (op_names[i].code == code) return op_names[i].name;
    return NULL;
}

/* A code that Horn does not write is shown as its number. Old files have the code in a byte. */
static horn_status count_operators(contents *out, opened *o, size_t subgraph, size_t codes)
{
    horn_status status = HORN_OK;
    const size_t list = flatbuffers_object(&o->r, subgraph, 3), count = flatbuffers_count(&o->r, list, 4),
                 most = flatbuffers_count(&o->r, codes, 4);
    o->operators += count;
    if (o->operators > o->r.size / 4)
        return fail(HORN_ERROR_FORMAT, "%s: has %zu operators, more than fit into the file", o->where,
                    o->operators);
    for (size_t i = 0; !status && !o->r.failed && i < count; i++) {
        char number[24];
        const uint64_t index = flatbuffers_number(&o->r, flatbuffers_object_at(&o->r, list, i), 0, 4, 0);
        if (o->r.failed) break;
        if (index >= most)
            return fail(HORN_ERROR_FORMAT, "%s: operator %zu has code %llu of %zu", o->where, i,
                        (unsigned long long)index, most);
        const size_t code = flatbuffers_object_at(&o->r, codes, (size_t)index);
        const uint64_t old = flatbuffers_number(&o->r, code, 0, 1, 0),
                       new = flatbuffers_number(&o->r, code, 3, 4, 0), value = new > old ? new : old;
        const char *name = tflite_op_name(value);
        snprintf(number, sizeof number, "operator %llu", (unsigned long long)value);
        if (!o->r.failed)
            status = contents_count_operator(out, name ? name : number, strlen(name ? name : number));
    }
    return status;
}

static horn_status list_graph(contents *out, opened *o, size_t subgraph, size_t buffers)
{
    horn_status status = HORN_OK;
    const size_t list = flatbuffers_object(&o->r, subgraph, 0), count = flatbuffers_count(&o->r, list, 4),
                 most = flatbuffers_count(&o->r, buffers, 4);
    o->tensors += count;
    if (o->tensors > o->r.size / 4)
        return fail(HORN_ERROR_FORMAT, "%s: has %zu tensors, more than fit into the file", o->where,
                    o->tensors);
    for (size_t i = 0; !status && !o->r.failed && i < count; i++) {
        size_t size;
        const size_t table = flatbuffers_object_at(&o->r, list, i);
        const uint64_t buffer = flatbuffers_number(&o->r, table, 2, 4, 0);
        if (buffer >= most && buffer)
            return fail(HORN_ERROR_FORMAT, "%s: tensor %zu has its values in buffer %llu of %zu", o->where, i,
                        (unsigned long long)buffer, most);
        if (!most || o->r.failed) continue;
        const size_t holder = flatbuffers_object_at(&o->r, buffers, (size_t)buffer);
        const char *values = flatbuffers_bytes(&o->r, flatbuffers_object(&o->r, holder, 0), &size);
        if (values) status = add_tensor(out, o, table, values, size);
    }
    return status;
}

static horn_status list_part(contents *out, opened *o, size_t subgraph, size_t root)
{
    horn_status status = list_graph(out, o, subgraph, flatbuffers_object(&o->r, root, 4));
    return status ? status : count_operators(out, o, subgraph, flatbuffers_object(&o->r, root, 1));
}

static horn_status list_model(contents *out, opened *o, size_t root)
{
    const uint64_t version = flatbuffers_number(&o->r, root, 0, 4, 0);
    const size_t graphs = flatbuffers_object(&o->r, root, 2), count = flatbuffers_count(&o->r, graphs, 4);
    size_t length;
    const char *description = flatbuffers_bytes(&o->r, flatbuffers_object(&o->r, root, 3), &length);
    horn_status status = HORN_OK;
    if (!o->r.failed && version != TFLITE_VERSION)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: is version %llu of TensorFlow Lite, expected %d", o->where,
                    (unsigned long long)version, TFLITE_VERSION);
    if (description) status = memory_copy_text(&out->producer, description, length);
    for (size_t i = 0; !status && !o->r.failed && i < count; i++)
        status = list_part(out, o, flatbuffers_object_at(&o->r, graphs, i), root);
    if (!status && o->r.failed)
        return fail(HORN_ERROR_FORMAT,
                    "%s: is no whole model of TensorFlow Lite: a place lies outside the file", o->where);
    return status;
}

horn_status tflite_list(contents *out, const source *from)
{
    opened *o = NULL;
    size_t root;
    horn_status status = memory_new(&o, 1, sizeof *o);
    if (status) return status;
    *o = (opened){ .where = from->path };
    out->owner = o;
    out->close = close_model;
    out->read = read_values;
    out->verify = verify;
    o->r = flatbuffers_read(from->data, from->size, TFLITE_IDENTIFIER, &root);
    return list_model(out, o, root);
}
