/* The vtable's slots: places the arrays, and walks over time, forward and back. */
#include <string.h>
#include "layers/recurrent/walk.h"
#include "tensor/elementwise.h"
#include "tensor/random.h"

enum {
    /* Floats of the arrays of a walk in inference, if more than one step fits: the second-level cache. Not measured. */
    CHUNK = 1 << 18
};

/* ---- placing ---- */

/* Steps whose arrays fit into the scratch memory of inference. */
static size_t chunk_steps(const recurrent *r, size_t T, size_t D)
{
    const size_t one = walk_floats(r, D, 1, false), step = walk_floats(r, D, 2, false) - one;
    const size_t most = CHUNK / WALK_ROWS > one ? (CHUNK / WALK_ROWS - one) / step + 1 : 1;
    return most < T ? most : T;
}

/* What backward needs besides the arrays: the gradients of the states, those that masks hold back, and room of cells. */
static size_t back_floats(const recurrent *r)
{
    return WALK_ROWS * 5 * r->units + 2 * r->cell->gates * r->units;
}

static size_t most_of(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Refuses sizes whose arrays have more bytes than addresses: lengths are far below the products that are made of them. */
static horn_status check_size(const recurrent *r, size_t T, size_t D)
{
    const double floats = ((double)T + 1) * ((double)D * 4 + (double)r->units * 20) * WALK_ROWS +
                          (double)r->units * 8 * ((double)D + (double)r->units);
    if (floats < 0x1p58) return HORN_OK;
    return layer_fail(&r->base, HORN_ERROR_SHAPE, "its states have more values than memory has addresses");
}

horn_status recurrent_place(const layer *l, call *c)
{
    const recurrent *r = (const recurrent *)l;
    const size_t T = c->inputs->dim[0], D = c->inputs->dim[1];
    if (l->class->flags & LAYER_IS_CELL && !r->is_in_rnn)
        return layer_fail(l, HORN_ERROR_UNSUPPORTED, "is a cell, which computes in an RNN alone");
    c->outputs[0] = r->time.return_sequences ? (shape){ 2, { T, r->units } } : (shape){ 1, { r->units } };
    c->gives_mask = c->takes_mask && r->time.return_sequences;
    if (T == SHAPE_OPEN) return HORN_OK;
    const horn_status status = check_size(r, T, D);
    if (status) return status;
    call_ask_keep(c, walk_floats(r, D, T, true) * sizeof(float));
    call_ask_scratch(c, most_of(WALK_ROWS * walk_floats(r, D, chunk_steps(r, T, D), false), back_floats(r)));
    call_ask_prepared(c, walk_prepared(r, D), D + r->units);
    return HORN_OK;
}

/* ---- preparing: the transposed kernels, and the bias of the gates ---- */

static void add_to_gates(float *gates, const columns *s, size_t count, size_t U, const float *bias)
{
    for (size_t i = 0; i < count; i++)
        elementwise_add(gates + s[i].gate * U, bias + s[i].first * U, s[i].width * U);
}

static void prepare_bias(const recurrent *r, float *bias)
{
    const size_t U = r->units;
    const cell *a = r->cell;
    elementwise_fill(bias, 0, a->gates * U);
    if (!r->use_bias) return;
    const float *given = r->base.weights[2].value;
    add_to_gates(bias, a->input, a->inputs, U, given);
    if (a->has_recurrent_bias) add_to_gates(bias, a->recurrent, a->recurrents, U, given + a->columns * U);
}

void recurrent_prepare(const call *c, bool training, size_t rows, range part, float *prepared)
{
    const recurrent *r = (const recurrent *)c->layer;
    const size_t U = r->units, D = c->inputs->dim[1], width = r->cell->columns * U;
    const float *kernel = r->base.weights[0].value, *recurrent_kernel = r->base.weights[1].value;
    float *recurrent_back = prepared + r->cell->gates * U, *kernel_back = recurrent_back + width * U;
    const range d = { part.first < D ? part.first : D, part.end < D ? part.end : D };
    const range u = { part.first > D ? part.first - D : 0, part.end > D ? part.end - D : 0 };
    (void)rows;
    if (part.first == 0) prepare_bias(r, prepared);
    if (!training) return;
    elementwise_transpose(kernel_back + d.first, D, kernel + d.first * width, width, d.end - d.first, width);
    elementwise_transpose(recurrent_back + u.first, U, recurrent_kernel + u.first * width, width,
                          u.end - u.first, width);
}

/* ---- one block of rows ---- */

typedef struct block {
    walk walk;
    /* Of these rows. */
    const float *x;
    const unsigned char *mask;
    /* [rows, state_floats]: what the layer keeps of these samples; NULL: nothing. */
    float *state;
    size_t T;
    const time_settings *time;
    /* [rows, U]: gradients that pass a masked step by. */
    float *held_h, *held_c;
} block;

/* The position in x of what step t reads. */
static size_t position(const block *b, size_t t)
{
    return b->time->go_backwards ? b->T - 1 - t : t;
}

static bool is_masked(const block *b, size_t row, size_t t)
{
    return b->mask && !b->mask[row * b->T + (b->time->mask_backwards ? b->T - 1 - t : t)];
}

static block begin_block(const call *c, lane *own, const tensor *x, size_t first, size_t steps)
{
    const recurrent *r = (const recurrent *)c->layer;
    const size_t T = c->inputs->dim[0], D = c->inputs->dim[1], rows = x->rows - first;
    float *memory =
        own->training ? (float *)lane_keep(own, c) + first * (c->keep / sizeof(float)) : lane_scratch(own, c);
    block b = { .x = x->data + first * T * D,
                .mask = x->mask ? x->mask + first * T : NULL,
                .state = r->base.state ? r->base.state + (own->first + first) * r->base.state_floats : NULL,
                .T = T,
                .time = &r->time };
    b.walk = walk_begin(c, lane_prepared(own, c), memory, rows < WALK_ROWS ? rows : WALK_ROWS, steps,
                        own->training);
    return b;
}

/* ---- dropout ---- */

/* Uniform numbers become factors: 0 for a share `rate` of them. */
static void make_factors(float *factors, size_t n, double rate)
{
    const float limit = (float)rate, kept = 1 / (1 - limit);
    for (size_t i = 0; i < n; i++) factors[i] = factors[i] < limit ? 0 : kept;
}

/* Each sample has a stream: the factors of x, then those of h. They hold for all steps. */
static void draw_factors(const walk *w, const lane *own, size_t first)
{
    const random_key key = random_key_make(own->seed, RANDOM_DROPOUT, w->call->number);
    const size_t n = w->x_copies * w->D, m = w->h_copies * w->U, stream = (n + m + 63) / 64 * 64;
    for (size_t i = 0; i < w->rows; i++) {
        const uint64_t from = (own->first + first + i) * stream;
        if (w->x_factors) random_uniforms(key, own->step, from, n, w->x_factors + i * n);
        if (w->h_factors) random_uniforms(key, own->step, from + n, m, w->h_factors + i * m);
    }
    if (w->x_factors) make_factors(w->x_factors, w->rows * n, w->layer->dropout);
    if (w->h_factors) make_factors(w->h_factors, w->rows * m, w->layer->recurrent_dropout);
}

static void multiply(float *y, const float *x, const float *factors, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] = x[i] * factors[i];
}

