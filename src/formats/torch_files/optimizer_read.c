/* torch_optimizer_read. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "config/keras_object.h"
#include "formats/keras_training/optimizer_slots.h"
#include "formats/torch_files/optimizer.h"
#include "snapshot/index.h"

typedef struct reading {
    snapshot *out;
    const torch_state *state;
    const torch_file *file;
    /* The only group, and the dict of all states. */
    const pickle_value *group, *states;
    const char *class_name;
    /* Of the model that it is for; NULL: not known. */
    const char *known;
    double rate;
    snapshot_index index;
    keras_slot_kinds kinds;
} reading;

static horn_status refuse(const reading *r, const char *what)
{
    return fail(HORN_ERROR_UNSUPPORTED, "%s: the optimizer's state: %s", r->file->from->path, what);
}

/* ---- arguments ---- */

/* A number, or a tensor of one number. */
static bool take_number(double *out, const reading *r, const pickle_value *v)
{
    float single[2] = { 0 };
    horn_view view;
    if (pickle_is_number(v, out)) return isfinite(*out);
    if (!torch_is_tensor(v)) return false;
    const torch_array a = torch_file_array(r->file, v);
    if (a.rank || torch_array_view(&view, r->file, &a, "step")) return false;
    torch_array_read(single, &a);
    int64_t whole;
    double wide;
    memcpy(&whole, single, sizeof whole);
    memcpy(&wide, single, sizeof wide);
    *out = view.dtype == HORN_FLOAT32 ? (double)single[0] : view.dtype == HORN_INT64 ? (double)whole : wide;
    return (view.dtype == HORN_FLOAT32 || view.dtype == HORN_INT64 || view.dtype == HORN_FLOAT64) &&
           isfinite(*out);
}

static bool is_true(const pickle_value *v)
{
    double number;
    return (pickle_is(v, PICKLE_BOOLEAN) && v->boolean) || (pickle_is_number(v, &number) && number != 0);
}

/* By the arguments that the class alone has; NULL: another. */
static const char *class_of(const reading *r)
{
    const pickle_value *g = r->group;
    if (pickle_get(g, "dampening") && pickle_get(g, "nesterov")) return "SGD";
    if (pickle_get(g, "alpha") && pickle_get(g, "centered")) return "RMSprop";
    if (!pickle_get(g, "betas") || !pickle_get(g, "amsgrad")) return NULL;
    return is_true(pickle_get(g, "decoupled_weight_decay")) ? "AdamW" : "Adam";
}

static horn_status set_number(config *arguments, const char *name, const reading *r, const char *key)
{
    double number;
    if (!take_number(&number, r, pickle_get(r->group, key)))
        return fail(HORN_ERROR_UNSUPPORTED, "%s: the optimizer's %s is no number", r->file->from->path, key);
    if (name) config_set_number(arguments, name, number);
    return HORN_OK;
}

static horn_status set_betas(config *arguments, const reading *r)
{
    const pickle_value *betas = pickle_get(r->group, "betas");
    double first, second;
    if (pickle_count(betas) != 2 || !take_number(&first, r, pickle_at(betas, 0)) ||
        !take_number(&second, r, pickle_at(betas, 1)))
        return refuse(r, "betas are no two numbers");
    config_set_number(arguments, "beta_1", first);
    config_set_number(arguments, "beta_2", second);
    return HORN_OK;
}

static horn_status set_arguments(config *arguments, reading *r)
{
    horn_status status = HORN_OK;
    double decay = 0, dampening = 0;
    if (!take_number(&r->rate, r, pickle_get(r->group, "lr")) || r->rate < 0)
        TRY(refuse(r, "lr is no number of 0 or more"));
    config_set_number(arguments, "learning_rate", r->rate);
    if (strcmp(r->class_name, "SGD") == 0) {
        TRY(set_number(arguments, "momentum", r, "momentum"));
        config_set_boolean(arguments, "nesterov", is_true(pickle_get(r->group, "nesterov")));
        (void)take_number(&dampening, r, pickle_get(r->group, "dampening"));
        if (dampening != 0) config_set_number(arguments, "dampening", dampening);
    } else if (strcmp(r->class_name, "RMSprop") == 0) {
        TRY(set_number(arguments, "rho", r, "alpha"));
        TRY(set_number(arguments, "momentum", r, "momentum"));
        TRY(set_number(arguments, "epsilon", r, "eps"));
        config_set_boolean(arguments, "centered", is_true(pickle_get(r->group, "centered")));
    } else {
        TRY(set_betas(arguments, r));
        TRY(set_number(arguments, "epsilon", r, "eps"));
        config_set_boolean(arguments, "amsgrad", is_true(pickle_get(r->group, "amsgrad")));
    }
    if (pickle_get(r->group, "weight_decay") && !take_number(&decay, r, pickle_get(r->group, "weight_decay")))
        TRY(refuse(r, "weight_decay is no number"));
    if (decay != 0 || strcmp(r->class_name, "AdamW") == 0)
        config_set_number(arguments, "weight_decay", decay);
    config_set_string(arguments, "update_rule", "torch");
done:
    return status;
}

