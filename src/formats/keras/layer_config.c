#include "formats/keras/layer_config.h"

#include <string.h>
#include "base/status.h"

/* An argument that one Keras writes, with the value that means nothing. */
typedef struct only {
    const char *class_name, *key;
    /* LAST: "channels_last". WHATEVER: it has no effect; each value is kept, but left out for the other Keras. */
    enum { NOTHING, NO, NUMBER, LAST, WHATEVER } kind;
    double number;
} only;

/* Arguments that Keras 3 writes and Keras 2 refuses or does not need. */
static const only keras3_only[] = {
    { "Dense", "quantization_config", NOTHING, 0 },
    { "EinsumDense", "quantization_config", NOTHING, 0 },
    { "Embedding", "quantization_config", NOTHING, 0 },
    { "InputLayer", "optional", NO, 0 },
    { "AlphaDropout", "noise_shape", NOTHING, 0 },
    { "LayerNormalization", "rms_scaling", NO, 0 },
    { "BatchNormalization", "renorm", NO, 0 },
    { "BatchNormalization", "renorm_clipping", NOTHING, 0 },
    { "BatchNormalization", "renorm_momentum", NUMBER, 0.99 },
    { "SimpleRNN", "zero_output_for_mask", NO, 0 },
    { "SimpleRNN", "seed", NOTHING, 0 },
    { "LSTM", "zero_output_for_mask", NO, 0 },
    { "LSTM", "seed", NOTHING, 0 },
    { "GRU", "zero_output_for_mask", NO, 0 },
    { "GRU", "seed", NOTHING, 0 },
    { "ZeroPadding1D", "data_format", LAST, 0 },
};

/* Arguments that Keras 2 writes and Keras 3 does not, the same way. */
static const only keras2_only[] = {
    { "Dense", "activity_regularizer", NOTHING, 0 },
    { "SpatialDropout1D", "noise_shape", NOTHING, 0 },
    { "SpatialDropout2D", "noise_shape", NOTHING, 0 },
    { "SpatialDropout3D", "noise_shape", NOTHING, 0 },
    { "SimpleRNN", "time_major", NO, 0 },
    { "LSTM", "time_major", NO, 0 },
    { "LSTM", "implementation", NUMBER, 2 },
    { "GRU", "time_major", NO, 0 },
    { "GRU", "implementation", NUMBER, 2 },
    { "DepthwiseConv1D", "groups", NUMBER, 1 },
    { "DepthwiseConv2D", "groups", NUMBER, 1 },
    { "Conv1DTranspose", "groups", NUMBER, 1 },
    { "Conv2DTranspose", "groups", NUMBER, 1 },
    { "Conv3DTranspose", "groups", NUMBER, 1 },
    { "SeparableConv1D", "groups", NUMBER, 1 },
    { "SeparableConv2D", "groups", NUMBER, 1 },
    { "SeparableConv1D", "kernel_initializer", WHATEVER, 0 },
    { "SeparableConv1D", "kernel_regularizer", WHATEVER, 0 },
    { "SeparableConv1D", "kernel_constraint", WHATEVER, 0 },
    { "SeparableConv2D", "kernel_initializer", WHATEVER, 0 },
    { "SeparableConv2D", "kernel_regularizer", WHATEVER, 0 },
    { "SeparableConv2D", "kernel_constraint", WHATEVER, 0 },
};
enum {
    KERAS2_ONLY = sizeof keras2_only / sizeof *keras2_only,
    KERAS3_ONLY = sizeof keras3_only / sizeof *keras3_only
};

static bool is_false(const config *value)
{
    double number;
    return !config_is_null(value) && !config_is_true(value) && !config_string(value) &&
           !config_is_list(value) && !config_is_object(value) && !config_number(value, &number);
}

static bool is_nothing(const only *o, const char *class_name, const char *key, const config *value)
{
    double number;
    if (strcmp(o->class_name, class_name) != 0 || strcmp(o->key, key) != 0) return false;
    switch (o->kind) {
    case NOTHING:
        return config_is_null(value);
    case NO:
        return is_false(value);
    case NUMBER:
        return config_number(value, &number) && number == o->number;
    case LAST:
        return config_string(value) && strcmp(config_string(value), "channels_last") == 0;
    case WHATEVER:
        return false;
    }
    return false;
}

static bool says_nothing(const char *class_name, const char *key, const config *value)
{
    for (size_t i = 0; i < KERAS2_ONLY; i++)
        if (is_nothing(&keras2_only[i], class_name, key, value)) return true;
    for (size_t i = 0; i < KERAS3_ONLY; i++)
        if (is_nothing(&keras3_only[i], class_name, key, value)) return true;
    return false;
}

