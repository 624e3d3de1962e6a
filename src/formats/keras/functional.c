#include "formats/keras/functional.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "config/keras_object.h"

/* ---- reading ---- */

enum { NOWHERE = -1 };

typedef struct entry {
    /* Borrowed from the config. `from` names the layer whose output this one is called on; NULL: none, it is the input. */
    const char *name, *class_name, *from;
    /* The entry that is called on this one's output; NOWHERE: none. */
    long next;
} entry;

typedef struct chain {
    entry *entries;
    size_t count;
    const char *where;
} chain;

static horn_status no_chain(const chain *c, const entry *e, const char *what, size_t count)
{
    return fail(HORN_ERROR_UNSUPPORTED, "%s: layer '%s' (%s) %s %zu, only chains of layers are supported",
                c->where, e->name, e->class_name, what, count);
}

static horn_status broken(const chain *c, const entry *e, const char *what)
{
    return fail(HORN_ERROR_FORMAT, "%s: layer '%s' (%s) %s", c->where, e->name, e->class_name, what);
}

/* null says what Keras does without it. Keras 3 notes `training` of its own accord, and goes by the model's. */
static horn_status check_arguments(const chain *c, const entry *e, const config *arguments, bool keras3)
{
    const char *key;
    for (size_t i = 0; (key = config_key_at(arguments, i)); i++)
        if (!config_is_null(config_at(arguments, i)) && !(keras3 && strcmp(key, "training") == 0))
            return fail(HORN_ERROR_UNSUPPORTED,
                        "%s: layer '%s' (%s) is called with the argument '%.60s', which is not supported",
                        c->where, e->name, e->class_name, key);
    return HORN_OK;
}

/* [layer, call, output, ...] */
static horn_status take_tensor(const chain *c, entry *e, const config *tensor)
{
    int64_t output;
    e->from = config_string(config_at(tensor, 0));
    if (!config_is_list(tensor) || !e->from || !config_integer(config_at(tensor, 2), &output))
        return broken(c, e, "is called on something that is no [layer, call, output]");
    return output
               ? no_chain(c, e, "takes an output of a layer that has more than one: number", (size_t)output)
               : HORN_OK;
}

static horn_status take_keras3(const chain *c, entry *e, const config *call)
{
    const config *arguments = config_get(call, "args"), *tensor = config_at(arguments, 0);
    if (config_count(arguments) != 1)
        return no_chain(c, e, "is called on this many tensors:", config_count(arguments));
    if (config_is_list(tensor))
        return no_chain(c, e, "is called on this many tensors:", config_count(tensor));
    horn_status status = take_tensor(c, e, config_get(config_get(tensor, "config"), "keras_history"));
    return status ? status : check_arguments(c, e, config_get(call, "kwargs"), true);
}

static horn_status take_call(const chain *c, entry *e, const config *calls)
{
    if (!config_is_list(calls)) return broken(c, e, "has no list inbound_nodes");
    if (config_count(calls) > 1) return no_chain(c, e, "is called this often:", config_count(calls));
    const config *call = config_at(calls, 0);
    if (!call) return HORN_OK;
    if (config_is_object(call)) return take_keras3(c, e, call);
    if (config_count(call) != 1) return no_chain(c, e, "is called on this many tensors:", config_count(call));
    horn_status status = take_tensor(c, e, config_at(call, 0));
    return status ? status : check_arguments(c, e, config_at(config_at(call, 0), 3), false);
}

static horn_status take_entry(const chain *c, size_t index, const config *given)
{
    entry *e = &c->entries[index];
    const char *name = config_get_string(given, "name");
    e->name = name ? name : config_get_string(config_get(given, "config"), "name");
    e->class_name = config_get_string(given, "class_name");
    e->next = NOWHERE;
    if (!e->name || !e->class_name)
        return fail(HORN_ERROR_FORMAT, "%s: layer %zu is no {class_name, config, name}", c->where, index);
    horn_status status = take_call(c, e, config_get(given, "inbound_nodes"));
    if (status) return status;
    const bool is_input = keras_role_of(keras_bare_name(e->class_name)) == KERAS_INPUT;
    if (is_input && e->from) return broken(c, e, "is called on another layer");
    return is_input || e->from ? HORN_OK : broken(c, e, "is called on nothing");
}