/* ---- forward ---- */

static void gather_x(const block *b, size_t start, size_t steps)
{
    const walk *w = &b->walk;
    for (size_t copy = 0; copy < w->x_copies; copy++)
        for (size_t t = 0; t < steps; t++)
            for (size_t i = 0; i < w->rows; i++) {
                const float *from = b->x + (i * b->T + position(b, start + t)) * w->D;
                float *to = w->x + ((copy * w->steps + t) * w->rows + i) * w->D;
                if (w->x_factors)
                    multiply(to, from, w->x_factors + (i * w->x_copies + copy) * w->D, w->D);
                else
                    memcpy(to, from, w->D * sizeof *to);
            }
}

static void drop_h(const walk *w, size_t t)
{
    const float *h = walk_units(w, w->h, t);
    for (size_t copy = 0; copy < w->h_copies; copy++)
        for (size_t i = 0; i < w->rows; i++)
            multiply(w->dropped + ((copy * w->steps + t) * w->rows + i) * w->U, h + i * w->U,
                     w->h_factors + (i * w->h_copies + copy) * w->U, w->U);
}

/* A masked step changes no state. */
static void step(const block *b, size_t start, size_t t)
{
    const walk *w = &b->walk;
    const size_t n = w->U * sizeof(float);
    if (w->h_factors) drop_h(w, t);
    w->layer->cell->step(w, t);
    for (size_t i = 0; b->mask && i < w->rows; i++) {
        if (!is_masked(b, i, start + t)) continue;
        memcpy(walk_units(w, w->h, t + 1) + i * w->U, walk_units(w, w->h, t) + i * w->U, n);
        if (w->c) memcpy(walk_units(w, w->c, t + 1) + i * w->U, walk_units(w, w->c, t) + i * w->U, n);
    }
}

