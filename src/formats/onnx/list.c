/* What stands in an ONNX file: its initializers and the tensors of its Constants. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/onnx/model.h"
#include "formats/onnx/onnx.h"

typedef struct opened {
    onnx_model m;
    onnx_tensor *tensors; /* of the listed ones */
    size_t count, capacity;
} opened;

static void close_model(void *owner)
{
    opened *o = owner;
    onnx_model_free(&o->m);
    free(o->tensors);
    free(o);
}

static horn_status read_values(const contents *c, size_t index, void *data, size_t size)
{
    const onnx_tensor *t = &((const opened *)c->owner)->tensors[index];
    if (!t->is_readable)
        return fail(HORN_ERROR_UNSUPPORTED, "tensor '%s' is %s, which cannot be read", c->tensors[index].name,
                    onnx_type_name(t->type));
    horn_status status = contents_check_size(c, index, t->count * horn_dtype_size(t->dtype), size);
    if (!status && data) onnx_tensor_copy(t, data);
    return status;
}

static horn_status verify(const contents *c, bytes *report)
{
    const opened *o = c->owner;
    bytes_print(report,
                "%zu nodes, their names and inputs, and the sizes of %zu constants; it carries no checksum",
                o->m.count, c->count);
    return HORN_OK;
}

/* Shapes and numbers, and what Horn writes in the place of a gamma or a beta. */
static bool is_own(const onnx_model *m, const onnx_tensor *t, protobuf_text name)
{
    static const char *const filled[] = { "/ones", "/zeros" };
    if (!t->is_readable || t->dtype != HORN_FLOAT32 || t->rank == 0) return true;
    for (int i = 0; i < 2 && protobuf_text_is(m->producer, "Horn"); i++) {
        const char *at = memrchr(name.at, '/', name.size);
        const size_t length = strlen(filled[i]);
        if (at && (size_t)(name.at + name.size - at) >= length && !memcmp(at, filled[i], length)) return true;
    }
    return false;
}

static horn_status add_constant(contents *out, opened *o, const onnx_value *value)
{
    horn_status status = HORN_OK;
    contents_tensor *t;
    onnx_tensor found;
    TRY(onnx_tensor_read(&found, value->tensor));
    TRY(memory_grow(&o->tensors, o->count, &o->capacity, sizeof *o->tensors));
    TRY(contents_add(out, &t));
    o->tensors[o->count++] = found;
    TRY(memory_copy_text(&t->name, value->name.at, value->name.size));
    strcpy(t->dtype, onnx_type_name(found.type));
    t->rank = found.rank;
    memcpy(t->shape, found.shape, sizeof t->shape);
    t->is_readable = found.is_readable;
    t->as = found.dtype;
    t->is_own = is_own(&o->m, &found, value->name);
    t->size = found.is_readable ? found.count * horn_dtype_size(found.dtype) : found.stored;
done:
    return status;
}

static horn_status take_producer(contents *out, const onnx_model *m)
{
    bytes text = { 0 };
    if (!m->producer.size) return HORN_OK;
    bytes_print(&text, "%.*s%s%.*s", protobuf_text_shown(m->producer), m->producer.at,
                m->version.size ? " " : "", protobuf_text_shown(m->version),
                m->version.size ? m->version.at : "");
    horn_status status = bytes_status(&text);
    if (!status) status = memory_copy_string(&out->producer, bytes_text(&text));
    bytes_free(&text);
    return status;
}

horn_status onnx_list(contents *out, const source *from)
{
    horn_status status = HORN_OK;
    opened *o = NULL;
    TRY(memory_new(&o, 1, sizeof *o));
    out->owner = o;
    out->close = close_model;
    out->read = read_values;
    out->verify = verify;
    TRY(onnx_model_read(&o->m, from->data, from->size, from->path));
    TRY(take_producer(out, &o->m));
    for (size_t i = 0; i < o->m.count; i++)
        TRY(contents_count_operator(out, o->m.nodes[i].op.at, o->m.nodes[i].op.size));
    for (size_t i = 0; i < o->m.value_count; i++)
        if (o->m.values[i].tensor.at) TRY(add_constant(out, o, &o->m.values[i]));
done:
    return status;
}
