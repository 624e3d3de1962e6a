#include <stdio.h>
#include <string.h>
#include "base/status.h"
#include "config/keras_object.h"
#include "formats/keras_nodes/operations.h"
#include "formats/keras_nodes/values.h"

/* ---- which one ---- */

static bool is_keras2(const config *entry)
{
    const char *class_name = config_get_string(entry, "class_name");
    const char *name = class_name ? keras_bare_name(class_name) : "";
    return strcmp(name, "TFOpLambda") == 0 || strcmp(name, "SlicingOpLambda") == 0;
}

/* Keras 3's .h5 says no module. The config of an operation says neither `trainable` nor a policy, as that of each layer does, and a
 * layer of the same name is called on a list. */
static bool seems_operation(const config *entry)
{
    const keras_operation *o = keras_operation_by_name(config_get_string(entry, "class_name"));
    const config *arguments = config_get(entry, "config"),
                 *given = config_get(config_at(config_get(entry, "inbound_nodes"), 0), "args");
    return o && given && config_is_object(arguments) && !config_get(arguments, "trainable") &&
           !config_is_object(config_get(arguments, "dtype")) &&
           (o->parameters[0].kind == KERAS_OPERANDS || !config_is_list(config_at(given, 0)));
}

static bool is_keras3(const config *entry)
{
    static const char prefix[] = "keras.src.ops.";
    const char *module = config_get_string(entry, "module");
    return module ? strncmp(module, prefix, sizeof prefix - 1) == 0 : seems_operation(entry);
}

bool node_is_operation(const config *entry)
{
    return is_keras2(entry) || is_keras3(entry);
}

const char *node_operation_name(const config *entry)
{
    return is_keras2(entry) ? config_get_string(config_get(entry, "config"), "function")
                            : config_get_string(entry, "class_name");
}

const keras_operation *node_operation(const config *entry)
{
    if (is_keras2(entry)) return keras_operation_by_function(node_operation_name(entry));
    const keras_operation *found =
        is_keras3(entry) ? keras_operation_by_name(node_operation_name(entry)) : NULL;
    return found && found->module ? found : NULL;
}

/* ---- the arguments of a call ---- */

/* Values by the operation's parameters, borrowed; NULL: the call does not say it. */
typedef struct bound {
    const char *where;
    const keras_operation *operation;
    const config *values[KERAS_OPERATION_PARAMETERS];
    /* One of them that is made from several; owned. */
    config *made;
} bound;

static horn_status refuse(const bound *b, const char *what)
{
    return fail(HORN_ERROR_UNSUPPORTED, "%s: operation %s: argument '%.60s' is not supported", b->where,
                b->operation->name, what);
}

static const keras_parameter *parameter(const bound *b, size_t i)
{
    return i < KERAS_OPERATION_PARAMETERS && b->operation->parameters[i].name ? &b->operation->parameters[i]
                                                                              : NULL;
}

/* By keyword. What is null or false does nothing, and a name does nothing in any case. */
static horn_status bind_keyword(bound *b, const char *key, const config *value, bool keras3)
{
    const keras_parameter *p;
    for (size_t i = 0; (p = parameter(b, i)); i++) {
        const char *name = keras3 ? p->name : p->keras2;
        if (name && strcmp(name, key) == 0) {
            b->values[i] = value;
            return HORN_OK;
        }
    }
    if (strcmp(key, "name") == 0 || config_is_null(value) || config_is_false(value)) return HORN_OK;
    return refuse(b, key);
}

static horn_status bind_keywords(bound *b, const config *keywords, bool keras3)
{
    const char *key;
    horn_status status = HORN_OK;
    for (size_t i = 0; !status && (key = config_key_at(keywords, i)); i++)
        status = bind_keyword(b, key, config_at(keywords, i), keras3);
    return status;
}

/* Of a list of constants each may stand for itself, as a tensor does. */
static config *join_constants(const config *node)
{
    if (node_is_constant(node)) return config_copy(config_at(node, 2));
    config *list = config_list();
    for (const config *item = config_at(node, 0); item; item = config_next(item))
        config_append(list, join_constants(item));
    return list;
}

/* The first argument is before the others; of a list each member has the others, too. */
static horn_status bind_keras2(bound *b, const config *node)
{
    const config *first = node;
    while (config_is_list(config_at(first, 0))) first = config_at(first, 0);
    const bool is_alone =
        first == node || (config_count(node) == 1 && parameter(b, 0)->kind != KERAS_OPERANDS);
    if (!node_tensor(first) && !node_is_constant(first))
        return fail(HORN_ERROR_FORMAT, "%s: operation %s is called on nothing", b->where, b->operation->name);
    b->values[0] = is_alone ? first : node;
    if (node_is_constant(first)) b->values[0] = b->made = join_constants(node);
    return bind_keywords(b, config_at(first, 3), false);
}

