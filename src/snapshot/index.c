#include "snapshot/index.h"

#include <stdlib.h>
#include "base/memory.h"
#include "base/status.h"

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

/* ---- making ---- */

/* `at` has the path to the layer around this one. */
static void collect(snapshot_index *out, const snapshot_layer *layer, snapshot_weight at)
{
    at.trains = at.trains && !snapshot_is_frozen(layer);
    if (at.depth == SNAPSHOT_MAX_DEPTH) return;
    at.path[at.depth++] = layer;
    for (size_t i = 0; i < layer->tensor_count; i++) {
        snapshot_weight *w = &out->weights[out->count++];
        *w = at;
        w->tensor = &layer->tensors[i];
        w->trains = at.trains && w->tensor->trainable;
    }
    for (size_t i = 0; i < layer->inner_count; i++) collect(out, &layer->inner[i], at);
}

static void sort(snapshot_index *index)
{
    size_t next = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < index->count; i++)
            if (index->weights[i].trains == (pass == 0)) index->trained_first[next++] = &index->weights[i];
        if (pass == 0) index->trained_count = next;
    }
}

static horn_status make(snapshot_index *out, const snapshot_layer *layers, size_t count)
{
    horn_status status = HORN_OK;
    size_t weights = 0;
    *out = (snapshot_index){ 0 };
    for (size_t i = 0; i < count; i++) weights += snapshot_weight_count(&layers[i]);
    TRY(memory_new(&out->weights, weights, sizeof *out->weights));
    TRY(memory_new(&out->trained_first, weights, sizeof *out->trained_first));
    for (size_t i = 0; i < count; i++) collect(out, &layers[i], (snapshot_weight){ .trains = true });
    sort(out);
done:
    return status;
}

horn_status snapshot_index_new(snapshot_index *out, const snapshot *s)
{
    return make(out, s->layers, s->layer_count);
}

horn_status snapshot_index_layer(snapshot_index *out, const snapshot_layer *layer)
{
    return make(out, layer, 1);
}

void snapshot_index_free(snapshot_index *index)
{
    free(index->weights);
    free(index->trained_first);
    *index = (snapshot_index){ 0 };
}

/* ---- reading ---- */

const snapshot_weight *snapshot_weight_at(const snapshot_index *index, snapshot_order order, size_t number)
{
    if (number >= (order == SNAPSHOT_TRAINED ? index->trained_count : index->count)) return NULL;
    return order == SNAPSHOT_BY_LAYER ? &index->weights[number] : index->trained_first[number];
}

const snapshot_layer *snapshot_weight_owner(const snapshot_weight *w)
{
    return w->path[w->depth - 1];
}

/* ---- paths ---- */

const path_style path_slashes = { .separator = '/' }, path_flat = { .separator = '_', .slash = "_" };

void snapshot_path_part(bytes *out, const char *name, const path_style *style)
{
    for (const char *at = name ? name : ""; *at; at++)
        if (*at == '/' && style->slash)
            bytes_print(out, "%s", style->slash);
        else
            bytes_append(out, at, 1);
}

void snapshot_path(bytes *out, const snapshot_weight *w, const path_style *style)
{
    for (size_t i = 0; i < w->depth; i++) {
        snapshot_path_part(out, w->path[i]->name, style);
        bytes_append(out, &style->separator, 1);
    }
    snapshot_path_part(out, w->tensor->name, style);
}
