#include "layers/recurrent/walk.h"

#include <string.h>
#include "layers/recurrent/pieces.h"
#include "tensor/elementwise.h"
#include "tensor/products/gemm.h"

/* ---- arrays ---- */

static size_t count_copies(const recurrent *r, double rate)
{
    return rate > 0 && r->implementation == 1 && r->cell->masks_apart ? r->cell->columns : 1;
}

static bool reads_z(const recurrent *r)
{
    return (r->activation && r->activation->reads_z) ||
           (r->recurrent_activation && r->recurrent_activation->reads_z);
}

/* Takes floats for `rows` rows; only counts them if there is no memory. */
static float *take(float *memory, size_t *at, size_t rows, size_t floats)
{
    float *taken = memory ? memory + *at * rows : NULL;
    *at += floats;
    return taken;
}

static size_t place(walk *w, float *memory, bool training)
{
    const recurrent *r = w->layer;
    const size_t S = w->steps, U = w->U, D = w->D;
    size_t at = 0;
    w->x = take(memory, &at, w->rows, w->x_copies * S * D);
    w->gates = take(memory, &at, w->rows, S * w->G);
    if (training && reads_z(r)) w->z = take(memory, &at, w->rows, S * w->G);
    w->h = w->dropped = take(memory, &at, w->rows, (S + 1) * U);
    if (r->cell->has_carry) w->c = take(memory, &at, w->rows, (S + 1) * U);
    if (r->cell->has_extra) w->extra = take(memory, &at, w->rows, S * U);
    if (training && r->dropout > 0) w->x_factors = take(memory, &at, w->rows, w->x_copies * D);
    if (training && r->recurrent_dropout > 0) {
        w->h_factors = take(memory, &at, w->rows, w->h_copies * U);
        w->dropped = take(memory, &at, w->rows, w->h_copies * S * U);
    }
    return at;
}

static walk describe(const recurrent *r, size_t D, size_t rows, size_t steps, bool training)
{
    return (walk){ .layer = r,
                   .rows = rows,
                   .steps = steps,
                   .D = D,
                   .U = r->units,
                   .G = r->cell->gates * r->units,
                   .x_copies = training ? count_copies(r, r->dropout) : 1,
                   .h_copies = training ? count_copies(r, r->recurrent_dropout) : 1 };
}

size_t walk_floats(const recurrent *r, size_t D, size_t steps, bool training)
{
    walk w = describe(r, D, 1, steps, training);
    return place(&w, NULL, training);
}

size_t walk_prepared(const recurrent *r, size_t D)
{
    return (r->cell->gates + r->cell->columns * (D + r->units)) * r->units;
}

walk walk_begin(const call *c, const float *prepared, float *memory, size_t rows, size_t steps, bool training)
{
    const recurrent *r = (const recurrent *)c->layer;
    walk w = describe(r, c->inputs->dim[1], rows, steps, training);
    w.call = c;
    (void)place(&w, memory, training);
    w.bias = prepared;
    w.recurrent_back = prepared + w.G;
    w.kernel_back = w.recurrent_back + r->cell->columns * w.U * w.U;
    return w;
}

/* ---- products of a step ---- */

void walk_multiply(const walk *w, size_t t, size_t index)
{
    const columns *s = &w->layer->cell->recurrent[index];
    const size_t U = w->U, width = w->layer->cell->columns * U;
    const float *kernel = w->call->layer->weights[1].value;
    for (size_t k = 0; k < count_pieces(s, w->h_copies); k++) {
        const piece p = piece_at(s, w->h_copies, k);
        gemm(false, false, w->rows, p.width * U, U, pieces_source(w, index, p.copy, t), U,
             kernel + p.first * U, width, 1, walk_gates(w, t) + p.gate * U, w->G);
    }
}

/* to = or += from, times the factors of a copy. */
static void add_dropped(const walk *w, size_t copy, const float *from, float *to, bool add)
{
    for (size_t i = 0; i < w->rows; i++) {
        const float *factors = w->h_factors + (i * w->h_copies + copy) * w->U;
        for (size_t u = 0; u < w->U; u++) {
            const float value = from[i * w->U + u] * factors[u];
            to[i * w->U + u] = add ? to[i * w->U + u] + value : value;
        }
    }
}

void walk_multiply_back(const walk *w, size_t t, size_t index, float *dh, bool add)
{
    const columns *s = &w->layer->cell->recurrent[index];
    const size_t U = w->U;
    const bool drops = w->h_factors && index == 0;
    for (size_t k = 0; k < count_pieces(s, w->h_copies); k++) {
        const piece p = piece_at(s, w->h_copies, k);
        gemm(false, false, w->rows, U, p.width * U, walk_gates(w, t) + p.gate * U, w->G,
             w->recurrent_back + p.first * U * U, U, !drops && (add || k), drops ? w->room : dh, U);
        if (drops) add_dropped(w, p.copy, w->room, dh, add || k);
    }
}

/* ---- activations ---- */

float *walk_z(const walk *w, const float *row)
{
    return w->z ? w->z + (row - w->gates) : NULL;
}

void walk_activate(const walk *w, const activation *a, float *row, float *z, size_t gate, size_t width)
{
    const size_t U = w->U;
    if (z) memcpy(z + gate * U, row + gate * U, width * U * sizeof *z);
    if (a) a->forward(width, U, row + gate * U, row + gate * U);
}

void walk_slope(const walk *w, const activation *a, const float *row, const float *z, size_t gate,
                size_t width, float *slope)
{
    const size_t U = w->U;
    if (a) a->backward(width, U, z ? z + gate * U : NULL, row + gate * U, slope, slope);
}
