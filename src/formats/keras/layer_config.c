#include "formats/keras/layer_config.h"

#include <string.h>
#include "base/status.h"
#include "base/text.h"
#include "formats/keras/dialect_arguments.h"
#include "formats/keras/layer_modules.h"
#include "formats/keras_nodes/nodes.h"
#include "snapshot/keras_calls.h"

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
    return config_string(value) && text_is_among(key, keys);
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
    if (keras_is_layer(key, value)) return read_inside(out, value, where);
    if (!keras_is_layer_list(key, value)) return HORN_OK;
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

/* A layer of a model has no batch shape: the model has it, or an InputLayer. */
static bool is_left_out(const char *class_name, const char *key, const config *value, bool is_inside)
{
    const bool is_shape = strcmp(key, "batch_input_shape") == 0 || strcmp(key, "batch_shape") == 0;
    const bool is_input = keras_role_of(class_name) == KERAS_INPUT;
    return is_common(key) || (is_shape && !is_inside && !is_input) ||
           keras_argument_says_nothing(class_name, key, value);
}

/* A Functional inside. */
static bool is_graph(const char *class_name, const config *arguments)
{
    return keras_role_of(class_name) == KERAS_FUNCTIONAL && config_get(arguments, "input_layers");
}

/* A model that Horn cannot compute goes from file to file as it is. */
static horn_status count_as_keras2(config *arguments, const char *where)
{
    const horn_status status = keras_calls_rewrite(arguments, false, where);
    return status == HORN_ERROR_UNSUPPORTED ? HORN_OK : status;
}

static horn_status read_plain(config **out, const char *class_name, const char *name, const config *arguments,
                              bool is_inside, const char *where)
{
    horn_status status = HORN_OK;
    const config *trainable = config_get(arguments, "trainable");
    const char *dtype = keras_dtype_name(config_get(arguments, "dtype")), *key;
    config *result = NULL;

    if (config_count(arguments) > 64)
        return fail(HORN_ERROR_FORMAT, "%s: has %zu arguments, expected at most 64", where,
                    config_count(arguments));
    if (!dtype) return fail(HORN_ERROR_FORMAT, "%s: dtype is neither a name nor a policy with a name", where);
    if (!config_is_null(trainable) && !config_is_true(trainable) && !config_is_false(trainable))
        return fail(HORN_ERROR_FORMAT, "%s: trainable is neither true nor false", where);

    result = config_object();
    if (name) config_set_string(result, "name", name);
    if (config_is_false(trainable) || !keras3_refuses(class_name, "trainable"))
        config_set_boolean(result, "trainable", !config_is_false(trainable));
    if (config_get(arguments, "dtype") || !keras3_refuses(class_name, "dtype"))
        config_set_string(result, "dtype", dtype);
    for (size_t i = 0; (key = config_key_at(arguments, i)); i++) {
        const config *value = config_at(arguments, i);
        config *read = NULL;
        if (is_left_out(class_name, key, value, is_inside)) continue;
        TRY(read_layers(&read, class_name, key, value, where));
        config_set(result, keras_argument_name(class_name, key, false), read ? read : read_value(key, value));
    }
    keras_add_older_arguments(result, class_name);
    TRY(config_status(result));
    if (is_graph(class_name, result)) TRY(count_as_keras2(result, where));
    *out = result;
    result = NULL;
done:
    config_free(result);
    return status;
}

/* A Functional inside is in neutral form first, unless Horn cannot compute it. */
static horn_status read_arguments(config **out, const char *class_name, const char *name,
                                  const config *arguments, bool is_inside, const char *where)
{
    config *neutral = NULL;
    horn_status status =
        is_graph(class_name, arguments) ? keras_nodes_read(&neutral, arguments, where) : HORN_OK;
    if (status == HORN_ERROR_UNSUPPORTED) status = HORN_OK;
    if (!status) status = read_plain(out, class_name, name, neutral ? neutral : arguments, is_inside, where);
    config_free(neutral);
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
    return text_is_among(initializer, classes);
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

/* A user's class writes its arguments itself. */
static bool holds_layers(const char *class_name, const char *key, const config *value)
{
    return !strchr(class_name, '>') && (keras_is_layer(key, value) || keras_is_layer_list(key, value));
}

static config *write_layers(const char *key, const config *value, keras_dialect dialect)
{
    config *layers = config_is_list(value) ? config_list() : write_inside(value, dialect);
    for (size_t i = 0; config_is_list(value) && i < config_count(value); i++)
        config_append(layers, write_inside(config_at(value, i), dialect));
    config *named = keras_argument_with_modules(key, layers, dialect == KERAS_3);
    config_free(layers);
    return named;
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
        const char *renamed_key = keras_argument_name(class_name, key, dialect == KERAS_3);
        if (strcmp(key, "name") == 0 || (dialect == KERAS_3 && keras3_refuses(class_name, key))) continue;
        /* In Keras 3 an InputLayer alone says it. */
        if (dialect == KERAS_3 && strcmp(renamed_key, "batch_input_shape") == 0) continue;
        if (holds_layers(class_name, key, value))
            config_set(result, key, write_layers(key, value, dialect));
        else if (is_activation(key, value))
            config_set(result, key, activation_in(config_string(value), dialect));
        else if (dialect != KERAS_3)
            config_set(result, key, config_copy(value));
        else if (keras_argument_has_no_effect(class_name, key))
            continue;
        else if (strcmp(key, "dtype") == 0 && dtype)
            config_set(result, key, write_dtype(class_name, dtype));
        else
            config_set(result, renamed_key, write_value(value));
    }
    if (dialect == KERAS_3) keras3_add_arguments(result, class_name);
    /* A model that Horn cannot compute stays as it was. */
    if (dialect == KERAS_3 && is_graph(class_name, result)) (void)!keras_calls_rewrite(result, true, "");
    if (is_graph(class_name, result)) (void)!keras_nodes_write(result, dialect == KERAS_3, "");
    return result;
}
