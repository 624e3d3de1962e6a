/* SimpleRNN: h' = tanh(x kernel + h recurrent_kernel + bias), or with another activation. */
#include <string.h>
#include "layers/recurrent/walk.h"

static void step(const walk *w, size_t t)
{
    const size_t n = w->rows * w->U * sizeof(float);
    const activation *a = w->layer->activation;
    float *gates = walk_gates(w, t), *next_h = walk_units(w, w->h, t + 1);
    walk_multiply(w, t, 0);
    if (w->z) memcpy(walk_z(w, gates), gates, n);
    if (a) a->forward(w->rows, w->U, gates, gates);
    memcpy(next_h, gates, n);
}

static void step_back(const walk *w, size_t t)
{
    const activation *a = w->layer->activation;
    float *gates = walk_gates(w, t);
    if (a)
        a->backward(w->rows, w->U, walk_z(w, gates), walk_units(w, w->h, t + 1), w->dh, gates);
    else
        memcpy(gates, w->dh, w->rows * w->U * sizeof *gates);
    walk_multiply_back(w, t, 0, w->dh, false);
}

static const cell simple_cell = {
    .columns = 1,
    .gates = 1,
    .input = { { 0, 1, 0 } },
    .recurrent = { { 0, 1, 0 } },
    .inputs = 1,
    .recurrents = 1,
    .step = step,
    .step_back = step_back,
};

static void configure_cell(layer *l, config_reader *c)
{
    recurrent *r = (recurrent *)l;
    r->cell = &simple_cell;
    recurrent_configure(r, c, false);
}

static void configure(layer *l, config_reader *c)
{
    recurrent_read_time(&((recurrent *)l)->time, c);
    configure_cell(l, c);
}

static void describe_cell(const layer *l, config *c)
{
    recurrent_describe((const recurrent *)l, c, false);
}

static void describe(const layer *l, config *c)
{
    recurrent_describe_time(&((const recurrent *)l)->time, c);
    describe_cell(l, c);
}

static const layer_holder holders[] = { { "cell", "SimpleRNNCell", "simple_rnn_cell" }, { 0 } };

static size_t operate(const call *c, graph *g, const size_t *x)
{
    return recurrent_operate(c, g, *x, OPERATION_SIMPLE_RNN);
}

const layer_class simple_rnn_class = {
    .name = "SimpleRNN",
    .auto_name = "simple_rnn",
    .holders = holders,
    .size = sizeof(recurrent),
    .flags = LAYER_PASSES_MASK | LAYER_READS_MASK | LAYER_WANTS_ROWS,
    .configure = configure,
    .describe = describe,
    .build = recurrent_build,
    .place = recurrent_place,
    .prepare = recurrent_prepare,
    .forward = recurrent_forward,
    .backward = recurrent_backward,
    .operate = operate,
};

/* ---- the cell of an RNN ---- */

const layer_class simple_rnn_cell_class = {
    .name = "SimpleRNNCell",
    .auto_name = "simple_rnn_cell",
    .size = sizeof(recurrent),
    .flags = LAYER_IS_CELL | LAYER_PASSES_MASK | LAYER_READS_MASK | LAYER_WANTS_ROWS,
    .configure = configure_cell,
    .describe = describe_cell,
    .build = recurrent_build,
    .place = recurrent_place,
    .prepare = recurrent_prepare,
    .forward = recurrent_forward,
    .backward = recurrent_backward,
    .operate = operate,
};

horn_layer *horn_simple_rnn(const horn_recurrent_options *options)
{
    return layer_construct(&simple_rnn_class, recurrent_arguments(options));
}

horn_layer *horn_simple_rnn_cell(const horn_recurrent_options *options)
{
    return layer_construct(&simple_rnn_cell_class, recurrent_arguments(options));
}
