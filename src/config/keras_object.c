#include "config/keras_object.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

/* ---- names ---- */

const char *keras_bare_name(const char *class_name)
{
    const char *end = strrchr(class_name, '>');
    return end ? end + 1 : class_name;
}

static const char *with_package(const char *name, const char *registered)
{
    return name && !strchr(name, '>') && registered && strchr(registered, '>') ? registered : name;
}

const char *keras_full_name(const config *object)
{
    return with_package(config_get_string(object, "class_name"),
                        config_get_string(object, "registered_name"));
}

bool keras_object_is_foreign(const keras_object *object)
{
    return strchr(object->registered, '>') && strncmp(object->registered, "Custom>", strlen("Custom>")) != 0;
}

/* As Keras does: a '_' before each capital letter that begins a word, then all in lower case. */
horn_status keras_snake_name(char **out, const char *class_name)
{
    bytes text = { 0 };
    const char *name = keras_bare_name(class_name);
    for (const char *c = name; *c; c++) {
        bool word = isupper((unsigned char)*c) && c > name &&
                    (islower((unsigned char)c[1]) || islower((unsigned char)c[-1]));
        if (!isalnum((unsigned char)*c) && *c != '_') continue;
        bytes_print(&text, "%s%c", word ? "_" : "", tolower((unsigned char)*c));
    }
    horn_status status = bytes_status(&text);
    if (!status) status = memory_copy_string(out, bytes_text(&text));
    bytes_free(&text);
    return status;
}

/* ---- objects ---- */

horn_status keras_object_read(keras_object *out, const config *value, const char *where)
{
    keras_object object = { .name = config_string(value) };
    const config *arguments = NULL;
    const char *registered = NULL;
    if (!object.name) {
        if (!config_is_object(value))
            return fail(HORN_ERROR_FORMAT, "%s: is neither a name nor a {class_name, config}", where);
        config_reader r = config_reader_begin(value, where);
        config_require(&r, "class_name");
        config_read_string(&r, "class_name", &object.name);
        config_read_string(&r, "module", &object.module);
        config_read_value(&r, "config", &arguments);
        config_read_string(&r, "registered_name", &registered);
        config_ignore(&r, "shared_object_id");
        config_ignore(&r, "build_config");
        horn_status status = config_reader_end(&r);
        if (status) return status;
    }
    if (config_string(arguments) && strcmp(object.name, "function") == 0)
        object.name = config_string(arguments);
    else
        object.arguments = arguments;
    object.registered = with_package(object.name, registered);
    object.name = keras_bare_name(object.name);
    *out = object;
    return HORN_OK;
}

static bool is_model(keras_role role)
{
    return role == KERAS_SEQUENTIAL || role == KERAS_FUNCTIONAL || role == KERAS_MODEL;
}

/* A registered class can replace neither Python code nor a whole model. */
static horn_status unknown_layer(const char *name, const config *arguments)
{
    const char *called = config_get_string(arguments, "name");
    char place[128] = "";
    if (called) snprintf(place, sizeof place, "layer '%.100s': ", called);
    if (is_model(keras_role_of(name)))
        return fail(HORN_ERROR_UNSUPPORTED, "%sHorn has no models as layers of a model yet (%s)", place,
                    name);
    if (keras_role_of(name) == KERAS_CODE)
        return fail(HORN_ERROR_UNSUPPORTED, "%sHorn has no layer %s, which is Python code", place, name);
    const char *function = strstr(name, "OpLambda") ? config_get_string(arguments, "function") : NULL;
    if (function) return fail(HORN_ERROR_UNSUPPORTED, "%sHorn has no operation tf.%.100s", place, function);
    return fail(HORN_ERROR_UNSUPPORTED, "%sHorn has no layer %s yet", place, name);
}

horn_status keras_object_unknown(keras_kind kind, const char *name, const config *arguments)
{
    enum { MOST = 240 };
    static const char *const kinds[] = { "layer class", "loss", "metric", "optimizer" }, *const adders[] = {
        "horn_register_layer", "horn_register_loss", "horn_register_metric", "horn_register_optimizer"
    };
    bytes text = { 0 };
    if (kind == KERAS_LAYER && (is_model(keras_role_of(name)) || keras_has_class(kind, name)))
        return unknown_layer(name, arguments);
    if (keras_has_class(kind, name))
        return fail(HORN_ERROR_UNSUPPORTED, "Horn has no %s %s yet", kinds[kind], name);
    if (!arguments || config_print(arguments, false, &text) || !bytes_text(&text)) {
        bytes_free(&text);
        return fail(HORN_ERROR_UNSUPPORTED, "%s '%.200s' is not known: %s makes it so", kinds[kind], name,
                    adders[kind]);
    }
    size_t length = text.size < MOST ? text.size : MOST;
    /* Does not cut within a UTF-8 character. */
    while (length < text.size && length && (text.data[length] & 0xc0) == 0x80) length--;
    horn_status status = fail(
        HORN_ERROR_UNSUPPORTED, "%s '%.200s' is not known (its config: %.*s%s): %s makes it so", kinds[kind],
        name, (int)length, bytes_text(&text), length < text.size ? "..." : "", adders[kind]);
    bytes_free(&text);
    return status;
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

bool keras_dtype_is_number(const char *name)
{
    static const char *const types[] = { "float32", "float64", "float16", "bfloat16", "int8",
                                         "int16",   "int32",   "int64",   "uint8",    "uint16",
                                         "uint32",  "uint64",  "bool" };
    for (size_t i = 0; name && i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i], name) == 0) return true;
    return false;
}
