/* The weights of layers that may hold others. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "snapshot/snapshot.h"

bool snapshot_is_frozen(const snapshot_layer *layer)
{
    const config *trainable = config_get(layer->arguments, "trainable");
    return !config_is_null(trainable) && !config_is_true(trainable);
}

size_t snapshot_weight_count(const snapshot_layer *layer)
{
    size_t count = layer->tensor_count;
    for (size_t i = 0; i < layer->inner_count; i++) count += snapshot_weight_count(&layer->inner[i]);
    return count;
}

/* `at` is the weight of the layer before, of which the path goes on. */
static void collect(const snapshot_layer *layer, snapshot_weight at, snapshot_weight **next)
{
    at.trains = at.trains && !snapshot_is_frozen(layer);
    if (at.depth == SNAPSHOT_MAX_DEPTH) return;
    at.path[at.depth++] = layer;
    for (size_t i = 0; i < layer->tensor_count; i++) {
        **next = at;
        (*next)->tensor = &layer->tensors[i];
        (*next)++->trains = at.trains && layer->tensors[i].trainable;
    }
    for (size_t i = 0; i < layer->inner_count; i++) collect(&layer->inner[i], at, next);
}

horn_status snapshot_layer_weights(const snapshot_layer *layer, snapshot_weight **out, size_t *count)
{
    snapshot_weight *weights, *next;
    horn_status status = memory_new(&weights, snapshot_weight_count(layer), sizeof *weights);
    if (status) return status;
    next = weights;
    collect(layer, (snapshot_weight){ .trains = true }, &next);
    *count = (size_t)(next - weights);
    *out = weights;
    return HORN_OK;
}

horn_status snapshot_trainable_first(snapshot_weight *weights, size_t count)
{
    snapshot_weight *sorted;
    size_t next = 0;
    horn_status status = memory_new(&sorted, count, sizeof *sorted);
    if (status) return status;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < count; i++)
            if (weights[i].trains == (pass == 0)) sorted[next++] = weights[i];
    if (count) memcpy(weights, sorted, count * sizeof *weights);
    free(sorted);
    return HORN_OK;
}

void snapshot_print_path(bytes *out, const snapshot_weight *w, char separator)
{
    for (size_t i = 0; i < w->depth; i++)
        bytes_print(out, "%s%c", w->path[i]->name ? w->path[i]->name : "", separator);
    bytes_print(out, "%s", w->tensor->name ? w->tensor->name : "");
}

/* Finds the weight that `*left` others that train stand before. */
static const snapshot_tensor *find(const snapshot_layer *layer, size_t *left, size_t depth, bytes *path,
                                   char separator, const snapshot_layer **owner)
{
    const snapshot_tensor *found = NULL;
    const size_t start = path ? path->size : 0;
    if (snapshot_is_frozen(layer) || depth == SNAPSHOT_MAX_DEPTH) return NULL;
    if (path) bytes_print(path, "%s%c", layer->name ? layer->name : "", separator);
    for (size_t i = 0; i < layer->tensor_count; i++) {
        if (!layer->tensors[i].trainable || (*left)--) continue;
        if (owner) *owner = layer;
        if (path) bytes_print(path, "%s", layer->tensors[i].name ? layer->tensors[i].name : "");
        return &layer->tensors[i];
    }
    for (size_t i = 0; i < layer->inner_count && !found; i++)
        found = find(&layer->inner[i], left, depth + 1, path, separator, owner);
    if (path && !found) path->size = start;
    return found;
}

static const snapshot_tensor *find_in(const snapshot *s, size_t index, bytes *path, char separator,
                                      const snapshot_layer **owner)
{
    const snapshot_tensor *found = NULL;
    for (size_t i = 0; i < s->layer_count && !found; i++)
        found = find(&s->layers[i], &index, 0, path, separator, owner);
    return found;
}

const snapshot_tensor *snapshot_trainable(const snapshot *s, size_t index, const snapshot_layer **owner)
{
    return find_in(s, index, NULL, 0, owner);
}

const snapshot_tensor *snapshot_print_trainable(bytes *out, const snapshot *s, size_t index, char separator)
{
    return find_in(s, index, out, separator, NULL);
}

static size_t count_trainable(const snapshot_layer *layer, size_t depth)
{
    size_t count = 0;
    if (snapshot_is_frozen(layer) || depth == SNAPSHOT_MAX_DEPTH) return 0;
    for (size_t i = 0; i < layer->tensor_count; i++) count += layer->tensors[i].trainable;
    for (size_t i = 0; i < layer->inner_count; i++) count += count_trainable(&layer->inner[i], depth + 1);
    return count;
}

size_t snapshot_trainable_count(const snapshot *s)
{
    size_t count = 0;
    for (size_t i = 0; i < s->layer_count; i++) count += count_trainable(&s->layers[i], 0);
    return count;
}
