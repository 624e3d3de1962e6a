/* Reads single weights: the variables of a layer's node and their tensors. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/keras/classes.h"
#include "formats/keras/expected.h"
#include "formats/tensorflow/checkpoint.h"

enum { MOST_WEIGHTS = 1 << 14 };

horn_status tf_variable(const tf_reader *r, size_t node, const bundle_entry **out)
{
    const graph_node *n = &r->graph.nodes[node];
    *out = tensor_bundle_find(r->bundle, n->key);
    if (*out) return HORN_OK;
    return fail(HORN_ERROR_FORMAT, "%s: its object graph names the tensor '%.*s', which is not there",
                r->where, (int)(n->key.size < 200 ? n->key.size : 200), n->key.at);
}

static size_t find_variable(const tf_reader *r, size_t layer, const char *attribute)
{
    size_t node = object_graph_child(&r->graph, layer, attribute);
    return object_graph_is_variable(&r->graph, node) ? node : NO_NODE;
}

size_t tf_find_weight(const tf_reader *r, size_t layer, const char *class_name, const char *name)
{
    size_t node = find_variable(r, layer, name);
    return node != NO_NODE ? node : find_variable(r, layer, keras_attribute(class_name, name));
}

size_t tf_guess_weight(const tf_reader *r, size_t layer, const char *name)
{
    char other[128] = "_";
    strncat(other, name, sizeof other - 2);
    size_t node = find_variable(r, layer, name);
    return node != NO_NODE ? node : find_variable(r, layer, other);
}

size_t tf_count_weights(const tf_reader *r, size_t layer)
{
    const graph_node *n = &r->graph.nodes[layer];
    size_t count = 0;
    for (size_t i = 0; i < n->child_count; i++)
        count += object_graph_is_variable(&r->graph, r->graph.children[n->first_child + i].node);
    return count;
}

horn_status tf_add_tensor(tf_reader *r, snapshot_layer *layer, const bundle_entry *entry, const char *name,
                          const snapshot_tensor *like)
{
    horn_status status = HORN_OK;
    horn_view view;
    snapshot_tensor *t;
    bool *taken = &r->taken[entry - tensor_bundle_at(r->bundle, 0)];
    if (*taken)
        TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: tensor '%s' belongs to two weights, which is not supported",
                 r->where, entry->key.at));
    *taken = true;
    TRY(bundle_entry_describe(r->bundle, entry, &view));
    view.data = r->borrows ? bundle_entry_borrow(r->bundle, entry) : NULL;
    TRY((view.data ? snapshot_layer_borrow : snapshot_layer_add)(layer, name, &view, &t));
    if (!view.data) TRY(bundle_entry_read(r->bundle, entry, t->data, snapshot_tensor_bytes(t)));
    if (like) schema_apply_to(t, like);
done:
    return status;
}

horn_status tf_add_variable(tf_reader *r, snapshot_layer *layer, size_t node, const char *name,
                            const snapshot_tensor *like)
{
    horn_status status = HORN_OK;
    const bundle_entry *entry;
    TRY(tf_variable(r, node, &entry));
    if (r->weight_count == MOST_WEIGHTS)
        TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: more than %d weights are not supported", r->where,
                 MOST_WEIGHTS));
    TRY(tf_add_tensor(r, layer, entry, name, like));
    TRY(memory_grow(&r->weights, r->weight_count, &r->weight_capacity, sizeof *r->weights));
    r->weights[r->weight_count++] = node;
done:
    return status;
}

static bool is_ordered(const char *name)
{
    const char *usual;
    for (size_t i = 0; (usual = keras_usual_weight(i)); i++)
        if (strcmp(usual, name + (*name == '_')) == 0) return true;
    return false;
}

/* True if all weights of a layer have Keras' usual names, whose order is known. */
static bool has_order(const tf_reader *r, size_t node)
{
    char name[32];
    const graph_node *n = &r->graph.nodes[node];
    for (size_t i = 0; i < n->child_count; i++) {
        const graph_child *child = &r->graph.children[n->first_child + i];
        if (!object_graph_is_variable(&r->graph, child->node)) continue;
        if (child->name.size >= sizeof name) return false;
        memcpy(name, child->name.at, child->name.size);
        name[child->name.size] = 0;
        if (!is_ordered(name)) return false;
    }
    return true;
}

/* The weights of a user's own class keep the file's order. */
horn_status tf_add_all(tf_reader *r, snapshot_layer *layer, size_t node)
{
    horn_status status = HORN_OK;
    const graph_node *n = &r->graph.nodes[node];
    const bool is_own = layer->class_name && (strchr(layer->class_name, '>') || !has_order(r, node));
    const char *usual;
    char *name = NULL;
    for (size_t i = 0; (usual = keras_usual_weight(i)) && !is_own; i++) {
        size_t weight = tf_guess_weight(r, node, usual);
        if (weight != NO_NODE) TRY(tf_add_variable(r, layer, weight, usual, NULL));
    }
    for (size_t i = 0; i < n->child_count; i++) {
        const graph_child *child = &r->graph.children[n->first_child + i];
        if (!object_graph_is_variable(&r->graph, child->node)) continue;
        free(name);
        name = NULL;
        TRY(memory_copy_text(&name, child->name.at, child->name.size));
        if (is_own || !is_ordered(name)) TRY(tf_add_variable(r, layer, child->node, name, NULL));
    }
    if (layer->tensor_count != tf_count_weights(r, node))
        TRY(fail(HORN_ERROR_FORMAT, "%s: a layer has two weights of one name", r->where));
    keras_mark_trainable(layer);
done:
    free(name);
    return status;
}
