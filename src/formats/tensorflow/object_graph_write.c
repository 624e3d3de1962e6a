#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/tensorflow/object_graph.h"
#include "formats/tensorflow/nodes.h"

#define VALUES ".ATTRIBUTES"
#define VALUE  "VARIABLE_VALUE"

typedef struct child {
    char *name;
    size_t node;
} child;

typedef struct node {
    child *children;
    size_t count, capacity;
    /* Of a variable; NULL for other objects. */
    char *full_name;
    horn_view view;
    const char *user;
    unsigned producer;
    bool trainable;
    bool stays;
    bytes object;
    /* Set by the walk: the number, and the path of the first discovery, "layer_with_weights-0/kernel", or of a variable its
     * key. The path of the root and of nodes that are not reached is NULL. */
    size_t number;
    char *path;
    bool has_values;
} node;

struct graph_writer {
    node *nodes;
    size_t count, capacity;
    /* Nodes by number. */
    size_t *order;
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
        bytes_free(&n->object);
        free(n->path);
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

size_t graph_writer_find(const graph_writer *w, size_t from, const char *name)
{
    const node *n = &w->nodes[from];
    for (size_t i = 0; i < n->count; i++)
        if (strcmp(n->children[i].name, name) == 0) return n->children[i].node;
    return NO_NODE;
}

void graph_writer_variable(graph_writer *w, size_t to, const char *full_name, horn_view view)
{
    if (!w->status) w->status = memory_copy_string(&w->nodes[to].full_name, full_name);
    if (!w->status) w->nodes[to].view = view;
}

void graph_writer_stays(graph_writer *w, size_t to)
{
    if (!w->status) w->nodes[to].stays = true;
}

/* ---- the walk ---- */

/* Appends a name of a path, escaped as TensorFlow does. */
static void put_escaped(bytes *out, const char *name)
{
    for (; *name; name++) bytes_print(out, *name == '/' ? ".S" : *name == '.' ? ".." : "%c", *name);
}

/* Sets the path of the child `way` of a node, and of a variable its key. */
static horn_status put_path(const graph_writer *w, const node *from, const child *way)
{
    node *to = &w->nodes[way->node];
    bytes path = { 0 };
    if (from->path) bytes_print(&path, "%s/", from->path);
    put_escaped(&path, way->name);
    if (to->full_name) bytes_print(&path, "/" VALUES "/" VALUE);
    horn_status status = bytes_status(&path);
    if (!status) status = memory_copy_string(&to->path, bytes_text(&path));
    bytes_free(&path);
    return status;
}

static horn_status walk(graph_writer *w)
{
    for (size_t i = 0; i < w->count; i++) w->nodes[i].number = i ? NO_NODE : 0;
    w->reached = 1;
    for (size_t at = 0; at < w->reached; at++) {
        const node *n = &w->nodes[w->order[at]];
        for (size_t k = 0; k < n->count; k++) {
            const child *way = &n->children[k];
            if (w->nodes[way->node].number != NO_NODE) continue;
            horn_status status = put_path(w, n, way);
            if (status) return status;
            w->nodes[way->node].number = w->reached;
            w->order[w->reached++] = way->node;
        }
    }
    return HORN_OK;
}

horn_status graph_writer_settle(graph_writer *w)
{
    if (w->status || w->order) return w->status;
    w->status = memory_new(&w->order, w->count, sizeof *w->order);
    if (!w->status) w->status = walk(w);
    return w->status;
}

static void mark_values(graph_writer *w)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (size_t i = w->reached; i-- > 0;) {
            node *n = &w->nodes[w->order[i]];
            bool has = n->full_name != NULL;
            for (size_t k = 0; k < n->count; k++) has |= w->nodes[n->children[k].node].has_values;
            changed |= has != n->has_values;
            n->has_values = has;
        }
    }
}

static void put_children(bytes *out, const graph_writer *w, const node *n)
{
    bytes part = { 0 };
    for (size_t k = 0; k < n->count; k++) {
        size_t number = w->nodes[n->children[k].node].number;
        if (number) protobuf_put_integer(&part, 1, number);
        protobuf_put_text(&part, 2, n->children[k].name);
        protobuf_put_message(out, 1, &part);
    }
}

static void put_node(bytes *out, const graph_writer *w, const node *n)
{
    bytes text = { 0 }, part = { 0 };
    put_children(&text, w, n);
    if (n->full_name) {
        protobuf_put_text(&part, 1, VALUE);
        protobuf_put_text(&part, 2, n->full_name);
        protobuf_put_text(&part, 3, n->path);
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
    TRY(graph_writer_settle(w));
    mark_values(w);
    for (size_t i = 0; i < w->reached; i++) {
        const node *n = &w->nodes[w->order[i]];
        if (n->full_name)
            TRY((n->stays ? bundle_writer_lend : bundle_writer_add)(bundle, shard, n->path, &n->view));
        put_node(&text, w, n);
    }
    TRY(bytes_status(&text));
    TRY(bundle_writer_add_text(bundle, shard, OBJECT_GRAPH_KEY, text.data, text.size));
done:
    bytes_free(&text);
    return status;
}

/* ---- SavedModels ---- */

void graph_writer_user(graph_writer *w, size_t to, const char *identifier, unsigned producer)
{
    if (w->status) return;
    w->nodes[to].user = identifier;
    w->nodes[to].producer = producer;
}

void graph_writer_trainable(graph_writer *w, size_t to)
{
    if (!w->status) w->nodes[to].trainable = true;
}

void graph_writer_object(graph_writer *w, size_t to, bytes *object)
{
    if (!w->status) w->status = bytes_status(object);
    if (w->status) {
        bytes_free(object);
        return;
    }
    bytes_free(&w->nodes[to].object);
    w->nodes[to].object = *object;
    *object = (bytes){ 0 };
}

size_t graph_writer_number(const graph_writer *w, size_t to)
{
    return w->nodes[to].number;
}

bool graph_writer_next(const graph_writer *w, size_t *at, graph_variable *out)
{
    for (; *at < w->reached; ++*at) {
        const node *n = &w->nodes[w->order[*at]];
        if (!n->full_name) continue;
        *out = (graph_variable){ (*at)++, n->full_name, n->path, n->view };
        return true;
    }
    return false;
}

static void put_variable(bytes *out, const node *n)
{
    bytes part = { 0 };
    protobuf_put_integer(&part, 1, (uint64_t)tf_type_of(n->view.dtype));
    tf_put_shape(&part, 2, n->view.shape, n->view.rank, false);
    if (n->trainable) protobuf_put_integer(&part, 3, 1);
    protobuf_put_text(&part, 6, n->full_name);
    protobuf_put_message(out, 7, &part);
}

static void put_user(bytes *out, const node *n)
{
    bytes part = { 0 }, version = { 0 };
    protobuf_put_text(&part, 1, n->user);
    protobuf_put_integer(&version, 1, n->producer);
    protobuf_put_integer(&version, 2, 1);
    protobuf_put_message(&part, 2, &version);
    protobuf_put_message(out, 4, &part);
}

void graph_writer_put_saved(const graph_writer *w, bytes *out)
{
    for (size_t i = 0; i < w->reached; i++) {
        const node *n = &w->nodes[w->order[i]];
        bytes text = { 0 };
        put_children(&text, w, n);
        if (n->full_name)
            put_variable(&text, n);
        else if (n->user)
            put_user(&text, n);
        bytes_append(&text, n->object.data, n->object.size);
        protobuf_put_message(out, 1, &text);
    }
}
