#include "formats/graphs/functions.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

enum { MAX_DEPTH = 16, MAX_ADDED = 1 << 16, MAX_LINKS = 1 << 20, MAX_WORK = 1 << 29 };

typedef struct function {
    protobuf_text name, message;
} function;

typedef struct expansion {
    tf_graph *g;
    function *functions; /* by name */
    size_t count, capacity;
    size_t own; /* nodes of the graph itself */
    size_t work, links;
} expansion;

/* ---- messages ---- */

/* The index-th field of that number; false past the last. */
static bool nth_field(protobuf_text message, uint32_t number, size_t index, protobuf_text *out)
{
    protobuf_reader r = protobuf_read(message.at, message.size);
    protobuf_field f;
    while (protobuf_next(&r, &f)) {
        if (f.number != number || f.type != PROTOBUF_BYTES || index--) continue;
        *out = f.text;
        return true;
    }
    return false;
}

static protobuf_text field_of(protobuf_text message, uint32_t number)
{
    protobuf_text found = { "", 0 };
    (void)nth_field(message, number, 0, &found);
    return found;
}

static int compare_functions(const void *a, const void *b)
{
    return tf_text_compare(((const function *)a)->name, ((const function *)b)->name);
}

static horn_status read_library(expansion *e, protobuf_text library)
{
    protobuf_reader r = protobuf_read(library.at, library.size);
    protobuf_field f;
    while (protobuf_next(&r, &f)) {
        if (f.number != 1) continue;
        const protobuf_text message = protobuf_bytes(&r, &f);
        horn_status status = memory_grow(&e->functions, e->count, &e->capacity, sizeof *e->functions);
        if (status) return status;
        e->functions[e->count++] = (function){ field_of(field_of(message, 1), 1), message };
    }
    if (r.failed)
        return fail(HORN_ERROR_FORMAT, "%s: the graph's library of functions is broken", e->g->where);
    if (e->count) qsort(e->functions, e->count, sizeof *e->functions, compare_functions);
    for (size_t i = 1; i < e->count; i++)
        if (compare_functions(&e->functions[i - 1], &e->functions[i]) == 0)
            return fail(HORN_ERROR_FORMAT, "%s: two functions of the graph have one name", e->g->where);
    return HORN_OK;
}

/* ---- calls put in place ---- */

/* The function, if the library has it and it has one result. */
static const function *called_by(const expansion *e, size_t node)
{
    protobuf_text message = { "", 0 }, second;
    const tf_graph_node *n = &e->g->nodes[node];
    if (!tf_graph_is(n, "PartitionedCall") && !tf_graph_is(n, "StatefulPartitionedCall")) return NULL;
    if (!e->count || tf_graph_function(e->g, node, "f", &message)) return NULL;
    const function wanted = { .name = field_of(message, 1) },
                   *found = bsearch(&wanted, e->functions, e->count, sizeof wanted, compare_functions);
    return found && !nth_field(field_of(found->message, 1), 3, 1, &second) ? found : NULL;
}

static size_t depth_of(const tf_graph *g, size_t frame)
{
    size_t depth = 0;
    for (; frame; frame = g->nodes[g->frames[frame - 1].call].frame) depth++;
    return depth;
}

/* "CALL/NAME", kept by the graph. */
static horn_status keep_name(tf_graph *g, size_t call, protobuf_text *name)
{
    bytes text = { 0 };
    char *kept = NULL;
    const protobuf_text front = g->nodes[call].name;
    bytes_append(&text, front.at, front.size);
    bytes_print(&text, "/");
    bytes_append(&text, name->at, name->size);
    horn_status status = bytes_status(&text);
    if (!status) status = memory_grow(&g->texts, g->text_count, &g->text_capacity, sizeof *g->texts);
    if (!status) status = memory_copy_text(&kept, (const char *)text.data, text.size);
    if (!status) {
        g->texts[g->text_count++] = kept;
        *name = (protobuf_text){ kept, text.size };
    }
    bytes_free(&text);
    return status;
}

static horn_status add_node(tf_graph *g, tf_graph_node n, size_t frame)
{
    horn_status status = HORN_OK;
    const size_t call = g->frames[frame - 1].call;
    if (!n.name.size || !n.op.size)
        return tf_graph_fail(g, call, HORN_ERROR_FORMAT, "its function has a node without name or op");
    if (g->nodes[call].name.size > 4096)
        return tf_graph_fail(g, call, HORN_ERROR_UNSUPPORTED, "its name has more than 4096 characters");
    n.frame = frame;
    n.link_count = n.value_count;
    TRY(keep_name(g, call, &n.name));
    TRY(memory_grow(&g->nodes, g->count, &g->capacity, sizeof *g->nodes));
    g->nodes[g->count++] = n;
done:
    return status;
}

