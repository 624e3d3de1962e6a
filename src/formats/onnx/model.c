#include "formats/onnx/model.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/chains/imported.h"

typedef struct onnx_value_name {
    protobuf_text text;
    size_t value;
} onnx_value_name;

/* A graph that is cut off is one, too. */
bool onnx_model_is(const void *data, size_t size)
{
    protobuf_reader r = protobuf_read(data, size);
    protobuf_field f;
    bool has_graph = false, has_operators = false;
    if (!protobuf_next(&r, &f) || f.number != 1 || f.type != PROTOBUF_VARINT) return false;
    while (protobuf_next(&r, &f)) {
        has_graph |= f.number == 7 && f.type == PROTOBUF_BYTES;
        has_operators |= f.number == 8 && f.type == PROTOBUF_BYTES;
    }
    return r.failed ? f.number == 7 && f.type == PROTOBUF_BYTES : has_graph && has_operators;
}

void onnx_model_free(onnx_model *m)
{
    free(m->nodes);
    free(m->values);
    free(m->names);
    free(m->links);
    *m = (onnx_model){ 0 };
}

/* ---- messages ---- */

bool onnx_node_is(const onnx_model *m, size_t node, const char *op)
{
    return node != ONNX_NONE && m->nodes[node].is_standard && protobuf_text_is(m->nodes[node].op, op);
}

/* ---- values ---- */

static horn_status add_value(onnx_model *m, protobuf_text name, size_t node, protobuf_text value)
{
    if (!name.size) return fail(HORN_ERROR_FORMAT, "%s: value %zu has no name", m->where, m->value_count);
    horn_status status = memory_grow(&m->values, m->value_count, &m->value_capacity, sizeof *m->values);
    if (!status) m->values[m->value_count++] = (onnx_value){ name, node, value };
    return status;
}

static int compare_texts(protobuf_text a, protobuf_text b)
{
    const size_t size = a.size < b.size ? a.size : b.size;
    const int order = size ? memcmp(a.at, b.at, size) : 0;
    return order ? order : a.size < b.size ? -1 : a.size > b.size;
}

static int compare_names(const void *a, const void *b)
{
    const onnx_value_name *x = a, *y = b;
    return compare_texts(x->text, y->text);
}

size_t onnx_model_find(const onnx_model *m, protobuf_text name)
{
    const onnx_value_name wanted = { .text = name },
                          *found = bsearch(&wanted, m->names, m->value_count, sizeof wanted, compare_names);
    return found ? found->value : ONNX_NONE;
}

static horn_status sort_names(onnx_model *m)
{
    horn_status status = memory_new(&m->names, m->value_count, sizeof *m->names);
    if (status) return status;
    for (size_t i = 0; i < m->value_count; i++) m->names[i] = (onnx_value_name){ m->values[i].name, i };
    if (m->value_count) qsort(m->names, m->value_count, sizeof *m->names, compare_names);
    for (size_t i = 1; i < m->value_count; i++)
        if (compare_names(&m->names[i - 1], &m->names[i]) == 0)
            return fail(HORN_ERROR_FORMAT, "%s: two values are named '%.*s'", m->where,
                        protobuf_text_shown(m->names[i].text), m->names[i].text.at);
    return HORN_OK;
}

/* ---- the graph ---- */