/* y of a masked step is that of the step before, as the state is, or 0. It is 0 in front of the first step that counts, too, whatever
 * the state of the batch before is. */
static bool gives_nothing(const block *b, size_t row, size_t at)
{
    bool masked = is_masked(b, row, at);
    if (!masked || b->walk.layer->time.zero_output_for_mask) return masked;
    for (size_t t = 0; b->state && masked && t < at; t++) masked = is_masked(b, row, t);
    return b->state && masked;
}

static void put_y(const block *b, size_t at, size_t t, float *y, size_t stride)
{
    const walk *w = &b->walk;
    const float *h = walk_units(w, w->h, t + 1);
    for (size_t i = 0; i < w->rows; i++) {
        if (gives_nothing(b, i, at))
            memset(y + i * stride, 0, w->U * sizeof *y);
        else
            memcpy(y + i * stride, h + i * w->U, w->U * sizeof *y);
    }
}

/* The state behind `steps` steps becomes the one before the next. */
static void go_on(const walk *w, size_t steps)
{
    memcpy(w->h, walk_units(w, w->h, steps), w->rows * w->U * sizeof(float));
    if (w->c) memcpy(w->c, walk_units(w, w->c, steps), w->rows * w->U * sizeof(float));
}

static void begin_states(const block *b)
{
    const walk *w = &b->walk;
    const size_t U = w->U, n = U * sizeof(float);
    elementwise_fill(w->h, 0, w->rows * U);
    if (w->c) elementwise_fill(w->c, 0, w->rows * U);
    for (size_t i = 0; b->state && i < w->rows; i++) {
        const float *state = b->state + i * w->layer->base.state_floats;
        memcpy(w->h + i * U, state, n);
        if (w->c) memcpy(w->c + i * U, state + U, n);
    }
}

/* The states behind `steps` steps are those that the next batch begins with. */
static void keep_states(const block *b, size_t steps)
{
    const walk *w = &b->walk;
    const size_t U = w->U, n = U * sizeof(float);
    for (size_t i = 0; b->state && i < w->rows; i++) {
        float *state = b->state + i * w->layer->base.state_floats;
        memcpy(state, walk_units(w, w->h, steps) + i * U, n);
        if (w->c) memcpy(state + U, walk_units(w, w->c, steps) + i * U, n);
    }
}

static void forward_block(const block *b, float *y)
{
    const walk *w = &b->walk;
    const bool all = w->layer->time.return_sequences;
    begin_states(b);
    for (size_t start = 0; start < b->T; start += w->steps) {
        const size_t steps = b->T - start < w->steps ? b->T - start : w->steps;
        gather_x(b, start, steps);
        walk_input(w, steps);
        for (size_t t = 0; t < steps; t++) {
            step(b, start, t);
            if (all) put_y(b, start + t, t, y + (start + t) * w->U, b->T * w->U);
        }
        if (start + steps < b->T) {
            go_on(w, steps);
            continue;
        }
        if (!all) put_y(b, b->T - 1, steps - 1, y, w->U);
        keep_states(b, steps);
    }
}

