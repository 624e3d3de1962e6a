#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "formats/keras_training/optimizer_slots.h"
#include "formats/keras_training/training.h"
#include "formats/tensorflow/named.h"
#include "snapshot/index.h"

/* Who wrote the variables, by their names. */
typedef enum origin { NOBODY, TENSORFLOW_1, LEGACY, KERAS } origin;

typedef struct state {
    tf_named *n;
    const config *settings;
    const char *class_name;
    const keras_optimizer *known;
    snapshot_index index;
    keras_slot_kinds kinds;
    origin writer;
    protobuf_text before;         /* "training/RMSprop/" of LEGACY and KERAS */
    const bundle_entry **entries; /* kind by kind; the first, NULL, stands for the iteration */
    char **names;
    size_t count;
    float factor; /* of what is read */
} state;

static void name_weight(char out[512], const state *s, size_t index)
{
    const snapshot_weight *w = snapshot_weight_at(&s->index, SNAPSHOT_TRAINED, index);
    snprintf(out, 512, "%.200s/%.200s", snapshot_weight_owner(w)->name, w->tensor->name);
}

static bool ends_in(protobuf_text key, const char *text)
{
    size_t size = strlen(text);
    return key.size > size && memcmp(key.at + key.size - size, text, size) == 0;
}

/* ---- names ---- */

/* True if the file has a third kind of TensorFlow 1's slots. */
static bool has_third(const state *s)
{
    char weight[512];
    name_weight(weight, s, 0);
    return s->known->tensorflow1 && tf_named_find(s->n, "%s/%s_2", weight, s->known->tensorflow1);
}

/* "RMSProp_1" of a kind of slot; false if TensorFlow 1 has no such optimizer. */
static bool name_first(char out[64], const state *s, const char *kind)
{
    int number = 0;
    if (!s->known->tensorflow1) return false;
    const bool three = has_third(s);
    for (size_t i = 0; i < keras_optimizer_slot_count(s->known); i++)
        if (strcmp(s->known->slots[i].name, kind) == 0)
            number = three ? s->known->slots[i].number_of_three : s->known->slots[i].number;
    snprintf(out, 64, "%s%s%.0d", s->known->tensorflow1, number ? "_" : "", number);
    return true;
}

/* Finds a slot of a weight; leaves its name in the buffer for keys. */
static const bundle_entry *find_slot(const state *s, const char *kind, size_t index)
{
    char weight[512], name[64];
    protobuf_text scope = s->n->scope;
    name_weight(weight, s, index);
    if (s->writer == TENSORFLOW_1) {
        return name_first(name, s, kind) ? tf_named_find(s->n, "%s/%s", weight, name) : NULL;
    }
    s->n->scope = s->before;
    const char *slot =
        keras_slot_file_name(s->class_name, kind, s->writer == LEGACY ? KERAS_LEGACY : KERAS_2);
    const bundle_entry *found =
        s->writer == LEGACY ? tf_named_find(s->n, "%.*s%s/%s", (int)scope.size, scope.at, weight, slot)
                            : tf_named_find(s->n, "%s/%.*s%s", slot, (int)scope.size, scope.at, weight);
    s->n->scope = scope;
    return found;
}

/* False if the last part of a scope is the name of another class: "training/RMSprop_1/". */
static bool suits(const state *s, protobuf_text scope)
{
    size_t end = scope.size - 1, start = end;
    while (start && scope.at[start - 1] != '/') start--;
    size_t size = end - start, digits = size;
    while (digits && scope.at[start + digits - 1] >= '0' && scope.at[start + digits - 1] <= '9') digits--;
    if (digits && digits < size && scope.at[start + digits - 1] == '_') size = digits - 1;
    return !tf_other_class(scope.at + start, size, s->class_name);
}

/* Looks for the first slot of the first weight in any scope. */
static bool find_before(state *s, origin writer)
{
    char weight[512], tail[1024];
    const bundle_entry *e;
    const char *slot =
        keras_slot_file_name(s->class_name, s->kinds.names[0], writer == LEGACY ? KERAS_LEGACY : KERAS_2);
    protobuf_text scope = s->n->scope;
    name_weight(weight, s, 0);
    if (writer == LEGACY)
        snprintf(tail, sizeof tail, "/%.*s%s/%s", (int)scope.size, scope.at, weight, slot);
    else
        snprintf(tail, sizeof tail, "/%s/%.*s%s", slot, (int)scope.size, scope.at, weight);
    for (size_t i = 0; (e = tensor_bundle_at(s->n->r->bundle, i)); i++) {
        if (e->slice || !ends_in(e->key, tail)) continue;
        s->before = (protobuf_text){ e->key.at, e->key.size - strlen(tail) + 1 };
        s->writer = writer;
        if (suits(s, s->before)) return true;
    }
    s->writer = NOBODY;
    return false;
}

