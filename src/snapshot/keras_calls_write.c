#include "snapshot/keras_calls.h"

#include <stdlib.h>
#include "base/memory.h"
#include "config/keras_object.h"

typedef struct writer {
    /* The config's, the input first. */
    const config *layers;
    const keras_calls *calls;
    /* [calls]: the number of each among those of its layer. */
    int64_t *numbers;
    bool keras3;
} writer;

static const char *name_of(const writer *w, size_t entry)
{
    return config_get_string(config_get(config_at(w->layers, entry), "config"), "name");
}

/* What the calls of a layer are counted from: its own calls, or the model's output. */
static int64_t base_of(const writer *w, size_t layer, bool is_end)
{
    const char *class_name = config_get_string(config_at(w->layers, layer + 1), "class_name");
    const keras_role role = keras_role_of(keras_bare_name(class_name));
    if (role == KERAS_SEQUENTIAL) return !w->keras3;
    return (role == KERAS_FUNCTIONAL || role == KERAS_MODEL) && (!w->keras3 || is_end);
}

/* [layer, call, output] of a value. */
static config *describe_value(const writer *w, size_t value, bool is_end)
{
    config *tensor = config_list();
    const size_t layer = value ? w->calls->at[value - 1].layer : 0;
    config_append_string(tensor, name_of(w, value ? layer + 1 : 0));
    config_append_integer(tensor, value ? w->numbers[value - 1] + base_of(w, layer, is_end) : 0);
    config_append_integer(tensor, 0);
    return tensor;
}

/* The model's inputs or outputs. */
static config *describe_ends(const writer *w, const keras_end *ends, size_t count)
{
    if (w->keras3 && count == 1 && !ends[0].key) return describe_value(w, ends[0].value, true);
    config *all = ends[0].key ? config_object() : config_list();
    for (size_t i = 0; i < count; i++) {
        if (ends[i].key)
            config_set(all, ends[i].key, describe_value(w, ends[i].value, true));
        else
            config_append(all, describe_value(w, ends[i].value, true));
    }
    return all;
}

static config *describe_call(const writer *w, const keras_call *c)
{
    config *call = config_list();
    for (size_t k = 0; k < c->value_count; k++) {
        config *tensor = describe_value(w, c->values[k], false);
        config_append(tensor, config_object());
        config_append(call, tensor);
    }
    return call;
}

/* The calls of one layer. */
static config *describe_calls(const writer *w, size_t layer)
{
    config *nodes = config_list();
    for (size_t i = 0; i < w->calls->count; i++)
        if (w->calls->at[i].layer == layer && w->calls->at[i].value_count)
            config_append(nodes, describe_call(w, &w->calls->at[i]));
    return nodes;
}

static horn_status number_calls(writer *w)
{
    int64_t *called;
    const keras_calls *c = w->calls;
    horn_status status = memory_new(&called, config_count(w->layers) + 1, sizeof *called);
    if (status) return status;
    status = memory_new(&w->numbers, c->count + 1, sizeof *w->numbers);
    for (size_t i = 0; !status && i < c->count; i++) w->numbers[i] = called[c->at[i].layer]++;
    free(called);
    return status;
}

horn_status keras_calls_write(config *model_config, const keras_calls *calls, bool keras3)
{
    writer w = { .layers = config_get(model_config, "layers"), .calls = calls, .keras3 = keras3 };
    config *layers;
    horn_status status = number_calls(&w);
    if (status) return status;
    layers = config_list();
    for (size_t i = 0; i < config_count(w.layers); i++) {
        config *layer = config_copy(config_at(w.layers, i));
        config_set_string(layer, "name", name_of(&w, i));
        config_set(layer, "inbound_nodes", i ? describe_calls(&w, i - 1) : config_list());
        config_append(layers, layer);
    }
    config_set(model_config, "input_layers", describe_ends(&w, calls->inputs, calls->input_count));
    config_set(model_config, "output_layers", describe_ends(&w, calls->outputs, calls->output_count));
    config_set(model_config, "layers", layers);
    free(w.numbers);
    return HORN_OK;
}

horn_status keras_calls_rewrite(config *model_config, bool keras3, const char *where)
{
    keras_calls calls;
    horn_status status = keras_calls_read(&calls, model_config, where);
    if (!status) {
        const config *given = config_get(model_config, "layers");
        config *ordered = config_list();
        for (size_t i = 0; i <= calls.layer_count; i++)
            config_append(ordered, config_copy(config_at(given, calls.order[i])));
        config_set(model_config, "layers", ordered);
        status = keras_calls_write(model_config, &calls, keras3);
    }
    keras_calls_free(&calls);
    return status;
}
