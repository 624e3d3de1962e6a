#include <string.h>
#include "model/model.h"
#include "model/use.h"

static void clear(layer *l, size_t batch)
{
    if (l->state) memset(l->state, 0, batch * l->state_floats * sizeof *l->state);
    for (size_t i = 0; i < l->inner_count; i++) clear(l->inner[i].layer, batch);
}

horn_status horn_model_reset_states(horn_model *m)
{
    horn_status status = model_enter(m, __func__, false);
    if (status) return status;
    status = model_build(m);
    for (size_t i = 0; i < m->layer_count && !status; i++) clear(m->layers[i], m->input_batch);
    return model_leave(m, status);
}