static long find(const chain *c, const char *name)
{
    for (size_t i = 0; name && i < c->count; i++)
        if (strcmp(c->entries[i].name, name) == 0) return (long)i;
    return NOWHERE;
}

static horn_status connect(const chain *c, size_t index)
{
    const entry *e = &c->entries[index];
    if (!e->from) return HORN_OK;
    const long from = find(c, e->from);
    if (from == NOWHERE)
        return fail(HORN_ERROR_FORMAT, "%s: layer '%s' (%s) is called on '%.100s', which is no layer",
                    c->where, e->name, e->class_name, e->from);
    if (c->entries[from].next != NOWHERE)
        return no_chain(c, &c->entries[from], "is what other layers are called on, at least", 2);
    c->entries[from].next = (long)index;
    return HORN_OK;
}

/* The only one of a model's inputs or outputs: [layer, call, output], or a list or an object with one of these. */
static horn_status find_end(long *out, const chain *c, const config *model, const char *key)
{
    const config *ends = config_get(model, key), *end = ends;
    if (!config_string(config_at(ends, 0))) end = config_at(ends, 0);
    if (end != ends && config_count(ends) > 1)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: '%s' has %zu entries, only one is supported", c->where, key,
                    config_count(ends));
    *out = find(c, config_string(config_at(end, 0)));
    if (*out == NOWHERE) return fail(HORN_ERROR_FORMAT, "%s: '%s' names no layer", c->where, key);
    return HORN_OK;
}

static horn_status walk(size_t *order, const chain *c, const config *model)
{
    long at, last;
    size_t count = 0;
    horn_status status = find_end(&at, c, model, "input_layers");
    if (!status) status = find_end(&last, c, model, "output_layers");
    if (status) return status;
    if (c->entries[at].from) return broken(c, &c->entries[at], "is an input and called on another layer");
    for (; at != NOWHERE; at = at == last ? NOWHERE : c->entries[at].next) order[count++] = (size_t)at;
    if (order[count - 1] != (size_t)last || count < c->count)
        return fail(HORN_ERROR_FORMAT, "%s: the way from the input to the output has %zu of %zu layers",
                    c->where, count, c->count);
    return HORN_OK;
}

horn_status keras_functional_order(size_t **order, const config *model_config, const char *where)
{
    horn_status status = HORN_OK;
    const config *layers = config_get(model_config, "layers");
    chain c = { .count = config_count(layers), .where = where };
    *order = NULL;
    TRY(memory_new(&c.entries, c.count + 1, sizeof *c.entries));
    TRY(memory_new(order, c.count + 1, sizeof **order));
    for (size_t i = 0; i < c.count; i++) TRY(take_entry(&c, i, config_at(layers, i)));
    for (size_t i = 0; i < c.count; i++) TRY(connect(&c, i));
    TRY(walk(*order, &c, model_config));
done:
    free(c.entries);
    return status;
}

/* ---- writing ---- */

static config *tensor_of(const char *layer, bool is_called)
{
    config *tensor = config_list();
    config_append_string(tensor, layer);
    config_append_integer(tensor, 0);
    config_append_integer(tensor, 0);
    if (is_called) config_append(tensor, config_object());
    return tensor;
}

static config *list_of(config *item)
{
    config *list = config_list();
    config_append(list, item);
    return list;
}

static config *end_of(const char *layer, keras_dialect dialect)
{
    config *tensor = tensor_of(layer, false);
    return dialect == KERAS_3 ? tensor : list_of(tensor);
}

void keras_functional_connect(config *model_config, keras_dialect dialect)
{
    const config *given = config_get(model_config, "layers");
    config *layers = config_list();
    const char *first = NULL, *name = NULL;
    for (size_t i = 0; i < config_count(given); i++) {
        config *layer = config_copy(config_at(given, i));
        const char *before = name;
        name = config_get_string(config_get(config_at(given, i), "config"), "name");
        if (!before) first = name;
        config_set_string(layer, "name", name);
        config_set(layer, "inbound_nodes",
                   before ? list_of(list_of(tensor_of(before, true))) : config_list());
        config_append(layers, layer);
    }
    config_set(model_config, "input_layers", end_of(first, dialect));
    config_set(model_config, "output_layers", end_of(name, dialect));
    config_set(model_config, "layers", layers);
}
