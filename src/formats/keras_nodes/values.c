#include "formats/keras_nodes/values.h"

#include <string.h>
#include "base/status.h"

static const char constant[] = "_CONSTANT_VALUE";

static bool is_class(const config *value, const char *class_name)
{
    const char *said = config_get_string(value, "class_name");
    return said && strcmp(said, class_name) == 0;
}

const config *node_tensor(const config *value)
{
    int64_t number;
    if (is_class(value, "__keras_tensor__")) return config_get(config_get(value, "config"), "keras_history");
    const size_t count = config_is_list(value) ? config_count(value) : 0;
    const char *name = config_string(config_at(value, 0));
    const bool is_tensor = (count == 3 || (count == 4 && config_is_object(config_at(value, 3)))) && name &&
                           strcmp(name, constant) != 0 && config_integer(config_at(value, 1), &number) &&
                           config_integer(config_at(value, 2), &number);
    return is_tensor ? value : NULL;
}

bool node_has_tensor(const config *value)
{
    if (node_tensor(value)) return true;
    for (const config *item = config_at(value, 0); item; item = config_next(item))
        if (node_has_tensor(item)) return true;
    return false;
}

bool node_is_constant(const config *value)
{
    const char *name = config_string(config_at(value, 0));
    return config_is_list(value) && config_count(value) >= 3 && name && strcmp(name, constant) == 0;
}

config *node_tensor_alone(const config *tensor, bool of_call)
{
    config *list = config_list();
    for (size_t i = 0; i < 3; i++) config_append(list, config_copy(config_at(tensor, i)));
    if (of_call) config_append(list, config_object());
    return list;
}

config *node_tensor_keras3(const config *tensor)
{
    config *object = config_object(), *said = config_object(), *shape = config_list();
    config_append_null(shape);
    config_set(said, "shape", shape);
    config_set_string(said, "dtype", "float32");
    config_set(said, "keras_history", node_tensor_alone(tensor, false));
    config_set_string(object, "class_name", "__keras_tensor__");
    config_set(object, "config", said);
    return object;
}

/* An array of numbers: {"value", "dtype"}. */
static horn_status read_array(config **out, const config *array, const char *where)
{
    const char *dtype = config_get_string(array, "dtype");
    if (!config_get(array, "value"))
        return fail(HORN_ERROR_FORMAT, "%s: an array of constants has no value", where);
    if (dtype && (strcmp(dtype, "float64") == 0 || strncmp(dtype, "complex", 7) == 0))
        return fail(HORN_ERROR_UNSUPPORTED, "%s: constants of dtype '%.40s' are not supported", where, dtype);
    *out = config_copy(config_get(array, "value"));
    return HORN_OK;
}

static horn_status read_list(config **out, const config *list, const char *where)
{
    horn_status status = HORN_OK;
    config *made = config_list();
    for (size_t i = 0; i < config_count(list) && !status; i++) {
        config *item = NULL;
        status = node_value_read(&item, config_at(list, i), where);
        if (!status) config_append(made, item);
    }
    *out = made;
    return status;
}

horn_status node_value_read(config **out, const config *value, const char *where)
{
    horn_status status = HORN_OK;
    if (is_class(value, "__numpy__") || is_class(value, "__tensor__"))
        status = read_array(out, config_get(value, "config"), where);
    else if (is_class(value, "__slice__"))
        *out = config_copy(config_get(value, "config"));
    else if (is_class(value, "__ellipsis__")) {
        *out = config_object();
        config_set_string(*out, "class_name", "__ellipsis__");
    } else if (is_class(value, "__tuple__"))
        status = read_list(out, config_get(value, "items"), where);
    else if (config_is_list(value))
        status = read_list(out, value, where);
    else
        *out = config_copy(value);
    return status;
}

/* {class_name, config} */
static config *object_of(const char *class_name, config *arguments)
{
    config *object = config_object();
    config_set_string(object, "class_name", class_name);
    config_set(object, "config", arguments);
    return object;
}

config *node_constants_keras3(const config *value)
{
    if (!config_is_list(value)) return config_copy(value);
    config *array = config_object();
    config_set(array, "value", config_copy(value));
    config_set_string(array, "dtype", "float32");
    return object_of("__numpy__", array);
}

config *node_slices_keras3(const config *value)
{
    const char *class_name = config_get_string(value, "class_name");
    if (class_name) return object_of(class_name, config_object());
    if (config_is_object(value)) return object_of("__slice__", config_copy(value));
    if (!config_is_list(value)) return config_copy(value);
    config *list = config_list();
    for (size_t i = 0; i < config_count(value); i++)
        config_append(list, node_slices_keras3(config_at(value, i)));
    return list;
}
