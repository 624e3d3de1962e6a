/* Matmul: products of the matrices on the last two axes of two inputs; the axes before them are equal. */
#include <string.h>
#include "base/status.h"
#include "layers/operations/operation.h"
#include "tensor/products/gemm.h"

static const char *const names[] = { "Matmul", NULL };

/* y[M, N] = a[M, K] b[K, N], `count` of them a sample; call->own. */
typedef struct product {
    size_t count, M, N, K;
    bool turns[2];
} product;

static bool computes(operation_layer *o)
{
    return operation_is_among(o, names);
}

static horn_status place(const layer *l, call *c)
{
    product *p = c->own;
    const shape *a = &c->inputs[0], *b = &c->inputs[1];
    const config *arguments = operation_of(l)->arguments;
    char first[SHAPE_TEXT], second[SHAPE_TEXT];
    bool fits = c->input_count == 2 && a->rank == b->rank && a->rank >= 2;
    const int last = a->rank - 1;
    p->turns[0] = config_is_true(config_get(arguments, "transpose_a"));
    p->turns[1] = config_is_true(config_get(arguments, "transpose_b"));
    p->count = 1;
    for (int i = 0; fits && i + 1 < last; i++) {
        fits = a->dim[i] == b->dim[i];
        p->count *= a->dim[i];
    }
    if (fits) {
        p->M = a->dim[last - !p->turns[0]];
        p->K = a->dim[last - p->turns[0]];
        p->N = b->dim[last - p->turns[1]];
        fits = b->dim[last - !p->turns[1]] == p->K;
    }
    if (!fits)
        return layer_fail(
            l, HORN_ERROR_UNSUPPORTED, "is called on %zu inputs, %s and %s: expected two whose matrices fit",
            c->input_count, shape_print(first, a), c->input_count > 1 ? shape_print(second, b) : "none");
    c->outputs->dim[last - 1] = p->M;
    c->outputs->dim[last] = p->N;
    return HORN_OK;
}

static size_t stride_of(const product *p, size_t input)
{
    return input ? p->turns[1] ? p->K : p->N : p->turns[0] ? p->M : p->K;
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    const product *p = c->own;
    (void)own;
    for (size_t i = 0; i < y->rows * p->count; i++)
        gemm(p->turns[0], p->turns[1], p->M, p->N, p->K, x[0].data + i * p->M * p->K, stride_of(p, 0),
             x[1].data + i * p->K * p->N, stride_of(p, 1), 0, y->data + i * p->M * p->N, p->N);
}

/* da[M, K] = dy b^T and db[K, N] = a^T dy; turned if the input is. */
static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    const product *p = c->own;
    (void)own, (void)y;
    for (size_t i = 0; dx && i < dy->rows * p->count; i++) {
        const float *from = dy->data + i * p->M * p->N, *a = x[0].data + i * p->M * p->K,
                    *b = x[1].data + i * p->K * p->N;
        const size_t of_a = stride_of(p, 0), of_b = stride_of(p, 1);
        float *da = dx[0].data ? dx[0].data + i * p->M * p->K : NULL,
              *db = dx[1].data ? dx[1].data + i * p->K * p->N : NULL;
        if (da && p->turns[0])
            gemm(p->turns[1], true, p->K, p->M, p->N, b, of_b, from, p->N, 0, da, of_a);
        else if (da)
            gemm(false, !p->turns[1], p->M, p->K, p->N, from, p->N, b, of_b, 0, da, of_a);
        if (db && p->turns[1])
            gemm(true, p->turns[0], p->N, p->K, p->M, from, p->N, a, of_a, 0, db, of_b);
        else if (db)
            gemm(!p->turns[0], false, p->K, p->N, p->M, a, of_a, from, p->N, 0, db, of_b);
    }
}

static const layer_class product_class = {
    OPERATION_CLASS, .call_size = sizeof(product), .most_inputs = 2,
    .place = place,  .forward = forward,           .backward = backward
};

const operation_family product_family = { &product_class, computes, NULL };
