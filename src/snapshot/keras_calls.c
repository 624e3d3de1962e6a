#include "snapshot/keras_calls_model.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

static horn_status unsupported(const keras_model *m, const keras_entry *e, const char *what)
{
    return fail(HORN_ERROR_UNSUPPORTED, "%s: layer '%s' (%s) %s, which is not supported", m->where, e->name,
                e->class_name, what);
}

static int compare_entries(const void *a, const void *b)
{
    return strcmp((*(const keras_entry *const *)a)->name, (*(const keras_entry *const *)b)->name);
}

static horn_status sort_entries(keras_model *m)
{
    horn_status status = memory_new(&m->by_name, m->entry_count + 1, sizeof *m->by_name);
    if (status) return status;
    for (size_t i = 0; i < m->entry_count; i++) m->by_name[i] = &m->entries[i];
    qsort(m->by_name, m->entry_count, sizeof *m->by_name, compare_entries);
    for (size_t i = 1; i < m->entry_count; i++)
        if (compare_entries(&m->by_name[i - 1], &m->by_name[i]) == 0)
            return fail(HORN_ERROR_FORMAT, "%s: two layers are named '%s'", m->where, m->by_name[i]->name);
    return HORN_OK;
}

static long find(const keras_model *m, const char *name)
{
    const keras_entry wanted = { .name = name }, *key = &wanted;
    const keras_entry **found =
        name ? bsearch(&key, m->by_name, m->entry_count, sizeof *m->by_name, compare_entries) : NULL;
    return found ? (long)(*found - m->entries) : KERAS_CALLS_NOWHERE;
}

static horn_status read_entry(keras_model *m, size_t index, const config *given)
{
    keras_entry *e = &m->entries[index];
    const char *name = config_get_string(given, "name");
    e->name = name ? name : config_get_string(config_get(given, "config"), "name");
    e->class_name = config_get_string(given, "class_name");
    e->layer = KERAS_CALLS_NOWHERE;
    e->greatest = e->greatest_end = -1;
    if (!e->name || !e->class_name)
        return fail(HORN_ERROR_FORMAT, "%s: layer %zu is no {class_name, config, name}", m->where, index);
    e->role = keras_role_of(keras_bare_name(e->class_name));
    e->calls = config_get(given, "inbound_nodes");
    if (!config_is_list(e->calls)) return keras_calls_broken(m, e, "has no list inbound_nodes");
    e->count = config_count(e->calls);
    if (e->role == KERAS_INPUT && e->count) return keras_calls_broken(m, e, "is called on another layer");
    if (e->role != KERAS_INPUT && !e->count) return keras_calls_broken(m, e, "is called on nothing");
    if (e->role == KERAS_INPUT && m->input == m->entry_count)
        m->input = index;
    else if (e->role == KERAS_INPUT)
        e->count = 1;
    e->first = m->node_count;
    m->node_count += e->count;
    return HORN_OK;
}

/* null says what Keras does without it. Keras 3 notes `training` of its own accord, and goes by the model's. */
static horn_status check_arguments(const keras_model *m, const keras_entry *e, const config *arguments,
                                   bool keras3)
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
static horn_status read_operand(keras_model *m, keras_node *n, const config *tensor)
{
    const keras_entry *e = &m->entries[n->entry];
    int64_t call, output;
    const char *name = config_string(config_at(tensor, 0));
    if (!config_is_list(tensor) || !name || !config_integer(config_at(tensor, 1), &call) ||
        !config_integer(config_at(tensor, 2), &output))
        return keras_calls_broken(m, e, "is called on something that is no [layer, call, output]");
    const long from = find(m, name);
    if (from == KERAS_CALLS_NOWHERE)
        return fail(HORN_ERROR_FORMAT, "%s: layer '%s' (%s) is called on '%.100s', which is no layer",
                    m->where, e->name, e->class_name, name);
    if (output) return unsupported(m, e, "takes an output of a layer that has several");
    n->operands[n->operand_count++] = (keras_operand){ (size_t)from, call };
    if (call > m->entries[from].greatest) m->entries[from].greatest = call;
    if (call == 0) m->entries[from].counts_from_0 = true;
    return HORN_OK;
}

