#include "formats/torch_files/asides.h"

#include <math.h>
#include <string.h>

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
        if (config_count(asides) == SNAPSHOT_MOST_ASIDES) {
            config_set_null(asides, "...");
            break;
        }
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