static horn_status bind_keras3(bound *b, const config *node, const config *settings)
{
    const config *given = config_get(node, "args");
    size_t at = 0;
    const keras_parameter *p;
    for (size_t i = 0; (p = parameter(b, i)) && at < config_count(given); i++)
        if (p->kind != KERAS_SETTING) b->values[i] = config_at(given, at++);
    if (at < config_count(given)) return refuse(b, "args");
    horn_status status = bind_keywords(b, config_get(node, "kwargs"), true);
    return status ? status : bind_keywords(b, settings, true);
}

/* ---- neutral form ---- */

/* What the call takes, of a parameter that is a tensor or a list of tensors. */
static horn_status append_tensors(config *call, const bound *b, const config *value)
{
    if (node_tensor(value)) {
        config_append(call, node_tensor_alone(node_tensor(value), true));
        return HORN_OK;
    }
    for (const config *item = config_at(value, 0); item; item = config_next(item)) {
        const config *tensor = node_tensor(item);
        if (!tensor) return refuse(b, "values");
        config_append(call, node_tensor_alone(tensor, true));
    }
    return HORN_OK;
}

static horn_status set_otherwise(config *arguments, const keras_parameter *p)
{
    config *value = NULL;
    horn_status status = config_parse(&value, p->otherwise, strlen(p->otherwise), p->name);
    if (!status) config_set(arguments, p->name, value);
    return status;
}

/* Parameter i: appends tensors to the call, or sets the argument. */
static horn_status take(const bound *b, size_t i, bool keras3, config *call, config *arguments)
{
    const keras_parameter *p = parameter(b, i);
    const config *value = b->values[i];
    config *read = NULL;
    if (p->kind == KERAS_OPERANDS || (p->kind == KERAS_OPERAND && node_tensor(value)))
        return append_tensors(call, b, value);
    if (node_has_tensor(value)) return refuse(b, p->name);
    if (!value && p->otherwise && !keras3) return set_otherwise(arguments, p);
    if (config_is_null(value)) return p->kind == KERAS_OPERAND ? refuse(b, p->name) : HORN_OK;
    horn_status status = node_value_read(&read, value, b->where);
    if (!status) config_set(arguments, p->name, read);
    return status;
}

static horn_status read_call(const keras_operation *o, const config *entry, const config *node, config *calls,
                             config *arguments, const char *where)
{
    bound b = { .where = where, .operation = o };
    const bool keras3 = config_is_object(node);
    config *call = config_list();
    horn_status status = keras3 ? bind_keras3(&b, node, config_get(entry, "config")) : bind_keras2(&b, node);
    for (size_t i = 0; parameter(&b, i) && !status; i++) status = take(&b, i, keras3, call, arguments);
    if (!status && !config_count(call))
        status =
            fail(HORN_ERROR_UNSUPPORTED, "%s: operation %s is called on constants alone", where, o->name);
    config_append(calls, call);
    config_free(b.made);
    return status;
}

/* name, trainable, dtype, operation */
static config *begin(const keras_operation *o, const config *entry)
{
    const config *given = config_get(entry, "config");
    const char *function = is_keras2(entry) ? node_operation_name(entry) : NULL;
    config *arguments = config_object();
    config_set_string(arguments, "name", config_get_string(given, "name"));
    config_set_boolean(arguments, "trainable", !config_is_false(config_get(given, "trainable")));
    config_set_string(arguments, "dtype", "float32");
    config_set_string(arguments, "operation", o->name);
    if (function && strcmp(function, o->functions[0]) != 0)
        config_set_string(arguments, "function", function);
    return arguments;
}

static config *entry_of(const config *entry, config *arguments, config *calls)
{
    config *object = config_object();
    const char *name = config_get_string(entry, "name");
    config_set_string(object, "class_name", "Operation");
    config_set(object, "config", arguments);
    config_set_string(object, "name", name ? name : config_get_string(arguments, "name"));
    config_set(object, "inbound_nodes", calls);
    return object;
}

/* Each call has the same arguments beside tensors: they become the layer's. */
horn_status node_operation_read(config **out, const keras_operation *o, const config *entry,
                                const char *where)
{
    horn_status status = HORN_OK;
    char place[400];
    const char *name = config_get_string(config_get(entry, "config"), "name");
    const config *nodes = config_get(entry, "inbound_nodes");
    config *calls = config_list(), *arguments = NULL;
    snprintf(place, sizeof place, "%.200s: layer '%.100s'", where, name ? name : "");
    for (const config *node = config_at(nodes, 0); node && !status; node = config_next(node)) {
        config *own = begin(o, entry);
        status = read_call(o, entry, node, calls, own, place);
        if (!status && arguments && !config_equal(own, arguments))
            status = fail(HORN_ERROR_UNSUPPORTED,
                          "%s: operation %s is called with other arguments again, which is not supported",
                          place, o->name);
        if (arguments)
            config_free(own);
        else
            arguments = own;
    }
    if (!arguments) arguments = begin(o, entry);
    *out = entry_of(entry, arguments, calls);
    if (!status) status = config_status(*out);
    return status;
}
