#include "config/keras_object.h"

#include <string.h>
#include "base/status.h"

static const char *skip_package(const char *name)
{
    const char *end = strrchr(name, '>');
    return end ? end + 1 : name;
}

horn_status keras_object_read(keras_object *out, const config *value, const char *where)
{
    keras_object object = { config_string(value), NULL, NULL };
    const config *arguments = NULL;
    if (!object.name) {
        if (!config_is_object(value))
            return fail(HORN_ERROR_FORMAT, "%s: is neither a name nor a {class_name, config}", where);
        config_reader r = config_reader_begin(value, where);
        config_require(&r, "class_name");
        config_read_string(&r, "class_name", &object.name);
        config_read_string(&r, "module", &object.module);
        config_read_value(&r, "config", &arguments);
        config_ignore(&r, "registered_name");
        config_ignore(&r, "shared_object_id");
        config_ignore(&r, "build_config");
        horn_status status = config_reader_end(&r);
        if (status) return status;
    }
    if (config_string(arguments) && strcmp(object.name, "function") == 0)
        object.name = config_string(arguments);
    else
        object.arguments = arguments;
    object.name = skip_package(object.name);
    *out = object;
    return HORN_OK;
}

config *keras_object_new(const char *class_name, config *arguments)
{
    config *object = config_object();
    config_set_string(object, "class_name", class_name);
    config_set(object, "config", arguments);
    return object;
}

void keras_object_only_float32(config_reader *r, const char *key)
{
    keras_object policy;
    const config *value;
    config_read_value(r, key, &value);
    if (!value || r->status) return;
    r->status = keras_object_read(&policy, value, r->where);
    if (r->status) return;
    const char *name = policy.arguments ? config_get_string(policy.arguments, "name") : policy.name;
    if (!name || strcmp(name, "float32") != 0)
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, key, "is '%.100s': only float32 is supported",
                           name ? name : policy.name);
}
