/* Mean, Sum, Max and Min over axes of a sample. */
#include <string.h>
#include "base/status.h"
#include "layers/composed.h"
#include "layers/operations/operation.h"
#include "tensor/broadcast.h"
#include "tensor/elementwise.h"

typedef enum reduction { SUM, MEAN, MAX, MIN } reduction;

static const struct rule {
    const char *name;
    reduction reduction;
} rules[] = { { "Sum", SUM }, { "Mean", MEAN }, { "Max", MAX }, { "Min", MIN } };

static bool computes(operation_layer *o)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (strcmp(rules[i].name, o->operation->name) == 0) o->rule = &rules[i];
    return o->rule;
}

static reduction reduction_of(const call *c)
{
    return ((const struct rule *)operation_of(c->layer)->rule)->reduction;
}

static void configure(layer *l, config_reader *r)
{
    bool keeps = false;
    (void)l;
    config_read_boolean(r, "keepdims", &keeps);
    config_only_null(r, "initial");
}

/* In call->own: where a value's result is. */
static horn_status place(const layer *l, call *c)
{
    const bool keeps = config_is_true(config_get(operation_of(l)->arguments, "keepdims"));
    unsigned axes;
    horn_status status = operation_axes(l, "axis", c->inputs->rank, &axes);
    if (status) return status;
    shape *y = c->outputs;
    y->rank = 0;
    for (int i = 0; i < c->inputs->rank; i++) {
        if (!(axes >> i & 1))
            y->dim[y->rank++] = c->inputs->dim[i];
        else if (keeps)
            y->dim[y->rank++] = 1;
    }
    if (!y->rank)
        return layer_fail(l, HORN_ERROR_UNSUPPORTED,
                          "its output would have no axis beside the batch: expected keepdims");
    *(broadcast *)c->own = broadcast_along(c->inputs, ~axes);
    /* The greatest values, and how many there are of each. */
    call_ask_scratch(c, 2 * shape_count(y));
    return HORN_OK;
}

/* ---- computing ---- */

static void add(const broadcast *b, const float *x, float *y)
{
    elementwise_fill(y, 0, b->count);
    for (size_t line = 0; line < b->lines; line++, x += b->width) {
        float *to = y + broadcast_at(b, line);
        double sum = 0;
        for (size_t i = 0; i < b->width && !b->step; i++) sum += (double)x[i];
        if (b->step)
            elementwise_add(to, x, b->width);
        else
            *to += (float)sum;
    }
}

/* The greatest, or for a sign of -1 the least. The first one is at each place of y before. */
static void choose(const broadcast *b, float sign, const float *x, float *y)
{
    elementwise_fill(y, -sign * __builtin_inff(), b->count);
    for (size_t line = 0; line < b->lines; line++, x += b->width) {
        float *to = y + broadcast_at(b, line);
        for (size_t i = 0; i < b->width; i++, to += b->step)
            if (!(sign * x[i] <= sign * *to)) *to = x[i];
    }
}

static void reduce(const broadcast *b, reduction kind, const float *x, float *y)
{
    if (kind == MAX || kind == MIN) {
        choose(b, kind == MAX ? 1 : -1, x, y);
        return;
    }
    add(b, x, y);
    if (kind == MEAN) elementwise_scale(y, 1 / ((float)(b->lines * b->width) / (float)b->count), b->count);
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    const broadcast *b = c->own;
    (void)own;
    for (size_t i = 0; i < x->rows; i++)
        reduce(b, reduction_of(c), x->data + i * shape_count(c->inputs), y->data + i * b->count);
}

/* dx = dy times the factor. */
static void give(const broadcast *b, float factor, const float *dy, float *dx)
{
    for (size_t line = 0; line < b->lines; line++) {
        const float *from = dy + broadcast_at(b, line);
        for (size_t i = 0; i < b->width; i++, from += b->step) *dx++ = *from * factor;
    }
}

/* Equal greatest values share dy. */
static void give_chosen(const broadcast *b, float sign, const float *x, const float *dy, float *dx,
                        float *greatest)
{
    float *shares = greatest + b->count;
    choose(b, sign, x, greatest);
    elementwise_fill(shares, 0, b->count);
    for (size_t line = 0; line < b->lines; line++) {
        const size_t at = broadcast_at(b, line);
        for (size_t i = 0; i < b->width; i++)
            shares[at + i * b->step] += x[line * b->width + i] == greatest[at + i * b->step];
    }
    for (size_t line = 0; line < b->lines; line++) {
        const size_t at = broadcast_at(b, line);
        for (size_t i = 0; i < b->width; i++, x++) {
            const size_t k = at + i * b->step;
            *dx++ = *x == greatest[k] ? dy[k] / shares[k] : 0;
        }
    }
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    const broadcast *b = c->own;
    const reduction kind = reduction_of(c);
    const size_t size = shape_count(c->inputs);
    (void)y;
    for (size_t i = 0; dx && i < x->rows; i++) {
        const float *from = dy->data + i * b->count;
        float *to = dx->data + i * size;
        if (kind == MAX || kind == MIN)
            give_chosen(b, kind == MAX ? 1 : -1, x->data + i * size, from, to, lane_scratch(own, c));
        else
            give(b, kind == MEAN ? 1 / ((float)size / (float)b->count) : 1, from, to);
    }
}

/* Over the axes, which stay as 1. An image's lines and columns are a GlobalAveragePooling2D. */
static size_t operate_mean(const call *c, graph *g, size_t x, unsigned axes)
{
    shape s = { 3, { 1, 1, c->inputs->dim[2] } };
    if (c->inputs->rank == 3 && axes == 3) return graph_shape(g, OPERATION_MEAN, x, &s);
    return graph_mean(g, x, axes);
}

/* A sum is the mean times the count. */
static size_t operate(const call *c, graph *g, const size_t *x)
{
    const reduction kind = reduction_of(c);
    const bool chooses = kind == MAX || kind == MIN;
    unsigned axes = 0;
    if (!g->status) g->status = operation_axes(c->layer, "axis", c->inputs->rank, &axes);
    if (!g->status && (chooses || shape_is_open(c->inputs)))
        g->status =
            layer_fail(c->layer, HORN_ERROR_UNSUPPORTED, "operation %s%s has no form in graphs",
                       operation_of(c->layer)->operation->name, chooses ? "" : " over an input of open axes");
    if (g->status) return 0;
    const double count = (double)shape_count(c->inputs) / (double)shape_count(c->outputs);
    size_t y = operate_mean(c, g, *x, axes);
    if (kind == SUM) y = composed_scale(g, y, count, 0);
    if (g->status || shape_equal(&g->operations[y].shape, c->outputs)) return y;
    return graph_shape(g, OPERATION_RESHAPE, y, c->outputs);
}

static const layer_class reduction_class = { OPERATION_CLASS,      .call_size = sizeof(broadcast),
                                             .place = place,       .forward = forward,
                                             .backward = backward, .operate = operate };

const operation_family reduction_family = { &reduction_class, computes, configure };
