#include "model/model.h"

static size_t input_value(const horn_model *m, size_t index)
{
    return index < m->input_count && m->node_count ? m->values_of_nodes[m->inputs[index].value] : 0;
}

static size_t output_value(const horn_model *m, size_t index)
{
    return index < m->output_count && m->node_count ? m->values_of_nodes[m->outputs[index].value]
                                                    : m->calls->last;
}

const shape *model_input(const horn_model *m, size_t index)
{
    return call_list_shape(m->calls, input_value(m, index));
}

const shape *model_output(const horn_model *m, size_t index)
{
    return call_list_shape(m->calls, output_value(m, index));
}

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