static horn_status add_node(onnx_model *m, protobuf_text message)
{
    horn_status status = HORN_OK;
    protobuf_reader r = protobuf_read(message.at, message.size);
    protobuf_field f;
    onnx_node n = { .message = message, .output = ONNX_NONE, .name = { "", 0 }, .op = { "", 0 } };
    protobuf_text domain = { "", 0 };
    bool is_first = true;
    while (!status && protobuf_next(&r, &f)) {
        if (f.number == 3) n.name = protobuf_bytes(&r, &f);
        if (f.number == 4) n.op = protobuf_bytes(&r, &f);
        if (f.number == 7) domain = protobuf_bytes(&r, &f);
        if (f.number == 1 || f.number == 5) (void)protobuf_bytes(&r, &f);
        n.input_count += f.number == 1;
        if (f.number != 2) continue;
        const protobuf_text name = protobuf_bytes(&r, &f);
        if (is_first && name.size) n.output = m->value_count;
        is_first = false;
        if (name.size && !r.failed) status = add_value(m, name, m->count, (protobuf_text){ NULL, 0 });
    }
    if (status) return status;
    if (r.failed) return fail(HORN_ERROR_FORMAT, "%s: node %zu is broken", m->where, m->count);
    if (!n.op.size) return fail(HORN_ERROR_FORMAT, "%s: node %zu has no op", m->where, m->count);
    n.is_standard = !domain.size || protobuf_text_is(domain, "ai.onnx");
    m->link_count += n.input_count;
    status = memory_grow(&m->nodes, m->count, &m->capacity, sizeof *m->nodes);
    if (!status) m->nodes[m->count++] = n;
    return status;
}

static horn_status add_initializer(onnx_model *m, protobuf_text message)
{
    onnx_tensor t;
    horn_status status = onnx_tensor_read(&t, message);
    if (status)
        return fail(status, "%s: initializer '%.*s': %s", m->where, protobuf_text_shown(t.name), t.name.at,
                    horn_last_error());
    return add_value(m, t.name, ONNX_NONE, message);
}

static bool take_end(protobuf_text message, protobuf_text *name, protobuf_text *type)
{
    protobuf_reader r = protobuf_read(message.at, message.size);
    protobuf_field f;
    *name = *type = (protobuf_text){ "", 0 };
    while (protobuf_next(&r, &f)) {
        if (f.number == 1) *name = protobuf_bytes(&r, &f);
        if (f.number == 2) *type = protobuf_bytes(&r, &f);
    }
    return !r.failed;
}

/* Outputs, and all values that do not need names of others. */
static horn_status read_graph(onnx_model *m, protobuf_text message)
{
    horn_status status = HORN_OK;
    protobuf_reader r = protobuf_read(message.at, message.size);
    protobuf_field f;
    protobuf_text name, type;
    while (!status && protobuf_next(&r, &f)) {
        if (f.number == 2) m->name = protobuf_bytes(&r, &f);
        if ((f.number == 1 || f.number == 5 || f.number == 11 || f.number == 12) && f.type != PROTOBUF_BYTES)
            r.failed = true;
        else if (f.number == 1)
            status = add_node(m, f.text);
        else if (f.number == 5)
            status = add_initializer(m, f.text);
        else if (f.number == 15)
            status = fail(HORN_ERROR_UNSUPPORTED,
                          "%s: the graph has sparse initializers, which are not supported", m->where);
        else if (f.number == 12 && !take_end(f.text, &name, &type))
            r.failed = true;
        else if (f.number == 12 && m->output_count++ == 0)
            m->output_name = name;
    }
    if (!status && r.failed)
        return fail(HORN_ERROR_FORMAT, "%s: is no whole graph: broken behind %zu nodes", m->where, m->count);
    return status;
}

/* An input that has an initializer has a value: it is none. */
static horn_status read_inputs(onnx_model *m, protobuf_text message)
{
    horn_status status = sort_names(m);
    const size_t known = m->value_count;
    protobuf_reader r = protobuf_read(message.at, message.size);
    protobuf_field f;
    protobuf_text name, type;
    while (!status && protobuf_next(&r, &f)) {
        if (f.number != 11) continue;
        if (!take_end(f.text, &name, &type))
            return fail(HORN_ERROR_FORMAT, "%s: an input is broken", m->where);
        const size_t same = onnx_model_find(&(onnx_model){ .names = m->names, .value_count = known }, name);
        if (same != ONNX_NONE && m->values[same].node == ONNX_NONE) continue;
        if (m->input_count++ == 0) {
            m->input = m->value_count;
            m->input_type = type;
        }
        status = add_value(m, name, ONNX_NONE, (protobuf_text){ NULL, 0 });
    }
    free(m->names);
    m->names = NULL;
    return status ? status : sort_names(m);
}

