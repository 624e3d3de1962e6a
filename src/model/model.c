#include "model/model.h"

bool model_is_open(const horn_model *m)
{
    for (size_t i = 0; i < model_input_count(m); i++)
        if (shape_is_open(model_input(m, i))) return true;
    return false;
}

const shape *model_layer_output(const horn_model *m, size_t index)
{
    return call_list_shape(m->calls, m->values_of_nodes[m->first_nodes[index] + 1]);
}