void recurrent_forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    const recurrent *r = (const recurrent *)c->layer;
    const size_t T = c->inputs->dim[0], steps = own->training ? T : chunk_steps(r, T, c->inputs->dim[1]);
    for (size_t first = 0; first < x->rows; first += WALK_ROWS) {
        const block b = begin_block(c, own, x, first, steps);
        if (own->training) draw_factors(&b.walk, own, first);
        forward_block(&b, y->data + first * shape_count(c->outputs));
    }
}

/* ---- backward ---- */

/* The gradients of the states get dy of a step. */
static void take_dy(const block *b, size_t t, const float *dy, size_t stride)
{
    const walk *w = &b->walk;
    for (size_t i = 0; i < w->rows; i++)
        if (!gives_nothing(b, i, t)) elementwise_add(w->dh + i * w->U, dy + i * stride, w->U);
}

/* Moves or adds back the gradients of rows that the mask takes out of a step. */
static void hold_row(float *gradient, float *held, size_t n)
{
    memcpy(held, gradient, n * sizeof *held);
    memset(gradient, 0, n * sizeof *gradient);
}

static void hold(const block *b, size_t t, bool back)
{
    const walk *w = &b->walk;
    for (size_t i = 0; b->mask && i < w->rows; i++) {
        const size_t at = i * w->U;
        if (!is_masked(b, i, t)) continue;
        if (back) {
            elementwise_add(w->dh + at, b->held_h + at, w->U);
            if (w->c) elementwise_add(w->dc + at, b->held_c + at, w->U);
        } else {
            hold_row(w->dh + at, b->held_h + at, w->U);
            if (w->c) hold_row(w->dc + at, b->held_c + at, w->U);
        }
    }
}

/* Overwrites dx of these rows. */
static void scatter_dx(const block *b, float *dx)
{
    const walk *w = &b->walk;
    for (size_t t = 0; t < b->T; t++)
        for (size_t i = 0; i < w->rows; i++) {
            float *to = dx + (i * b->T + position(b, t)) * w->D;
            for (size_t copy = 0; copy < w->x_copies; copy++) {
                const float *from = w->x + ((copy * w->steps + t) * w->rows + i) * w->D;
                const float *factors = w->x_factors ? w->x_factors + (i * w->x_copies + copy) * w->D : NULL;
                for (size_t d = 0; d < w->D; d++) {
                    const float value = factors ? from[d] * factors[d] : from[d];
                    to[d] = copy ? to[d] + value : value;
                }
            }
        }
}

static void backward_block(block *b, float *scratch, const float *dy)
{
    walk *w = &b->walk;
    const size_t n = WALK_ROWS * w->U;
    const bool all = w->layer->time.return_sequences;
    w->dh = scratch, w->dc = scratch + n;
    b->held_h = scratch + 2 * n, b->held_c = scratch + 3 * n;
    w->room = scratch + 4 * n, w->row = scratch + 5 * n;
    elementwise_fill(scratch, 0, 2 * n);
    for (size_t t = b->T; t-- > 0;) {
        if (all || t == b->T - 1) take_dy(b, t, all ? dy + t * w->U : dy, all ? b->T * w->U : w->U);
        hold(b, t, false);
        w->layer->cell->step_back(w, t);
        hold(b, t, true);
    }
}

void recurrent_backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy,
                        tensor *dx)
{
    float *gradients[3] = { 0 };
    (void)y;
    for (size_t k = 0; k < c->layer->weight_count; k++) gradients[k] = lane_gradient(own, c, k);
    for (size_t first = 0; first < x->rows; first += WALK_ROWS) {
        block b = begin_block(c, own, x, first, c->inputs->dim[0]);
        backward_block(&b, lane_scratch(own, c), dy->data + first * shape_count(c->outputs));
        walk_weights(&b.walk, gradients, dx);
        if (dx) scatter_dx(&b, dx->data + first * shape_count(c->inputs));
    }
}
