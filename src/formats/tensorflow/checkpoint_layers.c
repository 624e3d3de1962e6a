#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/keras/classes.h"
#include "formats/keras/expected.h"
#include "formats/tensorflow/checkpoint.h"
#include "snapshot/index.h"

/* Adds the weights that the target's layer has. */
static horn_status add_like(tf_reader *r, snapshot_layer *layer, size_t node, const snapshot_layer *like)
{
    size_t count = tf_count_weights(r, node);
    if (count != like->tensor_count)
        return fail(HORN_ERROR_SHAPE, "%s: layer '%s' has %zu weights there, %zu in the model", r->where,
                    like->name, count, like->tensor_count);
    for (size_t i = 0; i < like->tensor_count; i++) {
        size_t weight = tf_find_weight(r, node, like->class_name, like->tensors[i].name);
        if (weight == NO_NODE) weight = tf_guess_weight(r, node, like->tensors[i].name);
        if (weight == NO_NODE)
            return fail(HORN_ERROR_SHAPE, "%s: layer '%s' has no weight '%s'", r->where, like->name,
                        like->tensors[i].name);
        horn_status status = tf_add_variable(r, layer, weight, like->tensors[i].name, &like->tensors[i]);
        if (status) return status;
    }
    return HORN_OK;
}

/* ---- without a model: layers inside are those that Keras' classes call so ---- */

enum { DEEPEST = 16 };

typedef struct inside {
    const char *attribute;
    size_t node;
} inside;

static horn_status add_list(const tf_reader *r, size_t node, const char *prefix, const char *attribute,
                            inside **out, size_t *count, size_t *capacity)
{
    size_t *list = NULL, found = 0;
    horn_status status = object_graph_list(&r->graph, node, prefix, &list, &found, r->where);
    for (size_t i = 0; i < found && !status; i++) {
        status = memory_grow(out, *count, capacity, sizeof **out);
        if (!status) (*out)[(*count)++] = (inside){ attribute, list[i] };
    }
    free(list);
    return status;
}

/* Lists what Keras' classes hold: one layer under its name, the cells of a list, the layers of a model of Keras 2. The caller
 * frees *out. */
static horn_status list_inside(const tf_reader *r, size_t node, inside **out, size_t *count)
{
    static const char *const names[] = { "cell",        "layer",     "forward_layer", "backward_layer",
                                         "query_dense", "key_dense", "value_dense",   "output_dense" };
    horn_status status = HORN_OK;
    size_t capacity = 0, child;
    *out = NULL, *count = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        child = object_graph_child(&r->graph, node, names[i]);
        if (child == NO_NODE)
            child = object_graph_child(&r->graph, node, keras_inner_attribute(names[i], false));
        if (child == NO_NODE) continue;
        TRY(memory_grow(out, *count, &capacity, sizeof **out));
        (*out)[(*count)++] = (inside){ names[i], child };
    }
    child = object_graph_child(&r->graph, node, "cells");
    if (child != NO_NODE) TRY(add_list(r, child, "", "cells", out, count, &capacity));
    TRY(add_list(r, node, "layer_with_weights-", "layers", out, count, &capacity));
done:
    return status;
}

/* Whether the layer, or one inside it, has weights. Graphs have cycles: each node is looked at once. */
static horn_status find_weights(const tf_reader *r, size_t node, int depth, bool *has)
{
    horn_status status = HORN_OK;
    inside *list = NULL;
    size_t count = 0;
    *has = tf_count_weights(r, node) || r->seen[node] & TF_HOLDS;
    if (*has || r->seen[node] & TF_EMPTY || depth == DEEPEST) return HORN_OK;
    r->seen[node] |= TF_EMPTY;
    TRY(list_inside(r, node, &list, &count));
    for (size_t i = 0; i < count && !*has; i++) TRY(find_weights(r, list[i].node, depth + 1, has));
    if (*has) r->seen[node] ^= TF_EMPTY | TF_HOLDS;
done:
    free(list);
    return status;
}

/* Cuts the last part off "lstm/lstm_cell/kernel". */
static size_t cut_part(protobuf_text text, size_t end)
{
    while (end && text.at[end - 1] != '/') end--;
    return end - (end > 0);
}

/* The first node inside that has weights itself; *depth counts the steps to it. */
static horn_status first_with_weights(const tf_reader *r, size_t *node, size_t *depth)
{
    horn_status status = HORN_OK;
    for (*depth = 0; !status && *depth < DEEPEST && !tf_count_weights(r, *node); ++*depth) {
        inside *list = NULL;
        size_t count = 0, at = 0;
        bool has = false;
        status = list_inside(r, *node, &list, &count);
        for (; at < count && !status && !has; at++) status = find_weights(r, list[at].node, 0, &has);
        if (has) *node = list[at - 1].node;
        free(list);
        if (!has) break;
    }
    return status;
}

