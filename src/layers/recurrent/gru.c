/* GRU: z, r = sigmoid(x kernel + h recurrent_kernel + bias), h' = z h + (1 - z) g. With reset_after
 * g = tanh(x kernel + bias + r (h recurrent_kernel + recurrent bias)), without it
 * g = tanh(x kernel + (r h) recurrent_kernel + bias). Columns are those of z, r, g.
 * Source: Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", 2014; as in Keras. */
#include "base/kernel.h"
#include "layers/recurrent/walk.h"
#include "tensor/elementwise.h"
#include "tensor/float_math.h"

static inline float sigmoid_of(float z)
{
    return 1 / (1 + float_exp(-z));
}

/* ---- reset_after: gates are z, r, p = h recurrent_kernel + recurrent bias, g ---- */

/* With tanh and sigmoid. */
KERNEL static void usual_row(size_t U, float *restrict gates, const float *restrict h, float *restrict next_h)
{
    float *restrict z = gates, *restrict r = gates + U, *restrict p = gates + 2 * U,
                    *restrict g = gates + 3 * U;
    KERNEL_INDEPENDENT
    for (size_t u = 0; u < U; u++) {
        const float update = sigmoid_of(z[u]), reset = sigmoid_of(r[u]),
                    new = float_tanh(g[u] + reset * p[u]);
        z[u] = update, r[u] = reset, g[u] = new;
        next_h[u] = update * h[u] + (1 - update) * new;
    }
}

KERNEL static void usual_row_back(size_t U, float *restrict gates, const float *restrict h,
                                  float *restrict dh)
{
    float *restrict z = gates, *restrict r = gates + U, *restrict p = gates + 2 * U,
                    *restrict g = gates + 3 * U;
    KERNEL_INDEPENDENT
    for (size_t u = 0; u < U; u++) {
        const float update = z[u], reset = r[u], new = g[u];
        const float slope = dh[u] * (1 - update) * (1 - new *new);
        z[u] = dh[u] * (h[u] - new) * update * (1 - update);
        r[u] = slope * p[u] * reset * (1 - reset);
        p[u] = slope * reset;
        g[u] = slope;
        dh[u] *= update;
    }
}

static void after_row(const walk *w, float *gates, const float *h, float *next_h)
{
    const size_t U = w->U;
    float *z = walk_z(w, gates), *g = gates + 3 * U;
    walk_activate(w, w->layer->recurrent_activation, gates, z, 0, 2);
    for (size_t u = 0; u < U; u++) g[u] += gates[U + u] * gates[2 * U + u];
    walk_activate(w, w->layer->activation, gates, z, 3, 1);
    for (size_t u = 0; u < U; u++) next_h[u] = gates[u] * h[u] + (1 - gates[u]) * g[u];
}

static void after_row_back(const walk *w, float *gates, const float *h, float *dh)
{
    const size_t U = w->U;
    const float *z = walk_z(w, gates), *p = gates + 2 * U, *g = gates + 3 * U;
    float *slope = w->row, *dg = slope + 3 * U;
    for (size_t u = 0; u < U; u++) dg[u] = dh[u] * (1 - gates[u]);
    walk_slope(w, w->layer->activation, gates, z, 3, 1, dg);
    for (size_t u = 0; u < U; u++) {
        slope[u] = dh[u] * (h[u] - g[u]);
        slope[U + u] = dg[u] * p[u];
        slope[2 * U + u] = dg[u] * gates[U + u];
        dh[u] *= gates[u];
    }
    walk_slope(w, w->layer->recurrent_activation, gates, z, 0, 2, slope);
    for (size_t k = 0; k < 4 * U; k++) gates[k] = slope[k];
}

static void after_step(const walk *w, size_t t)
{
    walk_multiply(w, t, 0);
    float *gates = walk_gates(w, t), *h = walk_units(w, w->h, t), *next_h = walk_units(w, w->h, t + 1);
    for (size_t i = 0; i < w->rows; i++) {
        if (w->layer->is_usual)
            usual_row(w->U, gates + i * w->G, h + i * w->U, next_h + i * w->U);
        else
            after_row(w, gates + i * w->G, h + i * w->U, next_h + i * w->U);
    }
}

static void after_step_back(const walk *w, size_t t)
{
    float *gates = walk_gates(w, t), *h = walk_units(w, w->h, t);
    for (size_t i = 0; i < w->rows; i++) {
        if (w->layer->is_usual)
            usual_row_back(w->U, gates + i * w->G, h + i * w->U, w->dh + i * w->U);
        else
            after_row_back(w, gates + i * w->G, h + i * w->U, w->dh + i * w->U);
    }
    walk_multiply_back(w, t, 0, w->dh, true);
}

static const cell after_cell = {
    .columns = 3,
    .gates = 4,
    .masks_apart = true,
    .has_recurrent_bias = true,
    .input = { { 0, 2, 0 }, { 2, 1, 3 } },
    .recurrent = { { 0, 3, 0 } },
    .inputs = 2,
    .recurrents = 1,
    .step = after_step,
    .step_back = after_step_back,
};

/* ---- else: gates are z, r, g; extra is r h; written for any activations ---- */

/* h of row i behind dropout, as the third block of columns gets it. */
static const float *dropped_row(const walk *w, size_t t, size_t i)
{
    const size_t copy = w->h_copies > 1 ? 2 : 0;
    return w->dropped + ((copy * w->steps + t) * w->rows + i) * w->U;
}

