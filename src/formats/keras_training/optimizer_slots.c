#include "formats/keras_training/optimizer_slots.h"

#include <stdio.h>
#include <string.h>

double keras_default_rate(const char *class_name)
{
    const keras_optimizer *optimizer = keras_optimizer_by_name(class_name);
    return optimizer ? optimizer->rate : 0.001;
}

static bool is_on(const keras_optimizer_slot *slot, const config *arguments)
{
    const config *value = slot->argument ? config_get(arguments, slot->argument) : NULL;
    double number;
    return !slot->argument || config_is_true(value) || (config_number(value, &number) && number > 0);
}

/* Kinds of any optimizer. */
static const keras_optimizer_slot common[] = {
    { .name = "average", .list = "_model_variables_moving_average", .argument = "use_ema" },
    { .name = "gradient_accumulator",
      .list = "_accumulated_gradients",
      .argument = "gradient_accumulation_steps" }
};
enum { COMMON = sizeof common / sizeof *common };

bool keras_slot_kinds_in_use(keras_slot_kinds *out, const char *class_name, const config *arguments)
{
    const keras_optimizer *optimizer = keras_optimizer_by_name(class_name);
    *out = (keras_slot_kinds){ 0 };
    if (!optimizer || optimizer->is_irregular) return false;
    for (size_t i = 0; i < COMMON; i++)
        if (is_on(&common[i], arguments)) out->names[out->count++] = common[i].name;
    out->before = out->count;
    out->alternating = optimizer->alternating;
    out->legacy_alternating = optimizer->legacy_alternating;
    for (size_t i = 0; i < keras_optimizer_slot_count(optimizer); i++)
        if (is_on(&optimizer->slots[i], arguments)) out->names[out->count++] = optimizer->slots[i].name;
    return true;
}

static bool is_among(const snapshot_slot *const *slots, size_t count, const snapshot_slot *slot)
{
    for (size_t i = 0; i < count; i++)
        if (slots[i] == slot) return true;
    return false;
}

keras_slot_order keras_slots_in_order(const snapshot_slot **out, const snapshot *s, const char *class_name,
                                      keras_dialect dialect)
{
    const keras_optimizer *optimizer = keras_optimizer_by_name(class_name);
    size_t count = 0, before, most;
    for (size_t i = 0; optimizer && i < COMMON; i++) {
        const snapshot_slot *slot = snapshot_find_slot(s, common[i].name);
        if (slot) out[count++] = slot;
    }
    before = count;
    most = !optimizer                ? s->slots_side_by_side
           : dialect == KERAS_LEGACY ? optimizer->legacy_alternating
                                     : optimizer->alternating;
    for (size_t i = 0; optimizer && i < keras_optimizer_slot_count(optimizer); i++) {
        const snapshot_slot *slot = snapshot_find_slot(s, optimizer->slots[i].name);
        if (slot)
            out[count++] = slot;
        else if (i < most)
            most = 0;
    }
    for (size_t i = 0; i < s->slot_count; i++)
        if (!is_among(out, count, &s->slots[i])) out[count++] = &s->slots[i];
    return (keras_slot_order){ before, before + most <= s->slot_count ? most : 0 };
}

size_t keras_slot_place(keras_slot_order order, size_t kind, size_t weight, size_t weights)
{
    const size_t side = order.alternating, behind = kind - order.before;
    if (kind < order.before || behind >= side) return kind * weights + weight;
    return order.before * weights + weight * side + behind;
}

static const keras_optimizer_slot *find_slot(const char *class_name, const char *slot)
{
    const keras_optimizer *optimizer = keras_optimizer_by_name(class_name);
    for (size_t i = 0; optimizer && i < keras_optimizer_slot_count(optimizer); i++)
        if (strcmp(optimizer->slots[i].name, slot) == 0) return &optimizer->slots[i];
    return NULL;
}

const char *keras_slot_file_name(const char *class_name, const char *slot, keras_dialect dialect)
{
    const keras_optimizer_slot *known = find_slot(class_name, slot);
    if (!known || dialect == KERAS_3) return slot;
    return dialect == KERAS_LEGACY ? known->legacy : known->keras2;
}

const char *keras_slot_list_name(const char *class_name, const char *slot)
{
    const keras_optimizer_slot *known = find_slot(class_name, slot);
    for (size_t i = 0; !known && i < COMMON; i++)
        if (keras_optimizer_by_name(class_name) && strcmp(common[i].name, slot) == 0) known = &common[i];
    return known ? known->list : NULL;
}

/* The text behind `before` ("/dense/kernel/" or "_dense_kernel_"), up to ":0". */
static bool take_after(const char *variable, const char *before, char out[64])
{
    const char *at = strstr(variable, before);
    if (!at) return false;
    at += strlen(before);
    size_t length = strcspn(at, ":/");
    if (length == 0 || length >= 64) return false;
    memcpy(out, at, length);
    out[length] = 0;
    return true;
}

/* Keras 2's "Opt/slot/dense/kernel:0". */
static bool take_before(const char *variable, const char *after, char out[64])
{
    const char *end = strstr(variable, after), *start = end;
    while (start && start > variable && start[-1] != '/') start--;
    if (!end || start == end || end - start >= 64) return false;
    memcpy(out, start, (size_t)(end - start));
    out[end - start] = 0;
    return true;
}

const char *keras_slot_name_in(const char *variable, const snapshot_weight *first, const snapshot *s,
                               size_t kind, char out[64])
{
    char slashes[512], lines[512], end[512];
    const snapshot_layer *owner = snapshot_weight_owner(first);
    const snapshot_tensor *weight = first->tensor;
    snprintf(slashes, sizeof slashes, "/%.200s/%.200s/", owner->name, weight->name);
    snprintf(lines, sizeof lines, "_%.200s_%.200s_", owner->name, weight->name);
    snprintf(end, sizeof end, "/%.200s/%.200s:", owner->name, weight->name);
    bool found = take_after(variable, slashes, out) || take_after(variable, lines, out) ||
                 take_before(variable, end, out);
    if (!found || snapshot_find_slot(s, out)) snprintf(out, 64, "slot_%zu", kind);
    return out;
}
