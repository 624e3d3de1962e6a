#include "formats/graph_unrolling.h"

#include <stdlib.h>
#include "base/memory.h"
#include "base/status.h"

/* One recurrent operation under way. */
typedef struct unrolling {
    graph *g;
    const operation *o;
    size_t units, kernel, recurrent, bias; /* values; the last may be NO_VALUE */
    size_t h, c;                           /* NO_VALUE: 0 */
    size_t mask, rest; /* (steps, 1): 1 if a step counts, and 1 if it does not; NO_VALUE: all count */
} unrolling;

static bool is_recurrent(operation_kind kind)
{
    return kind == OPERATION_SIMPLE_RNN || kind == OPERATION_LSTM || kind == OPERATION_GRU;
}

bool graph_is_recurrent(const graph *g)
{
    for (size_t i = 0; i < g->count; i++)
        if (is_recurrent(g->operations[i].kind)) return true;
    return false;
}

/* ---- parts ---- */

/* Block number `block` of U values, and those behind it. */
static size_t block(const unrolling *u, size_t x, size_t first, size_t count)
{
    return graph_slice(u->g, x, 0, first * u->units, count * u->units);
}

static size_t product(graph *g, size_t x, size_t kernel)
{
    if (g->status) return 0;
    operation o = {
        .kind = OPERATION_MATMUL, .inputs = { x, kernel }, .input_count = 2, .shape = g->operations[x].shape
    };
    o.shape.dim[o.shape.rank - 1] = g->operations[kernel].shape.dim[1];
    return graph_add(g, &o);
}

static size_t add(graph *g, size_t x, size_t y)
{
    return x == NO_VALUE ? y : y == NO_VALUE ? x : graph_apply(g, OPERATION_ADD, x, y);
}

static size_t multiply(graph *g, size_t x, size_t y)
{
    return graph_apply(g, OPERATION_MUL, x, y);
}

static size_t activate(graph *g, operation_kind kind, size_t x)
{
    return kind ? graph_apply(g, kind, x, NO_VALUE) : x;
}

/* ---- steps: z has the input's products and the bias ---- */

static size_t recurrent_product(const unrolling *u, size_t h)
{
    return h == NO_VALUE ? NO_VALUE : product(u->g, h, u->recurrent);
}

static void step_simple(unrolling *u, size_t z)
{
    u->h = activate(u->g, u->o->activation, add(u->g, z, recurrent_product(u, u->h)));
}

/* c' = f c + i g, h' = o act(c') */
static void step_lstm(unrolling *u, size_t z)
{
    graph *g = u->g;
    z = add(g, z, recurrent_product(u, u->h));
    const size_t in = activate(g, u->o->gate, block(u, z, 0, 1)),
                 forget = u->c == NO_VALUE ? NO_VALUE : activate(g, u->o->gate, block(u, z, 1, 1)),
                 new = activate(g, u->o->activation, block(u, z, 2, 1)),
                 out = activate(g, u->o->gate, block(u, z, 3, 1)), added = multiply(g, in, new);
    u->c = u->c == NO_VALUE ? added : add(g, multiply(g, forget, u->c), added);
    u->h = multiply(g, out, activate(g, u->o->activation, u->c));
}

/* h' = z h + (1 - z) g = g + z (h - g) */
static void mix(unrolling *u, size_t update, size_t new)
{
    graph *g = u->g;
    u->h = u->h == NO_VALUE ? graph_apply(g, OPERATION_SUB, new, multiply(g, update, new))
                            : add(g, new, multiply(g, update, graph_apply(g, OPERATION_SUB, u->h, new)));
}

/* `reset`: the recurrent products, or NO_VALUE. */
static size_t gate_of(const unrolling *u, size_t z, size_t products, size_t number)
{
    const size_t own = block(u, z, number, 1),
                 other = products == NO_VALUE ? NO_VALUE : block(u, products, number, 1);
    return activate(u->g, u->o->gate, add(u->g, own, other));
}

static void step_gru_after(unrolling *u, size_t z, size_t recurrent_bias)
{
    graph *g = u->g;
    const size_t products = add(g, recurrent_product(u, u->h), recurrent_bias);
    const size_t update = gate_of(u, z, products, 0);
    size_t new = block(u, z, 2, 1);
    if (products != NO_VALUE)
        new = add(g, new, multiply(g, gate_of(u, z, products, 1), block(u, products, 2, 1)));
    mix(u, update, activate(g, u->o->activation, new));
}

/* The reset gate multiplies h; one product for both gates, one for the new value. */
static void step_gru_before(unrolling *u, size_t z)
{
    graph *g = u->g;
    const size_t products = recurrent_product(u, u->h), update = gate_of(u, z, products, 0);
    size_t new = block(u, z, 2, 1);
    if (u->h != NO_VALUE) {
        const size_t reset = multiply(g, gate_of(u, z, products, 1), u->h);
        new = add(g, new, block(u, product(g, reset, u->recurrent), 2, 1));
    }
    mix(u, update, activate(g, u->o->activation, new));
}

/* ---- all steps ---- */

/* The bias of the input, and *recurrent the one of the recurrent products, if the GRU has both. */
static size_t split_bias(const unrolling *u, size_t *recurrent)
{
    const size_t width = 3 * u->units;
    *recurrent = NO_VALUE;
    if (u->bias == NO_VALUE || u->o->kind != OPERATION_GRU || !u->o->resets_after) return u->bias;
    const size_t flat = graph_shape(u->g, OPERATION_RESHAPE, u->bias, &(shape){ 1, { 2 * width } });
    *recurrent = graph_slice(u->g, flat, 0, width, width);
    return graph_slice(u->g, flat, 0, 0, width);
}

