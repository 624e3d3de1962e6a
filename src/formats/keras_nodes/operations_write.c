#include <stdio.h>
#include <string.h>
#include "base/status.h"
#include "formats/keras_nodes/operations.h"
#include "formats/keras_nodes/values.h"

/* An operation that is written. */
typedef struct writer {
    const char *where;
    const keras_operation *operation;
    /* In neutral form. */
    const config *arguments;
    bool keras3;
} writer;

/* Whether the dialect has the parameter. */
static bool has(const writer *w, const keras_parameter *p)
{
    return w->keras3 ? !p->keras2_only : p->keras2 != NULL;
}

/* Borrowed; Keras 3's dtype of a layer is a policy. NULL: not said. */
static const config *value_of(const writer *w, const keras_parameter *p)
{
    const config *value = config_get(w->arguments, p->name);
    return config_is_object(value) && strcmp(p->name, "dtype") == 0
               ? config_get(config_get(value, "config"), "name")
               : value;
}

/* A parameter that the dialect does not have must say what is done without it. */
static horn_status check_missing(const writer *w, const keras_parameter *p)
{
    const config *value = config_get(w->arguments, p->name);
    config *otherwise = NULL;
    if (has(w, p) || config_is_null(value)) return HORN_OK;
    horn_status status =
        p->otherwise ? config_parse(&otherwise, p->otherwise, strlen(p->otherwise), p->name) : HORN_OK;
    if (!status && !config_equal(value, otherwise))
        status =
            fail(HORN_ERROR_UNSUPPORTED, "%s: operation %s has argument '%s', which Keras %d does not have",
                 w->where, w->operation->name, p->name, w->keras3 ? 3 : 2);
    config_free(otherwise);
    return status;
}

static horn_status check(const writer *w)
{
    horn_status status = HORN_OK;
    const keras_operation *o = w->operation;
    if (w->keras3 ? !o->module : !o->functions[0])
        return fail(HORN_ERROR_UNSUPPORTED, "%s: Keras %d has no operation that does what %s does", w->where,
                    w->keras3 ? 3 : 2, o->name);
    for (const keras_parameter *p = o->parameters;
         p < o->parameters + KERAS_OPERATION_PARAMETERS && p->name && !status; p++)
        status = check_missing(w, p);
    return status;
}

/* ---- Keras 2 ---- */

static bool is_tensor(const writer *w, const keras_parameter *p)
{
    return p->kind == KERAS_OPERANDS || (p->kind == KERAS_OPERAND && !config_get(w->arguments, p->name));
}

/* All arguments but the first: tensor number *at and further ones, and constants. */
static config *keywords_of(const writer *w, const config *call, size_t at)
{
    config *keywords = config_object();
    for (const keras_parameter *p = w->operation->parameters + 1;
         p < w->operation->parameters + KERAS_OPERATION_PARAMETERS && p->name; p++) {
        const config *value = value_of(w, p);
        if (is_tensor(w, p))
            config_set(keywords, p->keras2, node_tensor_alone(config_at(call, at++), false));
        else if (value && p->keras2)
            config_set(keywords, p->keras2, config_copy(value));
    }
    return keywords;
}

static config *with_keywords(config *first, const config *keywords)
{
    config_append(first, config_copy(keywords));
    return first;
}

static config *call_keras2(const writer *w, const config *call)
{
    const keras_parameter *p = w->operation->parameters;
    const bool is_list = p->kind == KERAS_OPERANDS;
    config *keywords = keywords_of(w, call, is_list ? config_count(call) : is_tensor(w, p)), *made;
    if (is_list) {
        made = config_list();
        for (size_t i = 0; i < config_count(call); i++)
            config_append(made, with_keywords(node_tensor_alone(config_at(call, i), false), keywords));
    } else if (is_tensor(w, p)) {
        made = with_keywords(node_tensor_alone(config_at(call, 0), false), keywords);
    } else {
        config *constant = config_list();
        config_append_string(constant, "_CONSTANT_VALUE");
        config_append_integer(constant, -1);
        config_append(constant, config_copy(config_get(w->arguments, p->name)));
        made = with_keywords(constant, keywords);
    }
    config_free(keywords);
    return made;
}

