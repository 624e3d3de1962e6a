/* Puts the layers of a model that was made by horn_model_call in Keras' order, which files go by, before it gets weights. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "model/model.h"
#include "snapshot/call_order.h"

static horn_status find_order(size_t **order, const horn_model *m)
{
    size_t outputs[HORN_MAX_OUTPUTS];
    snapshot_call *calls = NULL;
    horn_status status = memory_new(&calls, m->node_count, sizeof *calls);
    if (status) return status;
    for (size_t i = 0; i < m->node_count; i++) {
        const model_node *n = &m->nodes[i];
        calls[i] =
            (snapshot_call){ .layer = n->layer->index, .values = n->inputs, .value_count = n->input_count };
    }
    for (size_t i = 0; i < m->output_count; i++) outputs[i] = m->outputs[i].value;
    status = call_order_find(order, calls, m->node_count, outputs, m->output_count);
    free(calls);
    return status;
}

/* Fills nodes, values of nodes as they are now, the order of layers and the first node of each; returns true if that order is another one. */
static bool arrange(const horn_model *m, const size_t *order, model_node *nodes, size_t *values,
                    layer **layers, size_t *first)
{
    size_t count = 0;
    bool changes = false;
    bool *is_there = (bool *)memset(first + m->layer_count, 0, m->layer_count * sizeof(bool));
    values[0] = 0;
    for (size_t i = 0; i < m->node_count; i++) {
        nodes[i] = m->nodes[order[i]];
        values[order[i] + 1] = i + 1;
        layer *l = nodes[i].layer;
        if (is_there[l->index]) continue;
        is_there[l->index] = true;
        changes |= l->index != count;
        layers[count] = l;
        first[count++] = i;
    }
    return changes;
}

static void take(horn_model *m, model_node *nodes, const size_t *values, layer **layers, const size_t *first,
                 const size_t *order, const size_t *made)
{
    for (size_t i = 0; i < m->node_count; i++) m->values_of_nodes[i + 1] = made[order[i] + 1];
    for (size_t i = 0; i < m->node_count; i++) {
        for (size_t k = 0; k < nodes[i].input_count; k++) nodes[i].inputs[k] = values[nodes[i].inputs[k]];
        m->nodes[i] = nodes[i];
    }
    for (size_t i = 0; i < m->layer_count; i++) {
        m->layers[i] = layers[i];
        layers[i]->index = (uint32_t)i;
        m->first_nodes[i] = first[i];
    }
    for (size_t i = 0; i < m->input_count; i++) m->inputs[i].value = values[m->inputs[i].value];
    for (size_t i = 0; i < m->output_count; i++) m->outputs[i].value = values[m->outputs[i].value];
}

/* All calls anew, in their order; `made` gets the list's value for each value of nodes as they are now. */
static horn_status call_again(call_list *fresh, size_t *made, const horn_model *m, const size_t *order)
{
    horn_status status = HORN_OK;
    *fresh = *m->calls;
    fresh->at = NULL;
    fresh->count = fresh->capacity = 0;
    fresh->builds = false;
    made[0] = 0;
    for (size_t i = 0; i < m->node_count && !status; i++) {
        const model_node *n = &m->nodes[order[i]];
        status = model_node_call(n, fresh, made, &n->layer->input_shape, &fresh->last);
        made[order[i] + 1] = fresh->last;
    }
    if (!status) return HORN_OK;
    call_list_cut(fresh, 0);
    free(fresh->at);
    return status;
}

/* Cannot fail: there is room for all of them. */
static horn_status list_weights(horn_model *m)
{
    horn_status status = HORN_OK;
    m->weight_count = m->trained_count = 0;
    for (size_t i = 0; i < m->layer_count && !status; i++)
        if (!(m->layers[i]->class->flags & LAYER_IS_INPUT)) status = model_list_weights(m, m->layers[i]);
    return status;
}

horn_status model_order_layers(horn_model *m)
{
    horn_status status = HORN_OK;
    size_t *order = NULL, *values = NULL, *made = NULL, *first = NULL;
    call_list fresh;
    model_node *nodes = NULL;
    layer **layers = NULL;
    TRY(find_order(&order, m));
    TRY(memory_new(&values, m->node_count + 1, sizeof *values));
    TRY(memory_new(&first, 2 * m->layer_count, sizeof *first)); /* the second half: which layers are there */
    TRY(memory_new(&nodes, m->node_count, sizeof *nodes));
    TRY(memory_new(&layers, m->layer_count, sizeof *layers));
    TRY(memory_new(&made, m->node_count + 1, sizeof *made));
    if (!arrange(m, order, nodes, values, layers, first)) goto done;
    TRY(call_again(&fresh, made, m, order));
    fresh.builds = m->calls->builds;
    call_list_cut(m->calls, 0);
    free(m->calls->at);
    *m->calls = fresh;
    take(m, nodes, values, layers, first, order, made);
    status = list_weights(m);
done:
    free(order);
    free(values);
    free(made);
    free(first);
    free(nodes);
    free(layers);
    return status;
}
