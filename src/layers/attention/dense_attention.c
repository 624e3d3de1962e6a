#include "layers/attention/dense_attention.h"

#include <string.h>
#include "base/status.h"
#include "tensor/elementwise.h"
#include "tensor/products/gemm.h"

static const dense_attention *self_of(const call *c)
{
    return (const dense_attention *)c->layer;
}

static attention_sizes sizes_of(const call *c)
{
    return (attention_sizes){ c->inputs[0].dim[0], c->inputs[1].dim[0], c->inputs[0].dim[1],
                              c->inputs[1].dim[1] };
}

/* ---- shapes ---- */

static bool fits(size_t a, size_t b)
{
    return a == b || a == SHAPE_OPEN || b == SHAPE_OPEN;
}

/* What forward keeps of a sample: weights[T, S], and with dropout those that are left and a byte for each. */
static size_t kept_floats(const call *c)
{
    const attention_sizes n = sizes_of(c);
    return n.T * n.S * (self_of(c)->dropout > 0 ? 2 : 1);
}

static size_t kept_bytes(const call *c)
{
    const attention_sizes n = sizes_of(c);
    const size_t size = kept_floats(c) * sizeof(float) + (self_of(c)->dropout > 0 ? n.T * n.S : 0);
    return (size + sizeof(float) - 1) / sizeof(float) * sizeof(float);
}

horn_status dense_attention_place(const layer *l, call *c)
{
    char text[3][SHAPE_TEXT];
    const shape *q = &c->inputs[0], *v = &c->inputs[1], *k = &c->inputs[c->input_count > 2 ? 2 : 1];
    if (c->input_count < 2)
        return layer_fail(l, HORN_ERROR_ARGUMENT,
                          "is called on 1 value, expected a query and a value, and a key or none");
    if (q->rank != 2 || v->rank != 2 || k->rank != 2 || !fits(q->dim[1], k->dim[1]) ||
        !fits(v->dim[0], k->dim[0]))
        return layer_fail(l, HORN_ERROR_SHAPE,
                          "is called on a query %s, a value %s and a key %s, which do not fit",
                          shape_print(text[0], q), shape_print(text[1], v), shape_print(text[2], k));
    c->outputs->dim[1] = v->dim[1];
    c->gives_mask = c->takes_mask;
    call_ask_keep(c, kept_bytes(c));
    const attention_sizes n = sizes_of(c);
    call_ask_scratch(c, kept_bytes(c) / sizeof(float) + n.T * n.S + n.T * n.V);
    return HORN_OK;
}

/* ---- computing ---- */

/* Arrays of one sample: what is kept, and room of the lane. */
typedef struct room {
    float *weights, *dropped;
    uint8_t *mask;
    float *gradient, *dy;
} room;

static room room_of(const call *c, lane *own, size_t sample)
{
    const attention_sizes n = sizes_of(c);
    unsigned char *keep = lane_keep(own, c);
    float *scratch = lane_scratch(own, c),
          *kept = keep ? (float *)(void *)(keep + sample * c->keep) : scratch;
    const bool drops = self_of(c)->dropout > 0 && own->training;
    scratch += kept_bytes(c) / sizeof(float);
    return (room){ kept, drops ? kept + n.T * n.S : kept, drops ? (uint8_t *)(kept + 2 * n.T * n.S) : NULL,
                   scratch, scratch + n.T * n.S };
}

static const float *sample_of(const call *c, const tensor *x, size_t k, size_t sample)
{
    return x[k].data + sample * shape_count(&c->inputs[k]);
}

static size_t key_of(const call *c)
{
    return c->input_count > 2 ? 2 : 1;
}

void dense_attention_forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    const attention_sizes n = sizes_of(c);
    for (size_t i = 0; i < y->rows; i++) {
        const room m = room_of(c, own, i);
        const unsigned char *queries = score_mask_of(x, 0, i);
        const score_mask mask = { .values = score_mask_of(x, 1, i), .is_causal = self_of(c)->is_causal };
        float *to = y->data + i * n.T * n.V;
        attention_score(c, &n, sample_of(c, x, 0, i), sample_of(c, x, key_of(c), i), m.weights);
        scores_weigh(n.T, n.S, &mask, m.weights);
        if (m.mask) scores_drop(c, own, i, n.T * n.S, self_of(c)->dropout, m.weights, m.dropped, m.mask);
        gemm(false, false, n.T, n.V, n.S, m.dropped, n.S, sample_of(c, x, 1, i), n.V, 0, to, n.V);
        for (size_t t = 0; queries && t < n.T; t++)
            if (!queries[t]) elementwise_fill(to + t * n.V, 0, n.V);
    }
}

static float *gradient_of(const call *c, tensor *dx, size_t k, size_t sample)
{
    return dx && dx[k].data ? dx[k].data + sample * shape_count(&c->inputs[k]) : NULL;
}

static void sample_back(const call *c, lane *own, const tensor *x, const float *dy, tensor *dx, size_t i)
{
    const attention_sizes n = sizes_of(c);
    const room m = room_of(c, own, i);
    const unsigned char *queries = score_mask_of(x, 0, i);
    float *dquery = gradient_of(c, dx, 0, i), *dvalue = gradient_of(c, dx, 1, i),
          *dkey = gradient_of(c, dx, key_of(c), i);
    memcpy(m.dy, dy, n.T * n.V * sizeof *dy);
    for (size_t t = 0; queries && t < n.T; t++)
        if (!queries[t]) elementwise_fill(m.dy + t * n.V, 0, n.V);
    gemm(false, true, n.T, n.S, n.V, m.dy, n.V, sample_of(c, x, 1, i), n.V, 0, m.gradient, n.S);
    if (dvalue) gemm(true, false, n.S, n.V, n.T, m.dropped, n.S, m.dy, n.V, 0, dvalue, n.V);
    if (m.mask)
        elementwise_mask(m.gradient, m.gradient, m.mask, 1 / (1 - (float)self_of(c)->dropout), n.T * n.S);
    scores_back(n.T, n.S, m.weights, m.gradient);
    if (dkey && dkey != dvalue) elementwise_fill(dkey, 0, n.S * n.D);
    attention_score_back(c, own, &n, sample_of(c, x, 0, i), sample_of(c, x, key_of(c), i), m.gradient, dquery,
                         dkey);
}

void dense_attention_backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy,
                              tensor *dx)
{
    (void)y;
    for (size_t i = 0; i < dy->rows; i++)
        sample_back(c, own, x, dy->data + i * shape_count(c->outputs), dx, i);
}

void dense_attention_mask(const call *c, lane *own, const tensor *x, unsigned char *y_mask)
{
    (void)own;
    scores_hand_on(c, x, y_mask);
}
