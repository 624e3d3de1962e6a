#include "formats/tensorflow/object_graph.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

enum { MOST = 1 << 20 }; /* of nodes, of children, of slots */

void object_graph_free(object_graph *g)
{
    free(g->nodes);
    free(g->children);
    free(g->slots);
    *g = (object_graph){ 0 };
}

static size_t node_number(protobuf_reader *r, const protobuf_field *f)
{
    int64_t number = protobuf_integer(r, f);
    return number < 0 ? NO_NODE : (size_t)number;
}

static horn_status read_child(object_graph *g, protobuf_reader *node, const protobuf_field *field)
{
    protobuf_field f;
    graph_child child = { .name = { "", 0 } };
    protobuf_reader r = protobuf_enter(node, field);
    while (protobuf_next(&r, &f)) {
        if (f.number == 1) child.node = node_number(&r, &f);
        if (f.number == 2) child.name = protobuf_bytes(&r, &f);
    }
    protobuf_leave(node, &r);
    horn_status status = memory_grow(&g->children, g->child_count, &g->child_capacity, sizeof child);
    if (!status) g->children[g->child_count++] = child;
    return status;
}

static horn_status read_slot(object_graph *g, protobuf_reader *node, const protobuf_field *field)
{
    protobuf_field f;
    graph_slot slot = { .name = { "", 0 } };
    protobuf_reader r = protobuf_enter(node, field);
    while (protobuf_next(&r, &f)) {
        if (f.number == 1) slot.weight = node_number(&r, &f);
        if (f.number == 2) slot.name = protobuf_bytes(&r, &f);
        if (f.number == 3) slot.node = node_number(&r, &f);
    }
    protobuf_leave(node, &r);
    horn_status status = memory_grow(&g->slots, g->slot_count, &g->slot_capacity, sizeof slot);
    if (!status) g->slots[g->slot_count++] = slot;
    return status;
}

static void read_attribute(graph_node *out, protobuf_reader *node, const protobuf_field *field)
{
    protobuf_field f;
    protobuf_text name = { "", 0 }, full_name = name, key = name;
    protobuf_reader r = protobuf_enter(node, field);
    while (protobuf_next(&r, &f)) {
        if (f.number == 1) name = protobuf_bytes(&r, &f);
        if (f.number == 2) full_name = protobuf_bytes(&r, &f);
        if (f.number == 3) key = protobuf_bytes(&r, &f);
    }
    protobuf_leave(node, &r);
    if (!protobuf_text_is(name, "VARIABLE_VALUE")) return;
    out->full_name = full_name;
    out->key = key;
}

static horn_status read_node(object_graph *g, protobuf_reader *graph, const protobuf_field *field)
{
    horn_status status = HORN_OK;
    protobuf_field f;
    graph_node node = { .first_child = g->child_count, .first_slot = g->slot_count };
    protobuf_reader r = protobuf_enter(graph, field);
    while (!status && protobuf_next(&r, &f)) {
        if (f.number == 1) status = read_child(g, &r, &f);
        if (f.number == 2) read_attribute(&node, &r, &f);
        if (f.number == 3) status = read_slot(g, &r, &f);
    }
    protobuf_leave(graph, &r);
    node.child_count = g->child_count - node.first_child;
    node.slot_count = g->slot_count - node.first_slot;
    if (!status) status = memory_grow(&g->nodes, g->node_count, &g->node_capacity, sizeof node);
    if (!status) g->nodes[g->node_count++] = node;
    return status;
}

static horn_status check_numbers(const object_graph *g, const char *where)
{
    bool good = g->node_count > 0;
    for (size_t i = 0; i < g->child_count; i++) good &= g->children[i].node < g->node_count;
    for (size_t i = 0; i < g->slot_count; i++)
        good &= g->slots[i].node < g->node_count && g->slots[i].weight < g->node_count;
    if (good) return HORN_OK;
    return fail(HORN_ERROR_FORMAT, "%s: its object graph names nodes that it does not have", where);
}

horn_status object_graph_read(object_graph *out, protobuf_text text, const char *where)
{
    horn_status status = HORN_OK;
    protobuf_field f;
    *out = (object_graph){ 0 };
    protobuf_reader r = protobuf_read(text.at, text.size);
    while (!status && protobuf_next(&r, &f)) {
        if (f.number == 1) status = read_node(out, &r, &f);
        if (!status && (out->node_count > MOST || out->child_count > MOST || out->slot_count > MOST))
            status = fail(HORN_ERROR_UNSUPPORTED, "%s: its object graph has more than %d nodes", where, MOST);
    }
    if (!status && r.failed) status = fail(HORN_ERROR_FORMAT, "%s: its object graph is broken", where);
    return status ? status : check_numbers(out, where);
}

/* ---- looking things up ---- */

size_t object_graph_child(const object_graph *g, size_t node, const char *name)
{
    if (node == NO_NODE) return NO_NODE;
    const graph_node *n = &g->nodes[node];
    for (size_t i = 0; i < n->child_count; i++)
        if (protobuf_text_is(g->children[n->first_child + i].name, name))
            return g->children[n->first_child + i].node;
    return NO_NODE;
}

bool object_graph_is_variable(const object_graph *g, size_t node)
{
    return node != NO_NODE && g->nodes[node].key.at;
}

/* The N of a name that is prefixN, written as numbers are. */
static bool number_of(protobuf_text name, const char *prefix, size_t *out)
{
    size_t length = strlen(prefix);
    if (name.size <= length || name.size > length + 7 || memcmp(name.at, prefix, length) != 0) return false;
    if (name.at[length] == '0' && name.size > length + 1) return false;
    *out = 0;
    for (size_t i = length; i < name.size; i++) {
        if (name.at[i] < '0' || name.at[i] > '9') return false;
        *out = *out * 10 + (size_t)(name.at[i] - '0');
    }
    return true;
}

horn_status object_graph_list(const object_graph *g, size_t node, const char *prefix, size_t **out,
                              size_t *count, const char *where)
{
    size_t most = node == NO_NODE ? 0 : g->nodes[node].child_count, number, found = 0;
    size_t *list;
    horn_status status = memory_new(&list, most, sizeof *list);
    if (status) return status;
    for (size_t i = 0; i < most; i++) list[i] = NO_NODE;
    for (size_t i = 0; i < most; i++) {
        const graph_child *child = &g->children[g->nodes[node].first_child + i];
        if (!number_of(child->name, prefix, &number)) continue;
        if (number < most && list[number] == NO_NODE) list[number] = child->node;
        found++;
    }
    for (size_t i = 0; i < found; i++)
        if (list[i] == NO_NODE) {
            free(list);
            return fail(HORN_ERROR_FORMAT, "%s: its object graph has %zu objects '%sN', but no '%s%zu'",
                        where, found, prefix, prefix, i);
        }
    *out = list;
    *count = found;
    return HORN_OK;
}