/* Copies an initializer's config without Keras 3's axes if they are null. */
static config *copy_without_axes(const config *object)
{
    config *copy = config_copy(object);
    const char *const keys[] = { "input_axes", "output_axes" };
    for (int i = 0; i < 2; i++)
        if (config_get(copy, keys[i]) && config_is_null(config_get(copy, keys[i])))
            config_remove(copy, keys[i]);
    return copy;
}

static bool is_keras_object(const config *value)
{
    return config_get_string(value, "class_name") && config_is_object(config_get(value, "config"));
}

/* Where Keras' own classes stand; NULL for another argument. SavedModels and older files leave it out. */
static const char *module_of(const char *key)
{
    static const char *const kinds[][2] = { { "_initializer", "keras.initializers" },
                                            { "_regularizer", "keras.regularizers" },
                                            { "_constraint", "keras.constraints" } };
    const size_t length = strlen(key);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const size_t end = strlen(kinds[i][0]);
        if (length > end && strcmp(key + length - end, kinds[i][0]) == 0) return kinds[i][1];
    }
    return NULL;
}

static config *read_object(const char *key, const config *value)
{
    const char *class_name = config_get_string(value, "class_name"), *module = module_of(key);
    config *arguments = copy_without_axes(config_get(value, "config")), *object;
    if (!module || strchr(class_name, '>') || config_get(value, "module")) {
        object = config_copy(value);
        config_set(object, "config", arguments);
        config_remove(object, "shared_object_id"); /* an address in Keras' memory */
        return object;
    }
    object = config_object();
    config_set_string(object, "module", module);
    config_set_string(object, "class_name", class_name);
    config_set(object, "config", arguments);
    config_set_null(object, "registered_name");
    return object;
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

static bool is_among(const char *key, const char *const *keys)
{
    while (*keys && strcmp(*keys, key) != 0) keys++;
    return *keys;
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
    for (size_t i = 0; (key = config_key_at(inner, i)); i++) {
        config *changed = with_modules_in(key, config_at(inner, i), m);
        if (changed) config_set(arguments, key, changed);
    }
    config_set(object, "config", arguments);
    if (config_get(layer, "module") && !m.always) return object;
    config_set_string(object, "module", keras_layer_module(class_name, m.keras3));
    config_set_string(object, "registered_name", keras_registered_name(class_name));
    return object;
}

/* Arguments that are a list of layers, and those that are a layer. */
static const char *const list_keys[] = { "layers", "cells", NULL }, *const layer_keys[] = { "layer", "cell",
                                                                                            "backward_layer",
                                                                                            NULL };

/* NULL for what is no argument that holds layers. */
static config *with_modules_in(const char *key, const config *value, modules m)
{
    if (is_among(key, layer_keys) && config_is_object(value)) return with_module(value, m);
    if (!is_among(key, list_keys) || !config_is_list(value)) return NULL;
    config *list = config_list();
    for (size_t i = 0; i < config_count(value); i++) {
        const config *layer = config_at(value, i);
        config_append(list, config_is_object(layer) ? with_module(layer, m) : config_copy(layer));
    }
    return list;
}

config *keras_layer_with_modules(const config *arguments, bool keras3, bool always)
{
    const char *key;
    config *copy = config_copy(arguments);
    for (size_t i = 0; (key = config_key_at(arguments, i)); i++) {
        config *changed = with_modules_in(key, config_at(arguments, i), (modules){ keras3, always });
        if (changed) config_set(copy, key, changed);
    }
    return copy;
}

/* Activations that the two Keras call differently. */
static config *activation_in(const char *name, keras_dialect dialect)
{
    static const struct {
        const char *keras2, *keras3;
    } names[] = { { "swish", "silu" } };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i].keras2) == 0 || strcmp(name, names[i].keras3) == 0)
            name = dialect == KERAS_3 ? names[i].keras3 : names[i].keras2;
    return config_from_string(name);
}

static bool is_activation(const char *key, const config *value)
{
    static const char *const keys[] = { "activation", "recurrent_activation", NULL };
    return config_string(value) && is_among(key, keys);
}

static config *read_value(const char *key, const config *value)
{
    int64_t axis;
    if (is_keras_object(value)) return read_object(key, value);
    if (is_activation(key, value)) return activation_in(config_string(value), KERAS_3);
    if (strcmp(key, "axis") == 0 && config_is_list(value) && config_count(value) == 1 &&
        config_integer(config_at(value, 0), &axis))
        return config_copy(config_at(value, 0));
    return config_copy(value);
}

/* Arguments that the two Keras call differently. */
static const struct {
    const char *class_name, *keras2, *keras3;
} renamed[] = { { "LeakyReLU", "alpha", "negative_slope" },
                { "InputLayer", "batch_input_shape", "batch_shape" } };

