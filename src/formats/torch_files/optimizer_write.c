/* torch_optimizer_write, and the table of variables. */
#include "formats/torch_files/optimizer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/plain_numbers.h"
#include "base/status.h"
#include "formats/keras_training/optimizer_slots.h"
#include "formats/keras_training/training.h"
#include "functions/schedule.h"
#include "snapshot/index.h"

static const struct {
    const char *class_name, *slot, *key;
    /* A sum of steps, not of gradients: times lr, with this sign. 0: none. */
    int steps;
} slots[] = {
    { "SGD", "momentum", "momentum_buffer", -1 },
    { "RMSprop", "velocity", "square_avg", 0 },
    { "RMSprop", "momentum", "momentum_buffer", 1 },
    { "RMSprop", "average_gradient", "grad_avg", 0 },
    { "Adam", "momentum", "exp_avg", 0 },
    { "Adam", "velocity", "exp_avg_sq", 0 },
    { "Adam", "velocity_hat", "max_exp_avg_sq", 0 },
};
enum { SLOTS = sizeof slots / sizeof *slots, NO_SLOT = SLOTS };

static size_t find(const char *class_name, const char *slot)
{
    size_t i = 0;
    if (strcmp(class_name, "AdamW") == 0) class_name = "Adam";
    while (i < SLOTS && (strcmp(slots[i].class_name, class_name) != 0 || strcmp(slots[i].slot, slot) != 0))
        i++;
    return i;
}

const char *torch_optimizer_key(const char *class_name, const char *slot)
{
    const size_t i = find(class_name, slot);
    return i == NO_SLOT ? NULL : slots[i].key;
}

double torch_optimizer_factor(const char *class_name, const char *slot, double learning_rate)
{
    const size_t i = find(class_name, slot);
    if (i == NO_SLOT || !slots[i].steps) return 1;
    return learning_rate > 0 ? slots[i].steps / learning_rate : 0;
}

/* ---- writing ---- */

typedef struct writing {
    torch_writer *w;
    pickle *p;
    torch_blocks *blocks;
    const snapshot *s;
    const torch_state *state;
    const config *arguments;
    const char *class_name;
    double rate;
    snapshot_index index;
} writing;

void torch_blocks_free(torch_blocks *b)
{
    for (size_t i = 0; i < b->count; i++) free(b->items[i]);
    free(b->items);
    *b = (torch_blocks){ 0 };
}

static horn_status new_block(void **out, torch_blocks *b, size_t count)
{
    horn_status status = memory_grow(&b->items, b->count, &b->capacity, sizeof *b->items);
    if (!status) status = memory_new_aligned(out, count, sizeof(float));
    if (!status) b->items[b->count++] = *out;
    return status;
}

static void set(const writing *w, pickle_value *dict, const char *key, pickle_value *value)
{
    pickle_set(w->p, dict, pickle_word(w->p, key), value);
}

static double number_of(const writing *w, const char *key, double otherwise)
{
    (void)!config_number(config_get(w->arguments, key), &otherwise);
    return otherwise;
}

static void set_number(const writing *w, pickle_value *dict, const char *key, double value)
{
    set(w, dict, key, pickle_number(w->p, value));
}

/* PyTorch's defaults of 0 are integers. */
static void set_factor(const writing *w, pickle_value *dict, const char *key, double value)
{
    set(w, dict, key, value == 0 ? pickle_integer(w->p, 0) : pickle_number(w->p, value));
}

static void set_boolean(const writing *w, pickle_value *dict, const char *key, bool value)
{
    set(w, dict, key, pickle_boolean(w->p, value));
}

static void set_none(const writing *w, pickle_value *dict, const char *key)
{
    set(w, dict, key, pickle_none(w->p));
}