/* Until PyTorch 2.7 the groups of AdamW and of Adam have the same keys: the model's settings tell. */
static void tell_adamw(reading *r)
{
    const bool is_old = !pickle_get(r->group, "decoupled_weight_decay");
    if (is_old && r->known && strcmp(r->known, "AdamW") == 0 && strcmp(r->class_name, "Adam") == 0)
        r->class_name = "AdamW";
}

static horn_status read_settings(reading *r)
{
    horn_status status = HORN_OK;
    config *arguments = config_object(), *optimizer = NULL;
    r->class_name = class_of(r);
    if (!r->class_name) TRY(refuse(r, "it is none of SGD, RMSprop, Adam and AdamW"));
    tell_adamw(r);
    if (is_true(pickle_get(r->group, "maximize"))) TRY(refuse(r, "maximize is not supported"));
    TRY(set_arguments(arguments, r));
    optimizer = keras_object_new(r->class_name, arguments);
    arguments = NULL;
    TRY(config_status(optimizer));
    config_free(r->out->optimizer);
    r->out->optimizer = optimizer;
    optimizer = NULL;
    r->out->has_learning_rate = true;
    r->out->learning_rate = (float)r->rate;
done:
    config_free(arguments);
    config_free(optimizer);
    return status;
}

/* ---- variables ---- */

/* The dict of parameter `number`; NULL: there is none. */
static const pickle_value *state_of(const reading *r, size_t number)
{
    for (size_t i = 0; i < pickle_count(r->states); i++) {
        const pickle_value *key = pickle_key_at(r->states, i);
        if (pickle_is(key, PICKLE_INTEGER) && key->integer == (int64_t)number) return pickle_at(r->states, i);
    }
    return NULL;
}

/* The next parameter that is a weight or a part of it, from tensor *at on, and its place; false: there is none. *number counts the
 * parameters before it. */
static bool next_parameter(const reading *r, const snapshot_weight *w, size_t *at, size_t *number,
                           const torch_place **place)
{
    for (; *at < r->state->count; ++*at) {
        const torch_tensor *t = &r->state->tensors[*at];
        if (!t->is_parameter) continue;
        ++*number;
        if (!t->is_placed || &r->out->layers[t->layer].tensors[t->weight] != w->tensor) continue;
        *place = &t->place;
        ++*at;
        return true;
    }
    return false;
}

static horn_status check_group(reading *r, const pickle_value *optimizer)
{
    const pickle_value *groups = pickle_get(optimizer, "param_groups"), *params;
    size_t parameters = 0;
    r->states = pickle_get(optimizer, "state");
    if (!pickle_is(r->states, PICKLE_DICT) || !pickle_is(groups, PICKLE_LIST))
        return refuse(r, "it has no state or no param_groups");
    if (pickle_count(groups) != 1) return refuse(r, "it has not one group of parameters");
    r->group = pickle_at(groups, 0);
    params = pickle_get(r->group, "params");
    for (size_t i = 0; i < r->state->count; i++) parameters += r->state->tensors[i].is_parameter;
    if (!pickle_is(params, PICKLE_LIST) || pickle_count(params) != parameters)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: the optimizer has %zu parameters, the model %zu",
                    r->file->from->path, pickle_count(params), parameters);
    for (size_t i = 0; i < parameters; i++) {
        const pickle_value *v = pickle_at(params, i);
        if (!pickle_is(v, PICKLE_INTEGER) || v->integer != (int64_t)i)
            return refuse(r, "its parameters are not numbered in their order");
    }
    return HORN_OK;
}

/* Every parameter with a state has made as many steps. */
static horn_status read_step(reading *r)
{
    double first = -1, step;
    for (size_t i = 0; i < pickle_count(r->states); i++) {
        const pickle_value *v = pickle_get(pickle_at(r->states, i), "step");
        if (!v) continue;
        if (!take_number(&step, r, v) || step < 0 || step != floor(step) || step > 9e15)
            return refuse(r, "step is no whole number");
        if (first >= 0 && step != first)
            return refuse(r, "its parameters have made different numbers of steps");
        first = step;
    }
    r->out->iteration = first > 0 ? (int64_t)first : 0;
    return HORN_OK;
}

