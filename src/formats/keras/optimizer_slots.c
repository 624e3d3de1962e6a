#include "formats/keras/optimizer_slots.h"

#include <stdio.h>
#include <string.h>

enum { MOST = 3 };

/* Each slot: its name (Keras 3's), in Keras 2, in optimizers.legacy, the list that the optimizer's object has of it, and the
 * argument that switches it on where it is true or above 0. */
#define MOMENTUM_AND_VELOCITY                                                                        \
    {                                                                                                \
        { "momentum", "m", "m", "_momentums", NULL }, { "velocity", "v", "v", "_velocities", NULL }, \
        {                                                                                            \
            "velocity_hat", "vhat", "vhat", "_velocity_hats", "amsgrad"                              \
        }                                                                                            \
    }

static const struct keras_optimizer {
    const char *class_name;
    size_t alternating, legacy_alternating;
    bool has_legacy, is_irregular;
    double rate; /* 0: 0.001 */
    struct {
        const char *name, *keras2, *legacy, *list, *argument;
    } slots[MOST];
} optimizers[] = {
    { .class_name = "SGD",
      .has_legacy = true,
      .rate = 0.01,
      .slots = { { "momentum", "m", "momentum", "momentums", "momentum" } } },
    { .class_name = "RMSprop",
      .has_legacy = true,
      .slots = { { "velocity", "velocity", "rms", "_velocities", NULL },
                 { "momentum", "momentum", "momentum", "_momentums", "momentum" },
                 { "average_gradient", "average_gradient", "mg", "_average_gradients", "centered" } } },
    { .class_name = "Adam", .alternating = 2, .has_legacy = true, .slots = MOMENTUM_AND_VELOCITY },
    { .class_name = "AdamW", .alternating = 2, .slots = MOMENTUM_AND_VELOCITY },
    { .class_name = "Nadam", .alternating = 2, .has_legacy = true, .slots = MOMENTUM_AND_VELOCITY },
    { .class_name = "Lamb", .alternating = 2, .slots = MOMENTUM_AND_VELOCITY },
    { .class_name = "ScheduleFreeAdamW", .alternating = 2, .rate = 0.0025, .slots = MOMENTUM_AND_VELOCITY },
    { .class_name = "Adamax",
      .alternating = 2,
      .has_legacy = true,
      .slots = { { "momentum", "m", "m", "_m", NULL }, { "norm", "u", "v", "_u", NULL } } },
    { .class_name = "Adagrad",
      .has_legacy = true,
      .slots = { { "accumulator", "accumulator", "accumulator", "_accumulators", NULL } } },
    { .class_name = "Adadelta",
      .alternating = 2,
      .has_legacy = true,
      .slots = { { "accumulated_grad", "accumulated_grad", "accum_grad", "_accumulated_grads", NULL },
                 { "accumulated_delta_var", "accumulated_delta_var", "accum_var", "_accumulated_delta_vars",
                   NULL } } },
    { .class_name = "Ftrl",
      .alternating = 2,
      .legacy_alternating = 2,
      .has_legacy = true,
      .slots = { { "accumulator", "accumulator", "accumulator", "_accumulators", NULL },
                 { "linear", "linear", "linear", "_linears", NULL } } },
    { .class_name = "Lion", .rate = 0.0001, .slots = { { "momentum", "m", "m", "momentums", NULL } } },
    { .class_name = "Adafactor",
      .is_irregular = true },                       /* rows, columns and all of a kernel, less of a bias */
    { .class_name = "Muon", .is_irregular = true }, /* momentum of kernels, Adam's of others */
    { .class_name = "LossScaleOptimizer", .is_irregular = true }, /* its own and another optimizer's */
};
enum { OPTIMIZERS = sizeof optimizers / sizeof *optimizers };

static const struct keras_optimizer *find(const char *class_name)
{
    for (size_t i = 0; class_name && i < OPTIMIZERS; i++)
        if (strcmp(optimizers[i].class_name, class_name) == 0) return &optimizers[i];
    return NULL;
}

const char *keras_optimizer_class(size_t index)
{
    return index < OPTIMIZERS ? optimizers[index].class_name : NULL;
}

double keras_optimizer_rate(const char *class_name)
{
    const struct keras_optimizer *optimizer = find(class_name);
    return optimizer && optimizer->rate > 0 ? optimizer->rate : 0.001;
}

bool keras_optimizer_has_legacy(const char *class_name)
{
    const struct keras_optimizer *optimizer = find(class_name);
    return !optimizer || optimizer->has_legacy;
}

bool keras_slots_are_irregular(const char *class_name)
{
    const struct keras_optimizer *optimizer = find(class_name);
    return optimizer && optimizer->is_irregular;
}

bool keras_slot_kinds_in_use(keras_slot_kinds *out, const char *class_name, const config *arguments)
{
    const struct keras_optimizer *optimizer = find(class_name);
    *out = (keras_slot_kinds){ 0 };
    if (!optimizer || optimizer->is_irregular) return false;
    out->alternating = optimizer->alternating;
    out->legacy_alternating = optimizer->legacy_alternating;
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
                          keras_dialect dialect, size_t *alternating)
{
    const struct keras_optimizer *optimizer = find(class_name);
    size_t count = 0, most;
    most = !optimizer                ? s->slots_side_by_side
           : dialect == KERAS_LEGACY ? optimizer->legacy_alternating
                                     : optimizer->alternating;
    for (size_t i = 0; optimizer && i < MOST && optimizer->slots[i].name; i++) {
        const snapshot_slot *slot = snapshot_find_slot(s, optimizer->slots[i].name);
        if (slot)
            out[count++] = slot;
        else if (i < most)
            most = 0;
    }
    for (size_t i = 0; i < s->slot_count; i++)
        if (!is_among(out, count, &s->slots[i])) out[count++] = &s->slots[i];
    *alternating = most <= s->slot_count ? most : 0;
}

const char *keras_slot_file_name(const char *class_name, const char *slot, keras_dialect dialect)
{
    const struct keras_optimizer *optimizer = find(class_name);
    for (size_t i = 0; dialect != KERAS_3 && optimizer && i < MOST && optimizer->slots[i].name; i++)
        if (strcmp(optimizer->slots[i].name, slot) == 0)
            return dialect == KERAS_LEGACY ? optimizer->slots[i].legacy : optimizer->slots[i].keras2;
    return slot;
}

const char *keras_slot_list_name(const char *class_name, const char *slot)
{
    const struct keras_optimizer *optimizer = find(class_name);
    for (size_t i = 0; optimizer && i < MOST && optimizer->slots[i].name; i++)
        if (strcmp(optimizer->slots[i].name, slot) == 0) return optimizer->slots[i].list;
    return NULL;
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
