#include "formats/graphs/graph.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/graphs/functions.h"

enum { NODE = 1, LIBRARY = 2 };

typedef struct tf_graph_name {
    protobuf_text text;
    size_t node;
} tf_graph_name;

void tf_graph_free(tf_graph *g)
{
    free(g->nodes);
    free(g->links);
    free(g->names);
    free(g->order);
    free(g->frames);
    for (size_t i = 0; i < g->text_count; i++) free(g->texts[i]);
    free(g->texts);
    *g = (tf_graph){ 0 };
}

/* ---- nodes ---- */

static horn_status read_nodes(tf_graph *g, const void *data, size_t size, protobuf_text *library)
{
    horn_status status = HORN_OK;
    protobuf_reader r = protobuf_read(data, size);
    protobuf_field f;
    while (!status && protobuf_next(&r, &f)) {
        if (f.number == LIBRARY) *library = protobuf_bytes(&r, &f);
        if (f.number != NODE) continue;
        const tf_graph_node n = tf_graph_take_node(&r, &f);
        if (r.failed) break;
        if (!n.name.size || !n.op.size)
            return fail(HORN_ERROR_FORMAT, "%s: node %zu has no %s", g->where, g->count,
                        n.name.size ? "op" : "name");
        status = memory_grow(&g->nodes, g->count, &g->capacity, sizeof *g->nodes);
        if (!status) g->nodes[g->count++] = n;
    }
    if (!status && r.failed)
        return fail(HORN_ERROR_FORMAT, "%s: is no whole graph: broken behind %zu nodes", g->where, g->count);
    if (!status && !g->count) return fail(HORN_ERROR_FORMAT, "%s: the graph has no nodes", g->where);
    return status;
}

/* What nothing else that begins so has: TensorFlow's names. */
static bool is_name(protobuf_text text, bool is_op)
{
    if (!text.size || text.size > 4096) return false;
    for (size_t i = 0; i < text.size; i++) {
        const unsigned char c = (unsigned char)text.at[i];
        const bool fits =
            i ? c == '_' || c == '>' || (!is_op && (c == '.' || c == '/' || c == '-')) : c == '.' && !is_op;
        if (c > 127 || !(fits || isalnum(c))) return false;
    }
    return true;
}

bool tf_graph_begins(const void *data, size_t size)
{
    protobuf_reader r = protobuf_read(data, size);
    protobuf_field f;
    if (!protobuf_next(&r, &f) || f.number != NODE || f.type != PROTOBUF_BYTES) return false;
    const tf_graph_node n = tf_graph_take_node(&r, &f);
    return !r.failed && is_name(n.name, false) && is_name(n.op, true);
}

/* ---- names ---- */

static int compare_names(const void *a, const void *b)
{
    return tf_text_compare(((const tf_graph_name *)a)->text, ((const tf_graph_name *)b)->text);
}

static horn_status sort_names(tf_graph *g)
{
    horn_status status = memory_new(&g->names, g->count, sizeof *g->names);
    if (status) return status;
    for (size_t i = 0; i < g->count; i++) g->names[i] = (tf_graph_name){ g->nodes[i].name, i };
    qsort(g->names, g->count, sizeof *g->names, compare_names);
    for (size_t i = 1; i < g->count; i++)
        if (compare_names(&g->names[i - 1], &g->names[i]) == 0)
            return fail(HORN_ERROR_FORMAT, "%s: two nodes are named '%.*s'", g->where,
                        protobuf_text_shown(g->names[i].text), g->names[i].text.at);
    return HORN_OK;
}

bool tf_graph_find(const tf_graph *g, protobuf_text name, size_t *node)
{
    const tf_graph_name wanted = { .text = name },
                        *found = bsearch(&wanted, g->names, g->count, sizeof wanted, compare_names);
    if (found) *node = found->node;
    return found != NULL;
}

/* ---- inputs ---- */

/* A number, or nothing, which is 0. */
static bool read_output(protobuf_text digits, uint32_t *output)
{
    *output = 0;
    for (size_t i = 0; i < digits.size; i++) {
        if (i > 8 || !isdigit((unsigned char)digits.at[i])) return false;
        *output = *output * 10 + (uint32_t)(digits.at[i] - '0');
    }
    return true;
}

/* In a function results have names: only those of a normalization are several. */
static uint32_t number_of(const tf_graph_node *n, protobuf_text result, uint32_t said)
{
    const size_t length = strlen("FusedBatchNorm");
    const bool has_several = n->op.size >= length && memcmp(n->op.at, "FusedBatchNorm", length) == 0;
    return result.size && has_several ? !protobuf_text_is(result, "y") : said;
}

static horn_status resolve(const tf_graph *g, size_t node, size_t frame, protobuf_text text, tf_link *out)
{
    tf_origin from = { .name = { 0 } };
    *out = (tf_link){ 0 };
    horn_status status = tf_frame_resolve(g, node, frame, text, &from);
    if (!status && !read_output(from.output, &out->output))
        status = tf_graph_fail(g, node, HORN_ERROR_FORMAT, "its input '%.*s' names no output",
                               protobuf_text_shown(text), text.at);
    if (!status && !tf_graph_find(g, (protobuf_text){ bytes_text(&from.name), from.name.size }, &out->node))
        status = tf_graph_fail(g, node, HORN_ERROR_FORMAT, "its input '%.*s' names no node",
                               protobuf_text_shown(text), text.at);
    if (!status) out->output = number_of(&g->nodes[out->node], from.result, out->output);
    bytes_free(&from.name);
    return status;
}