/* What number `i` of all steps says, as a row of one value. */
static size_t row_of(const unrolling *u, size_t x, size_t i)
{
    const shape line = { 1, { u->g->operations[x].shape.dim[1] } };
    return graph_shape(u->g, OPERATION_SQUEEZE, graph_slice(u->g, x, 0, i, 1), &line);
}

/* new where the step counts, old where it does not: one of the two products is 0. */
static size_t choose(const unrolling *u, size_t counts, size_t rest, size_t new, size_t old)
{
    new = multiply(u->g, new, counts);
    return old == NO_VALUE ? new : add(u->g, new, multiply(u->g, old, rest));
}

static void make_step(unrolling *u, size_t z, size_t recurrent_bias)
{
    if (u->o->kind == OPERATION_SIMPLE_RNN)
        step_simple(u, z);
    else if (u->o->kind == OPERATION_LSTM)
        step_lstm(u, z);
    else if (u->o->resets_after)
        step_gru_after(u, z, recurrent_bias);
    else
        step_gru_before(u, z);
}

/* Returns what the step gives. One that is masked changes no state. */
static size_t make_masked_step(unrolling *u, size_t z, size_t recurrent_bias, size_t at)
{
    const size_t h = u->h, c = u->c;
    make_step(u, z, recurrent_bias);
    if (u->mask == NO_VALUE || u->g->status) return u->h;
    const size_t counts = row_of(u, u->mask, at), rest = row_of(u, u->rest, at);
    u->h = choose(u, counts, rest, u->h, h);
    if (u->c != NO_VALUE) u->c = choose(u, counts, rest, u->c, c);
    return u->o->zeroes_masked ? multiply(u->g, u->h, counts) : u->h;
}

static size_t unroll(unrolling *u, size_t x, size_t steps, size_t *values)
{
    size_t recurrent_bias, all = product(u->g, x, u->kernel);
    const size_t bias = split_bias(u, &recurrent_bias), U = u->units;
    if (bias != NO_VALUE) all = graph_apply(u->g, OPERATION_BIAS_ADD, all, bias);
    if (u->mask != NO_VALUE)
        u->rest = add(u->g, graph_apply(u->g, OPERATION_NEG, u->mask, NO_VALUE), graph_number(u->g, 1));
    size_t last = NO_VALUE;
    for (size_t i = 0; i < steps && !u->g->status; i++) {
        const size_t back = steps - 1 - i, z = row_of(u, all, u->o->is_backwards ? back : i);
        last = make_masked_step(u, z, recurrent_bias, u->o->mask_is_backwards ? back : i);
        if (u->o->shape.rank == 2)
            values[i] = graph_shape(u->g, OPERATION_EXPAND_DIMS, last, &(shape){ 2, { 1, U } });
    }
    return u->o->shape.rank == 2 ? graph_join_all(u->g, values, steps, 0) : last;
}

static horn_status check_steps(const char *name, size_t steps, const char *where)
{
    if (steps == SHAPE_OPEN)
        return fail(
            HORN_ERROR_UNSUPPORTED,
            "%s: layer '%s': its axis of steps is open, expected a size: this format has them one by one",
            where, name);
    if (steps <= GRAPH_MOST_STEPS) return HORN_OK;
    return fail(HORN_ERROR_UNSUPPORTED,
                "%s: layer '%s' has %zu steps, expected at most %d: this format has them one by one", where,
                name, steps, GRAPH_MOST_STEPS);
}

/* An operation of the old graph; `map` has the new values. */
static horn_status add_operation(graph *g, const graph *from, const snapshot_leaves *leaves,
                                 const operation *o, size_t *map, const char *where)
{
    operation copy = *o;
    size_t *values = NULL, *own = &map[(size_t)(o - from->operations)];
    for (int i = 0; i < o->input_count; i++)
        if (o->inputs[i] != NO_VALUE) copy.inputs[i] = map[o->inputs[i]];
    g->layer = o->layer;
    if (o->kind == OPERATION_NUMBERS)
        *own = graph_numbers(g, o->values, &o->shape);
    else if (!is_recurrent(o->kind))
        *own = graph_add(g, &copy);
    if (!is_recurrent(o->kind)) return g->status;
    const size_t steps = from->operations[o->inputs[0]].shape.dim[0];
    horn_status status = check_steps(leaves->at[o->layer].name, steps, where);
    if (!status) status = memory_new(&values, steps, sizeof *values);
    if (status) return status;
    unrolling u = { .g = g,
                    .o = o,
                    .units = o->shape.dim[o->shape.rank - 1],
                    .kernel = copy.inputs[1],
                    .recurrent = copy.inputs[2],
                    .bias = copy.inputs[3],
                    .mask = o->input_count > 4 ? copy.inputs[4] : NO_VALUE,
                    .h = NO_VALUE,
                    .c = NO_VALUE };
    *own = unroll(&u, copy.inputs[0], steps, values);
    free(values);
    return g->status;
}

horn_status graph_unroll(graph **out, const graph *from, const snapshot_leaves *leaves, const char *where)
{
    horn_status status = HORN_OK;
    graph *g = NULL;
    size_t *map = NULL;
    TRY(graph_new(&g));
    TRY(memory_new(&map, from->count, sizeof *map));
    for (size_t i = 0; i < from->count; i++)
        TRY(add_operation(g, from, leaves, &from->operations[i], map, where));
    g->output = map[from->output];
    *out = g;
    g = NULL;
done:
    free(map);
    graph_free(g);
    return status;
}