/* Finds the writer by its step, for an optimizer without slots. */
static void find_step_alone(state *s)
{
    const bundle_entry *e = tf_named_scalar(s->n, "iter");
    s->writer = tf_named_scalar(s->n, "global_step") ? TENSORFLOW_1
                : e                                  ? LEGACY
                : tf_named_scalar(s->n, "iteration") ? KERAS
                                                     : NOBODY;
    if (s->writer == LEGACY) s->before = (protobuf_text){ e->key.at, e->key.size - 4 };
}

static void find_writer(state *s)
{
    if (!s->kinds.count || !s->index.trained_count) {
        find_step_alone(s);
        return;
    }
    s->writer = TENSORFLOW_1;
    if (find_slot(s, s->kinds.names[0], 0)) return;
    if (!find_before(s, LEGACY)) (void)find_before(s, KERAS);
}

/* ---- the step ---- */

static horn_status lacks(const state *s, const char *name)
{
    protobuf_text before = s->writer == LEGACY ? s->before : (protobuf_text){ "", 0 };
    return fail(HORN_ERROR_SHAPE, "%s: holds no variable '%.*s%s'", s->n->r->where, (int)before.size,
                before.at, name);
}

static float power(float base, int64_t exponent)
{
    float product = base;
    while (--exponent > 0 && product > 0) product *= base;
    return product;
}

/* AdamOptimizer saves the powers of its betas instead of the step. The step is found by multiplying until the power is equal. */
static horn_status read_powers(const state *s, const bundle_entry *global_step)
{
    enum { MOST_STEPS = 80000 }; /* the power of 0.999 is a normal number until then */
    horn_status status = HORN_OK;
    const config *arguments = config_get(s->settings, "config");
    const bundle_entry *first = tf_named_scalar(s->n, "beta1_power"),
                       *second = tf_named_scalar(s->n, "beta2_power");
    double beta_1 = 0.9, beta_2 = 0.999;
    float one, two, product;
    int64_t step = 0;
    (void)!config_number(config_get(arguments, "beta_1"), &beta_1);
    (void)!config_number(config_get(arguments, "beta_2"), &beta_2);
    if (!first || !second) TRY(lacks(s, first ? "beta2_power" : "beta1_power"));
    TRY(tf_read_scalar(s->n->r, first, HORN_FLOAT32, &one));
    TRY(tf_read_scalar(s->n->r, second, HORN_FLOAT32, &two));
    for (product = (float)beta_2; product > two && step < MOST_STEPS; step++) product *= (float)beta_2;
    if (step == MOST_STEPS && global_step) goto done; /* so many that the powers tell nothing */
    if (step == MOST_STEPS || fabsf(product - two) > 1e-4f * two ||
        fabsf(power((float)beta_1, step + 1) - one) > 1e-3f * one + 1e-35f)
        TRY(fail(HORN_ERROR_ARGUMENT,
                 "%s: beta1_power %g and beta2_power %g are of no step with beta_1 %g and beta_2 %g, as the "
                 "model has "
                 "them",
                 s->n->r->where, (double)one, (double)two, beta_1, beta_2));
    s->n->r->out->iteration = step;
done:
    return status;
}

static horn_status read_first(const state *s)
{
    const bundle_entry *step = tf_named_scalar(s->n, "global_step");
    horn_status status = step ? tf_read_scalars(s->n->r, step, NULL) : HORN_OK;
    return status || !s->known->keeps_powers ? status : read_powers(s, step);
}

static horn_status read_step(state *s)
{
    horn_status status = HORN_OK;
    protobuf_text scope = s->n->scope;
    const bundle_entry *step, *entry;
    if (s->writer == TENSORFLOW_1) return read_first(s);
    step = s->writer == KERAS ? tf_named_scalar(s->n, "iteration") : NULL;
    entry = s->writer == KERAS ? tf_named_scalar(s->n, "learning_rate") : NULL;
    s->n->scope = s->before;
    if (s->writer == LEGACY) {
        for (const char *const *name = tf_arguments; *name; name++)
            if ((entry = tf_named_find(s->n, "%s", *name)))
                TRY(tf_check_argument(s->n->r, *name, entry, s->settings));
        step = tf_named_find(s->n, "iter");
        entry = tf_named_find(s->n, "momentum_cache");
        if (s->known->keeps_product && entry) TRY(tf_read_product(s->n->r, entry));
        entry = tf_named_find(s->n, "learning_rate");
    }
    TRY(bytes_status(&s->n->key));
    if (!step) TRY(lacks(s, s->writer == LEGACY ? "iter" : "iteration"));
    TRY(tf_read_scalars(s->n->r, step, entry));
done:
    s->n->scope = scope;
    return status;
}

/* ---- slots ---- */

