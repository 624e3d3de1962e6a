#include "formats/keras/dialect.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include "base/status.h"

static const struct {
    const char *name, *version;
} dialects[] = {
    [KERAS_2] = { "keras2", "2.15.0" },
    [KERAS_3] = { "keras3", "3.15.1" },
    [KERAS_LEGACY] = { "legacy", "2.15.0" },
};

horn_status keras_dialect_read(keras_dialect *out, const char *name, const char *format)
{
    *out = KERAS_2;
    if (!name) return HORN_OK;
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++) {
        if (strcmp(dialects[i].name, name) != 0) continue;
        *out = (keras_dialect)i;
        return HORN_OK;
    }
    return fail(HORN_ERROR_ARGUMENT, "%s: dialect is '%s', expected keras2, keras3 or legacy", format, name);
}

const char *keras_dialect_version(keras_dialect d)
{
    return dialects[d].version;
}

horn_status keras_check_version(const char *version, const char *where)
{
    if (!version || (*version != '0' && *version != '1') || isdigit((unsigned char)version[1]))
        return HORN_OK;
    return fail(HORN_ERROR_UNSUPPORTED,
                "%s: a file of Keras %.40s is not supported, expected keras_version 2 or 3", where, version);
}

bool keras_names_equal(const char *a, const char *b)
{
    return strcasecmp(a, b) == 0;
}

const char *keras_dtype_name(const config *value)
{
    if (config_is_null(value)) return "float32";
    return config_is_object(value) ? config_get_string(config_get(value, "config"), "name")
                                   : config_string(value);
}

config *keras_dtype_policy(const char *name)
{
    config *policy = config_object(), *arguments = config_object();
    config_set_string(arguments, "name", name);
    config_set_string(policy, "module", "keras");
    config_set_string(policy, "class_name", "DTypePolicy");
    config_set(policy, "config", arguments);
    config_set_null(policy, "registered_name");
    return policy;
}

const config *keras_items(const config *value)
{
    const char *class_name = config_get_string(value, "class_name");
    const config *items =
        config_get(value, "items") ? config_get(value, "items") : config_get(value, "config");
    if (config_is_list(value)) return value;
    return class_name && strcmp(class_name, "__tuple__") == 0 && config_is_list(items) ? items : NULL;
}

bool keras_is_by_output(const config *value)
{
    return keras_items(value) || (config_is_object(value) && !config_get(value, "class_name"));
}

const config *keras_of_one_output(const config *value)
{
    const config *items;
    while (keras_is_by_output(value)) {
        items = keras_items(value);
        if (config_count(items ? items : value) != 1) break;
        value = config_at(items ? items : value, 0);
    }
    return value;
}

horn_status keras_object_neutral(config **out, const config *value, const char *where)
{
    keras_object object;
    horn_status status = keras_object_read(&object, value, where);
    if (status) return status;
    *out = object.arguments ? keras_object_new(object.registered, config_copy(object.arguments))
                            : config_from_string(object.registered);
    return config_status(*out);
}
