/* The nodes of a model: adding layers, and calling them. */
#include "model/model.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "model/use.h"

static bool is_taken(const void *model, const char *name)
{
    const horn_model *m = model;
    const layer *input = m->input_layer;
    if (input && input->name && strcmp(input->name, name) == 0) return true;
    for (size_t i = 0; i < m->layer_count; i++)
        if (strcmp(m->layers[i]->name, name) == 0) return true;
    return false;
}

static horn_status name_layer(const horn_model *m, layer *l)
{
    if (!l->name) return layer_name_itself(l, is_taken, m);
    return is_taken(m, l->name)
               ? fail(HORN_ERROR_ARGUMENT, "layer name '%s' is used twice in model '%s'", l->name, m->name)
               : HORN_OK;
}

/* The input of the first layer: the InputLayer's, or its own. */
static horn_status set_input(horn_model *m, const layer *l)
{
    const layer *from = m->input_layer ? m->input_layer : l;
    if (m->layer_count) return HORN_OK;
    if (!from->has_input_shape)
        return fail(HORN_ERROR_SHAPE, "layer '%s' (%s) is the first: it needs an input_shape", l->name,
                    l->class->name);
    m->calls->input = from->input_shape;
    if (from->input_batch) m->input_batch = from->input_batch;
    return HORN_OK;
}

static horn_status add_input(horn_model *m, layer *l)
{
    if (m->input_layer || m->layer_count)
        return fail(HORN_ERROR_ARGUMENT, "an InputLayer stands behind other layers in model '%s'", m->name);
    m->input_layer = l;
    return HORN_OK;
}

/* The first input is value 0; it gets a name if there are others. */
static horn_status list_input(horn_model *m, const layer *l, size_t value)
{
    horn_status status = HORN_OK;
    if (l->input_batch && m->input_batch && l->input_batch != m->input_batch)
        return layer_fail(l, HORN_ERROR_SHAPE, "has batches of %zu samples, the first input of %zu",
                          l->input_batch, m->input_batch);
    if (!m->input_count) TRY(model_set_inputs(m, &(model_end){ 0 }, 1));
    if (m->input_count == HORN_MAX_INPUTS)
        return fail(HORN_ERROR_UNSUPPORTED, "model '%s' has more than %d inputs, which are not supported",
                    m->name, HORN_MAX_INPUTS);
    TRY(memory_grow(&m->inputs, m->input_count, &m->input_capacity, sizeof *m->inputs));
    m->inputs[m->input_count++] = (model_end){ .value = value };
done:
    return status;
}

static horn_status check_open(const horn_model *m, const horn_layer *l)
{
    horn_status status = failure_status(l->failure);
    if (!status && m->built)
        status = fail(HORN_ERROR_ARGUMENT,
                      "model '%s' is built already: layers are added before compile and load", m->name);
    return status;
}

horn_status model_node_call(const model_node *n, call_list *list, const size_t *values, const shape *input,
                            size_t *y)
{
    size_t inputs[CALL_MOST_INPUTS];
    if (!n->input_count) return call_list_add_input(list, n->layer, input, y);
    for (size_t i = 0; i < n->input_count; i++) inputs[i] = values[n->inputs[i]];
    return call_list_add(list, n->layer, inputs, n->input_count, y);
}

/* Whether the model has the layer. */
static bool has(const horn_model *m, const layer *l)
{
    return m->input_layer == l || (l->index < m->layer_count && m->layers[l->index] == l);
}

/* A node's inputs are given by nodes before it. */
static horn_status check_inputs(const horn_model *m, const layer *l, const size_t *inputs, size_t count)
{
    const bool is_input = l->class->flags & LAYER_IS_INPUT;
    if (is_input && (count || has(m, l)))
        return layer_fail(l, HORN_ERROR_ARGUMENT,
                          "is called on a value, or again: expected once, on nothing");
    if ((count < 1 && !is_input) || count > CALL_MOST_INPUTS)
        return layer_fail(l, HORN_ERROR_UNSUPPORTED, "is called on %zu values, expected 1 to %d", count,
                          CALL_MOST_INPUTS);
    for (size_t i = 0; i < count; i++)
        if (inputs[i] > m->node_count)
            return layer_fail(l, HORN_ERROR_ARGUMENT, "is called on value %zu of %zu", inputs[i],
                              m->node_count + 1);
    return HORN_OK;
}