/* A name that only comes before; in a function it is left out. */
static horn_status resolve_before(const tf_graph *g, size_t node, protobuf_text text, tf_link *out)
{
    *out = (tf_link){ 0 };
    if (tf_graph_find(g, (protobuf_text){ text.at + 1, text.size - 1 }, &out->node)) return HORN_OK;
    return tf_graph_fail(g, node, HORN_ERROR_FORMAT, "its input '%.*s' names no node",
                         protobuf_text_shown(text), text.at);
}

/* A call that is put in place is an Identity of what its function gives. */
static horn_status link_call(const tf_graph *g, size_t node, tf_link *link)
{
    static const protobuf_text identity = { "Identity", 8 };
    protobuf_text result;
    horn_status status = tf_frame_result(g, node, &result);
    if (!status) status = resolve(g, node, g->nodes[node].body, result, link);
    g->nodes[node].op = identity;
    g->nodes[node].input_count = 1;
    return status;
}

static horn_status link_node(const tf_graph *g, size_t node, tf_link *links)
{
    tf_graph_node *n = &g->nodes[node];
    protobuf_reader r = protobuf_read(n->message.at, n->message.size);
    protobuf_field f;
    horn_status status = HORN_OK;
    size_t at = 0;
    n->inputs = links;
    if (n->body) return link_call(g, node, links);
    while (!status && protobuf_next(&r, &f)) {
        if (f.number != 3) continue;
        const bool only_before = f.text.size && *f.text.at == '^';
        if (only_before && n->frame) continue;
        if (!only_before && n->input_count != at)
            return tf_graph_fail(g, node, HORN_ERROR_FORMAT,
                                 "its input '%.*s' stands behind one that gives nothing",
                                 protobuf_text_shown(f.text), f.text.at);
        status = only_before ? resolve_before(g, node, f.text, &links[at])
                             : resolve(g, node, n->frame, f.text, &links[at]);
        n->input_count += !only_before;
        at++;
    }
    return status;
}

static horn_status link_nodes(tf_graph *g)
{
    size_t at = 0;
    for (size_t i = 0; i < g->count; i++) g->link_count += g->nodes[i].link_count;
    horn_status status = memory_new(&g->links, g->link_count, sizeof *g->links);
    for (size_t i = 0; !status && i < g->count; i++) {
        status = link_node(g, i, g->links + at);
        at += g->nodes[i].link_count;
    }
    return status;
}

/* ---- order ---- */

typedef struct ordering {
    size_t *waits; /* by node: for how many links */
    size_t *heads, *chain,
        *owner; /* the links that end at a node, by number + 1, one after the other; whose */
    size_t *ready;
} ordering;

/* What closes a while loop: the Merge at its head takes what the NextIteration at its end gives. */
static bool closes_loop(const tf_graph *g, size_t owner, size_t from)
{
    return tf_graph_is(&g->nodes[owner], "Merge") && tf_graph_is(&g->nodes[from], "NextIteration");
}

static horn_status new_ordering(ordering *o, const tf_graph *g)
{
    horn_status status = HORN_OK;
    TRY(memory_new(&o->waits, g->count, sizeof *o->waits));
    TRY(memory_new(&o->heads, g->count, sizeof *o->heads));
    TRY(memory_new(&o->ready, g->count, sizeof *o->ready));
    TRY(memory_new(&o->chain, g->link_count, sizeof *o->chain));
    TRY(memory_new(&o->owner, g->link_count, sizeof *o->owner));
    for (size_t i = 0, at = 0; i < g->count; i++) {
        o->waits[i] = g->nodes[i].link_count;
        for (size_t k = 0; k < g->nodes[i].link_count; k++, at++) {
            o->owner[at] = i;
            if (closes_loop(g, i, g->links[at].node)) {
                o->waits[i]--;
                continue;
            }
            o->chain[at] = o->heads[g->links[at].node];
            o->heads[g->links[at].node] = at + 1;
        }
    }
done:
    return status;
}

/* Takes node by node whose inputs are all taken, but for those that close while loops; what is left over runs in a circle. */
static horn_status find_order(tf_graph *g)
{
    ordering o = { 0 };
    size_t taken = 0, known = 0;
    horn_status status = new_ordering(&o, g);
    for (size_t i = 0; !status && i < g->count; i++)
        if (!o.waits[i]) o.ready[known++] = i;
    while (taken < known)
        for (size_t link = o.heads[o.ready[taken++]]; link; link = o.chain[link - 1])
            if (--o.waits[o.owner[link - 1]] == 0) o.ready[known++] = o.owner[link - 1];
    for (size_t i = 0; !status && i < g->count && known < g->count; i++)
        if (o.waits[i])
            status =
                tf_graph_fail(g, i, HORN_ERROR_FORMAT, "it waits for itself: the graph runs in a circle");
    free(o.waits);
    free(o.heads);
    free(o.chain);
    free(o.owner);
    g->order = o.ready;
    return status;
}

horn_status tf_graph_read(tf_graph *out, const void *data, size_t size, const char *where)
{
    *out = (tf_graph){ .where = where };
    protobuf_text library = { "", 0 };
    horn_status status = read_nodes(out, data, size, &library);
    if (!status) status = tf_functions_expand(out, library);
    if (!status) status = sort_names(out);
    if (!status) status = link_nodes(out);
    return status ? status : find_order(out);
}

void tf_find_needed(const tf_graph *g, size_t node, bool *is_needed)
{
    is_needed[node] = true;
    for (size_t i = g->count; i-- > 0;) {
        const tf_graph_node *n = &g->nodes[g->order[i]];
        for (size_t k = 0; is_needed[g->order[i]] && k < n->input_count; k++)
            is_needed[n->inputs[k].node] = true;
    }
}
