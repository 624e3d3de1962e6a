#include "formats/keras/activations.h"

#include <string.h>
#include "base/status.h"

static const char plain[] = "hard_sigmoid", keras3s[] = "keras3_hard_sigmoid";

bool keras_layers_are_keras3(const config *layers)
{
    for (const config *entry = config_at(layers, 0); entry; entry = config_next(entry)) {
        const config *arguments = config_get(entry, "config");
        const char *policy = config_get_string(config_get(arguments, "dtype"), "class_name");
        if (config_get(arguments, "batch_shape") || (policy && strcmp(policy, "DTypePolicy") == 0))
            return true;
    }
    return false;
}

/* Whether it is the name of an activation in either form: "relu", or {"class_name": "function", "config": "relu"}. */
static bool is_named(const char *key, const config *value, const char *name)
{
    const char *said = config_string(value) ? config_string(value) : config_get_string(value, "config");
    return (strcmp(key, "activation") == 0 || strcmp(key, "recurrent_activation") == 0) && said &&
           strcmp(said, name) == 0;
}

/* A value that is incomplete, for lack of memory, stays so. */
static config *renamed(const config *value, const char *from, const char *to)
{
    if ((!config_is_object(value) && !config_is_list(value)) || config_status(value))
        return config_copy(value);
    config *copy = config_is_list(value) ? config_list() : config_object();
    for (const config *item = config_at(value, 0); item; item = config_next(item)) {
        const char *key = config_is_list(value) ? NULL : config_key(item);
        config *own = key && is_named(key, item, from) ? config_from_string(to) : renamed(item, from, to);
        if (key)
            config_set(copy, key, own);
        else
            config_append(copy, own);
    }
    return copy;
}

config *keras_activations_read(const config *arguments)
{
    return renamed(arguments, plain, keras3s);
}

config *keras_activations_write(const config *arguments)
{
    return renamed(arguments, keras3s, plain);
}

static bool has(const config *value, const char *name)
{
    for (size_t i = 0; i < config_count(value); i++) {
        const config *item = config_at(value, i);
        if (config_is_object(value) && is_named(config_key_at(value, i), item, name)) return true;
        if (has(item, name)) return true;
    }
    return false;
}

horn_status keras_activations_check(const snapshot *s, keras_dialect dialect, const char *where)
{
    const bool keras3 = dialect == KERAS_3;
    for (size_t i = 0; i < s->layer_count; i++)
        if (has(s->layers[i].arguments, keras3 ? plain : keras3s))
            return fail(HORN_ERROR_UNSUPPORTED,
                        "%s: layer '%s' has Keras %d's hard_sigmoid, which is another function in Keras %d: "
                        "expected dialect keras%d",
                        where, s->layers[i].name, keras3 ? 2 : 3, keras3 ? 3 : 2, keras3 ? 2 : 3);
    return HORN_OK;
}
