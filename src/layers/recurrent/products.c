/* The products of all steps at once: of the input before the walk, of the gradients behind it. */
#include <string.h>
#include "layers/recurrent/pieces.h"
#include "tensor/elementwise.h"
#include "tensor/products/gemm.h"

static size_t kernel_width(const walk *w)
{
    return w->layer->cell->columns * w->U;
}

static float *copy_of_x(const walk *w, size_t copy)
{
    return w->x + copy * w->steps * w->rows * w->D;
}

void walk_input(const walk *w, size_t steps)
{
    const cell *a = w->layer->cell;
    const size_t n = steps * w->rows, U = w->U;
    const float *kernel = w->call->layer->weights[0].value;
    for (size_t i = 0; i < n; i++) memcpy(w->gates + i * w->G, w->bias, w->G * sizeof *w->gates);
    for (size_t i = 0; i < a->inputs; i++)
        for (size_t k = 0; k < count_pieces(&a->input[i], w->x_copies); k++) {
            const piece p = piece_at(&a->input[i], w->x_copies, k);
            gemm(false, false, n, p.width * U, w->D, copy_of_x(w, p.copy), w->D, kernel + p.first * U,
                 kernel_width(w), 1, w->gates + p.gate * U, w->G);
        }
}

static void add_kernel(const walk *w, float *dkernel)
{
    const cell *a = w->layer->cell;
    for (size_t i = 0; i < a->inputs; i++)
        for (size_t k = 0; k < count_pieces(&a->input[i], w->x_copies); k++) {
            const piece p = piece_at(&a->input[i], w->x_copies, k);
            gemm(true, false, w->D, p.width * w->U, w->steps * w->rows, copy_of_x(w, p.copy), w->D,
                 w->gates + p.gate * w->U, w->G, 1, dkernel + p.first * w->U, kernel_width(w));
        }
}

static void add_recurrent_kernel(const walk *w, float *dkernel)
{
    const cell *a = w->layer->cell;
    for (size_t i = 0; i < a->recurrents; i++)
        for (size_t k = 0; k < count_pieces(&a->recurrent[i], w->h_copies); k++) {
            const piece p = piece_at(&a->recurrent[i], w->h_copies, k);
            gemm(true, false, w->U, p.width * w->U, w->steps * w->rows, pieces_source(w, i, p.copy, 0), w->U,
                 w->gates + p.gate * w->U, w->G, 1, dkernel + p.first * w->U, kernel_width(w));
        }
}

static void add_bias(const walk *w, const columns *s, size_t count, float *dbias)
{
    for (size_t i = 0; i < count; i++)
        elementwise_add_columns(dbias + s[i].first * w->U, w->gates + s[i].gate * w->U, w->G,
                                w->steps * w->rows, s[i].width * w->U);
}

/* x is not needed any more. */
static void make_dx(const walk *w)
{
    const cell *a = w->layer->cell;
    for (size_t i = 0; i < a->inputs; i++)
        for (size_t k = 0; k < count_pieces(&a->input[i], w->x_copies); k++) {
            const piece p = piece_at(&a->input[i], w->x_copies, k);
            gemm(false, false, w->steps * w->rows, w->D, p.width * w->U, w->gates + p.gate * w->U, w->G,
                 w->kernel_back + p.first * w->U * w->D, w->D, w->x_copies == 1 && i, copy_of_x(w, p.copy),
                 w->D);
        }
}

void walk_weights(const walk *w, float *const gradients[3], bool dx_wanted)
{
    const cell *a = w->layer->cell;
    if (gradients[0]) add_kernel(w, gradients[0]);
    if (gradients[1]) add_recurrent_kernel(w, gradients[1]);
    if (gradients[2]) add_bias(w, a->input, a->inputs, gradients[2]);
    if (gradients[2] && a->has_recurrent_bias)
        add_bias(w, a->recurrent, a->recurrents, gradients[2] + kernel_width(w));
    if (dx_wanted) make_dx(w);
}
