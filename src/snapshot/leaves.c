#include "snapshot/leaves.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "config/keras_classes.h"

static bool is_leaf(const snapshot_layer *l)
{
    return !l->inner_count && !(l->class_name && keras_role_of(l->class_name) == KERAS_INPUT);
}

size_t snapshot_leaf_count(const snapshot_layer *l)
{
    size_t count = is_leaf(l);
    for (size_t i = 0; i < l->inner_count; i++) count += snapshot_leaf_count(&l->inner[i]);
    return count;
}

static bool is_taken(const snapshot_leaves *l, const char *name)
{
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->at[i].name, name) == 0) return true;
    return false;
}

/* Names of layers that are in no other are different already. */
static horn_status name_leaf(snapshot_leaf *leaf, const snapshot_leaves *before, const char *prefix,
                             const char *name)
{
    bytes text = { 0 };
    bytes_print(&text, "%s%s", prefix, name);
    while (*prefix && bytes_text(&text) && is_taken(before, bytes_text(&text))) bytes_print(&text, "_");
    horn_status status = bytes_status(&text);
    if (!status) status = memory_copy_string(&leaf->name, bytes_text(&text));
    bytes_free(&text);
    return status;
}

static horn_status add_leaf(snapshot_leaves *out, const snapshot_layer *l, const char *prefix,
                            const char *name)
{
    horn_status status = memory_grow(&out->at, out->count, &out->capacity, sizeof *out->at);
    if (status) return status;
    const snapshot_leaf *last = out->count ? &out->at[out->count - 1] : NULL;
    snapshot_leaf added = { .layer = l,
                            .first_weight = last ? last->first_weight + last->layer->tensor_count : 0 };
    status = name_leaf(&added, out, prefix, name);
    if (!status) out->at[out->count++] = added;
    return status;
}

/* The layer inside that only holds the weights of this one. */
static bool is_cell(const snapshot_layer *inner)
{
    return !inner->inner_count && inner->attribute && strcmp(inner->attribute, "cell") == 0;
}

static horn_status add(snapshot_leaves *out, const snapshot_layer *l, const char *prefix, const char *name)
{
    horn_status status = HORN_OK;
    bytes below = { 0 };
    if (is_leaf(l)) return add_leaf(out, l, prefix, name);
    if (l->inner_count == 1 && is_cell(l->inner)) return add_leaf(out, l->inner, prefix, name);
    bytes_print(&below, "%s%s_", prefix, name);
    TRY(bytes_status(&below));
    for (size_t i = 0; i < l->inner_count; i++)
        TRY(add(out, &l->inner[i], bytes_text(&below), l->inner[i].name ? l->inner[i].name : ""));
done:
    bytes_free(&below);
    return status;
}

horn_status snapshot_leaves_new(snapshot_leaves *out, const snapshot *s)
{
    horn_status status = HORN_OK;
    *out = (snapshot_leaves){ 0 };
    for (size_t i = 0; !status && i < s->layer_count; i++)
        status = add(out, &s->layers[i], "", s->layers[i].name);
    return status;
}

void snapshot_leaves_free(snapshot_leaves *leaves)
{
    for (size_t i = 0; i < leaves->count; i++) free(leaves->at[i].name);
    free(leaves->at);
    *leaves = (snapshot_leaves){ 0 };
}

horn_status snapshot_leaves_find(const snapshot_tensor **out, const snapshot_leaves *leaves,
                                 const operation *weight, const char *where)
{
    const snapshot_leaf *leaf = &leaves->at[weight->layer];
    for (size_t i = 0; i < leaf->layer->tensor_count; i++) {
        const snapshot_tensor *t = &leaf->layer->tensors[i];
        if (!t->name || strcmp(t->name, weight->weight) != 0) continue;
        *out = t;
        return HORN_OK;
    }
    return fail(HORN_ERROR_ARGUMENT, "%s: layer '%s' has no weight '%s'", where, leaf->name, weight->weight);
}
