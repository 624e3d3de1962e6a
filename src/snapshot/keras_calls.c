#include "snapshot/keras_calls.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "config/keras_object.h"

enum { NOWHERE = -1 };

/* ---- reading ---- */

/* A tensor that a call takes: which entry, by which of its calls. */
typedef struct operand {
    size_t entry;
    int64_t call;
} operand;

typedef struct node {
    size_t entry;
    operand *operands;
    size_t operand_count;
    /* Its value (snapshot.h), once it has a place in the order. */
    bool is_placed;
    size_t value;
} node;

typedef struct entry {
    /* Borrowed from the config. */
    const char *name, *class_name;
    keras_role role;
    const config *calls;
    /* Its calls: [first, first + count) of the nodes; how many have a place. */
    size_t first, count, placed;
    /* What its calls are counted from, and the greatest number by which one of them is taken. */
    int64_t base, greatest;
    /* Its layer in the snapshot; NOWHERE: it was not called yet. */
    long layer;
} entry;

typedef struct model {
    const char *where;
    entry *entries;
    size_t entry_count;
    node *nodes;
    size_t node_count;
} model;

static horn_status unsupported(const model *m, const entry *e, const char *what)
{
    return fail(HORN_ERROR_UNSUPPORTED, "%s: layer '%s' (%s) %s, which is not supported", m->where, e->name,
                e->class_name, what);
}

static horn_status broken(const model *m, const entry *e, const char *what)
{
    return fail(HORN_ERROR_FORMAT, "%s: layer '%s' (%s) %s", m->where, e->name, e->class_name, what);
}

static long find(const model *m, const char *name)
{
    for (size_t i = 0; name && i < m->entry_count; i++)
        if (strcmp(m->entries[i].name, name) == 0) return (long)i;
    return NOWHERE;
}

static horn_status read_entry(model *m, size_t index, const config *given)
{
    entry *e = &m->entries[index];
    const char *name = config_get_string(given, "name");
    e->name = name ? name : config_get_string(config_get(given, "config"), "name");
    e->class_name = config_get_string(given, "class_name");
    e->layer = NOWHERE;
    if (!e->name || !e->class_name)
        return fail(HORN_ERROR_FORMAT, "%s: layer %zu is no {class_name, config, name}", m->where, index);
    e->role = keras_role_of(keras_bare_name(e->class_name));
    e->calls = config_get(given, "inbound_nodes");
    if (!config_is_list(e->calls)) return broken(m, e, "has no list inbound_nodes");
    e->count = config_count(e->calls);
    e->first = m->node_count;
    m->node_count += e->count;
    if (e->role == KERAS_INPUT && e->count) return broken(m, e, "is called on another layer");
    return e->role == KERAS_INPUT || e->count ? HORN_OK : broken(m, e, "is called on nothing");
}

/* null says what Keras does without it. Keras 3 notes `training` of its own accord, and goes by the model's. */
static horn_status check_arguments(const model *m, const entry *e, const config *arguments, bool keras3)
{
    const char *key;
    for (size_t i = 0; (key = config_key_at(arguments, i)); i++)
        if (!config_is_null(config_at(arguments, i)) && !(keras3 && strcmp(key, "training") == 0))
            return fail(HORN_ERROR_UNSUPPORTED,
                        "%s: layer '%s' (%s) is called with the argument '%.60s', which is not supported",
                        m->where, e->name, e->class_name, key);
    return HORN_OK;
}

/* [layer, call, output, ...] */
static horn_status read_operand(model *m, node *n, const config *tensor)
{
    const entry *e = &m->entries[n->entry];
    int64_t call, output;
    const char *name = config_string(config_at(tensor, 0));
    if (!config_is_list(tensor) || !name || !config_integer(config_at(tensor, 1), &call) ||
        !config_integer(config_at(tensor, 2), &output))
        return broken(m, e, "is called on something that is no [layer, call, output]");
    const long from = find(m, name);
    if (from == NOWHERE)
        return fail(HORN_ERROR_FORMAT, "%s: layer '%s' (%s) is called on '%.100s', which is no layer",
                    m->where, e->name, e->class_name, name);
    if (output) return unsupported(m, e, "takes an output of a layer that has several");
    n->operands[n->operand_count++] = (operand){ (size_t)from, call };
    if (call > m->entries[from].greatest) m->entries[from].greatest = call;
    return HORN_OK;
}

/* {"args": [tensor or list of them], "kwargs": {...}} */
static horn_status read_keras3(model *m, node *n, const config *call)
{
    const entry *e = &m->entries[n->entry];
    const config *arguments = config_get(call, "args"), *first = config_at(arguments, 0);
    const size_t count = config_is_list(first) ? config_count(first) : 1;
    if (config_count(arguments) != 1) return unsupported(m, e, "is called with several arguments");
    if (!count) return broken(m, e, "is called on nothing");
    horn_status status = memory_new(&n->operands, count, sizeof *n->operands);
    for (size_t i = 0; i < count && !status; i++) {
        const config *tensor = config_is_list(first) ? config_at(first, i) : first;
        status = read_operand(m, n, config_get(config_get(tensor, "config"), "keras_history"));
    }
    return status ? status : check_arguments(m, e, config_get(call, "kwargs"), true);
}