static horn_status copy_values(const torch_array *a, const torch_place *p, double factor, snapshot_tensor *t)
{
    horn_status status = HORN_OK;
    float *values = NULL;
    const size_t count = torch_place_count(p);
    TRY(memory_new(&values, count, sizeof *values));
    torch_array_read(values, a);
    for (size_t i = 0; factor != 1 && i < count; i++) values[i] = (float)((double)values[i] * factor);
    torch_place_from(p, sizeof *values, values, t->data);
done:
    free(values);
    return status;
}

/* The variable of parameter `number`, which is at that place of the weight. */
static horn_status read_part(const reading *r, size_t number, const torch_place *p, const char *slot,
                             snapshot_tensor *t)
{
    horn_status status = HORN_OK;
    const char *key = torch_optimizer_key(r->class_name, slot);
    horn_view view;
    const pickle_value *v = pickle_get(state_of(r, number), key);
    /* None: SGD before its first step. */
    const bool is_none = !v || pickle_is(v, PICKLE_NONE);
    if (is_none && strcmp(key, "momentum_buffer") == 0 && strcmp(r->class_name, "SGD") == 0) goto done;
    if (is_none || !torch_is_tensor(v))
        TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: the optimizer has no %s of parameter %zu", r->file->from->path,
                 key, number));
    const torch_array a = torch_file_array(r->file, v);
    TRY(torch_array_view(&view, r->file, &a, key));
    if (view.dtype != HORN_FLOAT32 || view.rank != p->rank ||
        memcmp(view.shape, p->shape, (size_t)p->rank * sizeof *p->shape) != 0)
        TRY(fail(HORN_ERROR_UNSUPPORTED,
                 "%s: the optimizer's %s of parameter %zu has not its shape in float32", r->file->from->path,
                 key, number));
    const double factor = torch_optimizer_factor(r->class_name, slot, r->rate);
    TRY(copy_values(&a, p, factor == 0 ? 0 : 1 / factor, t));
done:
    return status;
}

static horn_status read_variable(const reading *r, const snapshot_weight *w, const char *slot,
                                 snapshot_tensor *t)
{
    horn_status status = HORN_OK;
    const torch_place *p = NULL;
    size_t at = 0, number = 0;
    while (!status && next_parameter(r, w, &at, &number, &p)) status = read_part(r, number - 1, p, slot, t);
    return status || p ? status : refuse(r, "a weight of the model is none of its parameters");
}

static horn_status read_slots(reading *r)
{
    horn_status status = HORN_OK;
    TRY(snapshot_index_new(&r->index, r->out));
    if (!keras_slot_kinds_in_use(&r->kinds, r->class_name, config_get(r->out->optimizer, "config")))
        goto done;
    for (size_t k = 0; k < r->kinds.count; k++) {
        const snapshot_weight *w;
        snapshot_slot *slot;
        TRY(snapshot_add_slot(r->out, r->kinds.names[k], &slot));
        for (size_t i = 0; (w = snapshot_weight_at(&r->index, SNAPSHOT_TRAINED, i)); i++) {
            const horn_view like = snapshot_tensor_view(w->tensor);
            snapshot_tensor *t;
            TRY(snapshot_slot_add(slot, w->tensor->name, &like, &t));
            TRY(read_variable(r, w, r->kinds.names[k], t));
        }
    }
done:
    return status;
}

/* Of SGD, which counts no steps: that it made some. */
static bool has_buffers(const reading *r)
{
    for (size_t i = 0; i < pickle_count(r->states); i++)
        if (torch_is_tensor(pickle_get(pickle_at(r->states, i), "momentum_buffer"))) return true;
    return false;
}

horn_status torch_optimizer_read(snapshot *out, const torch_state *state, const torch_file *file,
                                 const pickle_value *optimizer, const config *known)
{
    horn_status status = HORN_OK;
    reading r = { .out = out, .state = state, .file = file, .known = config_get_string(known, "class_name") };
    TRY(check_group(&r, optimizer));
    TRY(read_settings(&r));
    TRY(read_step(&r));
    if (strcmp(r.class_name, "SGD") == 0) out->iteration = has_buffers(&r);
    if (out->iteration) TRY(read_slots(&r));
    out->parts |= PART_OPTIMIZER;
done:
    snapshot_index_free(&r.index);
    return status;
}
