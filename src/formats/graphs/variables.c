#include "formats/graphs/variables.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

/* Bytes of constants that are parsed for keys: many nodes may share one. */
enum { MAX_WORK = 1 << 28 };

bool tf_is_variable(const tf_graph_node *n)
{
    return tf_graph_is(n, "VariableV2") || tf_graph_is(n, "VarHandleOp") || tf_graph_is(n, "Variable");
}

void tf_variables_free(tf_variables *v)
{
    free(v->keys);
    *v = (tf_variables){ 0 };
}

/* ---- keys ---- */

typedef struct search {
    const tf_graph *g;
    tf_variables *out;
    /* The keys of the last node that was asked: mostly the next is the same. */
    size_t restore;
    protobuf_text *keys;
    size_t count, capacity, work;
} search;

/* What the node's index-th input comes from, past Identity nodes; false if there is none. */
static bool source_of(const tf_graph *g, size_t node, size_t index, tf_link *out)
{
    if (index >= g->nodes[node].input_count) return false;
    *out = g->nodes[node].inputs[index];
    while (tf_graph_is(&g->nodes[out->node], "Identity") && !out->output && g->nodes[out->node].input_count)
        *out = g->nodes[out->node].inputs[0];
    return true;
}

static horn_status read_keys(search *s, size_t restore)
{
    protobuf_text tensor = { "", 0 };
    tf_link names;
    s->count = 0;
    s->restore = restore;
    if (!source_of(s->g, restore, 1, &names) || !tf_graph_is(&s->g->nodes[names.node], "Const"))
        return tf_graph_fail(s->g, restore, HORN_ERROR_UNSUPPORTED, "its keys are no constant");
    horn_status status = tf_graph_tensor(s->g, names.node, "value", &tensor);
    if (!status && tensor.size > MAX_WORK - s->work)
        return tf_graph_fail(s->g, names.node, HORN_ERROR_UNSUPPORTED,
                             "is taken by too many others for its size");
    s->work += tensor.size;
    protobuf_reader r = protobuf_read(tensor.at, tensor.size);
    protobuf_field f;
    while (!status && protobuf_next(&r, &f)) {
        if (f.number != 8) continue;
        status = memory_grow(&s->keys, s->count, &s->capacity, sizeof *s->keys);
        if (!status) s->keys[s->count++] = protobuf_bytes(&r, &f);
    }
    if (!status && r.failed)
        return tf_graph_fail(s->g, names.node, HORN_ERROR_FORMAT, "its tensor is broken");
    return status;
}

/* The key of the variable that the node assigns, if it assigns what it restores. */
static horn_status take_assignment(search *s, size_t node)
{
    tf_link to, from;
    horn_status status = HORN_OK;
    if (!source_of(s->g, node, 0, &to) || !source_of(s->g, node, 1, &from)) return HORN_OK;
    if (!tf_is_variable(&s->g->nodes[to.node]) || !tf_graph_is(&s->g->nodes[from.node], "RestoreV2"))
        return HORN_OK;
    if (s->restore != from.node) status = read_keys(s, from.node);
    if (status) return status;
    if (from.output >= s->count)
        return tf_graph_fail(s->g, from.node, HORN_ERROR_FORMAT, "has %zu keys, node '%.*s' takes number %u",
                             s->count, protobuf_text_shown(s->g->nodes[node].name), s->g->nodes[node].name.at,
                             (unsigned)from.output);
    s->out->keys[to.node] = s->keys[from.output];
    return HORN_OK;
}

static horn_status take_own_names(search *s)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; !status && i < s->g->count; i++) {
        protobuf_text name = { "", 0 };
        if (!tf_is_variable(&s->g->nodes[i]) || s->out->keys[i].size) continue;
        status = tf_graph_text(s->g, i, "shared_name", &name);
        s->out->keys[i] = name.size ? name : s->g->nodes[i].name;
    }
    return status;
}