static horn_status read_node(model *m, size_t entry_index, node *n, const config *call)
{
    const entry *e = &m->entries[entry_index];
    n->entry = entry_index;
    if (config_is_object(call)) return read_keras3(m, n, call);
    const size_t count = config_count(call);
    if (!config_is_list(call) || !count) return broken(m, e, "is called on nothing");
    horn_status status = memory_new(&n->operands, count, sizeof *n->operands);
    for (size_t i = 0; i < count && !status; i++) {
        status = read_operand(m, n, config_at(call, i));
        if (!status) status = check_arguments(m, e, config_at(config_at(call, i), 3), false);
    }
    return status;
}

static horn_status read_nodes(model *m, size_t entry_index)
{
    const entry *e = &m->entries[entry_index];
    const config *call = config_at(e->calls, 0);
    horn_status status = HORN_OK;
    for (size_t k = 0; !status && k < e->count; k++, call = config_next(call))
        status = read_node(m, entry_index, &m->nodes[e->first + k], call);
    return status;
}

static bool is_model(keras_role role)
{
    return role == KERAS_SEQUENTIAL || role == KERAS_FUNCTIONAL || role == KERAS_MODEL;
}

static horn_status read_model(model *m, const config *layers)
{
    horn_status status = HORN_OK;
    m->entry_count = config_count(layers);
    TRY(memory_new(&m->entries, m->entry_count + 1, sizeof *m->entries));
    for (size_t i = 0; i < m->entry_count; i++) TRY(read_entry(m, i, config_at(layers, i)));
    TRY(memory_new(&m->nodes, m->node_count + 1, sizeof *m->nodes));
    for (size_t i = 0; i < m->entry_count; i++) TRY(read_nodes(m, i));
done:
    return status;
}

/* The only one of a model's inputs or outputs: [layer, call, output], or a list or an object with one of these. */
static horn_status read_end(operand *out, const model *m, const config *model_config, const char *key)
{
    const config *ends = config_get(model_config, key), *end = ends;
    if (!config_string(config_at(ends, 0))) end = config_at(ends, 0);
    if (end != ends && config_count(ends) > 1)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: '%s' has %zu entries, only one is supported", m->where, key,
                    config_count(ends));
    const long found = find(m, config_string(config_at(end, 0)));
    if (found == NOWHERE || !config_integer(config_at(end, 1), &out->call))
        return fail(HORN_ERROR_FORMAT, "%s: '%s' names no layer", m->where, key);
    out->entry = (size_t)found;
    return HORN_OK;
}

/* Calls of a model inside the model count from 1 on; in Keras 3, and in what Keras 3 writes of them, from 0 on. */
static void find_bases(model *m)
{
    for (size_t i = 0; i < m->entry_count; i++) {
        entry *e = &m->entries[i];
        e->base = is_model(e->role) && e->greatest == (int64_t)e->count;
    }
}

/* Keras 3 has the end of a Functional alone without a list, and there its calls count from 1 on. */
static void settle_output(operand *output, model *m, const config *model_config)
{
    entry *e = &m->entries[output->entry];
    const bool keras3 = config_string(config_at(config_get(model_config, "output_layers"), 0));
    if (keras3 && output->call > 0 && (e->role == KERAS_FUNCTIONAL || e->role == KERAS_MODEL)) output->call--;
    if (output->call > e->greatest) e->greatest = output->call;
}

/* ---- putting the calls in order ---- */

/* True if the operand has a value: it is the model's input, or its call has a place. */
static bool find_value(size_t *out, const model *m, const operand *x)
{
    const entry *e = &m->entries[x->entry];
    const int64_t call = x->call < e->base ? -1 : x->call - e->base;
    *out = 0;
    if (e->role == KERAS_INPUT) return true;
    if (call < 0 || call >= (int64_t)e->count || !m->nodes[e->first + (size_t)call].is_placed) return false;
    *out = m->nodes[e->first + (size_t)call].value;
    return true;
}

static keras_call *add_call(keras_calls *out, size_t layer, size_t count)
{
    keras_call *added = &out->at[out->count];
    if (memory_new(&added->values, count, sizeof *added->values)) return NULL;
    added->layer = layer;
    added->value_count = count;
    out->count++;
    return added;
}

static bool have_values(const model *m, const node *n)
{
    size_t value;
    for (size_t i = 0; i < n->operand_count; i++)
        if (!find_value(&value, m, &n->operands[i])) return false;
    return true;
}

