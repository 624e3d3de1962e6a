#include "formats/keras_training/optimizer_variables.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/keras_training/optimizer_slots.h"
#include "formats/keras_training/training.h"
#include "snapshot/index.h"

bool keras_variables_are_legacy(char *const *names, size_t count)
{
    size_t length = count ? strlen(names[0]) : 0;
    return length >= 7 && strcmp(names[0] + length - 7, "/iter:0") == 0;
}

/* The variables behind iteration and learning rate: `kinds` for each of `weights`. */
typedef struct layout {
    const keras_variable_source *source;
    snapshot_index index;
    size_t first, end, kinds, weights;
    bool is_legacy;
    size_t before,
        alternating; /* so many kinds stand side by side for each weight, the others one kind after the
                           other */
} layout;

static size_t place(const layout *l, size_t kind, size_t weight)
{
    return l->first +
           keras_slot_place((keras_slot_order){ l->before, l->alternating }, kind, weight, l->weights);
}

static horn_status check_shapes(const layout *l)
{
    for (size_t kind = 0; kind < l->kinds; kind++)
        for (size_t i = 0; i < l->weights; i++) {
            const snapshot_weight *w = snapshot_weight_at(&l->index, SNAPSHOT_TRAINED, i);
            const snapshot_tensor *weight = w->tensor;
            size_t index = place(l, kind, i);
            horn_view like = { 0 };
            horn_status status = l->source->describe(l->source->owner, index, &like);
            if (status) return status;
            if (like.rank != weight->rank ||
                memcmp(like.shape, weight->shape, sizeof *like.shape * (size_t)like.rank))
                return fail(HORN_ERROR_UNSUPPORTED,
                            "%s: variable %zu '%s' has not the shape of %s/%s, which it belongs to",
                            l->source->where, index, l->source->names[index], snapshot_weight_owner(w)->name,
                            weight->name);
        }
    return HORN_OK;
}

/* Names are free: if the shapes do not fit the expected order, they may fit the other one. */
static horn_status choose_order(layout *l, size_t other)
{
    size_t expected = l->alternating;
    if (check_shapes(l) == HORN_OK) return HORN_OK;
    l->alternating = other;
    if (other != expected && check_shapes(l) == HORN_OK) return HORN_OK;
    l->alternating = expected;
    return check_shapes(l);
}

static horn_status read_slot(snapshot *out, const layout *l, size_t kind, const char *name)
{
    horn_status status = HORN_OK;
    snapshot_slot *slot;
    TRY(snapshot_add_slot(out, name, &slot));
    for (size_t i = 0; i < l->weights; i++) {
        bytes full = { 0 };
        const snapshot_weight *w = snapshot_weight_at(&l->index, SNAPSHOT_TRAINED, i);
        horn_view like = snapshot_tensor_view(w->tensor);
        snapshot_tensor *t;
        snapshot_path(&full, w, &path_slashes);
        status = bytes_status(&full);
        if (!status) status = snapshot_slot_add(slot, bytes_text(&full), &like, &t);
        bytes_free(&full);
        TRY(status);
        TRY(l->source->read(l->source->owner, place(l, kind, i), t->dtype, t->data,
                            snapshot_tensor_bytes(t)));
    }
done:
    return status;
}

/* Keras 2.0 to 2.3 gave Adam without amsgrad a vhat of shape (1,) for each weight, behind all others: how many of the
 * variables are unused. */
static horn_status count_placeholders(size_t *out, const layout *l, const keras_slot_kinds *kinds,
                                      const char *class_name)
{
    const keras_optimizer *known = keras_optimizer_by_name(class_name);
    const size_t end = l->end, rest = end - l->first;
    *out = 0;
    if (!l->is_legacy || !known || !known->has_placeholders || kinds->count != 2 || rest != 3 * l->weights)
        return HORN_OK;
    for (size_t i = end - l->weights; i < end; i++) {
        horn_view like = { 0 };
        horn_status status = l->source->describe(l->source->owner, i, &like);
        if (status || like.rank != 1 || like.shape[0] != 1) return status;
    }
    *out = l->weights;
    return HORN_OK;
}

static horn_status check_supported(const snapshot *out, const layout *l)
{
    const char *class_name = config_get_string(out->optimizer, "class_name");
    const keras_optimizer *optimizer = keras_optimizer_by_name(class_name);
    if (optimizer && optimizer->is_irregular)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: %s has variables beside those of the weights: not supported",
                    l->source->where, class_name);
    return HORN_OK;
}

static horn_status read_slots(snapshot *out, layout *l)
{
    horn_status status = HORN_OK;
    keras_slot_kinds kinds;
    size_t rest = l->end - l->first, placeholders = 0;
    const char *class_name = config_get_string(out->optimizer, "class_name");

    TRY(check_supported(out, l));
    bool known = keras_slot_kinds_in_use(&kinds, class_name, config_get(out->optimizer, "config"));
    TRY(snapshot_index_new(&l->index, out));
    l->weights = l->index.trained_count;
    if (known && kinds.count == kinds.before && rest == (kinds.count + 1) * l->weights)
        rest -= l->weights; /* unused ones, the last */
    if (known && !kinds.count && !rest) return HORN_OK;
    TRY(count_placeholders(&placeholders, l, &kinds, class_name));
    rest -= placeholders;
    if (!known) kinds.count = l->weights && rest / l->weights <= KERAS_MAX_SLOTS ? rest / l->weights : 0;
    const bool fits = kinds.count && rest == kinds.count * l->weights;
    if (!fits && out->unsure) out->unread |= PART_OPTIMIZER;
    if (!fits && out->unsure) return HORN_OK;
    if (!fits)
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: %zu variables beside iteration and learning rate, expected %zu for each of %zu "
                    "weights of %s",
                    l->source->where, rest, kinds.count, l->weights, class_name);

    l->kinds = kinds.count;
    l->before = kinds.before;
    l->alternating =
        l->is_legacy ? kinds.legacy_alternating : kinds.alternating; /* none of an unknown class */
    TRY(choose_order(l, known ? kinds.alternating + kinds.legacy_alternating - l->alternating : kinds.count));
    if (!known) out->slots_side_by_side = l->alternating;
    for (size_t kind = 0; kind < kinds.count; kind++) {
        char unknown[64];
        const char *name = kinds.names[kind];
        if (!known)
            name = keras_slot_name_in(l->source->names[place(l, kind, 0)],
                                      snapshot_weight_at(&l->index, SNAPSHOT_TRAINED, 0), out, kind, unknown);
        TRY(read_slot(out, l, kind, name));
    }