horn_status tf_variables_find(tf_variables *out, const tf_graph *g, const tensor_bundle *bundle, size_t size)
{
    search s = { .g = g, .out = out, .restore = SIZE_MAX };
    *out = (tf_variables){ .bundle = bundle, .size = size };
    horn_status status = memory_new(&out->keys, g->count, sizeof *out->keys);
    for (size_t i = 0; !status && i < g->count; i++) {
        const tf_graph_node *n = &g->nodes[i];
        if (tf_graph_is(n, "Assign") || tf_graph_is(n, "AssignVariableOp")) status = take_assignment(&s, i);
    }
    if (!status) status = take_own_names(&s);
    free(s.keys);
    return status;
}

/* ---- values ---- */

/* Shape and type as the node says them; a shape may be open. */
static horn_status read_node(const tf_graph *g, size_t node, tf_tensor *out, bool *is_open)
{
    int64_t type = 0, sizes[HORN_MAX_RANK];
    int rank = -1;
    protobuf_text message = { NULL, 0 };
    horn_status status = tf_graph_type(g, node, "dtype", &type);
    if (!status) status = tf_graph_shape(g, node, "shape", &message);
    if (!status && message.at && (status = tf_shape_read(message, sizes, HORN_MAX_RANK, &rank)))
        status = tf_graph_fail_in(g, node, status);
    if (status) return status;
    *out = (tf_tensor){ .type = (uint64_t)type, .rank = rank > HORN_MAX_RANK ? -1 : rank, .count = 1 };
    *is_open = rank < 0 || rank > HORN_MAX_RANK;
    for (int i = 0; i < out->rank; i++) {
        *is_open |= sizes[i] < 0;
        out->shape[i] = sizes[i] < 0 ? 0 : (size_t)sizes[i];
        if (!memory_multiply(&out->count, out->shape[i]) || out->count > SIZE_MAX / 16)
            return tf_graph_fail(g, node, HORN_ERROR_FORMAT,
                                 "its shape has more elements than memory has addresses");
    }
    return HORN_OK;
}

static horn_status read_entry(const tf_variables *v, const tf_graph *g, size_t node, bool is_open,
                              tf_tensor *out)
{
    const protobuf_text key = v->keys[node];
    const bundle_entry *e = tensor_bundle_find(v->bundle, key);
    const void *stored;
    if (!e)
        return tf_graph_fail(g, node, HORN_ERROR_FORMAT,
                             "its values are not in the checkpoint, which has no '%.*s'",
                             protobuf_text_shown(key), key.at);
    if (e->sliced)
        return tf_graph_fail(g, node, HORN_ERROR_UNSUPPORTED, "the checkpoint has its values in slices");
    bool same = e->dtype == out->type;
    for (int i = 0; !is_open && same && i < e->rank; i++)
        same = e->rank == out->rank && e->shape[i] == out->shape[i];
    if (!same || (!is_open && e->rank != out->rank))
        return tf_graph_fail(g, node, HORN_ERROR_FORMAT, "the checkpoint's '%.*s' has another type or shape",
                             protobuf_text_shown(key), key.at);
    horn_status status = bundle_entry_bytes(v->bundle, e, &stored);
    if (status) return status;
    out->rank = e->rank > HORN_MAX_RANK ? -1 : e->rank;
    memcpy(out->shape, e->shape, sizeof out->shape);
    out->count = e->count;
    out->stored = e->size;
    out->content = out->message = (protobuf_text){ stored, e->size };
    return HORN_OK;
}

horn_status tf_variable_read(const tf_variables *v, const tf_graph *g, size_t node, tf_tensor *out)
{
    bool is_open;
    horn_status status = read_node(g, node, out, &is_open);
    if (!status && v->bundle) status = read_entry(v, g, node, is_open, out);
    if (status) return status;
    if (!v->bundle && is_open)
        return tf_graph_fail(g, node, HORN_ERROR_UNSUPPORTED,
                             "is a variable whose shape only its values tell");
    out->is_readable = out->type == 1 && out->rank >= 0 && v->bundle;
    out->dtype = HORN_FLOAT32;
    return HORN_OK;
}
