#include "layers/merging/merging.h"

#include <string.h>
#include "base/status.h"
#include "layers/stretch.h"
#include "tensor/elementwise.h"

void merging_configure(layer *l, config_reader *r)
{
    (void)l, (void)r;
}

void merging_describe(const layer *l, config *c)
{
    (void)l, (void)c;
}

/* ---- shapes ---- */

static bool stretches(const call *c)
{
    for (size_t i = 0; i < c->input_count; i++)
        if (!shape_equal(&c->inputs[i], c->outputs)) return true;
    return false;
}

horn_status merging_place(const layer *l, call *c)
{
    char found[SHAPE_TEXT], expected[SHAPE_TEXT];
    for (size_t i = 0; i < c->input_count; i++) {
        if (c->inputs[i].rank == 0)
            return layer_fail(l, HORN_ERROR_SHAPE, "an input has no axis beside the batch");
        if (!stretch_shape(c->outputs, &c->inputs[i]))
            return layer_fail(l, HORN_ERROR_SHAPE, "merges shapes that do not fit: %s and %s",
                              shape_print(expected, c->outputs), shape_print(found, &c->inputs[i]));
    }
    c->gives_mask = c->takes_mask;
    /* Of one sample: each input, and a gradient. */
    if (stretches(c)) call_ask_scratch(c, (c->input_count + 1) * shape_count(c->outputs));
    return HORN_OK;
}

/* ---- computing ---- */

/* A slice is merged as one piece if no input is stretched, else sample by sample. */
typedef struct pieces {
    size_t count, size;
} pieces;

static pieces pieces_of(const call *c, size_t rows)
{
    const size_t size = shape_count(c->outputs);
    return stretches(c) ? (pieces){ rows, size } : (pieces){ 1, rows * size };
}

/* Input k of a piece, in the output's shape. */
static const float *input_of(const call *c, lane *own, const tensor *x, size_t k, size_t piece, size_t size)
{
    if (shape_equal(&c->inputs[k], c->outputs)) return x[k].data + piece * size;
    float *room = lane_scratch(own, c) + k * size;
    const broadcast b = stretch_place(&c->inputs[k], c->outputs);
    stretch_spread(&b, x[k].data + piece * shape_count(&c->inputs[k]), room);
    return room;
}

void merging_forward(const merging *m, const call *c, lane *own, const tensor *x, tensor *y)
{
    const pieces p = pieces_of(c, y->rows);
    for (size_t i = 0; i < p.count; i++) {
        float *to = y->data + i * p.size;
        /* y may be an input (LAYER_ADDS). */
        const bool swapped = c->input_count > 1 && to == x[1].data;
        const float *begin = input_of(c, own, x, swapped, i, p.size);
        if (to != begin) memcpy(to, begin, p.size * sizeof *to);
        if (swapped) m->merge(to, input_of(c, own, x, 0, i, p.size), p.size);
        for (size_t k = 1 + swapped; k < c->input_count; k++)
            m->merge(to, input_of(c, own, x, k, i, p.size), p.size);
    }
}

/* The gradient of input k in a piece. */
static void input_back(const merging *m, const call *c, lane *own, size_t k, const float *const *x,
                       const float *dy, size_t size, float *dx)
{
    if (shape_equal(&c->inputs[k], c->outputs)) {
        m->gradient(dx, k, x, c->input_count, dy, size);
        return;
    }
    float *room = lane_scratch(own, c) + c->input_count * size;
    const broadcast b = stretch_place(&c->inputs[k], c->outputs);
    m->gradient(room, k, x, c->input_count, dy, size);
    stretch_gather(&b, room, dx);
}

void merging_backward(const merging *m, const call *c, lane *own, const tensor *x, const tensor *dy,
                      tensor *dx)
{
    const pieces p = pieces_of(c, dy->rows);
    const float *values[CALL_MOST_INPUTS];
    for (size_t i = 0; dx && i < p.count; i++) {
        for (size_t k = 0; k < c->input_count; k++) values[k] = input_of(c, own, x, k, i, p.size);
        for (size_t k = 0; k < c->input_count; k++)
            if (dx[k].data)
                input_back(m, c, own, k, values, dy->data + i * p.size, p.size,
                           dx[k].data + i * shape_count(&c->inputs[k]));
    }
}

/* ---- masks ---- */

static shape positions_of(const shape *s)
{
    shape positions = *s;
    positions.rank--;
    return positions;
}

void merging_mask(const call *c, lane *own, const tensor *x, unsigned char *y_mask)
{
    const shape y = positions_of(c->outputs);
    const size_t count = shape_count(&y);
    (void)own;
    memset(y_mask, 1, x->rows * count);
    for (size_t k = 0; k < c->input_count; k++) {
        const shape in = positions_of(&c->inputs[k]);
        const size_t size = shape_count(&in);
        if (!x[k].mask) continue;
        const broadcast b = y.rank ? stretch_place(&in, &y) : (broadcast){ .lines = 1, .width = 1 };
        for (size_t i = 0; i < x->rows * count; i++) {
            const size_t at = i % count;
            y_mask[i] &=
                x[k].mask[i / count * size + broadcast_at(&b, at / b.width) + at % b.width * b.step] != 0;
        }
    }
}

size_t merging_operate_mask(const call *c, graph *g, const size_t *x, const size_t *masks)
{
    const shape y = positions_of(c->outputs);
    size_t mask = NO_VALUE;
    (void)x;
    for (size_t k = 0; k < c->input_count; k++) {
        const shape in = positions_of(&c->inputs[k]);
        if (!shape_equal(&in, &y)) return NO_VALUE;
        if (masks[k] == NO_VALUE || masks[k] == mask) continue;
        mask = mask == NO_VALUE ? masks[k] : graph_apply(g, OPERATION_MUL, mask, masks[k]);
    }
    return mask;
}

/* x with axes of length 1 in front, which graphs do not add behind the batch. */
static size_t with_axes(graph *g, size_t x, int rank)
{
    while (!g->status && g->operations[x].shape.rank < rank) {
        shape s = g->operations[x].shape;
        memmove(s.dim + 1, s.dim, (size_t)s.rank++ * sizeof *s.dim);
        *s.dim = 1;
        x = graph_shape(g, OPERATION_EXPAND_DIMS, x, &s);
    }
    return x;
}

size_t merging_operate(const call *c, graph *g, const size_t *x, operation_kind kind)
{
    size_t y = with_axes(g, *x, c->outputs->rank);
    for (size_t k = 1; k < c->input_count; k++)
        y = graph_merge(g, kind, y, with_axes(g, x[k], c->outputs->rank));
    return y;
}

horn_layer *merging_construct(const layer_class *class, const horn_merging_options *options)
{
    const horn_merging_options o = options ? *options : (horn_merging_options){ 0 };
    return layer_construct(class, layer_arguments(o.name, o.input_shape));
}

void merging_gradient_of_greatest(float sign, float *dx, size_t k, const float *const *x, size_t count,
                                  const float *dy, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t first = 0;
        for (size_t j = 1; j < count; j++)
            if (!(sign * x[first][i] >= sign * x[j][i])) first = j;
        dx[i] = first == k ? dy[i] : 0;
    }
}
