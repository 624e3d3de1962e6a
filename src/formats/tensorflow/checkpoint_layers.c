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

/* Makes the name "dense" of the full name of the first weight: "dense/kernel" or "sequential/dense/kernel". */
static horn_status name_layer(const tf_reader *r, size_t node, char **out)
{
    const graph_node *n = &r->graph.nodes[node];
    protobuf_text full = { "", 0 };
    for (size_t i = 0; i < n->child_count && !full.size; i++) {
        size_t child = r->graph.children[n->first_child + i].node;
        if (object_graph_is_variable(&r->graph, child)) full = r->graph.nodes[child].full_name;
    }
    size_t end = full.size;
    while (end && full.at[end - 1] != '/') end--;
    end -= end > 0;
    size_t start = end;
    while (start && full.at[start - 1] != '/') start--;
    if (end == start) return memory_copy_string(out, "layer");
    return memory_copy_text(out, full.at + start, end - start);
}

/* Drops the input of a Functional, or of Keras 3, from a list of nodes. True if the rest has a node for each layer of the snapshot. */
static bool skip_input(const tf_reader *r, size_t *list, size_t *count)
{
    size_t layers = r->out->layer_count;
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
        if (s->layers[(*at)++].tensor_count) return &s->layers[*at - 1];
    return NULL;
}

static horn_status read_new_layer(tf_reader *r, size_t node, const snapshot_layer *like)
{
    horn_status status = HORN_OK;
    snapshot_layer *layer;
    char *name = NULL;
    TRY(name_layer(r, node, &name));
    TRY(snapshot_add_layer(r->out, NULL, name, &layer));
    TRY(like ? add_like(r, layer, node, like) : tf_add_all(r, layer, node));
    for (size_t i = 0; like && snapshot_is_frozen(like) && i < layer->tensor_count; i++)
        layer->tensors[i].trainable = false;
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

static horn_status read_one(tf_reader *r, size_t node, snapshot_layer *known, const snapshot_layer *expected,
                            size_t *next)
{
    if (r->seen[node] & TF_LAYER)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: a layer appears twice in its model, which is not supported",
                    r->where);
    r->seen[node] |= TF_LAYER;
    if (known) return tf_read_known_layer(r, known, expected, node);
    return tf_count_weights(r, node) ? read_new_layer(r, node, next_of(r->target, next)) : HORN_OK;
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
    for (size_t i = 0; i < count; i++)
        TRY(read_one(r, layers[i], has_architecture ? &r->out->layers[i] : NULL,
                     has_architecture ? &expected->layers[i] : NULL, &next));
    TRY(tf_check_left(r, layers, count));
    TRY(keep_trainable(r));
done:
    snapshot_free(expected);
    free(layers);
    return status;
}