static void before_step(const walk *w, size_t t)
{
    const size_t U = w->U;
    const recurrent *l = w->layer;
    float *gates = walk_gates(w, t), *extra = walk_units(w, w->extra, t);
    const float *h = walk_units(w, w->h, t);
    float *next_h = walk_units(w, w->h, t + 1);
    walk_multiply(w, t, 0);
    for (size_t i = 0; i < w->rows; i++) {
        float *row = gates + i * w->G;
        const float *dropped = dropped_row(w, t, i);
        walk_activate(w, l->recurrent_activation, row, walk_z(w, row), 0, 2);
        for (size_t u = 0; u < U; u++) extra[i * U + u] = row[U + u] * dropped[u];
    }
    walk_multiply(w, t, 1);
    for (size_t i = 0; i < w->rows; i++) {
        float *row = gates + i * w->G;
        walk_activate(w, l->activation, row, walk_z(w, row), 2, 1);
        for (size_t u = 0; u < U; u++)
            next_h[i * U + u] = row[u] * h[i * U + u] + (1 - row[u]) * row[2 * U + u];
    }
}

/* z and g get their gradients, and dh what it has by z. */
static void before_row_back(const walk *w, float *row, const float *h, float *dh)
{
    const size_t U = w->U;
    const float *old = walk_z(w, row);
    float *dz = w->row, *dg = w->row + U;
    for (size_t u = 0; u < U; u++) {
        dz[u] = dh[u] * (h[u] - row[2 * U + u]);
        dg[u] = dh[u] * (1 - row[u]);
        dh[u] *= row[u];
    }
    walk_slope(w, w->layer->recurrent_activation, row, old, 0, 1, dz);
    walk_slope(w, w->layer->activation, row, old, 2, 1, dg);
    for (size_t u = 0; u < U; u++) row[u] = dz[u], row[2 * U + u] = dg[u];
}

/* r gets its gradient from that of extra, and dh what it has by extra. */
static void before_row_reset(const walk *w, float *row, const float *dropped, const float *factors,
                             const float *dextra, float *dh)
{
    const size_t U = w->U;
    float *dr = w->row;
    for (size_t u = 0; u < U; u++) {
        dr[u] = dextra[u] * dropped[u];
        dh[u] += dextra[u] * row[U + u] * (factors ? factors[u] : 1);
    }
    walk_slope(w, w->layer->recurrent_activation, row, walk_z(w, row), 1, 1, dr);
    for (size_t u = 0; u < U; u++) row[U + u] = dr[u];
}

static void before_step_back(const walk *w, size_t t)
{
    const size_t U = w->U, copy = w->h_copies > 1 ? 2 : 0;
    float *gates = walk_gates(w, t), *h = walk_units(w, w->h, t);
    for (size_t i = 0; i < w->rows; i++) before_row_back(w, gates + i * w->G, h + i * U, w->dh + i * U);
    walk_multiply_back(w, t, 1, w->room, false);
    for (size_t i = 0; i < w->rows; i++)
        before_row_reset(w, gates + i * w->G, dropped_row(w, t, i),
                         w->h_factors ? w->h_factors + (i * w->h_copies + copy) * U : NULL, w->room + i * U,
                         w->dh + i * U);
    walk_multiply_back(w, t, 0, w->dh, true);
}

static const cell before_cell = {
    .columns = 3,
    .gates = 3,
    .masks_apart = true,
    .has_extra = true,
    .input = { { 0, 3, 0 } },
    .recurrent = { { 0, 2, 0 }, { 2, 1, 2 } },
    .inputs = 1,
    .recurrents = 2,
    .step = before_step,
    .step_back = before_step_back,
};

/* ---- the layer ---- */

/* Files of Keras before 2.1.4 do not have reset_after: it is false. */
static void configure_cell(layer *l, config_reader *c)
{
    recurrent *r = (recurrent *)l;
    config_read_boolean(c, "reset_after", &r->reset_after);
    r->cell = r->reset_after ? &after_cell : &before_cell;
    recurrent_configure(r, c, true);
}

static void configure(layer *l, config_reader *c)
{
    recurrent_read_time(&((recurrent *)l)->time, c);
    configure_cell(l, c);
}

static void describe_cell(const layer *l, config *c)
{
    recurrent_describe((const recurrent *)l, c, true);
    config_set_boolean(c, "reset_after", ((const recurrent *)l)->reset_after);
}

static void describe(const layer *l, config *c)
{
    recurrent_describe_time(&((const recurrent *)l)->time, c);
    describe_cell(l, c);
}

static const layer_holder holders[] = { { "cell", "GRUCell", "gru_cell" }, { 0 } };

static size_t operate(const call *c, graph *g, const size_t *x)
{
    return recurrent_operate(c, g, *x, OPERATION_GRU);
}

const layer_class gru_class = {
    .name = "GRU",
    .auto_name = "gru",
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

const layer_class gru_cell_class = {
    .name = "GRUCell",
    .auto_name = "gru_cell",
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

static config *arguments_of(const horn_recurrent_options *options)
{
    config *arguments = recurrent_arguments(options);
    config_set_boolean(arguments, "reset_after", !options || !options->no_reset_after);
    return arguments;
}

horn_layer *horn_gru(const horn_recurrent_options *options)
{
    return layer_construct(&gru_class, arguments_of(options));
}

horn_layer *horn_gru_cell(const horn_recurrent_options *options)
{
    return layer_construct(&gru_cell_class, arguments_of(options));
}