/* Each value is looked for among the function's arguments, and then among what the call takes. */
static horn_status charge(expansion *e, size_t call, const tf_frame *f, const tf_graph_node *n)
{
    const size_t each = f->signature.size + e->g->nodes[call].message.size + 1;
    e->links += n->value_count;
    if (e->links > MAX_LINKS || n->value_count > MAX_WORK / each ||
        (e->work += n->value_count * each + 1) > MAX_WORK || e->g->count - e->own >= MAX_ADDED)
        return tf_graph_fail(e->g, call, HORN_ERROR_UNSUPPORTED,
                             "functions make more than %d nodes or take more inputs than that", MAX_ADDED);
    return HORN_OK;
}

static horn_status put_in_place(expansion *e, size_t call, protobuf_text message)
{
    horn_status status = HORN_OK;
    tf_graph *g = e->g;
    protobuf_reader r = protobuf_read(message.at, message.size);
    protobuf_field f;
    const tf_frame frame = { call, message, field_of(message, 1) };
    if (depth_of(g, g->nodes[call].frame) == MAX_DEPTH)
        return tf_graph_fail(g, call, HORN_ERROR_UNSUPPORTED, "functions call each other more than %d deep",
                             MAX_DEPTH);
    if ((e->work += message.size) > MAX_WORK)
        return tf_graph_fail(g, call, HORN_ERROR_UNSUPPORTED, "functions are called too often");
    TRY(memory_grow(&g->frames, g->frame_count, &g->frame_capacity, sizeof *g->frames));
    g->frames[g->frame_count++] = frame;
    g->nodes[call].body = g->frame_count;
    g->nodes[call].link_count = 1;
    while (protobuf_next(&r, &f)) {
        if (f.number != 3) continue;
        const tf_graph_node n = tf_graph_take_node(&r, &f);
        if (r.failed) break;
        TRY(charge(e, call, &frame, &n));
        TRY(add_node(g, n, g->nodes[call].body));
    }
    if (r.failed) status = tf_graph_fail(g, call, HORN_ERROR_FORMAT, "its function is broken");
done:
    return status;
}

horn_status tf_functions_expand(tf_graph *g, protobuf_text library)
{
    horn_status status = HORN_OK;
    const function *found;
    expansion e = { .g = g, .own = g->count };
    TRY(read_library(&e, library));
    for (size_t i = 0; i < g->count; i++) /* the count grows */
        if ((found = called_by(&e, i))) TRY(put_in_place(&e, i, found->message));
done:
    free(e.functions);
    return status;
}

/* ---- values in a function ---- */

static protobuf_text head_of(protobuf_text text, protobuf_text *rest)
{
    const char *colon = text.size ? memchr(text.at, ':', text.size) : NULL;
    *rest = (protobuf_text){ "", 0 };
    if (!colon) return text;
    rest->at = colon + 1;
    rest->size = text.size - (size_t)(colon + 1 - text.at);
    return (protobuf_text){ text.at, (size_t)(colon - text.at) };
}

/* Its place among the arguments. */
static bool find_argument(protobuf_text signature, protobuf_text name, size_t *index)
{
    protobuf_reader r = protobuf_read(signature.at, signature.size);
    protobuf_field f;
    *index = 0;
    while (protobuf_next(&r, &f)) {
        if (f.number != 2 || f.type != PROTOBUF_BYTES) continue;
        if (tf_text_compare(field_of(f.text, 1), name) == 0) return true;
        ++*index;
    }
    return false;
}

/* Up the frames: an argument is what the call takes there. */
horn_status tf_frame_resolve(const tf_graph *g, size_t node, size_t frame, protobuf_text text, tf_origin *out)
{
    protobuf_text rest = { "", 0 };
    out->output = out->result = rest;
    while (frame) {
        size_t index;
        const tf_frame *f = &g->frames[frame - 1];
        const protobuf_text head = head_of(text, &rest), front = g->nodes[f->call].name;
        if (!find_argument(f->signature, head, &index)) {
            bytes_append(&out->name, front.at, front.size);
            bytes_print(&out->name, "/");
            bytes_append(&out->name, head.at, head.size);
            out->result = head_of(rest, &out->output);
            return bytes_status(&out->name);
        }
        if (!nth_field(g->nodes[f->call].message, 3, index, &text) || (text.size && *text.at == '^'))
            return tf_graph_fail(g, node, HORN_ERROR_FORMAT, "its call has no input %zu", index);
        frame = g->nodes[f->call].frame;
    }
    text = head_of(text, &out->output);
    bytes_append(&out->name, text.at, text.size);
    return bytes_status(&out->name);
}

horn_status tf_frame_result(const tf_graph *g, size_t call, protobuf_text *out)
{
    const tf_frame *frame = &g->frames[g->nodes[call].body - 1];
    const protobuf_text wanted = field_of(field_of(frame->signature, 3), 1);
    protobuf_reader r = protobuf_read(frame->function.at, frame->function.size);
    protobuf_field f;
    while (protobuf_next(&r, &f)) {
        if (f.number != 4 || f.type != PROTOBUF_BYTES || tf_text_compare(field_of(f.text, 1), wanted) != 0)
            continue;
        *out = field_of(f.text, 2);
        return HORN_OK;
    }
    return tf_graph_fail(g, call, HORN_ERROR_FORMAT, "its function does not say what it gives");
}