done:
    return status;
}

static bool is_float(horn_dtype dtype)
{
    return dtype == HORN_FLOAT32 || dtype == HORN_FLOAT64;
}

/* Keras 2.0 and 2.1 count in a float. */
static horn_status read_float_iteration(snapshot *out, const layout *l)
{
    const keras_variable_source *source = l->source;
    float found = 0;
    horn_status status = source->read(source->owner, 0, HORN_FLOAT32, &found, sizeof found);
    if (status) return status;
    if (!(found >= 0 && found <= 1e9f) || found != floorf(found))
        return fail(HORN_ERROR_UNSUPPORTED, "%s: the iteration is %g, expected a whole number", source->where,
                    (double)found);
    out->iteration = (int64_t)found;
    return HORN_OK;
}

/* Keras 2.0 to 2.2 kept none for RMSprop, Adagrad and Adadelta, and began at 0 again: *counts is false. */
static horn_status read_iteration(snapshot *out, const layout *l, bool *counts)
{
    const keras_variable_source *source = l->source;
    horn_view like = { 0 };
    horn_status status = source->describe(source->owner, 0, &like);
    *counts = like.rank == 0;
    if (status || (!*counts && l->is_legacy)) return status;
    if (*counts && is_float(like.dtype) && l->is_legacy) return read_float_iteration(out, l);
    if (!*counts || is_float(like.dtype))
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: its first variable '%s' is no integer, expected the iteration", source->where,
                    source->names[0]);
    status = source->read(source->owner, 0, HORN_INT64, &out->iteration, sizeof out->iteration);
    if (!status && out->iteration < 0)
        status = fail(HORN_ERROR_FORMAT, "%s: the iteration is %lld, expected >= 0", source->where,
                      (long long)out->iteration);
    return status;
}

/* *out: the variable is one float. */
static horn_status is_number(bool *out, const layout *l, size_t index)
{
    horn_view like = { 0 };
    horn_status status = l->source->describe(l->source->owner, index, &like);
    *out = !status && like.rank == 0 && is_float(like.dtype);
    return status;
}

/* Nadam's: the last of Keras 3's variables, the second of a legacy optimizer's, none of Keras 2's. */
static horn_status read_product(snapshot *out, layout *l)
{
    horn_status status = HORN_OK;
    const keras_optimizer *known = keras_optimizer_by_name(config_get_string(out->optimizer, "class_name"));
    const size_t index = l->is_legacy ? l->first : l->end - 1;
    bool is_it;
    /* The second alone is the learning rate, of an optimizer that made no step. */
    if (!known || !known->keeps_product || index >= l->end || (!l->is_legacy && index < 2)) return HORN_OK;
    TRY(is_number(&is_it, l, index));
    if (!is_it) goto done;
    TRY(l->source->read(l->source->owner, index, HORN_FLOAT32, &out->product, sizeof out->product));
    out->has_product = true;
    l->first += l->is_legacy;
    l->end -= !l->is_legacy;
done:
    return status;
}

static horn_status read_scalars(snapshot *out, layout *l)
{
    horn_status status = HORN_OK;
    const keras_variable_source *source = l->source;
    bool counts, is_rate;
    TRY(read_iteration(out, l, &counts));
    l->first = counts;
    if (!counts || source->count < 2) goto done;
    TRY(read_product(out, l));
    if (l->end < 2 || l->is_legacy) goto done;
    TRY(is_number(&is_rate, l, 1));
    if (!is_rate) goto done;
    TRY(source->read(source->owner, 1, HORN_FLOAT32, &out->learning_rate, sizeof out->learning_rate));
    if (!isfinite(out->learning_rate) || out->learning_rate < 0)
        TRY(fail(HORN_ERROR_FORMAT, "%s: the learning rate is %g, expected >= 0", source->where,
                 (double)out->learning_rate));
    out->has_learning_rate = true;
    l->first = 2;
done:
    return status;
}

horn_status keras_optimizer_variables_read(snapshot *out, const keras_variable_source *source)
{
    horn_status status = HORN_OK;
    const config *said = config_get(config_get(out->optimizer, "config"), "is_legacy_optimizer");
    layout l = { .source = source, .end = source->count };
    l.is_legacy = (source->settings_tell && config_is_true(said)) ||
                  keras_variables_are_legacy(source->names, source->count);
    if (!source->count) return HORN_OK;
    TRY(read_scalars(out, &l));
    if (l.first < l.end) TRY(read_slots(out, &l));
    if (!(out->unread & PART_OPTIMIZER)) out->parts |= PART_OPTIMIZER;
done:
    snapshot_index_free(&l.index);
    return status;
}
