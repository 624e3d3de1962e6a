#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/object_graph.h"

typedef struct child {
    char *name;
    size_t node;
} child;

typedef struct node {
    child *children;
    size_t count, capacity;
    char *full_name, *key; /* of a variable */
    horn_view view;
    size_t number; /* breadth first */
    bool has_values;
} node;

struct graph_writer {
    node *nodes;
    size_t count, capacity;
    size_t *order; /* nodes by number */
    size_t reached;
    horn_status status;
};

horn_status graph_writer_new(graph_writer **out)
{
    graph_writer *w;
    horn_status status = memory_new(&w, 1, sizeof *w);
    if (status) return status;
    graph_writer_node(w);
    *out = w;
    return HORN_OK;
}

void graph_writer_free(graph_writer *w)
{
    if (!w) return;
    for (size_t i = 0; i < w->count; i++) {
        node *n = &w->nodes[i];
        for (size_t k = 0; k < n->count; k++) free(n->children[k].name);
        free(n->children);
        free(n->full_name);
        free(n->key);
    }
    free(w->nodes);
    free(w->order);
    free(w);
}

size_t graph_writer_node(graph_writer *w)
{
    if (!w->status) w->status = memory_grow(&w->nodes, w->count, &w->capacity, sizeof *w->nodes);
    return w->status ? 0 : w->count++;
}

void graph_writer_child(graph_writer *w, size_t parent, const char *name, size_t to)
{
    if (w->status) return;
    node *n = &w->nodes[parent];
    w->status = memory_grow(&n->children, n->count, &n->capacity, sizeof *n->children);
    if (w->status) return;
    w->status = memory_copy_string(&n->children[n->count].name, name);
    n->children[n->count].node = to;
    if (!w->status) n->count++;
}

void graph_writer_variable(graph_writer *w, size_t to, const char *full_name, const char *key, horn_view view)
{
    if (!w->status) w->status = memory_copy_string(&w->nodes[to].full_name, full_name);
    if (!w->status) w->status = memory_copy_string(&w->nodes[to].key, key);
    if (!w->status) w->nodes[to].view = view;
}

/* Nodes that nobody leads to get no number and are left out. */
static horn_status number_nodes(graph_writer *w)
{
    horn_status status = memory_new(&w->order, w->count, sizeof *w->order);
    if (status) return status;
    for (size_t i = 0; i < w->count; i++) w->nodes[i].number = i ? NO_NODE : 0;
    size_t found = 1;
    for (size_t at = 0; at < found; at++) {
        const node *n = &w->nodes[w->order[at]];
        for (size_t k = 0; k < n->count; k++) {
            node *to = &w->nodes[n->children[k].node];
            if (to->number != NO_NODE) continue;
            to->number = found;
            w->order[found++] = n->children[k].node;
        }
    }
    w->reached = found;
    return HORN_OK;
}

static void mark_values(graph_writer *w)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (size_t i = w->reached; i-- > 0;) {
            node *n = &w->nodes[w->order[i]];
            bool has = n->key != NULL;
            for (size_t k = 0; k < n->count; k++) has |= w->nodes[n->children[k].node].has_values;
            changed |= has != n->has_values;
            n->has_values = has;
        }
    }
}

static void put_node(bytes *out, const graph_writer *w, const node *n)
{
    bytes text = { 0 }, part = { 0 };
    for (size_t k = 0; k < n->count; k++) {
        size_t number = w->nodes[n->children[k].node].number;
        if (number) protobuf_put_integer(&part, 1, number);
        protobuf_put_text(&part, 2, n->children[k].name);
        protobuf_put_message(&text, 1, &part);
    }
    if (n->key) {
        protobuf_put_text(&part, 1, "VARIABLE_VALUE");
        protobuf_put_text(&part, 2, n->full_name);
        protobuf_put_text(&part, 3, n->key);
        protobuf_put_message(&text, 2, &part);
    }
    if (n->has_values) protobuf_put_integer(&part, 1, 1);
    protobuf_put_message(&text, 5, &part);
    protobuf_put_message(out, 1, &text);
}

horn_status graph_writer_finish(graph_writer *w, bundle_writer *bundle, size_t shard)
{
    horn_status status = HORN_OK;
    bytes text = { 0 };
    TRY(w->status);
    TRY(number_nodes(w));
    mark_values(w);
    for (size_t i = 0; i < w->reached; i++) {
        const node *n = &w->nodes[w->order[i]];
        if (n->key) TRY(bundle_writer_add(bundle, shard, n->key, &n->view));
        put_node(&text, w, n);
    }
    TRY(bytes_status(&text));
    TRY(bundle_writer_add_text(bundle, shard, OBJECT_GRAPH_KEY, text.data, text.size));
done:
    bytes_free(&text);
    return status;
}
