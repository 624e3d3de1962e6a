#include "formats/tensorflow/named.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/keras_training/optimizer_slots.h"
#include "snapshot/index.h"

enum { MOST_SCOPES = 256 };

/* ---- the scope ---- */

static size_t count_found(tf_named *n, protobuf_text scope, size_t *wanted)
{
    size_t found = 0;
    const snapshot *target = n->r->target;
    protobuf_text own = n->scope;
    n->scope = scope;
    *wanted = 0;
    for (size_t i = 0; i < target->layer_count; i++)
        for (size_t k = 0; k < target->layers[i].tensor_count; k++) {
            found +=
                tf_named_find(n, "%s/%s", target->layers[i].name, target->layers[i].tensors[k].name) != NULL;
            ++*wanted;
        }
    n->scope = own;
    return found;
}

static bool is_behind(protobuf_text scope, protobuf_text other)
{
    return scope.size >= other.size && memcmp(scope.at + scope.size - other.size, other.at, other.size) == 0;
}

/* Finds the next scope, from the entry *at on, that has a variable of that name. */
static bool next_scope(const tf_named *n, const char *name, size_t *at, protobuf_text *out)
{
    const bundle_entry *e;
    while ((e = tensor_bundle_at(n->r->bundle, (*at)++))) {
        out->at = e->key.at;
        if (!e->slice && tf_named_ends(e->key, name, &out->size)) return true;
    }
    return false;
}

/* Chooses the scope that has the most of the model's weights, of equal ones the shortest. Optimizers' variables may have the
 * same names in longer scopes. */
static horn_status choose_scope(tf_named *n, const char *first)
{
    size_t best = 0, wanted = 0, tried = 0, found;
    protobuf_text scope;
    for (size_t at = 0; next_scope(n, first, &at, &scope);) {
        if (++tried > MOST_SCOPES)
            return fail(HORN_ERROR_UNSUPPORTED, "%s: holds '%s' in more than %d scopes", n->r->where, first,
                        MOST_SCOPES);
        found = count_found(n, scope, &wanted);
        if (found < best || (found == best && scope.size >= n->scope.size)) continue;
        n->scope = scope;
        best = found;
    }
    for (size_t at = 0; best && best == wanted && next_scope(n, first, &at, &scope);)
        if (!is_behind(scope, n->scope) && count_found(n, scope, &wanted) == wanted)
            return fail(HORN_ERROR_UNSUPPORTED,
                        "%s: holds the model's variables in more than one scope, '%.*s' and '%.*s'",
                        n->r->where, (int)(n->scope.size < 200 ? n->scope.size : 200), n->scope.at,
                        (int)(scope.size < 200 ? scope.size : 200), scope.at);
    return bytes_status(&n->key);
}

/* ---- weights ---- */

static horn_status read_layer(tf_named *n, const snapshot_layer *like)
{
    horn_status status = HORN_OK;
    snapshot_layer *layer;
    TRY(snapshot_add_layer(n->r->out, NULL, like->name, &layer));
    for (size_t i = 0; i < like->tensor_count; i++) {
        const bundle_entry *entry = tf_named_find(n, "%s/%s", like->name, like->tensors[i].name);
        TRY(bytes_status(&n->key));
        if (!entry)
            TRY(fail(HORN_ERROR_SHAPE, "%s: holds no variable '%s'", n->r->where, bytes_text(&n->key)));
        TRY(tf_add_tensor(n->r, layer, entry, like->tensors[i].name, &like->tensors[i]));
        if (snapshot_is_frozen(like)) layer->tensors[i].trainable = false;
    }
done:
    return status;
}

static horn_status read_layers(tf_named *n)
{
    horn_status status = HORN_OK;
    const snapshot *target = n->r->target;
    char first[512];
    size_t at = 0;
    while (at < target->layer_count && !target->layers[at].tensor_count) at++;
    if (at == target->layer_count) return HORN_OK;
    snprintf(first, sizeof first, "%s/%s", target->layers[at].name, target->layers[at].tensors[0].name);
    TRY(choose_scope(n, first));
    for (; at < target->layer_count; at++)
        if (target->layers[at].tensor_count) TRY(read_layer(n, &target->layers[at]));
done:
    return status;
}

/* ---- other variables ---- */

