#include "formats/keras/layer_modules.h"

#include <string.h>
#include "base/text.h"
#include "config/keras_classes.h"

bool keras_is_layer(const char *key, const config *value)
{
    static const char *const keys[] = { "layer", "cell", "backward_layer", NULL };
    return text_is_among(key, keys) && config_is_object(value);
}

bool keras_is_layer_list(const char *key, const config *value)
{
    static const char *const keys[] = { "layers", "cells", NULL };
    return text_is_among(key, keys) && config_is_list(value);
}

static const struct {
    const char *keras2, *keras3;
} modules_of_models[] = {
    [KERAS_SEQUENTIAL] = { "keras", "keras" },
    [KERAS_FUNCTIONAL] = { "keras.src.engine.functional", "keras.src.models.functional" },
    [KERAS_MODEL] = { "keras", "keras" },
};

const char *keras_layer_module(const char *class_name, bool keras3)
{
    const keras_role role = keras_role_of(class_name);
    const bool is_model = role < sizeof modules_of_models / sizeof *modules_of_models;
    const char *module =
        is_model ? keras3 ? modules_of_models[role].keras3 : modules_of_models[role].keras2 : NULL;
    return module ? module : "keras.layers";
}

const char *keras_registered_name(const char *class_name)
{
    return keras_role_of(class_name) == KERAS_FUNCTIONAL ? class_name : NULL;
}

/* Which modules are written: Keras 3's or Keras 2's; always: they replace those that are there. */
typedef struct modules {
    bool keras3, always;
} modules;

static config *with_modules_in(const char *key, const config *value, modules m);

static config *with_module(const config *layer, modules m)
{
    const char *class_name = config_get_string(layer, "class_name"), *key;
    const config *inner = config_get(layer, "config");
    if (!class_name || !config_is_object(inner) || strchr(class_name, '>')) return config_copy(layer);
    config *object = config_copy(layer), *arguments = config_copy(inner);
    for (size_t i = 0; (key = config_key_at(inner, i)); i++)
        config_set(arguments, key, with_modules_in(key, config_at(inner, i), m));
    config_set(object, "config", arguments);
    if (config_get(layer, "module") && !m.always) return object;
    config_set_string(object, "module", keras_layer_module(class_name, m.keras3));
    config_set_string(object, "registered_name", keras_registered_name(class_name));
    return object;
}

/* A copy of any argument. */
static config *with_modules_in(const char *key, const config *value, modules m)
{
    if (keras_is_layer(key, value)) return with_module(value, m);
    if (!keras_is_layer_list(key, value)) return config_copy(value);
    config *list = config_list();
    for (size_t i = 0; i < config_count(value); i++) {
        const config *layer = config_at(value, i);
        config_append(list, config_is_object(layer) ? with_module(layer, m) : config_copy(layer));
    }
    return list;
}

config *keras_argument_with_modules(const char *key, const config *value, bool keras3)
{
    return strcmp(key, "layers") == 0 ? config_copy(value)
                                      : with_modules_in(key, value, (modules){ keras3, false });
}

config *keras_layer_with_modules(const config *arguments, bool keras3, bool always)
{
    const char *key;
    config *copy = config_copy(arguments);
    for (size_t i = 0; (key = config_key_at(arguments, i)); i++)
        config_set(copy, key, with_modules_in(key, config_at(arguments, i), (modules){ keras3, always }));
    return copy;
}