static horn_status add_slot(state *s, const char *kind, size_t index)
{
    horn_status status = HORN_OK;
    const snapshot_tensor *weight = snapshot_weight_at(&s->index, SNAPSHOT_TRAINED, index)->tensor;
    const bundle_entry *entry = find_slot(s, kind, index);
    TRY(bytes_status(&s->n->key));
    if (!entry)
        TRY(fail(HORN_ERROR_SHAPE, "%s: holds no variable '%s'", s->n->r->where, bytes_text(&s->n->key)));
    if (entry->rank != weight->rank ||
        memcmp(entry->shape, weight->shape, (size_t)entry->rank * sizeof *entry->shape) != 0)
        TRY(fail(HORN_ERROR_SHAPE, "%s: '%s' has not the shape of its weight", s->n->r->where,
                 bytes_text(&s->n->key)));
    TRY(memory_copy_string(&s->names[s->count], bytes_text(&s->n->key)));
    s->entries[s->count++] = entry;
    s->n->r->taken[entry - tensor_bundle_at(s->n->r->bundle, 0)] = true;
done:
    return status;
}

/* TensorFlow 1's momentum is a sum of gradients, Keras' a sum of steps: the factor is minus the learning rate. */
static horn_status find_factor(state *s)
{
    float rate;
    s->factor = 1;
    if (s->writer != TENSORFLOW_1 || !s->kinds.count || !s->known->sums_gradients) return HORN_OK;
    if (!keras_learning_rate(s->n->r->target, &rate))
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: sums of gradients, which the learning rate makes momentum, and the model has a "
                    "schedule of it",
                    s->n->r->where);
    s->factor = -rate;
    return HORN_OK;
}

/* Fails if only one of file and model is centered: another slot would be read as momentum. */
static horn_status check_third(const state *s)
{
    const keras_optimizer *known = s->known;
    const keras_optimizer_slot *third = &known->slots[KERAS_OPTIMIZER_SLOTS - 1];
    bool shifts = false, has = false;
    for (size_t i = 0; i < KERAS_OPTIMIZER_SLOTS; i++)
        shifts |= known->slots[i].number != known->slots[i].number_of_three;
    for (size_t i = 0; i < s->kinds.count; i++) has |= s->kinds.names[i] == third->name;
    if (s->writer != TENSORFLOW_1 || !shifts || has == has_third(s)) return HORN_OK;
    return fail(HORN_ERROR_ARGUMENT, "%s: its %s is%s %s, the model's is%s", s->n->r->where,
                known->tensorflow1, has ? " not" : "", third->argument, has ? "" : " not");
}

static horn_status list_slots(state *s)
{
    horn_status status = HORN_OK;
    const size_t weights = s->index.trained_count;
    TRY(check_third(s));
    TRY(find_factor(s));
    TRY(memory_new(&s->entries, 1 + s->kinds.count * weights, sizeof *s->entries));
    TRY(memory_new(&s->names, 1 + s->kinds.count * weights, sizeof *s->names));
    TRY(memory_copy_string(&s->names[s->count++], "optimizer/iter:0"));
    for (size_t k = 0; k < s->kinds.count; k++)
        for (size_t i = 0; i < weights; i++) TRY(add_slot(s, s->kinds.names[k], i));
done:
    return status;
}

static horn_status describe(const void *owner, size_t index, horn_view *like)
{
    const state *s = owner;
    *like = (horn_view){ .dtype = HORN_INT64 };
    return index ? bundle_entry_describe(s->n->r->bundle, s->entries[index], like) : HORN_OK;
}

static horn_status read_values(const void *owner, size_t index, horn_dtype dtype, void *data, size_t size)
{
    const state *s = owner;
    horn_view like;
    horn_status status = describe(owner, index, &like);
    if (!status && like.dtype != dtype)
        status = fail(HORN_ERROR_UNSUPPORTED, "%s: '%s' is %s, expected %s", s->n->r->where, s->names[index],
                      horn_dtype_name(like.dtype), horn_dtype_name(dtype));
    if (status) return status;
    if (!index) {
        memcpy(data, &s->n->r->out->iteration, size);
        return HORN_OK;
    }
    status = bundle_entry_read(s->n->r->bundle, s->entries[index], data, size);
    float *values = data;
    for (size_t i = 0; !status && s->factor != 1 && dtype == HORN_FLOAT32 && i < size / sizeof *values; i++)
        values[i] *= s->factor;
    return status;
}

horn_status tf_read_named_optimizer(tf_named *n)
{
    horn_status status = HORN_OK;
    const config *settings = n->r->target->optimizer;
    state s = { .n = n, .settings = settings, .class_name = config_get_string(settings, "class_name") };
    if (!s.class_name || !keras_slot_kinds_in_use(&s.kinds, s.class_name, config_get(settings, "config")))
        return HORN_OK;
    s.known = keras_optimizer_by_name(s.class_name);
    TRY(snapshot_index_new(&s.index, n->r->out));
    find_writer(&s);
    if (s.writer == NOBODY) goto done;
    TRY(read_step(&s));
    TRY(list_slots(&s));
    keras_variable_source given = { .where = n->r->where,
                                    .names = s.names,
                                    .count = s.count,
                                    .owner = &s,
                                    .describe = describe,
                                    .read = read_values };
    TRY(tf_take_variables(n->r, &given, settings));
done:
    for (size_t i = 0; s.names && i < s.count; i++) free(s.names[i]);
    snapshot_index_free(&s.index);
    free(s.names);
    free(s.entries);
    return status;
}
