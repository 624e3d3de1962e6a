#include "formats/keras_optimizer_slots.h"

#include <stdio.h>
#include <string.h>

enum { MOST = 3 };

static const struct keras_optimizer {
    const char *class_name;
    size_t alternating;
    struct {
        const char *name, *keras2, *legacy;
        const char *argument; /* in use where it is true or above 0; NULL = always */
    } slots[MOST];
} optimizers[] = {
    { "SGD", 0, { { "momentum", "m", "momentum", "momentum" } } },
    { "RMSprop",
      0,
      { { "velocity", "velocity", "rms", NULL },
        { "momentum", "momentum", "momentum", "momentum" },
        { "average_gradient", "average_gradient", "mg", "centered" } } },
    { "Adam",
      2,
      { { "momentum", "m", "m", NULL },
        { "velocity", "v", "v", NULL },
        { "velocity_hat", "vhat", "vhat", "amsgrad" } } },
};

static const struct keras_optimizer *find(const char *class_name)
{
    for (size_t i = 0; i < sizeof optimizers / sizeof *optimizers; i++)
        if (strcmp(optimizers[i].class_name, class_name) == 0) return &optimizers[i];
    return NULL;
}

bool keras_slot_kinds_in_use(keras_slot_kinds *out, const char *class_name, const config *arguments)
{
    const struct keras_optimizer *optimizer = find(class_name);
    *out = (keras_slot_kinds){ 0 };
    if (!optimizer) return false;
    out->alternating = optimizer->alternating;
    for (size_t i = 0; i < MOST && optimizer->slots[i].name; i++) {
        const char *argument = optimizer->slots[i].argument;
        const config *value = argument ? config_get(arguments, argument) : NULL;
        double number;
        if (!argument || config_is_true(value) || (config_number(value, &number) && number > 0))
            out->names[out->count++] = optimizer->slots[i].name;
    }
    return true;
}

static bool is_among(const snapshot_slot *const *slots, size_t count, const snapshot_slot *slot)
{
    for (size_t i = 0; i < count; i++)
        if (slots[i] == slot) return true;
    return false;
}

void keras_slots_in_order(const snapshot_slot **out, const snapshot *s, const char *class_name,
                          size_t *alternating)
{
    const struct keras_optimizer *optimizer = find(class_name);
    size_t count = 0;
    *alternating = optimizer ? optimizer->alternating : 0;
    for (size_t i = 0; optimizer && i < MOST && optimizer->slots[i].name; i++) {
        const snapshot_slot *slot = snapshot_find_slot(s, optimizer->slots[i].name);
        if (slot)
            out[count++] = slot;
        else if (i < optimizer->alternating)
            *alternating = 0;
    }
    for (size_t i = 0; i < s->slot_count; i++)
        if (!is_among(out, count, &s->slots[i])) out[count++] = &s->slots[i];
}

const char *keras_slot_file_name(const char *class_name, const char *slot, keras_dialect dialect)
{
    const struct keras_optimizer *optimizer = find(class_name);
    for (size_t i = 0; dialect != KERAS_3 && optimizer && i < MOST && optimizer->slots[i].name; i++)
        if (strcmp(optimizer->slots[i].name, slot) == 0)
            return dialect == KERAS_LEGACY ? optimizer->slots[i].legacy : optimizer->slots[i].keras2;
    return slot;
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

const char *keras_slot_name_in(const char *variable, const snapshot *s, size_t kind, char out[64])
{
    char slashes[512], lines[512], end[512];
    const snapshot_layer *owner = NULL;
    const snapshot_tensor *weight = snapshot_trainable(s, 0, &owner);
    snprintf(slashes, sizeof slashes, "/%.200s/%.200s/", owner->name, weight->name);
    snprintf(lines, sizeof lines, "_%.200s_%.200s_", owner->name, weight->name);
    snprintf(end, sizeof end, "/%.200s/%.200s:", owner->name, weight->name);
    bool found = take_after(variable, slashes, out) || take_after(variable, lines, out) ||
                 take_before(variable, end, out);
    if (!found || snapshot_find_slot(s, out)) snprintf(out, 64, "slot_%zu", kind);
    return out;
}
