#include <stdlib.h>
#include "base/memory.h"
#include "base/status.h"
#include "model/plan/plan.h"

/* The number of the input that a node is. */
static size_t input_of(const horn_model *m, size_t node)
{
    size_t i = 0;
    while (i < m->input_count && m->inputs[i].value != node + 1) i++;
    return i;
}

static horn_status place_all(call_list *list, const horn_model *m, const shape *inputs)
{
    horn_status status = HORN_OK;
    size_t *values = NULL;
    TRY(memory_new(&values, m->node_count + 1, sizeof *values));
    for (size_t i = 0; i < m->input_count; i++)
        if (!m->inputs[i].value) list->input = inputs[i];
    for (size_t i = 0; i < m->node_count; i++) {
        const model_node *n = &m->nodes[i];
        const shape *input = n->input_count ? NULL : &inputs[input_of(m, i)];
        TRY(model_node_call(n, list, values, input, &values[i + 1]));
    }
    for (size_t i = 0; i < m->input_count; i++) list->inputs[i] = values[m->inputs[i].value];
    for (size_t i = 0; i < m->output_count; i++) list->outputs[i] = values[m->outputs[i].value];
    list->input_count = m->input_count;
    list->output_count = m->output_count;
done:
    free(values);
    return status;
}

horn_status plan_calls_new(call_list **out, const horn_model *m, const shape *inputs)
{
    call_list *list = NULL;
    if (!model_is_open(m)) {
        *out = m->calls;
        return HORN_OK;
    }
    horn_status status = memory_new(&list, 1, sizeof *list);
    if (!status) status = place_all(list, m, inputs);
    if (!status)
        *out = list;
    else if (list)
        plan_calls_free(list, m);
    return status;
}

void plan_calls_free(call_list *list, const horn_model *m)
{
    if (list == m->calls) return;
    call_list_clear(list);
    free(list);
}
