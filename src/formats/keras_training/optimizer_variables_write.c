/* Writes the list of an optimizer's variables. */
#include "formats/keras_training/optimizer_variables.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/keras_training/optimizer_slots.h"
#include "formats/keras_training/training.h"
#include "snapshot/index.h"

void keras_variables_free(keras_variables *list)
{
    for (size_t i = 0; i < list->count; i++) free(list->items[i].name);
    free(list->items);
    free(list->zeros);
    *list = (keras_variables){ 0 };
}

static horn_status add(keras_variables *list, const char *name, horn_view view)
{
    horn_status status = HORN_OK;
    TRY(memory_grow(&list->items, list->count, &list->capacity, sizeof *list->items));
    TRY(memory_copy_string(&list->items[list->count].name, name));
    list->items[list->count++].view = view;
done:
    return status;
}

typedef struct writer {
    keras_variables *list;
    const snapshot *s;
    snapshot_index index;
    keras_dialect dialect;
    const char *class_name; /* "RMSprop" */
    char *prefix;           /* Keras 3's: "rm_sprop" */
} writer;

/* `slot` is Keras 3's name; each dialect has its own. Without a tensor the variable is zeros. */
static horn_status add_slot_of(writer *w, const char *slot, size_t index, const snapshot_tensor *tensor)
{
    const char *name = keras_slot_file_name(w->class_name, slot, w->dialect);
    const snapshot_weight *weight = snapshot_weight_at(&w->index, SNAPSHOT_TRAINED, index);
    bytes text = { 0 };
    if (w->dialect == KERAS_3) {
        bytes_print(&text, "%s/", w->prefix);
        snapshot_path_part(&text, w->s->name ? w->s->name : "sequential", &path_flat);
        bytes_print(&text, "_");
        snapshot_path(&text, weight, &path_flat);
        bytes_print(&text, "_");
        snapshot_path_part(&text, name, &path_flat);
    } else if (w->dialect == KERAS_LEGACY) {
        bytes_print(&text, "%s/", w->class_name);
        snapshot_path(&text, weight, &path_slashes);
        bytes_print(&text, "/%s:0", name);
    } else {
        bytes_print(&text, "%s/%s/", w->class_name, name);
        snapshot_path(&text, weight, &path_slashes);
        bytes_print(&text, ":0");
    }
    horn_view view = snapshot_tensor_view(tensor ? tensor : weight->tensor);
    if (!tensor) view.data = w->list->zeros;
    horn_status status = bytes_status(&text);
    if (!status) status = add(w->list, bytes_text(&text), view);
    if (!status) w->list->items[w->list->count - 1].stays = tensor;
    bytes_free(&text);
    return status;
}

static horn_status check_slot(const snapshot_index *index, const snapshot_slot *slot)
{
    if (!slot->name || slot->tensor_count != index->trained_count)
        return fail(HORN_ERROR_ARGUMENT, "optimizer slot '%s' has %zu tensors, expected %zu",
                    slot->name ? slot->name : "", slot->tensor_count, index->trained_count);
    for (size_t i = 0; i < slot->tensor_count; i++) {
        const snapshot_tensor *weight = snapshot_weight_at(index, SNAPSHOT_TRAINED, i)->tensor,
                              *t = &slot->tensors[i];
        if (t->rank != weight->rank ||
            memcmp(t->shape, weight->shape, sizeof *t->shape * (size_t)t->rank) != 0)
            return fail(HORN_ERROR_ARGUMENT, "optimizer slot '%s': tensor %zu has not its weight's shape",
                        slot->name, i);
    }
    return HORN_OK;
}

static horn_status add_slots(writer *w)
{
    horn_status status = HORN_OK;
    const snapshot *s = w->s;
    const snapshot_slot **slots = NULL;
    const size_t weights = w->index.trained_count;
    TRY(memory_new(&slots, s->slot_count, sizeof *slots));
    for (size_t i = 0; i < s->slot_count; i++) TRY(check_slot(&w->index, &s->slots[i]));
    const keras_slot_order order = keras_slots_in_order(slots, s, w->class_name, w->dialect);
    const size_t end = order.before + order.alternating;
    for (size_t k = 0; k < order.before; k++)
        for (size_t i = 0; i < weights; i++) TRY(add_slot_of(w, slots[k]->name, i, &slots[k]->tensors[i]));
    for (size_t i = 0; i < weights; i++)
        for (size_t k = order.before; k < end; k++)
            TRY(add_slot_of(w, slots[k]->name, i, &slots[k]->tensors[i]));
    for (size_t k = end; k < s->slot_count; k++)
        for (size_t i = 0; i < weights; i++) TRY(add_slot_of(w, slots[k]->name, i, &slots[k]->tensors[i]));
done:
    free(slots);
    return status;
}