/* {"args": [tensor or list of them], "kwargs": {...}} */
static horn_status read_keras3(keras_model *m, keras_node *n, const config *call)
{
    const keras_entry *e = &m->entries[n->entry];
    const config *arguments = config_get(call, "args"), *first = config_at(arguments, 0);
    const size_t count = config_is_list(first) ? config_count(first) : 1;
    if (config_count(arguments) != 1) return unsupported(m, e, "is called with several arguments");
    if (!count) return keras_calls_broken(m, e, "is called on nothing");
    horn_status status = memory_new(&n->operands, count, sizeof *n->operands);
    const config *tensor = config_is_list(first) ? config_at(first, 0) : first;
    for (size_t i = 0; i < count && !status; i++, tensor = config_next(tensor))
        status = read_operand(m, n, config_get(config_get(tensor, "config"), "keras_history"));
    return status ? status : check_arguments(m, e, config_get(call, "kwargs"), true);
}

static horn_status read_node(keras_model *m, size_t entry_index, keras_node *n, const config *call)
{
    const keras_entry *e = &m->entries[entry_index];
    n->entry = entry_index;
    if (config_is_object(call)) return read_keras3(m, n, call);
    const size_t count = config_count(call);
    if (!config_is_list(call) || !count) return keras_calls_broken(m, e, "is called on nothing");
    horn_status status = memory_new(&n->operands, count, sizeof *n->operands);
    for (const config *operand = config_at(call, 0); operand && !status; operand = config_next(operand)) {
        status = read_operand(m, n, operand);
        if (!status) status = check_arguments(m, e, config_at(operand, 3), false);
    }
    return status;
}

static horn_status read_nodes(keras_model *m, size_t entry_index)
{
    const keras_entry *e = &m->entries[entry_index];
    const config *call = config_at(e->calls, 0);
    horn_status status = HORN_OK;
    if (e->role == KERAS_INPUT && e->count) m->nodes[e->first].entry = entry_index;
    for (size_t k = 0; e->role != KERAS_INPUT && !status && k < e->count; k++, call = config_next(call))
        status = read_node(m, entry_index, &m->nodes[e->first + k], call);
    return status;
}

static bool is_model(keras_role role)
{
    return role == KERAS_SEQUENTIAL || role == KERAS_FUNCTIONAL || role == KERAS_MODEL;
}

static horn_status read_model(keras_model *m, const config *layers)
{
    horn_status status = HORN_OK;
    m->entry_count = m->input = config_count(layers);
    TRY(memory_new(&m->entries, m->entry_count + 1, sizeof *m->entries));
    const config *entry = config_at(layers, 0);
    for (size_t i = 0; i < m->entry_count; i++, entry = config_next(entry)) TRY(read_entry(m, i, entry));
    TRY(sort_entries(m));
    TRY(memory_new(&m->nodes, m->node_count + 1, sizeof *m->nodes));
    for (size_t i = 0; i < m->entry_count; i++) TRY(read_nodes(m, i));
    if (m->input == m->entry_count)
        TRY(fail(HORN_ERROR_FORMAT, "%s: none of the layers is an InputLayer", m->where));
done:
    return status;
}

/* ---- inputs and outputs ---- */

/* [layer, call, output] */
static bool is_end(const config *value)
{
    return config_is_list(value) && config_string(config_at(value, 0));
}

static horn_status read_end(keras_operand *out, keras_model *m, const config *end, const char *key)
{
    int64_t output = 0;
    const long found = find(m, config_string(config_at(end, 0)));
    if (!is_end(end) || found == KERAS_CALLS_NOWHERE || !config_integer(config_at(end, 1), &out->call))
        return fail(HORN_ERROR_FORMAT, "%s: '%s' names no layer", m->where, key);
    keras_entry *e = &m->entries[found];
    if (config_integer(config_at(end, 2), &output) && output) return unsupported(m, e, "has several outputs");
    out->entry = (size_t)found;
    if (out->call > e->greatest_end) e->greatest_end = out->call;
    return HORN_OK;
}

/* An end, a list of them, or an object with one for each key. */
static horn_status read_ends(keras_model *m, size_t which, const config *model_config)
{
    static const char *const names[] = { "input_layers", "output_layers" };
    struct keras_ends *ends = &m->ends[which];
    const config *given = config_get(model_config, names[which]);
    const size_t count = is_end(given) ? 1 : config_count(given);
    horn_status status = HORN_OK;
    if (!count || (!config_is_list(given) && !config_is_object(given)))
        return fail(HORN_ERROR_FORMAT, "%s: '%s' names no layer", m->where, names[which]);
    if (count > KERAS_CALLS_MOST_ENDS)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: '%s' has %zu entries, more than %d are not supported",
                    m->where, names[which], count, KERAS_CALLS_MOST_ENDS);
    TRY(memory_new(&ends->operands, count, sizeof *ends->operands));
    TRY(memory_new(&ends->keys, count, sizeof *ends->keys));
    for (; ends->count < count; ends->count++) {
        const config *end = is_end(given) ? given : config_at(given, ends->count);
        if (!is_end(end) && (config_is_list(end) || config_is_object(end)) && config_count(end))
            return fail(HORN_ERROR_UNSUPPORTED,
                        "%s: '%s' is a structure in a structure, which is not supported", m->where,
                        names[which]);
        ends->keys[ends->count] = config_is_object(given) ? config_key_at(given, ends->count) : NULL;
        TRY(read_end(&ends->operands[ends->count], m, end, names[which]));
    }