/* True if a key has the whole name of a weight in it, between '/'. */
static bool hangs_on_weight(const tf_named *n, const bundle_entry *e)
{
    const snapshot *s = n->r->out;
    char name[512];
    for (size_t i = 0; i < s->layer_count; i++)
        for (size_t k = 0; k < s->layers[i].tensor_count; k++) {
            int size = snprintf(name, sizeof name, "%.*s%s/%s", (int)n->scope.size, n->scope.at,
                                s->layers[i].name, s->layers[i].tensors[k].name);
            for (const char *at = e->key.at; (at = strstr(at, name)); at++) {
                char end = at[size];
                if ((at == e->key.at || at[-1] == '/') && (end == 0 || end == '/')) return true;
            }
        }
    return false;
}

/* True if a variable belongs to an optimizer. Moving averages do not, nor does momentum to SGD without momentum. */
static bool is_state(const tf_named *n, const bundle_entry *e)
{
    size_t before;
    char keras2[64];
    keras_slot_kinds kinds;
    const config *settings = n->r->target->optimizer;
    const char *class_name = config_get_string(settings, "class_name");
    const keras_optimizer *known = keras_optimizer_by_name(class_name);
    if (!class_name || tf_named_ends(e->key, "ExponentialMovingAverage", &before)) return false;
    bool regular = keras_slot_kinds_in_use(&kinds, class_name, config_get(settings, "config"));
    if (!regular || kinds.count || !known->keeps_unused) return true;
    snprintf(keras2, sizeof keras2, "%s/%s/", known->name, known->slots[0].keras2);
    return !tf_named_ends(e->key, known->slots[0].legacy, &before) &&
           !(known->tensorflow1 && tf_named_ends(e->key, known->tensorflow1, &before)) &&
           !strstr(e->key.at, keras2);
}

/* Fails for variables that the model lacks. `wanted`: the caller asked for the optimizer's variables. */
static horn_status check_rest(const tf_named *n, bool wanted)
{
    const bundle_entry *e;
    snapshot *out = n->r->out;
    for (size_t i = 0; (e = tensor_bundle_at(n->r->bundle, i)); i++) {
        if (e->slice || e->rank == 0 || n->r->taken[i]) continue;
        if (!hangs_on_weight(n, e))
            return fail(HORN_ERROR_SHAPE, "%s: holds a variable '%.*s', which the model has not", n->r->where,
                        (int)(e->key.size < 200 ? e->key.size : 200), e->key.at);
        if (out->slot_count) continue; /* some that its optimizer has no use for */
        if (wanted && is_state(n, e))
            return fail(HORN_ERROR_ARGUMENT, "%s: holds '%.*s', expected the variables of optimizer %s",
                        n->r->where, (int)(e->key.size < 200 ? e->key.size : 200), e->key.at,
                        config_get_string(n->r->target->optimizer, "class_name"));
        if (!(out->parts & PART_OPTIMIZER)) out->unread |= PART_OPTIMIZER;
    }
    return HORN_OK;
}

/* ---- all ---- */

/* Reads all tensors as the file has them, without a model. */
static horn_status read_tensors(tf_reader *r)
{
    horn_status status = HORN_OK;
    snapshot_layer *layer = NULL;
    const bundle_entry *e;
    char *scope = NULL;
    horn_view like;
    r->out->by_name = true;
    for (size_t i = 0; (e = tensor_bundle_at(r->bundle, i)); i++) {
        const char *slash = memrchr(e->key.at, '/', e->key.size);
        if (e->slice || e->key.at[0] == 0 || bundle_entry_describe(r->bundle, e, &like)) continue;
        free(scope);
        scope = NULL;
        TRY(memory_copy_text(&scope, e->key.at, slash ? (size_t)(slash - e->key.at) : 0));
        if (!layer || strcmp(layer->name, scope) != 0) TRY(snapshot_add_layer(r->out, NULL, scope, &layer));
        TRY(tf_add_tensor(r, layer, e, slash ? slash + 1 : e->key.at, NULL));
    }
    r->out->parts |= PART_WEIGHTS;
done:
    free(scope);
    return status;
}

horn_status tf_read_named(tf_reader *r, unsigned leave_out)
{
    horn_status status = HORN_OK;
    tf_named n = { .r = r, .scope = { "", 0 } };
    bool wanted = r->target && r->target->optimizer && !(leave_out & PART_OPTIMIZER);
    if (leave_out & PART_WEIGHTS) return HORN_OK;
    if (r->out->parts & PART_ARCHITECTURE)
        return fail(HORN_ERROR_FORMAT, "%s: has no object graph, which the variables of a SavedModel have",
                    r->where);
    if (!r->target) return read_tensors(r);
    TRY(read_layers(&n));
    r->out->parts |= PART_WEIGHTS;
    if (wanted) TRY(tf_read_named_optimizer(&n));
    TRY(check_rest(&n, wanted));
done:
    bytes_free(&n.key);
    return status;
}