/* Of the next step: the shortest number that is the same float. */
static double learning_rate_of(const snapshot *s)
{
    float rate = 0;
    double shortest = 0;
    char text[32];
    schedule found;
    const config *value = config_get(config_get(s->optimizer, "config"), "learning_rate");
    if (!keras_learning_rate(s, &rate)) {
        if (schedule_read(&found, value, "learning_rate")) return 0;
        rate = schedule_value(&found, s->iteration);
        schedule_free(&found);
    }
    const plain_numbers before = plain_numbers_begin();
    for (int digits = 1; digits <= 9 && (float)shortest != rate; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)rate);
        shortest = strtod(text, NULL);
    }
    plain_numbers_end(before);
    return shortest;
}

static void put_sgd(const writing *w, pickle_value *group)
{
    set_factor(w, group, "momentum", number_of(w, "momentum", 0));
    set_factor(w, group, "dampening", number_of(w, "dampening", 0));
    set_factor(w, group, "weight_decay", number_of(w, "weight_decay", 0));
    set_boolean(w, group, "nesterov", config_is_true(config_get(w->arguments, "nesterov")));
    set_boolean(w, group, "maximize", false);
    set_none(w, group, "foreach");
    set_boolean(w, group, "differentiable", false);
    set_none(w, group, "fused");
}

static void put_rmsprop(const writing *w, pickle_value *group)
{
    set_factor(w, group, "momentum", number_of(w, "momentum", 0));
    set_number(w, group, "alpha", number_of(w, "rho", 0.9));
    set_number(w, group, "eps", number_of(w, "epsilon", 1e-7));
    set_boolean(w, group, "centered", config_is_true(config_get(w->arguments, "centered")));
    set_factor(w, group, "weight_decay", number_of(w, "weight_decay", 0));
    set_boolean(w, group, "capturable", false);
    set_none(w, group, "foreach");
    set_boolean(w, group, "maximize", false);
    set_boolean(w, group, "differentiable", false);
}

/* Keras' weight_decay of Adam is AdamW's. */
static void put_adam(const writing *w, pickle_value *group)
{
    const bool is_adamw = strcmp(w->class_name, "AdamW") == 0;
    const double decay = number_of(w, "weight_decay", is_adamw ? 0.004 : 0);
    const char *rule = config_get_string(w->arguments, "update_rule");
    pickle_value *betas[] = { pickle_number(w->p, number_of(w, "beta_1", 0.9)),
                              pickle_number(w->p, number_of(w, "beta_2", 0.999)) };
    set(w, group, "betas", pickle_tuple(w->p, 2, betas));
    set_number(w, group, "eps", number_of(w, "epsilon", 1e-7));
    set_factor(w, group, "weight_decay", decay);
    set_boolean(w, group, "amsgrad", config_is_true(config_get(w->arguments, "amsgrad")));
    set_boolean(w, group, "maximize", false);
    set_none(w, group, "foreach");
    set_boolean(w, group, "capturable", false);
    set_boolean(w, group, "differentiable", false);
    set_none(w, group, "fused");
    set_boolean(w, group, "decoupled_weight_decay",
                is_adamw || (decay > 0 && !(rule && strcmp(rule, "torch") == 0)));
}

static pickle_value *group_of(const writing *w)
{
    pickle_value *group = pickle_dict(w->p, NULL), *params = pickle_list(w->p);
    int64_t number = 0;
    set_number(w, group, "lr", w->rate);
    if (strcmp(w->class_name, "SGD") == 0)
        put_sgd(w, group);
    else if (strcmp(w->class_name, "RMSprop") == 0)
        put_rmsprop(w, group);
    else
        put_adam(w, group);
    for (size_t i = 0; i < w->state->count; i++)
        if (w->state->tensors[i].is_parameter) pickle_append(w->p, params, pickle_integer(w->p, number++));
    set(w, group, "params", params);
    return group;
}

/* The number of the weight that a parameter is, among those that train; SIZE_MAX: none. */
static size_t trained_number(const writing *w, const torch_tensor *t)
{
    const snapshot_weight *found;
    for (size_t i = 0; t->is_placed && (found = snapshot_weight_at(&w->index, SNAPSHOT_TRAINED, i)); i++)
        if (found->tensor == &torch_weights_of(&w->s->layers[t->layer])->tensors[t->weight]) return i;
    return SIZE_MAX;
}

