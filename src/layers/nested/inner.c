#include "layers/nested/inner.h"

#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "config/keras_classes.h"
#include "config/keras_object.h"

enum { MOST_INSIDE = 4096 };

static bool is_taken(const void *outer, const char *name)
{
    const layer *l = outer;
    for (size_t i = 0; i < l->inner_count; i++)
        if (strcmp(l->inner[i].layer->name, name) == 0) return true;
    return false;
}

static horn_status name_inner(const layer *l, layer *inner)
{
    if (!inner->name) return layer_name_itself(inner, is_taken, l);
    return is_taken(l, inner->name) ? fail(HORN_ERROR_FORMAT, "two of its layers are named '%s'", inner->name)
                                    : HORN_OK;
}

/* Takes the inner layer, also on failure. */
static horn_status add(layer *l, const char *attribute, layer *inner)
{
    horn_status status = HORN_OK;
    if (inner->depth >= LAYER_MAX_DEPTH)
        TRY(fail(HORN_ERROR_UNSUPPORTED, "more than %d layers within each other are not supported",
                 LAYER_MAX_DEPTH));
    TRY(name_inner(l, inner));
    TRY(memory_grow(&l->inner, l->inner_count, &l->inner_capacity, sizeof *l->inner));
    l->inner[l->inner_count++] = (inner_layer){ .attribute = attribute, .layer = inner };
    if (l->depth <= inner->depth) l->depth = inner->depth + 1;
    inner = NULL;
done:
    layer_free(inner);
    return status;
}

void inner_read_entry(layer *l, config_reader *r, const char *key, const char *attribute, const config *entry)
{
    layer *inner = NULL;
    const char *said = keras_full_name(entry);
    const config *arguments = config_get(entry, "config");
    if (r->status) return;
    if (!said || !config_is_object(arguments)) {
        config_reader_fail(r, HORN_ERROR_FORMAT, key, "is no {class_name, config}");
        return;
    }
    r->status = layer_new(&inner, keras_layer_by_alias(said), arguments);
    if (!r->status) {
        r->status = add(l, attribute, inner);
        if (r->status) r->status = fail_in(r->status, r->where);
    }
}

void inner_read(layer *l, config_reader *r, const char *key, const char *attribute)
{
    const config *value = NULL;
    config_require(r, key);
    config_read_value(r, key, &value);
    if (!r->status) inner_read_entry(l, r, key, attribute, value);
}

void inner_read_list(layer *l, config_reader *r, const char *key, const char *attribute)
{
    const config *list = NULL;
    config_require(r, key);
    config_read_value(r, key, &list);
    if (r->status) return;
    if (!config_is_list(list) || config_count(list) > MOST_INSIDE) {
        config_reader_fail(r, HORN_ERROR_FORMAT, key, "is no list of at most %d layers", MOST_INSIDE);
        return;
    }
    for (size_t i = 0; i < config_count(list) && !r->status; i++)
        inner_read_entry(l, r, key, attribute, config_at(list, i));
}

/* ---- descriptions ---- */

/* A layer inside has no model that keeps its input_shape. */
static void describe_input(const layer *inner, config *arguments)
{
    if (!inner->has_input_shape || inner->class->flags & LAYER_IS_INPUT || inner->inner_count) return;
    config_set(arguments, "batch_input_shape",
               config_batch_shape(inner->input_shape.dim, inner->input_shape.rank));
}

config *inner_describe(const layer *inner)
{
    config *arguments = NULL;
    if (layer_describe(inner, &arguments)) return NULL;
    describe_input(inner, arguments);
    return keras_object_new(inner->class->name, arguments);
}

horn_status inner_argument(config **out, const layer *inner)
{
    horn_status status =
        inner ? failure_status(inner->failure) : fail(HORN_ERROR_ARGUMENT, "the layer inside is NULL");
    if (status) return status;
    *out = inner_describe(inner);
    if (*out && !inner->name) config_remove((config *)config_get(*out, "config"), "name");
    return config_status(*out);
}

horn_status inner_argue_list(config *arguments, const char *key, horn_layer *const layers[HORN_MAX_INNER])
{
    horn_status status = HORN_OK;
    config *list = config_list();
    for (size_t i = 0; i < HORN_MAX_INNER && layers[i]; i++) {
        config *entry = NULL;
        if (!status) status = inner_argument(&entry, layers[i]);
        if (!status) config_append(list, entry);
        layer_free(layers[i]);
    }
    config_set(arguments, key, list);
    return status;
}
