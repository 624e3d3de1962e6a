#include "model/files/pair_weights.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "layers/custom/custom_layer.h"

bool pair_fits(const snapshot_tensor *t, const shape *s)
{
    return t->dtype == HORN_FLOAT32 && t->rank == s->rank &&
           memcmp(t->shape, s->dim, (size_t)s->rank * sizeof *s->dim) == 0;
}

horn_status pair_misfit(const char *name, const char *what, const layer *l, const weight *p,
                        const snapshot_tensor *t)
{
    char found[SHAPE_TEXT], expected[SHAPE_TEXT];
    shape given = { .rank = t->rank };
    memcpy(given.dim, t->shape, sizeof given.dim);
    return fail(HORN_ERROR_SHAPE, "%s: %s'%s' of layer '%s' has shape %s (%s), expected %s (float32)", name,
                what, p->name, l->name, shape_print(found, &given), horn_dtype_name(t->dtype),
                shape_print(expected, &p->shape));
}

/* ---- layers with weights ---- */

struct pairing {
    horn_model *model;
    const char *name;
    bool copy;
    /* [count]: layers of the snapshot that have tensors, depth first. The next one. */
    const snapshot_layer **layers;
    size_t count, next;
    /* Number of the next weight in the model's order. */
    size_t weight;
};

static size_t count_found(const snapshot_layer *l)
{
    size_t count = l->tensor_count > 0;
    for (size_t i = 0; i < l->inner_count; i++) count += count_found(&l->inner[i]);
    return count;
}

static void list_found(pairing *p, const snapshot_layer *l)
{
    if (l->tensor_count) p->layers[p->count++] = l;
    for (size_t i = 0; i < l->inner_count; i++) list_found(p, &l->inner[i]);
}

/* Layers of a snapshot that have the weights of one layer. */
static size_t count_holders(const layer *l)
{
    const size_t count = layer_holder_count(l);
    return count ? count : 1;
}

static size_t count_wanted(const layer *l)
{
    size_t count = l->weight_count ? count_holders(l) : 0;
    for (size_t i = 0; i < l->inner_count; i++) count += count_wanted(l->inner[i].layer);
    return count;
}

static size_t count_weights(const layer *l)
{
    size_t count = l->weight_count;
    for (size_t i = 0; i < l->inner_count; i++) count += count_weights(l->inner[i].layer);
    return count;
}

static horn_status count_misfit(const pairing *p)
{
    size_t wanted = 0;
    for (size_t i = 0; i < p->model->layer_count; i++) wanted += count_wanted(p->model->layers[i]);
    return fail(HORN_ERROR_SHAPE, "%s: has %zu layers with weights, model '%s' has %zu", p->name, p->count,
                p->model->name, wanted);
}

/* ---- weights ---- */

static bool fits_weight(const snapshot_tensor *t, const weight *w)
{
    if (!w->is_whole || t->dtype == HORN_FLOAT32) return pair_fits(t, &w->shape);
    snapshot_tensor as_float = *t;
    as_float.dtype = HORN_FLOAT32;
    return t->dtype == HORN_INT64 && pair_fits(&as_float, &w->shape);
}

static void copy_values(const snapshot_tensor *t, weight *w)
{
    if (t->dtype == HORN_FLOAT32) memcpy(w->value, t->data, snapshot_tensor_bytes(t));
    for (size_t i = 0; t->dtype == HORN_INT64 && i < shape_count(&w->shape); i++)
        w->value[i] = (float)((const int64_t *)t->data)[i];
}

static horn_status pair(const pairing *p, weight *w, const snapshot_tensor *t)
{
    if (!fits_weight(t, w)) return pair_misfit(p->name, "weight ", w->layer, w, t);
    if (!p->copy) return HORN_OK;
    copy_values(t, w);
    w->is_missing = false;
    return HORN_OK;
}

static const snapshot_tensor *find_tensor(const snapshot_layer *from, const char *name)
{
    for (size_t i = 0; i < from->tensor_count; i++)
        if (from->tensors[i].name && strcmp(from->tensors[i].name, name) == 0) return &from->tensors[i];
    return NULL;
}

/* Pairs weights by order. Custom layers may mix trainable and frozen weights: they are paired by name if the file has all
 * names. Trainable weights must keep their order, as the optimizer's variables follow it. */