/* Slots that Keras 2 keeps without use. */
static horn_status add_unused_slots(writer *w, const keras_optimizer_slot *slot)
{
    horn_status status = HORN_OK;
    const snapshot_weight *weight;
    size_t most = 0;
    for (size_t i = 0; (weight = snapshot_weight_at(&w->index, SNAPSHOT_TRAINED, i)); i++)
        if (snapshot_tensor_bytes(weight->tensor) > most) most = snapshot_tensor_bytes(weight->tensor);
    TRY(memory_new(&w->list->zeros, most, 1));
    for (size_t i = 0; i < w->index.trained_count; i++) TRY(add_slot_of(w, slot->name, i, NULL));
done:
    return status;
}

/* Keras 2 from 2.11 on has it in checkpoints alone, beside its list of variables. */
static horn_status add_product(writer *w)
{
    bytes name = { 0 };
    keras_variables *list = w->list;
    if (w->dialect == KERAS_2 || !keras_momentum_product(w->s, &list->product)) return HORN_OK;
    if (w->dialect == KERAS_LEGACY)
        bytes_print(&name, "%s/momentum_cache:0", w->class_name);
    else
        bytes_print(&name, "%s/variable", w->prefix);
    horn_status status = bytes_status(&name);
    if (!status)
        status = add(list, bytes_text(&name), (horn_view){ .data = &list->product, .dtype = HORN_FLOAT32 });
    bytes_free(&name);
    return status;
}

static horn_status add_scalars(writer *w)
{
    horn_status status = HORN_OK;
    bytes name = { 0 };
    keras_variables *list = w->list;
    list->iteration = w->s->iteration;
    if (w->dialect == KERAS_2) bytes_print(&name, "iteration:0");
    if (w->dialect == KERAS_LEGACY) bytes_print(&name, "%s/iter:0", w->class_name);
    if (w->dialect == KERAS_3) bytes_print(&name, "%s/iteration", w->prefix);
    TRY(bytes_status(&name));
    TRY(add(list, bytes_text(&name), (horn_view){ .data = &list->iteration, .dtype = HORN_INT64 }));
    if (w->dialect != KERAS_3 || !keras_learning_rate(w->s, &list->learning_rate)) goto done;
    bytes_free(&name);
    bytes_print(&name, "%s/learning_rate", w->prefix);
    TRY(bytes_status(&name));
    TRY(add(list, bytes_text(&name), (horn_view){ .data = &list->learning_rate, .dtype = HORN_FLOAT32 }));
done:
    bytes_free(&name);
    return status;
}

horn_status keras_optimizer_variables_list(keras_variables *out, const snapshot *s, keras_dialect dialect)
{
    horn_status status = HORN_OK;
    const char *class_name = config_get_string(s->optimizer, "class_name");
    writer w = { .list = out, .s = s, .dialect = keras_optimizer_dialect(s, dialect) };
    *out = (keras_variables){ 0 };
    if (!class_name) return fail(HORN_ERROR_ARGUMENT, "the optimizer of these variables has no class name");
    w.class_name = keras_bare_name(class_name);
    const keras_optimizer *known = keras_optimizer_by_name(class_name);
    if (w.dialect == KERAS_LEGACY && known && !known->has_legacy)
        return fail(HORN_ERROR_UNSUPPORTED, "TensorFlow up to 2.10 has no optimizer %s", class_name);
    TRY(keras_snake_name(&w.prefix, class_name));
    TRY(snapshot_index_new(&w.index, s));
    TRY(add_scalars(&w));
    if (w.dialect == KERAS_LEGACY) TRY(add_product(&w));
    TRY(add_slots(&w));
    if (s->slot_count && w.dialect == KERAS_3) TRY(add_product(&w));
    const bool averages = snapshot_find_slot(s, "average");
    if (w.dialect == KERAS_2 && s->slot_count == averages && s->iteration && known && known->keeps_unused)
        TRY(add_unused_slots(&w, &known->slots[0]));
done:
    free(w.prefix);
    snapshot_index_free(&w.index);
    if (status) keras_variables_free(out);
    return status;
}
