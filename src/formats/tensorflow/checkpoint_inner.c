/* Reads layers with inner layers from an object graph. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "config/keras_classes.h"
#include "formats/keras/classes.h"
#include "formats/tensorflow/checkpoint.h"
#include "snapshot/index.h"

/* ---- a layer's own weights ---- */

/* Reads the weights by the expected names, if the graph has all of them. */
static horn_status read_own(tf_reader *r, snapshot_layer *layer, const snapshot_layer *expected, size_t node)
{
    horn_status status = HORN_OK;
    size_t count = expected->tensor_count, found = 0;
    for (size_t i = 0; i < count; i++)
        found += tf_find_weight(r, node, expected->class_name, expected->tensors[i].name) != NO_NODE;
    if (expected->is_unknown || found != count)
        return tf_count_weights(r, node) ? tf_add_all(r, layer, node) : HORN_OK;
    for (size_t i = 0; i < count; i++) {
        const snapshot_tensor *like = &expected->tensors[i];
        const size_t weight = tf_find_weight(r, node, expected->class_name, like->name);
        TRY(tf_add_variable(r, layer, weight, like->name, like));
    }
done:
    return status;
}

/* ---- inner layers ---- */

static bool is_input(const snapshot_layer *l)
{
    return l->class_name && keras_role_of(l->class_name) == KERAS_INPUT;
}

static size_t count_inputs(const snapshot_layer *l)
{
    size_t inputs = 0;
    for (size_t i = 0; i < l->inner_count; i++) inputs += is_input(&l->inner[i]);
    return inputs;
}

/* Lists the nodes of a nested model's layers. In Keras 2 a Sequential does not count its input. */
static horn_status list_layers(const tf_reader *r, const snapshot_layer *layer, size_t node, size_t **out,
                               size_t *count)
{
    const object_graph *g = &r->graph;
    size_t inner = object_graph_child(g, node, "_functional");
    horn_status status = object_graph_list(g, node, "layer-", out, count, r->where);
    if (status || *count) return status;
    free(*out);
    *out = NULL;
    inner = object_graph_child(g, inner == NO_NODE ? node : inner, "_operations");
    status = object_graph_list(g, inner, "", out, count, r->where);
    if (status || *count != layer->inner_count + 1 || count_inputs(layer)) return status;
    memmove(*out, *out + 1, --*count * sizeof **out); /* Keras 3's input, which the config leaves out */
    return HORN_OK;
}

/* Finds the nodes of the inner layers; NO_NODE for layers that have none. */
static horn_status find_inner(const tf_reader *r, const snapshot_layer *layer, const char *class_name,
                              size_t node, size_t *nodes)
{
    horn_status status = HORN_OK;
    size_t *list = NULL, count = 0, at = 0;
    const bool is_list = keras_is_list(layer->inner[0].attribute),
               is_model = is_list && strcmp(layer->inner[0].attribute, "layers") == 0;
    if (is_model) TRY(list_layers(r, layer, node, &list, &count));
    if (is_list && !is_model)
        TRY(object_graph_list(&r->graph, object_graph_child(&r->graph, node, layer->inner[0].attribute), "",
                              &list, &count, r->where));
    const bool skips = is_model && count != layer->inner_count;
    if (is_list && count != layer->inner_count - (skips ? count_inputs(layer) : 0))
        TRY(fail(HORN_ERROR_FORMAT, "%s: layer '%s' (%s) holds %zu layers there, %zu in the architecture",
                 r->where, layer->name, class_name, count, layer->inner_count));
    for (size_t i = 0; i < layer->inner_count; i++) {
        const snapshot_layer *l = &layer->inner[i];
        if (!is_list) {
            nodes[i] = object_graph_child(&r->graph, node, l->attribute);
            if (nodes[i] == NO_NODE)
                nodes[i] = object_graph_child(&r->graph, node, keras_inner_attribute(l->attribute, false));
        } else
            nodes[i] = skips && is_input(l) ? NO_NODE : list[at++];
    }
done:
    free(list);
    return status;
}

horn_status tf_read_known_layer(tf_reader *r, snapshot_layer *layer, const snapshot_layer *expected,
                                size_t node)
{
    horn_status status = HORN_OK;
    size_t *nodes = NULL;
    TRY(memory_new(&nodes, layer->inner_count, sizeof *nodes));
    TRY(read_own(r, layer, expected, node));
    const char *class_name = expected->class_name ? expected->class_name : "?";
    if (layer->inner_count) TRY(find_inner(r, layer, class_name, node, nodes));
    for (size_t i = 0; i < layer->inner_count; i++) {
        const snapshot_layer *inside = &expected->inner[i];
        if (nodes[i] == NO_NODE && snapshot_weight_count(inside))
            TRY(fail(HORN_ERROR_FORMAT, "%s: layer '%s' (%s) has no '%s' with weights there", r->where,
                     layer->name, class_name, inside->attribute));
        if (nodes[i] != NO_NODE) TRY(tf_read_known_layer(r, &layer->inner[i], inside, nodes[i]));
    }
done:
    free(nodes);
    return status;
}

/* ---- tensors that were not read ---- */

/* True for children of a layer that are no weights: how it was called, random numbers, the model again. */
static bool is_aside(protobuf_text name)
{
    static const char *const names[] = { "keras_api", "root", "model", "optimizer" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (protobuf_text_is(name, names[i])) return true;
    return keras_is_random_state(name.at, name.size);
}

/* Walks breadth first, as graphs have cycles. */
horn_status tf_check_left(tf_reader *r, const size_t *layers, size_t count)
{
    horn_status status = HORN_OK;
    const object_graph *g = &r->graph;
    size_t *queue = NULL, waiting = 0;
    TRY(memory_new(&queue, g->node_count + count, sizeof *queue));
    r->seen[r->model] |= TF_WALKED;
    for (size_t i = 0; i < count; i++) {
        r->seen[layers[i]] |= TF_WALKED;
        queue[waiting++] = layers[i];
    }
    for (size_t at = 0; at < waiting; at++) {
        const graph_node *n = &g->nodes[queue[at]];
        const bundle_entry *entry = n->key.at ? tensor_bundle_find(r->bundle, n->key) : NULL;
        if (entry && !r->taken[entry - tensor_bundle_at(r->bundle, 0)])
            TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: the tensor '%.*s' belongs to no layer that is known",
                     r->where, (int)(n->key.size < 200 ? n->key.size : 200), n->key.at));
        for (size_t k = 0; k < n->child_count; k++) {
            const graph_child *child = &g->children[n->first_child + k];
            if (r->seen[child->node] & TF_WALKED || is_aside(child->name)) continue;
            r->seen[child->node] |= TF_WALKED;
            queue[waiting++] = child->node;
        }
    }
done:
    free(queue);
    return status;
}