horn_status model_call_layer(horn_model *m, layer *l, const size_t *inputs, size_t count)
{
    horn_status status = HORN_OK;
    call_list *list = m->calls;
    const size_t calls = list->count;
    model_node n = { .layer = l, .input_count = count };
    TRY(check_inputs(m, l, inputs, count));
    TRY(memory_new(&n.inputs, count, sizeof *n.inputs));
    if (count) memcpy(n.inputs, inputs, count * sizeof *inputs);
    TRY(memory_grow(&m->nodes, m->node_count, &m->node_capacity, sizeof *m->nodes));
    while (m->value_capacity < m->node_count + 2)
        TRY(memory_grow(&m->values_of_nodes, m->value_capacity, &m->value_capacity,
                        sizeof *m->values_of_nodes));
    m->values_of_nodes[0] = 0;
    list->builds = true;
    TRY(model_node_call(&n, list, m->values_of_nodes, &l->input_shape, &list->last));
    m->nodes[m->node_count++] = n;
    m->values_of_nodes[m->node_count] = list->last;
    return HORN_OK;
done:
    call_list_cut(list, calls);
    free(n.inputs);
    return status;
}

static horn_status list_layer(horn_model *m, layer *l)
{
    horn_status status = HORN_OK;
    l->index = (uint32_t)m->layer_count;
    TRY(memory_grow(&m->layers, m->layer_count, &m->layer_capacity, sizeof *m->layers));
    TRY(memory_grow(&m->first_nodes, m->layer_count, &m->first_capacity, sizeof *m->first_nodes));
done:
    return status;
}

/* Takes away the newest node, whose layer cannot be added. */
static void drop_node(horn_model *m)
{
    free(m->nodes[--m->node_count].inputs);
    m->calls->last = m->values_of_nodes[m->node_count];
    call_list_cut(m->calls, m->calls->last);
}

horn_status model_add_layer(horn_model *m, layer *l, const size_t *inputs, size_t count)
{
    horn_status status = HORN_OK;
    TRY(check_open(m, l));
    const bool is_input = l->class->flags & LAYER_IS_INPUT;
    if (is_input && (count || (!m->input_layer && !m->layer_count))) {
        TRY(add_input(m, l));
        return HORN_OK;
    }
    if (is_input && m->input_layer && !m->input_layer->name)
        TRY(layer_name_itself(m->input_layer, is_taken, m));
    TRY(name_layer(m, l));
    TRY(set_input(m, l));
    TRY(list_layer(m, l));
    TRY(model_call_layer(m, l, inputs, count));
    status = is_input ? list_input(m, l, m->node_count) : model_list_weights(m, l);
    if (status) drop_node(m);
    if (status) goto done;
    m->first_nodes[m->layer_count] = m->node_count - 1;
    m->layers[m->layer_count++] = l;
    return HORN_OK;
done:
    layer_free(l);
    return status;
}

bool model_is_chain(const horn_model *m)
{
    for (size_t i = 0; i < m->node_count; i++)
        if (m->nodes[i].layer->index != i || m->nodes[i].input_count != 1 || m->nodes[i].inputs[0] != i)
            return false;
    return true;
}

horn_status model_check_values(const horn_model *m)
{
    bool *is_taken = NULL;
    horn_status status = memory_new(&is_taken, m->node_count + 1, sizeof *is_taken);
    if (status) return status;
    for (size_t i = 0; i < m->node_count; i++)
        for (size_t k = 0; k < m->nodes[i].input_count; k++) is_taken[m->nodes[i].inputs[k]] = true;
    for (size_t i = 0; i < m->output_count; i++) is_taken[m->outputs[i].value] = true;
    for (size_t i = 1; i <= m->node_count && !status; i++)
        if (!is_taken[i] && m->nodes[i - 1].input_count)
            status = layer_fail(m->nodes[i - 1].layer, HORN_ERROR_ARGUMENT,
                                "gives value %zu, which no layer takes", i);
    free(is_taken);
    return status;
}

static horn_status call_on(size_t *value, horn_model *m, layer *l, const size_t *inputs, size_t count)
{
    horn_status status = HORN_OK;
    if (has(m, l)) {
        status = check_open(m, l);
        if (!status) status = model_call_layer(m, l, inputs, count);
    } else {
        status = model_add_layer(m, l, inputs, count);
    }
    if (!status) m->is_functional = m->is_called = true;
    if (!status && value) *value = m->node_count;
    return status;
}

horn_status horn_model_call(size_t *value, horn_model *m, horn_layer *l, const size_t *inputs,
                            size_t input_count)
{
    horn_status status = model_enter(m, __func__, true);
    if (status) {
        if (l && (!m || !has(m, l))) layer_free(l);
        return status;
    }
    if (!l)
        status = fail_null(__func__, "layer");
    else if (!inputs && input_count)
        status = fail_null(__func__, "inputs");
    if (!status) return model_leave(m, call_on(value, m, l, inputs, input_count));
    if (l && !has(m, l)) layer_free(l);
    return model_leave(m, status);
}