static horn_status put_step(const writing *w, pickle_value *dict)
{
    void *block;
    horn_status status = new_block(&block, w->blocks, 1);
    if (status) return status;
    *(float *)block = (float)w->s->iteration;
    set(w, dict, "step", torch_writer_tensor(w->w, &(horn_view){ .data = block, .dtype = HORN_FLOAT32 }));
    return HORN_OK;
}

static horn_status put_variable(const writing *w, pickle_value *dict, const snapshot_slot *slot,
                                size_t number, const torch_place *p)
{
    void *block;
    const size_t count = torch_place_count(p);
    const double factor = torch_optimizer_factor(w->class_name, slot->name, w->rate);
    horn_view view = { .dtype = HORN_FLOAT32, .rank = p->rank };
    if (number >= slot->tensor_count ||
        snapshot_tensor_bytes(&slot->tensors[number]) != torch_place_whole(p) * sizeof(float))
        return fail(HORN_ERROR_ARGUMENT, "optimizer slot '%s': tensor %zu does not fit its weight",
                    slot->name, number);
    horn_status status = new_block(&block, w->blocks, count);
    if (status) return status;
    torch_place_to(p, sizeof(float), slot->tensors[number].data, block);
    for (size_t i = 0; factor != 1 && i < count; i++)
        ((float *)block)[i] = (float)((double)((float *)block)[i] * factor);
    view.data = block;
    memcpy(view.shape, p->shape, sizeof view.shape);
    set(w, dict, torch_optimizer_key(w->class_name, slot->name), torch_writer_tensor(w->w, &view));
    return HORN_OK;
}

/* In PyTorch's order of keys, which is that of the table but for RMSprop's, which is Keras' too. */
static horn_status put_state(const writing *w, pickle_value *states, const torch_tensor *t, int64_t number)
{
    horn_status status = HORN_OK;
    const size_t trained = trained_number(w, t);
    if (trained == SIZE_MAX) return HORN_OK;
    pickle_value *dict = pickle_dict(w->p, NULL);
    if (strcmp(w->class_name, "SGD") != 0) TRY(put_step(w, dict));
    for (size_t i = 0; i < SLOTS; i++) {
        const snapshot_slot *slot = snapshot_find_slot(w->s, slots[i].slot);
        if (slot && find(w->class_name, slots[i].slot) == i)
            TRY(put_variable(w, dict, slot, trained, &t->place));
    }
    if (pickle_count(dict)) pickle_set(w->p, states, pickle_integer(w->p, number), dict);
done:
    return status;
}

horn_status torch_optimizer_write(pickle_value **out, torch_writer *writer, torch_blocks *blocks,
                                  const snapshot *s, const torch_state *state)
{
    horn_status status = HORN_OK;
    writing w = { .w = writer, .p = torch_writer_values(writer), .blocks = blocks, .s = s, .state = state };
    int64_t number = 0;
    *out = NULL;
    w.class_name = config_get_string(s->optimizer, "class_name");
    w.arguments = config_get(s->optimizer, "config");
    if (!w.class_name || (strcmp(w.class_name, "SGD") != 0 && !torch_optimizer_key(w.class_name, "velocity")))
        return HORN_OK;
    w.rate = learning_rate_of(s);
    TRY(snapshot_index_new(&w.index, s));
    pickle_value *object = pickle_dict(w.p, NULL), *states = pickle_dict(w.p, NULL),
                 *groups = pickle_list(w.p);
    for (size_t i = 0; s->iteration && s->slot_count && i < state->count; i++)
        if (state->tensors[i].is_parameter) TRY(put_state(&w, states, &state->tensors[i], number++));
    pickle_append(w.p, groups, group_of(&w));
    set(&w, object, "state", states);
    set(&w, object, "param_groups", groups);
    *out = object;
done:
    snapshot_index_free(&w.index);
    return status;
}
