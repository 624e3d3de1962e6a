#include "model/files/flatten.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "snapshot/keras_calls.h"

bool model_holds_layers(const horn_model *m)
{
    for (size_t i = 0; i < m->layer_count; i++)
        if (m->layers[i]->class->expand) return true;
    return false;
}

typedef struct flat {
    snapshot_layer *layers;
    size_t count, capacity;
} flat;

/* What the layers around a layer do to it. */
typedef struct around {
    /* Begins its name. */
    const char *prefix;
    bool frozen;
    /* How many axes its input has in front of those that it knows. */
    int folds;
} around;

static bool is_taken(const flat *f, const char *name)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->layers[i].name, name) == 0) return true;
    return false;
}

/* An axis that is counted from the first one. */
static void move_axis(config *arguments, int folds)
{
    int64_t axis;
    if (config_integer(config_get(arguments, "axis"), &axis) && axis > 0)
        config_set_integer(arguments, "axis", axis + folds);
}

/* Names the layer after those around it, and freezes it if one of them is frozen. */
static horn_status settle(const flat *f, snapshot_layer *l, const around *a)
{
    bytes name = { 0 };
    bytes_print(&name, "%s%s", a->prefix, l->name);
    while (bytes_text(&name) && is_taken(f, bytes_text(&name))) bytes_print(&name, "_");
    horn_status status = bytes_status(&name);
    if (!status) {
        free(l->name);
        l->name = NULL;
        status = memory_copy_string(&l->name, bytes_text(&name));
    }
    bytes_free(&name);
    if (status) return status;
    config_set_string(l->arguments, "name", l->name);
    move_axis(l->arguments, a->folds);
    if (a->frozen) config_set_boolean(l->arguments, "trainable", false);
    config_remove(l->arguments, "batch_input_shape");
    free(l->attribute);
    l->attribute = NULL;
    return config_status(l->arguments);
}

static horn_status move(flat *f, snapshot_layer *l, const around *a)
{
    horn_status status = memory_grow(&f->layers, f->count, &f->capacity, sizeof *f->layers);
    if (status) return status;
    if (*a->prefix) status = settle(f, l, a);
    f->layers[f->count++] = *l;
    *l = (snapshot_layer){ 0 };
    return status;
}

/* Whether the layer, and those inside it, compute each position along the first axis for itself. */
static bool keeps_positions(const snapshot_layer *l)
{
    const layer_class *class = layer_class_by_name(l->class_name);
    for (size_t i = 0; i < l->inner_count; i++)
        if (!keeps_positions(&l->inner[i])) return false;
    return class && (class->expand || class->flags & (LAYER_PASSES_MASK | LAYER_IS_INPUT));
}

/* A model that says no calls is a Sequential. */
static bool calls_are_chain(const config *arguments)
{
    keras_calls calls;
    if (!config_get(arguments, "input_layers")) return true;
    const bool is_chain = !keras_calls_read(&calls, arguments, "") && keras_calls_are_chain(&calls);
    keras_calls_free(&calls);
    return is_chain;
}

/* Whether the layers inside compute the same in the layer's place: those of a nested model do, cells and directions do not. */
static bool is_chain(const layer_class *outer, const snapshot_layer *l)
{
    if (outer->folds_rows) return keeps_positions(&l->inner[0]);
    return strcmp(l->inner[0].attribute, "layers") == 0 && calls_are_chain(l->arguments);
}

static bool is_frozen(const snapshot_layer *l)
{
    const config *trainable = config_get(l->arguments, "trainable");
    return trainable && !config_is_true(trainable);
}

static horn_status add(flat *f, snapshot_layer *l, const around *a)
{
    horn_status status = HORN_OK;
    bytes below = { 0 };
    const layer_class *class = layer_class_by_name(l->class_name);
    if (!class || !class->expand) return move(f, l, a);
    if (!l->inner_count || !is_chain(class, l))
        return fail(HORN_ERROR_UNSUPPORTED,
                    "layer '%s' (%s) does not say its operations, which this format needs", l->name,
                    l->class_name);
    bytes_print(&below, "%s%s_", a->prefix, l->name);
    TRY(bytes_status(&below));
    const around inside = { bytes_text(&below), a->frozen || is_frozen(l), a->folds + class->folds_rows };
    for (size_t i = 0; i < l->inner_count; i++) {
        const layer_class *inner = layer_class_by_name(l->inner[i].class_name);
        if (!inner || !(inner->flags & LAYER_IS_INPUT)) TRY(add(f, &l->inner[i], &inside));
    }
done:
    bytes_free(&below);
    return status;
}

horn_status snapshot_flatten(snapshot *s)
{
    horn_status status = HORN_OK;
    flat f = { 0 };
    static const around none = { .prefix = "" };
    if (s->calls)
        return fail(HORN_ERROR_UNSUPPORTED,
                    "model '%s' is no chain of layers, which is all that this format holds", s->name);
    for (size_t i = 0; i < s->layer_count && !status; i++) status = add(&f, &s->layers[i], &none);
    /* What is left of the list is what is freed with it. */
    for (size_t i = 0; i < s->layer_count; i++) snapshot_free_layer(&s->layers[i]);
    free(s->layers);
    s->layers = f.layers;
    s->layer_count = f.count;
    s->layer_capacity = f.capacity;
    return status;
}
