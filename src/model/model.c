#include "model/model.h"

const shape *model_input(const horn_model *m)
{
    return &m->calls->input;
}

const shape *model_output(const horn_model *m)
{
    return model_layer_output(m, m->layer_count - 1);
}

const shape *model_layer_output(const horn_model *m, size_t index)
{
    return call_list_shape(m->calls, m->outputs[index]);
}