static horn_status pair_own(const pairing *p, const layer *l, const snapshot_layer *from)
{
    bool named = custom_layer_class(l->class->name) == l->class;
    const snapshot_tensor *last = NULL;
    for (size_t i = 0; i < l->weight_count; i++) named = named && find_tensor(from, l->weights[i].name);
    for (size_t i = 0; i < from->tensor_count; i++) {
        weight *w = model_weight(p->model, p->weight + i);
        const snapshot_tensor *t = named ? find_tensor(from, w->name) : &from->tensors[i];
        if (w->trainable && t < last)
            return fail(HORN_ERROR_SHAPE,
                        "%s: layer '%s' (%s) has its weight '%s' before '%s', expected after it", p->name,
                        l->name, l->class->name, w->name, last->name);
        if (w->trainable) last = t;
        horn_status status = pair(p, w, t);
        if (status) return status;
    }
    return HORN_OK;
}

/* The next layer of the snapshot, which has `count` of the layer's weights. */
static horn_status pair_next(pairing *p, const layer *l, size_t count)
{
    if (p->next == p->count) return count_misfit(p);
    const snapshot_layer *from = p->layers[p->next++];
    if (from->tensor_count != count)
        return fail(HORN_ERROR_SHAPE, "%s: layer '%s' has %zu weights, layer '%s' of model '%s' has %zu",
                    p->name, from->name ? from->name : "", from->tensor_count, l->name, p->model->name,
                    count);
    const horn_status status = pair_own(p, l, from);
    p->weight += count;
    return status;
}

static horn_status pair_layer(pairing *p, const layer *l)
{
    horn_status status = HORN_OK;
    const size_t holders = l->weight_count ? count_holders(l) : 0;
    for (size_t i = 0; i < holders && !status; i++) status = pair_next(p, l, l->weight_count / holders);
    for (size_t i = 0; !status && i < l->inner_count; i++) status = pair_layer(p, l->inner[i].layer);
    return status;
}

/* ---- layers with layers inside, of files that do not tell those apart ---- */

static bool is_flat(const pairing *p, const layer *l)
{
    if (p->next == p->count || count_wanted(l) < 2) return false;
    const snapshot_layer *from = p->layers[p->next];
    return !from->inner_count && from->tensor_count == count_weights(l);
}

static horn_status pair_flat(pairing *p)
{
    horn_status status = HORN_OK;
    const snapshot_layer *from = p->layers[p->next++];
    const size_t end = p->weight + from->tensor_count;
    size_t next = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = p->weight; !status && i < end; i++) {
            weight *w = model_weight(p->model, i);
            const bool trains = layer_weight_trains(w->layer, (size_t)(w - w->layer->weights));
            if (trains == (pass == 0)) status = pair(p, w, &from->tensors[next++]);
        }
    p->weight = end;
    return status;
}

/* Pairs all weights, from the first on. */
static horn_status walk(pairing *p)
{
    horn_status status = HORN_OK;
    const horn_model *m = p->model;
    p->next = p->weight = 0;
    for (size_t i = 0; !status && i < m->layer_count; i++)
        status = is_flat(p, m->layers[i]) ? pair_flat(p) : pair_layer(p, m->layers[i]);
    return !status && p->next != p->count ? count_misfit(p) : status;
}

horn_status pairing_new(pairing **out, horn_model *m, const snapshot *s, const char *name)
{
    horn_status status = HORN_OK;
    size_t found = 0;
    pairing *p = NULL;
    TRY(memory_new(&p, 1, sizeof *p));
    *p = (pairing){ .model = m, .name = name };
    for (size_t i = 0; i < s->layer_count; i++) found += count_found(&s->layers[i]);
    TRY(memory_new(&p->layers, found, sizeof *p->layers));
    for (size_t i = 0; i < s->layer_count; i++) list_found(p, &s->layers[i]);
    TRY(walk(p));
    *out = p;
    p = NULL;
done:
    pairing_free(p);
    return status;
}

void pairing_copy(pairing *p)
{
    p->copy = true;
    (void)!walk(p);
}

void pairing_free(pairing *p)
{
    if (p) free(p->layers);
    free(p);
}
