#include <stdlib.h>
#include "base/memory.h"
#include "base/status.h"
#include "model/plan/plan.h"

static horn_status place_all(call_list *list, const horn_model *m, const shape *input)
{
    horn_status status = HORN_OK;
    size_t *values = NULL;
    list->input = *input;
    TRY(memory_new(&values, m->node_count + 1, sizeof *values));
    for (size_t i = 0; i < m->node_count; i++)
        TRY(model_node_call(&m->nodes[i], list, values, &values[i + 1]));
    list->output = values[m->node_count];
done:
    free(values);
    return status;
}

horn_status plan_calls_new(call_list **out, const horn_model *m, const shape *input)
{
    call_list *list = NULL;
    if (!shape_is_open(model_input(m))) {
        *out = m->calls;
        return HORN_OK;
    }
    horn_status status = memory_new(&list, 1, sizeof *list);
    if (!status) status = place_all(list, m, input);
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
