/* LSTM: i, f, o = sigmoid(x kernel + h recurrent_kernel + bias), g = tanh(the same), c' = f c + i g, h' = o tanh(c').
 * Columns are those of i, f, g, o. Source: Hochreiter, Schmidhuber, "Long Short-Term Memory", 1997; as in Keras. */
#include "base/kernel.h"
#include "layers/recurrent/walk.h"
#include "tensor/float_math.h"

static inline float sigmoid_of(float z)
{
    return 1 / (1 + float_exp(-z));
}

/* ---- tanh and sigmoid ---- */

/* One row: gates[4 U] are activated in place; `bent` gets tanh(c'). */
KERNEL static void usual_row(size_t U, float *restrict gates, const float *restrict c, float *restrict next_c,
                             float *restrict bent, float *restrict next_h)
{
    float *restrict i = gates, *restrict f = gates + U, *restrict g = gates + 2 * U,
                    *restrict o = gates + 3 * U;
    KERNEL_INDEPENDENT
    for (size_t u = 0; u < U; u++) {
        const float in = sigmoid_of(i[u]), forget = sigmoid_of(f[u]), new = float_tanh(g[u]),
                    out = sigmoid_of(o[u]);
        const float carry = forget * c[u] + in * new, tanh_carry = float_tanh(carry);
        i[u] = in, f[u] = forget, g[u] = new, o[u] = out;
        next_c[u] = carry;
        bent[u] = tanh_carry;
        next_h[u] = out * tanh_carry;
    }
}

KERNEL static void usual_row_back(size_t U, float *restrict gates, const float *restrict c,
                                  const float *restrict bent, const float *restrict dh, float *restrict dc)
{
    float *restrict i = gates, *restrict f = gates + U, *restrict g = gates + 2 * U,
                    *restrict o = gates + 3 * U;
    KERNEL_INDEPENDENT
    for (size_t u = 0; u < U; u++) {
        const float in = i[u], forget = f[u], new = g[u], out = o[u];
        const float carry = dc[u] + dh[u] * out * (1 - bent[u] * bent[u]);
        i[u] = carry * new *in *(1 - in);
        f[u] = carry * c[u] * forget * (1 - forget);
        g[u] = carry * in * (1 - new *new);
        o[u] = dh[u] * bent[u] * out * (1 - out);
        dc[u] = carry * forget;
    }
}

/* ---- any activations ---- */

static void row(const walk *w, float *gates, const float *c, float *next_c, float *bent, float *next_h)
{
    const size_t U = w->U;
    const recurrent *r = w->layer;
    float *z = walk_z(w, gates);
    walk_activate(w, r->recurrent_activation, gates, z, 0, 2);
    walk_activate(w, r->activation, gates, z, 2, 1);
    walk_activate(w, r->recurrent_activation, gates, z, 3, 1);
    for (size_t u = 0; u < U; u++) next_c[u] = bent[u] = gates[U + u] * c[u] + gates[u] * gates[2 * U + u];
    if (r->activation) r->activation->forward(1, U, next_c, bent);
    for (size_t u = 0; u < U; u++) next_h[u] = gates[3 * U + u] * bent[u];
}

static void row_back(const walk *w, float *gates, const float *c, const float *next_c, const float *bent,
                     const float *dh, float *dc)
{
    const size_t U = w->U;
    const recurrent *r = w->layer;
    const float *z = walk_z(w, gates), *i = gates, *f = gates + U, *g = gates + 2 * U, *o = gates + 3 * U;
    float *slope = w->row, *carry = w->row + 4 * U;
    for (size_t u = 0; u < U; u++) carry[u] = dh[u] * o[u];
    if (r->activation) r->activation->backward(1, U, next_c, bent, carry, carry);
    for (size_t u = 0; u < U; u++) {
        carry[u] += dc[u];
        slope[u] = carry[u] * g[u];
        slope[U + u] = carry[u] * c[u];
        slope[2 * U + u] = carry[u] * i[u];
        slope[3 * U + u] = dh[u] * bent[u];
        dc[u] = carry[u] * f[u];
    }
    walk_slope(w, r->recurrent_activation, gates, z, 0, 2, slope);
    walk_slope(w, r->activation, gates, z, 2, 1, slope + 2 * U);
    walk_slope(w, r->recurrent_activation, gates, z, 3, 1, slope + 3 * U);
    for (size_t k = 0; k < 4 * U; k++) gates[k] = slope[k];
}

/* ---- the cell ---- */

static void step(const walk *w, size_t t)
{
    walk_multiply(w, t, 0);
    float *gates = walk_gates(w, t), *c = walk_units(w, w->c, t), *next_c = walk_units(w, w->c, t + 1),
          *bent = walk_units(w, w->extra, t), *next_h = walk_units(w, w->h, t + 1);
    for (size_t i = 0; i < w->rows; i++) {
        const size_t at = i * w->U;
        if (w->layer->is_usual)
            usual_row(w->U, gates + i * w->G, c + at, next_c + at, bent + at, next_h + at);
        else
            row(w, gates + i * w->G, c + at, next_c + at, bent + at, next_h + at);
    }
}

static void step_back(const walk *w, size_t t)
{
    float *gates = walk_gates(w, t), *c = walk_units(w, w->c, t), *next_c = walk_units(w, w->c, t + 1),
          *bent = walk_units(w, w->extra, t);
    for (size_t i = 0; i < w->rows; i++) {
        const size_t at = i * w->U;
        if (w->layer->is_usual)
            usual_row_back(w->U, gates + i * w->G, c + at, bent + at, w->dh + at, w->dc + at);
        else
            row_back(w, gates + i * w->G, c + at, next_c + at, bent + at, w->dh + at, w->dc + at);
    }
    walk_multiply_back(w, t, 0, w->dh, false);
}

static const cell lstm_cell = {
    .columns = 4,
    .gates = 4,
    .masks_apart = true,
    .has_carry = true,
    .has_extra = true,
    .input = { { 0, 4, 0 } },
    .recurrent = { { 0, 4, 0 } },
    .inputs = 1,
    .recurrents = 1,
    .step = step,
    .step_back = step_back,
};

/* ---- the layer ---- */

static void configure_cell(layer *l, config_reader *c)
{
    recurrent *r = (recurrent *)l;
    r->cell = &lstm_cell;
    r->unit_forget_bias = true;
    recurrent_configure(r, c, true);
    config_read_boolean(c, "unit_forget_bias", &r->unit_forget_bias);
}

static void configure(layer *l, config_reader *c)
{
    recurrent_read_time(&((recurrent *)l)->time, c);
    configure_cell(l, c);
}

static void describe_cell(const layer *l, config *c)
{
    recurrent_describe((const recurrent *)l, c, true);
}

static void describe(const layer *l, config *c)
{
    recurrent_describe_time(&((const recurrent *)l)->time, c);
    describe_cell(l, c);
}

static const layer_holder holders[] = { { "cell", "LSTMCell", "lstm_cell" }, { 0 } };

static size_t operate(const call *c, graph *g, const size_t *x)
{
    return recurrent_operate(c, g, *x, OPERATION_LSTM);
}

const layer_class lstm_class = {
    .name = "LSTM",
    .auto_name = "lstm",
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

const layer_class lstm_cell_class = {
    .name = "LSTMCell",
    .auto_name = "lstm_cell",
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

horn_layer *horn_lstm(const horn_recurrent_options *options)
{
    return layer_construct(&lstm_class, recurrent_arguments(options));
}

horn_layer *horn_lstm_cell(const horn_recurrent_options *options)
{
    return layer_construct(&lstm_cell_class, recurrent_arguments(options));
}
