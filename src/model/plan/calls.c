#include <stdlib.h>
#include "base/memory.h"
#include "model/plan/plan.h"

static horn_status place_all(call **calls, const horn_model *m, const shape *input)
{
    horn_status status = HORN_OK;
    bool masked = false;
    for (size_t i = 0; i < m->layer_count; i++) {
        status = call_new(&calls[i], m->layers[i], m->calls[i]->number, input, 1, masked);
        if (status) break;
        input = calls[i]->outputs;
        masked = calls[i]->gives_mask;
    }
    return status;
}

horn_status plan_calls_new(call ***out, const horn_model *m, const shape *input)
{
    call **calls = NULL;
    if (!shape_is_open(model_input(m))) {
        *out = m->calls;
        return HORN_OK;
    }
    horn_status status = memory_new(&calls, m->layer_count, sizeof *calls);
    if (!status) status = place_all(calls, m, input);
    if (!status)
        *out = calls;
    else if (calls)
        plan_calls_free(calls, m);
    return status;
}

void plan_calls_free(call **calls, const horn_model *m)
{
    if (calls == m->calls) return;
    for (size_t i = 0; i < m->layer_count; i++) call_free(calls[i]);
    free(calls);
}