/* ---- links ---- */

static horn_status link_node(onnx_model *m, size_t node, size_t *links)
{
    onnx_node *n = &m->nodes[node];
    protobuf_reader r = protobuf_read(n->message.at, n->message.size);
    protobuf_field f;
    size_t at = 0;
    n->inputs = links;
    while (protobuf_next(&r, &f)) {
        if (f.number != 1) continue;
        const size_t value = f.text.size ? onnx_model_find(m, f.text) : ONNX_NONE;
        if (f.text.size && value == ONNX_NONE)
            return onnx_node_fail(m, node, HORN_ERROR_FORMAT, "its input '%.*s' names no value",
                                  protobuf_text_shown(f.text), f.text.at);
        if (value != ONNX_NONE && m->values[value].node != ONNX_NONE && m->values[value].node >= node)
            return onnx_node_fail(m, node, HORN_ERROR_FORMAT, "its input '%.*s' is not made before it",
                                  protobuf_text_shown(f.text), f.text.at);
        links[at++] = value;
    }
    return HORN_OK;
}

/* A Constant gives its tensor. */
static horn_status take_constant(onnx_model *m, size_t node)
{
    onnx_tensor t;
    const onnx_node *n = &m->nodes[node];
    protobuf_text message = { NULL, 0 };
    if (n->output == ONNX_NONE || !onnx_node_is(m, node, "Constant")) return HORN_OK;
    horn_status status = onnx_attribute_tensor(m, node, "value", &message);
    if (status || !message.at) return status;
    if ((status = onnx_tensor_read(&t, message))) return onnx_node_fail_in(m, node, status);
    m->values[n->output].tensor = message;
    return HORN_OK;
}

static horn_status link_nodes(onnx_model *m)
{
    size_t at = 0;
    horn_status status = memory_new(&m->links, m->link_count, sizeof *m->links);
    for (size_t i = 0; !status && i < m->count; i++) {
        status = link_node(m, i, m->links + at);
        at += m->nodes[i].input_count;
        if (!status) status = take_constant(m, i);
    }
    return status;
}

/* ---- the model ---- */

static void take_operator_set(onnx_model *m, protobuf_reader *r, const protobuf_field *f)
{
    protobuf_reader inner = protobuf_enter(r, f);
    protobuf_field field;
    protobuf_text domain = { "", 0 };
    int64_t version = 0;
    while (protobuf_next(&inner, &field)) {
        if (field.number == 1) domain = protobuf_bytes(&inner, &field);
        if (field.number == 2) version = protobuf_integer(&inner, &field);
    }
    protobuf_leave(r, &inner);
    if (!domain.size || protobuf_text_is(domain, "ai.onnx")) m->operators = version;
}

horn_status onnx_model_read(onnx_model *out, const void *data, size_t size, const char *where)
{
    protobuf_reader r = protobuf_read(data, size);
    protobuf_field f;
    protobuf_text message = { "", 0 };
    *out = (onnx_model){ .where = where, .input = ONNX_NONE };
    while (protobuf_next(&r, &f)) {
        if (f.number == 2) out->producer = protobuf_bytes(&r, &f);
        if (f.number == 3) out->version = protobuf_bytes(&r, &f);
        if (f.number == 7) message = protobuf_bytes(&r, &f);
        if (f.number == 8) take_operator_set(out, &r, &f);
    }
    if (r.failed) return fail(HORN_ERROR_FORMAT, "%s: is no whole model of ONNX", where);
    horn_status status = read_graph(out, message);
    if (!status) status = read_inputs(out, message);
    return status ? status : link_nodes(out);
}
