#include "formats/keras/expected.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/keras/classes.h"
#include "snapshot/index.h"

/* ---- what is expected ---- */

/* Adds the weights of a layer and of those inside it by the table of Keras' classes. */
static horn_status guess(snapshot_layer *expected, const snapshot_layer *layer)
{
    horn_status status = HORN_OK;
    keras_weight known[KERAS_MOST_WEIGHTS];
    size_t count;
    expected->is_unknown = !keras_class_weights(known, &count, layer->class_name, layer->arguments);
    for (size_t i = 0; i < count; i++) {
        snapshot_tensor *t;
        TRY(schema_add(expected, known[i].name, &(horn_view){ .dtype = HORN_FLOAT32 }, &t));
        t->trainable = known[i].trainable;
    }
    for (size_t i = 0; i < layer->inner_count; i++) {
        const snapshot_layer *from = &layer->inner[i];
        snapshot_layer *inner;
        TRY(snapshot_add_inner(expected, from->attribute, from->class_name, from->name, &inner));
        TRY(guess(inner, from));
    }
done:
    return status;
}

static horn_status ask(snapshot **out, const snapshot *architecture, const schema *known)
{
    horn_status status = HORN_OK;
    snapshot *s = NULL;
    if (known && known->of_architecture) return known->of_architecture(out, architecture);
    TRY(snapshot_new(&s));
    for (size_t i = 0; i < architecture->layer_count; i++) {
        snapshot_layer *layer;
        TRY(snapshot_add_layer(s, architecture->layers[i].class_name, architecture->layers[i].name, &layer));
        layer->is_unknown = true;
    }
    *out = s;
    s = NULL;
done:
    snapshot_free(s);
    return status;
}

horn_status keras_expect(snapshot **out, snapshot *architecture, const schema *known, const char *where)
{
    horn_status status = HORN_OK;
    snapshot *expected = NULL;
    TRY(keras_expand(architecture, where));
    TRY(ask(&expected, architecture, known));
    architecture->unsure |= expected->unsure;
    for (size_t i = 0; i < architecture->layer_count; i++) {
        snapshot_layer *layer = &expected->layers[i];
        if (!layer->is_unknown && layer->inner_count == architecture->layers[i].inner_count) continue;
        schema_forget(layer);
        TRY(guess(layer, &architecture->layers[i]));
    }
    *out = expected;
    expected = NULL;
done:
    snapshot_free(expected);
    return status;
}

/* ---- a layer's own weights ---- */

horn_status keras_take_weights(snapshot_layer *layer, const snapshot_layer *expected)
{
    if (expected && schema_fits(layer, expected)) return schema_apply(layer, expected);
    keras_mark_trainable(layer);
    return HORN_OK;
}

/* ---- those of layers inside ---- */

/* A weight that is expected, and which one it is in Keras' order. */
typedef struct place {
    snapshot_layer *owner;
    const snapshot_tensor *weight;
    bool trains;
    size_t number;
} place;

typedef struct place_list {
    place *items;
    size_t count, capacity;
    bool is_unknown;
} place_list;

static horn_status list_places(place_list *list, snapshot_layer *layer, const snapshot_layer *expected,
                               bool trains)
{
    horn_status status = HORN_OK;
    trains = trains && !snapshot_is_frozen(layer);
    list->is_unknown |= expected->is_unknown;
    for (size_t i = 0; i < expected->tensor_count; i++) {
        const snapshot_tensor *weight = &expected->tensors[i];
        TRY(memory_grow(&list->items, list->count, &list->capacity, sizeof *list->items));
        list->items[list->count++] = (place){ layer, weight, trains && weight->trainable, 0 };
    }
    for (size_t i = 0; i < layer->inner_count; i++)
        TRY(list_places(list, &layer->inner[i], &expected->inner[i], trains));
done:
    return status;
}

static void number_places(place_list *list)
{
    size_t next = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < list->count; i++)
            if (list->items[i].trains == (pass == 0)) list->items[i].number = next++;
}

/* Moves the tensors of the layer to their places, of which there are as many. */
static horn_status hand_out(snapshot_layer *layer, const place_list *list)
{
    horn_status status = HORN_OK;
    snapshot_tensor *all = layer->tensors;
    layer->tensors = NULL;
    layer->tensor_count = layer->tensor_capacity = 0;
    for (size_t i = 0; i < list->count; i++) {
        snapshot_layer *owner = list->items[i].owner;
        TRY(memory_grow(&owner->tensors, owner->tensor_count, &owner->tensor_capacity, sizeof *all));
        owner->tensors[owner->tensor_count++] = all[list->items[i].number];
        all[list->items[i].number] = (snapshot_tensor){ 0 };
    }
done:
    for (size_t i = 0; status && i < list->count; i++) {
        free(all[i].name);
        free(all[i].data);
    }
    free(all);
    return status;
}

static horn_status take_all(snapshot_layer *layer, const snapshot_layer *expected)
{
    horn_status status = schema_apply(layer, expected);
    for (size_t i = 0; i < layer->inner_count && !status; i++)
        status = take_all(&layer->inner[i], &expected->inner[i]);
    return status;
}

/* A config that holds layers, or weights that are called after some. */
static bool holds_layers(const snapshot_layer *layer)
{
    static const char *const keys[] = { "layer", "layers", "cell", "cells" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const config *value = config_get(layer->arguments, keys[i]);
        if (config_is_object(value) || config_is_list(value)) return true;
    }
    for (size_t i = 0; i < layer->tensor_count; i++)
        if (layer->tensors[i].name && strchr(layer->tensors[i].name, '/')) return true;
    return false;
}

horn_status keras_distribute(snapshot_layer *layer, const snapshot_layer *expected)
{
    horn_status status = HORN_OK;
    place_list list = { 0 };
    const bool is_own = layer->class_name && strchr(layer->class_name, '>');
    TRY(list_places(&list, layer, expected, true));
    if (!list.is_unknown && list.count == layer->tensor_count) {
        layer->is_flat =
            is_own && holds_layers(layer); /* its Keras class may keep them in layers inside it */
        number_places(&list);
        if (layer->inner_count) TRY(hand_out(layer, &list));
        TRY(take_all(layer, expected));
    } else {
        layer->is_flat = layer->inner_count || holds_layers(layer);
        snapshot_free_inner(layer);
        keras_mark_trainable(layer);
    }
done:
    free(list.items);
    return status;
}