/* Makes the name "dense" of the full name of the first weight: "dense/kernel" or "sequential/dense/kernel". */
static horn_status name_layer(const tf_reader *r, size_t node, char **out)
{
    protobuf_text full = { "", 0 };
    size_t depth;
    const horn_status status = first_with_weights(r, &node, &depth);
    if (status) return status;
    const graph_node *n = &r->graph.nodes[node];
    for (size_t i = 0; i < n->child_count && !full.size; i++) {
        size_t child = r->graph.children[n->first_child + i].node;
        if (object_graph_is_variable(&r->graph, child)) full = r->graph.nodes[child].full_name;
    }
    size_t end = full.size;
    for (size_t i = 0; i <= depth; i++) end = cut_part(full, end);
    size_t start = end;
    while (start && full.at[start - 1] != '/') start--;
    if (end == start) return memory_copy_string(out, "layer");
    return memory_copy_text(out, full.at + start, end - start);
}

/* Drops the input of a Functional, or of Keras 3, from a list of nodes. True if the rest has a node for each layer of the snapshot, or
 * of the target if the snapshot has none yet. */
static bool skip_input(const tf_reader *r, size_t *list, size_t *count)
{
    size_t layers = r->out->layer_count || !r->target ? r->out->layer_count : r->target->layer_count;
    if (!layers || *count != layers + 1 || tf_count_weights(r, list[0])) return layers && *count == layers;
    memmove(list, list + 1, layers * sizeof *list);
    *count = layers;
    return true;
}

/* Lists the nodes of the layers in order. *all is true if there is one for each layer of the model, also without weights. */
static horn_status list_layers(const tf_reader *r, size_t **out, size_t *count, bool *all)
{
    const object_graph *g = &r->graph;
    horn_status status = HORN_OK;
    size_t *list = NULL;
    *all = false;
    TRY(object_graph_list(g, r->model, "layer-", &list, count, r->where));
    *all = *count && (r->out->is_functional ? skip_input(r, list, count) : *count == r->out->layer_count);
    if (*all) goto done;
    free(list);
    list = NULL;
    TRY(object_graph_list(g, r->model, "layer_with_weights-", &list, count, r->where));
    if (*count) goto done;
    free(list);
    list = NULL;
    TRY(object_graph_list(g, r->model, "layer-", &list, count, r->where));
    if (*count) goto done;
    free(list);
    list = NULL;
    static const char *const places[] = { "_operations", "_layers", "layers" }; /* Keras 3 */
    size_t inner = object_graph_child(g, r->model, "_functional"), found = NO_NODE;
    if (inner == NO_NODE) inner = r->model;
    for (size_t i = 0; i < 3 && found == NO_NODE; i++) found = object_graph_child(g, inner, places[i]);
    TRY(object_graph_list(g, found, "", &list, count, r->where));
    *all = skip_input(r, list, count);
done:
    if (status) {
        free(list);
        return status;
    }
    *out = list;
    return HORN_OK;
}

static const snapshot_layer *next_of(const snapshot *s, size_t *at)
{
    while (s && *at < s->layer_count)
        if (snapshot_weight_count(&s->layers[(*at)++])) return &s->layers[*at - 1];
    return NULL;
}

/* Adds the layers inside that the target's layer has. */
static horn_status add_inner(snapshot_layer *layer, const snapshot_layer *like)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; !status && i < like->inner_count; i++) {
        const snapshot_layer *from = &like->inner[i];
        snapshot_layer *inner;
        status = snapshot_add_inner(layer, from->attribute, NULL, from->name, &inner);
        if (!status) status = add_inner(inner, from);
    }
    return status;
}

static void freeze(snapshot_layer *layer)
{
    for (size_t i = 0; i < layer->tensor_count; i++) layer->tensors[i].trainable = false;
    for (size_t i = 0; i < layer->inner_count; i++) freeze(&layer->inner[i]);
}

static horn_status take_node(const tf_reader *r, size_t node)
{
    if (r->seen[node] & TF_LAYER)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: a layer appears twice in its model, which is not supported",
                    r->where);
    r->seen[node] |= TF_LAYER;
    return HORN_OK;
}