static horn_status place(keras_calls *out, model *m, node *n)
{
    entry *e = &m->entries[n->entry];
    if (e->layer == NOWHERE) {
        e->layer = (long)out->layer_count;
        out->order[++out->layer_count] = n->entry;
    }
    keras_call *added = add_call(out, (size_t)e->layer, n->operand_count);
    if (!added) return HORN_ERROR_MEMORY;
    for (size_t i = 0; i < n->operand_count; i++) find_value(&added->values[i], m, &n->operands[i]);
    n->is_placed = true;
    n->value = out->count;
    e->placed++;
    return HORN_OK;
}

/* Places the calls of a layer, one after the other as they are numbered, as long as their operands have values. */
static horn_status place_entry(keras_calls *out, model *m, entry *e)
{
    horn_status status = HORN_OK;
    while (!status && e->placed < e->count && have_values(m, &m->nodes[e->first + e->placed]))
        status = place(out, m, &m->nodes[e->first + e->placed]);
    return status;
}

/* Places further calls of the layers up to number `end` that wait for what has a place by now. */
static horn_status place_further(keras_calls *out, model *m, size_t end)
{
    size_t before;
    do {
        before = out->count;
        for (size_t i = 0; i < end; i++) {
            horn_status status = place_entry(out, m, &m->entries[i]);
            if (status) return status;
        }
    } while (out->count > before);
    return HORN_OK;
}

/* In Keras' own order each layer's first call stands behind the layers whose outputs it takes; a further call may take the output of
 * layers that stand behind. Other orders take more rounds. */
static horn_status place_all(keras_calls *out, model *m, size_t input)
{
    horn_status status = HORN_OK;
    size_t waiting = 0;
    out->order[0] = input;
    for (size_t i = 0; i < m->entry_count; i++) {
        entry *e = &m->entries[i];
        TRY(place_entry(out, m, e));
        if (waiting && e->placed) TRY(place_further(out, m, i + 1));
        waiting += e->placed < e->count;
    }
    if (waiting) TRY(place_further(out, m, m->entry_count));
    for (size_t i = 0; i < m->entry_count; i++)
        if (m->entries[i].placed < m->entries[i].count)
            TRY(broken(m, &m->entries[i], "is called on what is never computed"));
done:
    return status;
}

/* Each call's output must be taken, as the calls that nobody needs are none of the model's; the model's output is the last call's. */
static horn_status check_use(const keras_calls *c, const model *m, size_t output)
{
    horn_status status = HORN_OK;
    bool *is_taken = NULL;
    TRY(memory_new(&is_taken, c->count + 1, sizeof *is_taken));
    for (size_t i = 0; i < c->count; i++)
        for (size_t k = 0; k < c->at[i].value_count; k++) is_taken[c->at[i].values[k]] = true;
    if (output != c->count)
        TRY(fail(HORN_ERROR_FORMAT, "%s: 'output_layers' does not name the layer that is called last",
                 m->where));
    for (size_t i = 0; i < c->count; i++)
        if (!is_taken[i])
            TRY(fail(HORN_ERROR_FORMAT, "%s: nothing takes the output of call %zu", m->where, i));
done:
    free(is_taken);
    return status;
}

static horn_status check_input(const model *m, size_t input)
{
    for (size_t i = 0; i < m->entry_count; i++)
        if (m->entries[i].role == KERAS_INPUT && i != input)
            return unsupported(m, &m->entries[i], "is a second input");
    return m->entries[input].role == KERAS_INPUT
               ? HORN_OK
               : broken(m, &m->entries[input], "is no InputLayer, but the model's input");
}

horn_status keras_calls_read(keras_calls *out, const config *model_config, const char *where)
{
    horn_status status = HORN_OK;
    model m = { .where = where };
    operand input, output;
    size_t value;
    *out = (keras_calls){ 0 };
    TRY(read_model(&m, config_get(model_config, "layers")));
    TRY(read_end(&input, &m, model_config, "input_layers"));
    TRY(read_end(&output, &m, model_config, "output_layers"));
    settle_output(&output, &m, model_config);
    find_bases(&m);
    TRY(check_input(&m, input.entry));
    TRY(memory_new(&out->order, m.entry_count + 1, sizeof *out->order));
    TRY(memory_new(&out->at, m.node_count + 1, sizeof *out->at));
    TRY(place_all(out, &m, input.entry));
    if (!find_value(&value, &m, &output))
        TRY(fail(HORN_ERROR_FORMAT, "%s: 'output_layers' names no call", where));
    TRY(check_use(out, &m, value));
done:
    for (size_t i = 0; m.nodes && i < m.node_count; i++) free(m.nodes[i].operands);
    free(m.nodes);
    free(m.entries);
    return status;
}

void keras_calls_free(keras_calls *c)
{
    for (size_t i = 0; i < c->count; i++) free(c->at[i].values);
    free(c->at);
    free(c->order);
    *c = (keras_calls){ 0 };
}

bool keras_calls_are_chain(const keras_calls *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->at[i].layer != i || c->at[i].value_count != 1 || c->at[i].values[0] != i) return false;
    return true;
}
