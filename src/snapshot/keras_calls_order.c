/* Puts the calls of a config in an order in which they can run. */
#include <stdlib.h>
#include "base/memory.h"
#include "base/status.h"
#include "snapshot/keras_calls_model.h"

horn_status keras_calls_broken(const keras_model *m, const keras_entry *e, const char *what)
{
    return fail(HORN_ERROR_FORMAT, "%s: layer '%s' (%s) %s", m->where, e->name, e->class_name, what);
}

/* True if the operand has a value: it is the model's input, or its call has a place. */
static bool find_value(size_t *out, const keras_model *m, const keras_operand *x)
{
    const keras_entry *e = &m->entries[x->entry];
    const int64_t call = x->call < e->base ? -1 : x->call - e->base;
    *out = 0;
    if (x->entry == m->input) return true;
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

static bool have_values(const keras_model *m, const keras_node *n)
{
    size_t value;
    for (size_t i = 0; i < n->operand_count; i++)
        if (!find_value(&value, m, &n->operands[i])) return false;
    return true;
}

static horn_status place(keras_calls *out, keras_model *m, keras_node *n)
{
    keras_entry *e = &m->entries[n->entry];
    if (e->layer == KERAS_CALLS_NOWHERE) {
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
static horn_status place_entry(keras_calls *out, keras_model *m, keras_entry *e)
{
    horn_status status = HORN_OK;
    while (!status && e->placed < e->count && have_values(m, &m->nodes[e->first + e->placed]))
        status = place(out, m, &m->nodes[e->first + e->placed]);
    return status;
}

/* Places further calls of the layers up to number `end` that wait for what has a place by now. */
static horn_status place_further(keras_calls *out, keras_model *m, size_t end)
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
static horn_status place_all(keras_calls *out, keras_model *m)
{
    horn_status status = HORN_OK;
    size_t waiting = 0;
    out->order[0] = m->input;
    for (size_t i = 0; i < m->entry_count; i++) {
        keras_entry *e = &m->entries[i];
        TRY(place_entry(out, m, e));
        if (waiting && e->placed) TRY(place_further(out, m, i + 1));
        waiting += e->placed < e->count;
    }
    if (waiting) TRY(place_further(out, m, m->entry_count));
    for (size_t i = 0; i < m->entry_count; i++)
        if (m->entries[i].placed < m->entries[i].count)
            TRY(keras_calls_broken(m, &m->entries[i], "is called on what is never computed"));
done:
    return status;
}

/* The values of the inputs or outputs. */
static horn_status find_ends(keras_end **out, size_t *count, const keras_model *m, size_t which)
{
    const struct keras_ends *ends = &m->ends[which];
    horn_status status = memory_new(out, ends->count, sizeof **out);
    for (; !status && *count < ends->count; ++*count) {
        keras_end *end = &(*out)[*count];
        if (!find_value(&end->value, m, &ends->operands[*count]))
            return fail(HORN_ERROR_FORMAT, "%s: '%s' names no call", m->where,
                        which ? "output_layers" : "input_layers");
        if (ends->keys[*count]) status = memory_copy_string(&end->key, ends->keys[*count]);
    }
    return status;
}

/* Each call's output must be taken, as the calls that nobody needs are none of the model's; inputs need not. */
static horn_status check_use(const keras_calls *c, const keras_model *m)
{
    horn_status status = HORN_OK;
    bool *is_taken = NULL;
    TRY(memory_new(&is_taken, c->count + 1, sizeof *is_taken));
    for (size_t i = 0; i < c->count; i++)
        for (size_t k = 0; k < c->at[i].value_count; k++) is_taken[c->at[i].values[k]] = true;
    for (size_t i = 0; i < c->output_count; i++) is_taken[c->outputs[i].value] = true;
    for (size_t i = 0; i < c->count; i++)
        if (!is_taken[i + 1] && c->at[i].value_count)
            TRY(fail(HORN_ERROR_FORMAT, "%s: nothing takes the output of call %zu", m->where, i));
done:
    free(is_taken);
    return status;
}

horn_status keras_calls_order(keras_calls *out, keras_model *m)
{
    horn_status status = HORN_OK;
    TRY(memory_new(&out->order, m->entry_count + 1, sizeof *out->order));
    TRY(memory_new(&out->at, m->node_count + 1, sizeof *out->at));
    TRY(place_all(out, m));
    TRY(find_ends(&out->inputs, &out->input_count, m, 0));
    TRY(find_ends(&out->outputs, &out->output_count, m, 1));
    TRY(check_use(out, m));
done:
    return status;
}
