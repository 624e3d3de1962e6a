/* What layers keep from batch to batch: the states of stateful recurrent layers. They are in no file: Keras forgets them, too. */
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "model/model.h"
#include "model/use.h"

static bool keeps(const layer *l)
{
    bool does = l->state_floats;
    for (size_t i = 0; i < l->inner_count && !does; i++) does = keeps(l->inner[i].layer);
    return does;
}

static horn_status make(layer *l, size_t batch)
{
    horn_status status = HORN_OK;
    if (l->state_floats && !l->state)
        status = memory_new(&l->state, batch * l->state_floats, sizeof *l->state);
    for (size_t i = 0; i < l->inner_count && !status; i++) status = make(l->inner[i].layer, batch);
    return status;
}

/* In a TimeDistributed a sample has several rows. */
static horn_status check_calls(const horn_model *m)
{
    for (size_t i = 0; i < m->calls->count; i++) {
        const call *c = m->calls->at[i];
        if (!c->layer->state_floats) continue;
        if (c->rows != 1)
            return layer_fail(c->layer, HORN_ERROR_UNSUPPORTED,
                              "is stateful in a TimeDistributed, which is not supported");
        if (!m->input_batch)
            return layer_fail(c->layer, HORN_ERROR_SHAPE,
                              "is stateful: the model's input needs the number of samples of a batch");
        size_t floats = m->input_batch;
        if (!memory_multiply(&floats, c->layer->state_floats) || floats > SIZE_MAX / sizeof(float))
            return layer_fail(c->layer, HORN_ERROR_SHAPE,
                              "its states have more values than memory has addresses");
    }
    return HORN_OK;
}

horn_status model_make_states(horn_model *m)
{
    horn_status status = check_calls(m);
    for (size_t i = 0; i < m->layer_count && !status; i++) {
        m->stateful |= keeps(m->layers[i]);
        status = make(m->layers[i], m->input_batch);
    }
    return status;
}

size_t horn_model_batch_size(const horn_model *m)
{
    return m && m->stateful ? m->input_batch : 0;
}