static void describe_keras2(const writer *w, config *entry)
{
    const char *function = config_get_string(w->arguments, "function"), *own = w->operation->functions[0];
    config *arguments = config_object();
    config_set_string(arguments, "name", config_get_string(w->arguments, "name"));
    config_set_boolean(arguments, "trainable", !config_is_false(config_get(w->arguments, "trainable")));
    config_set_string(arguments, "dtype", "float32");
    config_set_string(arguments, "function",
                      keras_operation_by_function(function) == w->operation ? function : own);
    config_set_string(entry, "module", "keras.src.layers.core.tf_op_layer");
    config_set_string(entry, "class_name", keras_operation_class(w->operation));
    config_set(entry, "config", arguments);
    config_set_string(entry, "registered_name", keras_operation_class(w->operation));
}

/* ---- Keras 3 ---- */

static config *call_keras3(const writer *w, const config *call)
{
    config *made = config_object(), *given = config_list();
    size_t at = 0;
    for (const keras_parameter *p = w->operation->parameters;
         p < w->operation->parameters + KERAS_OPERATION_PARAMETERS && p->name; p++) {
        const config *value = config_get(w->arguments, p->name);
        if (p->kind == KERAS_OPERANDS) {
            config *list = config_list();
            while (at < config_count(call)) config_append(list, node_tensor_keras3(config_at(call, at++)));
            config_append(given, list);
        } else if (is_tensor(w, p))
            config_append(given, node_tensor_keras3(config_at(call, at++)));
        else if (p->kind == KERAS_OPERAND)
            config_append(given, node_constants_keras3(value));
        else if (p->kind == KERAS_ARGUMENT)
            config_append(given, node_slices_keras3(value));
    }
    config_set(made, "args", given);
    config_set(made, "kwargs", config_object());
    return made;
}

static void describe_keras3(const writer *w, config *entry)
{
    config *arguments = config_object();
    config_set_string(arguments, "name", config_get_string(w->arguments, "name"));
    for (const keras_parameter *p = w->operation->parameters;
         p < w->operation->parameters + KERAS_OPERATION_PARAMETERS && p->name; p++)
        if (p->kind == KERAS_SETTING && has(w, p)) {
            const config *value = value_of(w, p);
            if (value)
                config_set(arguments, p->name, config_copy(value));
            else
                config_set_null(arguments, p->name);
        }
    config_set_string(entry, "module", w->operation->module);
    config_set_string(entry, "class_name", w->operation->name);
    config_set(entry, "config", arguments);
    config_set_string(entry, "registered_name", w->operation->name);
}

horn_status node_operation_write(config **out, const config *entry, bool keras3, const char *where)
{
    char place[400];
    const config *arguments = config_get(entry, "config"), *nodes = config_get(entry, "inbound_nodes");
    const char *name = config_get_string(arguments, "name");
    snprintf(place, sizeof place, "%.200s: layer '%.100s'", where, name ? name : "");
    const writer w = { place, keras_operation_by_name(config_get_string(arguments, "operation")), arguments,
                       keras3 };
    if (!w.operation) return fail(HORN_ERROR_UNSUPPORTED, "%s is an operation that is not known", place);
    horn_status status = check(&w);
    if (status) return status;
    config *made = config_object(), *calls = config_list();
    (keras3 ? describe_keras3 : describe_keras2)(&w, made);
    for (const config *node = config_at(nodes, 0); node; node = config_next(node))
        config_append(calls, (keras3 ? call_keras3 : call_keras2)(&w, node));
    config_set_string(made, "name", name);
    config_set(made, "inbound_nodes", calls);
    *out = made;
    return HORN_OK;
}