static const char *key_in(const char *class_name, const char *key, bool keras3)
{
    for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++)
        if (strcmp(renamed[i].class_name, class_name) == 0 &&
            strcmp(keras3 ? renamed[i].keras2 : renamed[i].keras3, key) == 0)
            return keras3 ? renamed[i].keras3 : renamed[i].keras2;
    return key;
}

/* Classes of Keras 3 that do not take what other layers do. */
static bool refuses(const char *class_name, const char *key)
{
    static const char *const no_trainable[] = { "SpatialDropout1D",
                                                "SpatialDropout2D",
                                                "SpatialDropout3D",
                                                "Discretization",
                                                "Pipeline",
                                                "InputLayer",
                                                NULL };
    static const char *const no_dtype[] = { "Pipeline", NULL };
    if (strcmp(key, "dtype") == 0) return is_among(class_name, no_dtype);
    return strcmp(key, "trainable") == 0 && is_among(class_name, no_trainable);
}

static bool is_common(const char *key)
{
    return strcmp(key, "name") == 0 || strcmp(key, "trainable") == 0 || strcmp(key, "dtype") == 0;
}

static horn_status read_arguments(config **out, const char *class_name, const char *name,
                                  const config *arguments, bool is_inside, const char *where);

/* {class_name, config} of a layer inside another, with the config in neutral form. */
static horn_status read_inside(config **out, const config *layer, const char *where)
{
    horn_status status = HORN_OK;
    const char *class_name = keras_full_name(layer);
    const config *given = config_get(layer, "config");
    config *arguments = NULL;
    if (!class_name || !config_is_object(given)) {
        *out = config_copy(layer);
        return config_status(*out);
    }
    TRY(read_arguments(&arguments, keras_layer_by_alias(class_name), config_get_string(given, "name"), given,
                       true, where));
    *out = config_copy(layer);
    config_set(*out, "config", arguments);
    config_remove(*out, "shared_object_id");
    status = config_status(*out);
done:
    return status;
}

/* *out is NULL for what is no argument that holds layers. A user's class reads its arguments itself. */
static horn_status read_layers(config **out, const char *class_name, const char *key, const config *value,
                               const char *where)
{
    horn_status status = HORN_OK;
    config *list = NULL;
    *out = NULL;
    if (strchr(class_name, '>')) return HORN_OK;
    if (is_among(key, layer_keys) && config_is_object(value)) return read_inside(out, value, where);
    if (!is_among(key, list_keys) || !config_is_list(value)) return HORN_OK;
    list = config_list();
    for (size_t i = 0; i < config_count(value); i++) {
        config *layer = NULL;
        TRY(read_inside(&layer, config_at(value, i), where));
        config_append(list, layer);
    }
    *out = list;
    list = NULL;
    status = config_status(*out);
done:
    config_free(list);
    return status;
}

/* A layer of a model has no batch shape: the model has it. */
static bool is_left_out(const char *class_name, const char *key, const config *value, bool is_inside)
{
    const bool is_shape = strcmp(key, "batch_input_shape") == 0 || strcmp(key, "batch_shape") == 0;
    return is_common(key) || (is_shape && !is_inside) || says_nothing(class_name, key, value);
}

static horn_status read_arguments(config **out, const char *class_name, const char *name,
                                  const config *arguments, bool is_inside, const char *where)
{
    horn_status status = HORN_OK;
    const config *trainable = config_get(arguments, "trainable");
    const char *dtype = keras_dtype_name(config_get(arguments, "dtype")), *key;
    config *result = NULL;

    if (config_count(arguments) > 64)
        return fail(HORN_ERROR_FORMAT, "%s: has %zu arguments, expected at most 64", where,
                    config_count(arguments));
    if (!dtype) return fail(HORN_ERROR_FORMAT, "%s: dtype is neither a name nor a policy with a name", where);
    if (!config_is_null(trainable) && !config_is_true(trainable) && !is_false(trainable))
        return fail(HORN_ERROR_FORMAT, "%s: trainable is neither true nor false", where);

    result = config_object();
    if (name) config_set_string(result, "name", name);
    if (is_false(trainable) || !refuses(class_name, "trainable"))
        config_set_boolean(result, "trainable", !is_false(trainable));
    if (config_get(arguments, "dtype") || !refuses(class_name, "dtype"))
        config_set_string(result, "dtype", dtype);
    for (size_t i = 0; (key = config_key_at(arguments, i)); i++) {
        const config *value = config_at(arguments, i);
        config *read = NULL;
        if (is_left_out(class_name, key, value, is_inside)) continue;
        TRY(read_layers(&read, class_name, key, value, where));
        config_set(result, key_in(class_name, key, false), read ? read : read_value(key, value));
    }
    /* Keras before 2.1.4 does not have it, and computes as if it were false. */
    if (strcmp(class_name, "GRU") == 0 && !config_get(result, "reset_after"))
        config_set_boolean(result, "reset_after", false);
    TRY(config_status(result));
    *out = result;
    result = NULL;
done:
    config_free(result);
    return status;
}