done:
    return status;
}

/* Keras takes the values of a dict by the order of its keys. */
static void sort_by_keys(struct keras_ends *ends)
{
    for (size_t i = 1; i < ends->count; i++)
        for (size_t k = i; k && ends->keys[k] && strcmp(ends->keys[k - 1], ends->keys[k]) > 0; k--) {
            const keras_operand operand = ends->operands[k];
            const char *key = ends->keys[k];
            ends->operands[k] = ends->operands[k - 1];
            ends->keys[k] = ends->keys[k - 1];
            ends->operands[k - 1] = operand;
            ends->keys[k - 1] = key;
        }
}

/* Each InputLayer is one of the inputs, once. */
static horn_status check_inputs(keras_model *m)
{
    for (size_t i = 0; i < m->ends[0].count; i++) {
        keras_entry *e = &m->entries[m->ends[0].operands[i].entry];
        if (e->role != KERAS_INPUT)
            return keras_calls_broken(m, e, "is no InputLayer, but one of the model's inputs");
        if (e->is_end) return keras_calls_broken(m, e, "is two of the model's inputs");
        e->is_end = true;
    }
    for (size_t i = 0; i < m->entry_count; i++)
        if (m->entries[i].role == KERAS_INPUT && !m->entries[i].is_end)
            return keras_calls_broken(m, &m->entries[i], "is none of the model's inputs");
    return HORN_OK;
}

/* Calls of a model inside the model count from 1 on; in Keras 3 from 0 on, but among the outputs those of a Functional from 1 on. If
 * neither the first nor the last number is taken by a call, an output takes that call. */
static void find_bases(keras_model *m)
{
    for (size_t i = 0; i < m->entry_count; i++) {
        keras_entry *e = &m->entries[i];
        const int64_t count = (int64_t)e->count;
        if (!is_model(e->role)) continue;
        if (e->role == KERAS_SEQUENTIAL && e->greatest_end > e->greatest) e->greatest = e->greatest_end;
        e->base = e->greatest == count ||
                  (e->role != KERAS_SEQUENTIAL && !e->counts_from_0 && e->greatest_end == count);
    }
    for (size_t i = 0; i < m->ends[1].count; i++) {
        keras_operand *o = &m->ends[1].operands[i];
        const keras_entry *e = &m->entries[o->entry];
        if (is_model(e->role) && e->role != KERAS_SEQUENTIAL && o->call > 0) o->call += e->base - 1;
    }
}

static void free_model(keras_model *m)
{
    for (size_t i = 0; m->nodes && i < m->node_count; i++) free(m->nodes[i].operands);
    for (size_t i = 0; i < 2; i++) {
        free(m->ends[i].operands);
        free(m->ends[i].keys);
    }
    free(m->by_name);
    free(m->nodes);
    free(m->entries);
}

horn_status keras_calls_read(keras_calls *out, const config *model_config, const char *where)
{
    horn_status status = HORN_OK;
    keras_model m = { .where = where };
    *out = (keras_calls){ 0 };
    TRY(read_model(&m, config_get(model_config, "layers")));
    for (size_t i = 0; i < 2; i++) {
        TRY(read_ends(&m, i, model_config));
        sort_by_keys(&m.ends[i]);
    }
    find_bases(&m);
    TRY(check_inputs(&m));
    TRY(keras_calls_order(out, &m));
done:
    free_model(&m);
    return status;
}

static void free_ends(keras_end *ends, size_t count)
{
    for (size_t i = 0; i < count; i++) free(ends[i].key);
    free(ends);
}

void keras_calls_free(keras_calls *c)
{
    for (size_t i = 0; i < c->count; i++) free(c->at[i].values);
    free(c->at);
    free(c->order);
    free_ends(c->inputs, c->input_count);
    free_ends(c->outputs, c->output_count);
    *c = (keras_calls){ 0 };
}

bool keras_calls_are_chain(const keras_calls *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->at[i].layer != i || c->at[i].value_count != 1 || c->at[i].values[0] != i) return false;
    return c->output_count == 1;
}
