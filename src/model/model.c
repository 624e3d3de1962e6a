#include "model/model.h"

const shape *model_input(const horn_model *m)
{
    return &m->calls->input;
}

const shape *model_output(const horn_model *m)
{
    return call_list_shape(m->calls, m->calls->output);
}

const shape *model_layer_output(const horn_model *m, size_t index)
{
    return call_list_shape(m->calls, m->values_of_nodes[m->first_nodes[index] + 1]);
}
