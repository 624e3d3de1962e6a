#include "formats/torch_files/checkpoint.h"

#include <math.h>
#include <string.h>
#include "base/status.h"

/* True for a dict of tensors by names; also for an empty state_dict. */
static bool is_state(const pickle_value *v)
{
    const size_t count = pickle_count(v);
    if (!pickle_is(v, PICKLE_DICT) || (!count && !v->global)) return false;
    for (size_t i = 0; i < count; i++)
        if (!pickle_string(pickle_key_at(v, i)) || !torch_is_tensor(pickle_at(v, i))) return false;
    return true;
}

torch_checkpoint torch_checkpoint_of(const pickle_value *object)
{
    static const char *const models[] = { "model", "state_dict", "model_state_dict", "net", "network", NULL },
                             *const optimizers[] = { "optimizer", "optimizer_state_dict", "optim", "opt",
                                                     NULL };
    torch_checkpoint found = { 0 };
    if (is_state(object)) found.model = object;
    for (int i = 0; !found.model && models[i]; i++)
        if (is_state(pickle_get(object, models[i]))) found.model = pickle_get(object, models[i]);
    for (int i = 0; found.model && found.model != object && !found.optimizer && optimizers[i]; i++)
        if (pickle_is(pickle_get(object, optimizers[i]), PICKLE_DICT))
            found.optimizer = pickle_get(object, optimizers[i]);
    return found;
}

/* ---- the state ---- */

static horn_status add_tensor(torch_state *out, const torch_file *f, const char *name,
                              const pickle_value *tensor, size_t *taken)
{
    const torch_array a = torch_file_array(f, tensor);
    horn_view view;
    torch_tensor *t;
    horn_status status = torch_array_view(&view, f, &a, name);
    if (status) return status;
    *taken += a.count * horn_dtype_size(view.dtype);
    if (*taken > 8 * f->from->size + (1 << 20))
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: its tensors share storages so often that they take more than 8 times its size",
                    f->from->path);
    status = torch_state_add(out, name, &view, &t);
    if (status) return status;
    torch_array_read(t->data, &a);
    t->is_parameter = !torch_is_buffer(name);
    return HORN_OK;
}

horn_status torch_checkpoint_state(torch_state *out, const torch_file *f, const pickle_value *model)
{
    horn_status status = HORN_OK;
    size_t taken = 0;
    for (size_t i = 0; !status && i < pickle_count(model); i++)
        status = add_tensor(out, f, pickle_string(pickle_key_at(model, i)), pickle_at(model, i), &taken);
    return status;
}

/* ---- asides ---- */

static const char epoch_key[] = "epoch", loss_key[] = "best_loss";

static bool says_nothing(const snapshot *s, const char *key, const pickle_value *v)
{
    if (strcmp(key, epoch_key) == 0) return s->progress || (pickle_is(v, PICKLE_INTEGER) && v->integer == 0);
    if (strcmp(key, loss_key) == 0)
        return s->progress || (pickle_is(v, PICKLE_NUMBER) && isinf(v->number) && v->number > 0);
    return false;
}

static void add(config *asides, const char *key, const pickle_value *v)
{
    if (pickle_is(v, PICKLE_BOOLEAN))
        config_set_boolean(asides, key, v->boolean);
    else if (pickle_is(v, PICKLE_INTEGER))
        config_set_integer(asides, key, v->integer);
    else if (pickle_is(v, PICKLE_NUMBER))
        config_set_number(asides, key, v->number);
    else if (pickle_string(v))
        config_set_string(asides, key, pickle_string(v));
    else
        config_set_null(asides, key);
}

horn_status torch_asides_read(snapshot *s, const pickle_value *root, const torch_checkpoint *c)
{
    if (!pickle_is(root, PICKLE_DICT) || root == c->model) return HORN_OK;
    config *asides = config_object();
    for (size_t i = 0; i < pickle_count(root); i++) {
        const pickle_value *v = pickle_at(root, i);
        const char *key = pickle_string(pickle_key_at(root, i));
        if (!key || v == c->model || v == c->optimizer || torch_is_tensor(v)) continue;
        if (says_nothing(s, key, v)) continue;
        if (!snapshot_has_room_for_aside(asides)) break;
        add(asides, key, v);
    }
    s->asides = asides;
    return config_status(asides);
}

static pickle_value *value_of(pickle *p, const config *aside)
{
    int64_t integer;
    double number;
    if (config_is_true(aside) || config_is_false(aside)) return pickle_boolean(p, config_is_true(aside));
    if (!config_is_float(aside) && config_integer(aside, &integer)) return pickle_integer(p, integer);
    if (config_number(aside, &number)) return pickle_number(p, number);
    return config_string(aside) ? pickle_text(p, config_string(aside)) : NULL;
}

void torch_asides_write(pickle *p, pickle_value *dict, const snapshot *s)
{
    const char *key;
    for (size_t i = 0; (key = config_key_at(s->asides, i)); i++) {
        const config *aside = config_at(s->asides, i);
        const bool is_taken = strcmp(key, "model") == 0 || strcmp(key, "optimizer") == 0;
        if (!config_is_null(aside) && !is_taken) pickle_set(p, dict, pickle_word(p, key), value_of(p, aside));
    }
}