horn_status keras_layer_config_read(config **out, const char *class_name, const char *name,
                                    const config *arguments, const char *where)
{
    return read_arguments(out, class_name, name, arguments, false, where);
}

/* ---- writing ---- */

static bool takes_axes(const char *initializer)
{
    static const char *const classes[] = { "VarianceScaling", "GlorotUniform", "GlorotNormal", "HeUniform",
                                           "HeNormal",        "LecunUniform",  "LecunNormal",  NULL };
    return is_among(initializer, classes);
}

static config *write_value(const config *value)
{
    config *copy = config_copy(value);
    if (!is_keras_object(value) || !takes_axes(config_get_string(value, "class_name"))) return copy;
    config *arguments = config_copy(config_get(value, "config"));
    if (!config_get(arguments, "input_axes")) config_set_null(arguments, "input_axes");
    if (!config_get(arguments, "output_axes")) config_set_null(arguments, "output_axes");
    config_set(copy, "config", arguments);
    return copy;
}

static bool has_no_effect(const char *class_name, const char *key)
{
    for (size_t i = 0; i < KERAS2_ONLY; i++)
        if (keras2_only[i].kind == WHATEVER && strcmp(keras2_only[i].class_name, class_name) == 0 &&
            strcmp(keras2_only[i].key, key) == 0)
            return true;
    return false;
}

static void add_keras3_only(config *result, const char *class_name)
{
    for (size_t i = 0; i < KERAS3_ONLY; i++) {
        const char *key = keras3_only[i].key;
        if (strcmp(keras3_only[i].class_name, class_name) != 0 || config_get(result, key)) continue;
        switch (keras3_only[i].kind) {
        case NOTHING:
            config_set_null(result, key);
            break;
        case NO:
            config_set_boolean(result, key, false);
            break;
        case NUMBER:
            config_set_number(result, key, keras3_only[i].number);
            break;
        case LAST:
            config_set_string(result, key, "channels_last");
            break;
        case WHATEVER:
            break;
        }
    }
}

static config *write_inside(const config *layer, keras_dialect dialect)
{
    const char *class_name = keras_full_name(layer);
    const config *arguments = config_get(layer, "config");
    config *object = config_copy(layer);
    if (!class_name || !config_is_object(arguments)) return object;
    config_set(object, "config",
               keras_layer_config_write(keras_layer_by_alias(class_name),
                                        config_get_string(arguments, "name"), arguments, dialect));
    return object;
}

/* NULL for what is no argument that holds layers. */
static config *write_layers(const char *class_name, const char *key, const config *value,
                            keras_dialect dialect)
{
    if (strchr(class_name, '>')) return NULL;
    if (is_among(key, layer_keys) && config_is_object(value)) return write_inside(value, dialect);
    if (!is_among(key, list_keys) || !config_is_list(value)) return NULL;
    config *list = config_list();
    for (size_t i = 0; i < config_count(value); i++)
        config_append(list, write_inside(config_at(value, i), dialect));
    return list;
}

/* Keras 3's dtype of a layer is a policy, that of an input a name. */
static config *write_dtype(const char *class_name, const char *dtype)
{
    return keras_role_of(class_name) == KERAS_INPUT ? config_from_string(dtype) : keras_dtype_policy(dtype);
}

config *keras_layer_config_write(const char *class_name, const char *name, const config *arguments,
                                 keras_dialect dialect)
{
    const char *key, *dtype = keras_dtype_name(config_get(arguments, "dtype"));
    config *result = config_object();
    if (name) config_set_string(result, "name", name);
    for (size_t i = 0; (key = config_key_at(arguments, i)); i++) {
        const config *value = config_at(arguments, i);
        config *layers = write_layers(class_name, key, value, dialect);
        const char *renamed_key = key_in(class_name, key, dialect == KERAS_3);
        if (strcmp(key, "name") == 0 || (dialect == KERAS_3 && refuses(class_name, key))) continue;
        /* In Keras 3 an InputLayer alone says it. */
        if (dialect == KERAS_3 && strcmp(renamed_key, "batch_input_shape") == 0) continue;
        if (layers)
            config_set(result, key, layers);
        else if (is_activation(key, value))
            config_set(result, key, activation_in(config_string(value), dialect));
        else if (dialect != KERAS_3)
            config_set(result, key, config_copy(value));
        else if (has_no_effect(class_name, key))
            continue;
        else if (strcmp(key, "dtype") == 0 && dtype)
            config_set(result, key, write_dtype(class_name, dtype));
        else
            config_set(result, renamed_key, write_value(value));
    }
    if (dialect == KERAS_3) add_keras3_only(result, class_name);
    return result;
}