/* Adds the weights of a layer and of those inside it. */
static horn_status add_unknown(tf_reader *r, snapshot_layer *layer, size_t node, int depth)
{
    horn_status status = HORN_OK;
    inside *list = NULL;
    size_t count = 0;
    char *name = NULL;
    bool has;
    if (tf_count_weights(r, node)) TRY(tf_add_all(r, layer, node));
    if (depth < DEEPEST) TRY(list_inside(r, node, &list, &count));
    for (size_t i = 0; i < count; i++) {
        snapshot_layer *inner;
        TRY(find_weights(r, list[i].node, 0, &has));
        if (!has) continue;
        TRY(take_node(r, list[i].node));
        TRY(name_layer(r, list[i].node, &name));
        TRY(snapshot_add_inner(layer, list[i].attribute, NULL, name, &inner));
        free(name);
        name = NULL;
        TRY(add_unknown(r, inner, list[i].node, depth + 1));
    }
done:
    free(list);
    free(name);
    return status;
}

static horn_status read_new_layer(tf_reader *r, size_t node, const snapshot_layer *like)
{
    horn_status status = HORN_OK;
    snapshot_layer *layer;
    char *name = NULL;
    TRY(name_layer(r, node, &name));
    TRY(snapshot_add_layer(r->out, NULL, name, &layer));
    if (like && like->inner_count) {
        TRY(add_inner(layer, like));
        TRY(tf_read_known_layer(r, layer, like, node));
    } else {
        TRY(like ? add_like(r, layer, node, like) : add_unknown(r, layer, node, 0));
    }
    if (like && snapshot_is_frozen(like)) freeze(layer);
done:
    free(name);
    return status;
}

/* Of the weights' nodes those that train. */
static horn_status keep_trainable(tf_reader *r)
{
    horn_status status = HORN_OK;
    snapshot_index index;
    size_t kept = 0;
    TRY(snapshot_index_new(&index, r->out));
    for (size_t i = 0; i < index.count; i++)
        if (index.weights[i].trains) r->weights[kept++] = r->weights[i];
    r->weight_count = kept;
done:
    snapshot_index_free(&index);
    return status;
}

/* Of weights alone. `like`: the target's layer, if the file lists all of them; else the next one that has weights is meant. */
static horn_status read_unnamed(tf_reader *r, size_t node, const snapshot_layer *like, size_t *next)
{
    bool has = false;
    if (like) return snapshot_weight_count(like) ? read_new_layer(r, node, like) : HORN_OK;
    const horn_status status = find_weights(r, node, 0, &has);
    return status || !has ? status : read_new_layer(r, node, next_of(r->target, next));
}

/* Fails if the file and the target differ in the number of layers with weights. Layers with inner layers are checked elsewhere. */
static horn_status check_count(const tf_reader *r, const size_t *layers, size_t count)
{
    size_t found = 0, expected = 0;
    if (!r->target) return HORN_OK;
    for (size_t i = 0; i < r->target->layer_count; i++) {
        if (r->target->layers[i].inner_count) return HORN_OK;
        expected += r->target->layers[i].tensor_count > 0;
    }
    for (size_t i = 0; i < count; i++) found += tf_count_weights(r, layers[i]) > 0;
    if (found == expected) return HORN_OK;
    return fail(HORN_ERROR_SHAPE, "%s: the checkpoint has %zu layers with weights, the model %zu", r->where,
                found, expected);
}

horn_status tf_read_layers(tf_reader *r)
{
    horn_status status = HORN_OK;
    size_t *layers = NULL, count = 0, next = 0;
    bool all, has_architecture = r->out->layer_count > 0;
    snapshot *expected = NULL;
    TRY(keras_expect(&expected, r->out, has_architecture ? r->schema : NULL, r->where));
    TRY(list_layers(r, &layers, &count, &all));
    if (has_architecture && !all)
        TRY(fail(HORN_ERROR_FORMAT, "%s: its object graph has other layers than its %s", r->where,
                 TF_ARCHITECTURE_KEY));
    if (!has_architecture) TRY(check_count(r, layers, count));
    for (size_t i = 0; i < count; i++) {
        TRY(take_node(r, layers[i]));
        if (has_architecture)
            TRY(tf_read_known_layer(r, &r->out->layers[i], &expected->layers[i], layers[i]));
        else
            TRY(read_unnamed(r, layers[i], all && r->target ? &r->target->layers[i] : NULL, &next));
    }
    TRY(tf_check_left(r, layers, count));
    TRY(keep_trainable(r));
done:
    snapshot_free(expected);
    free(layers);
    return status;
}
