#include "model/model.h"

const shape *model_input(const horn_model *m)
{
    return m->calls[0]->inputs;
}

const shape *model_output(const horn_model *m)
{
    return m->calls[m->layer_count - 1]->outputs;
}
