/* Normalize and L2Normalize: y = x / its length along axes of a sample. Normalize, Keras 3's, has a length of at least epsilon,
 * L2Normalize, Keras 2's, a square of the length of at least epsilon. */
#include <float.h>
#include <math.h>
#include <string.h>
#include "base/status.h"
#include "layers/operations/operation.h"
#include "tensor/broadcast.h"
#include "tensor/elementwise.h"

static const char *const names[] = { "Normalize", "L2Normalize", NULL };

static bool computes(operation_layer *o)
{
    return operation_is_among(o, names);
}

/* numbers[0]: the least square of a length. */
static void configure(layer *l, config_reader *r)
{
    operation_layer *o = operation_of(l);
    const bool is_of_square = strcmp(o->operation->name, "L2Normalize") == 0;
    double epsilon = is_of_square ? 1e-12 : 1e-7, order = 2;
    config_read_number(r, "epsilon", 0, FLT_MAX, &epsilon);
    config_read_number(r, "order", 1, FLT_MAX, &order);
    if (order != 2) config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "order", "is %g, expected 2", order);
    o->numbers[0] = (float)(is_of_square ? epsilon : epsilon * epsilon);
}

static horn_status place(const layer *l, call *c)
{
    unsigned axes;
    horn_status status = operation_axes(l, "axis", c->inputs->rank, &axes);
    if (status) return status;
    const broadcast *b = c->own;
    *(broadcast *)c->own = broadcast_along(c->inputs, ~axes);
    /* Squares, and the sums of x dy. */
    call_ask_scratch(c, 2 * b->count);
    return HORN_OK;
}

/* sums = of a b along the axes. */
static void add_products(const broadcast *b, const float *x, const float *z, float *sums)
{
    elementwise_fill(sums, 0, b->count);
    for (size_t line = 0; line < b->lines; line++) {
        float *to = sums + broadcast_at(b, line);
        for (size_t i = 0; i < b->width; i++, to += b->step) *to += *x++ * *z++;
    }
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    const broadcast *b = c->own;
    const float least = operation_of(c->layer)->numbers[0];
    const size_t size = shape_count(c->inputs);
    float *squares = lane_scratch(own, c);
    for (size_t i = 0; i < x->rows; i++) {
        const float *from = x->data + i * size;
        float *to = y->data + i * size;
        add_products(b, from, from, squares);
        for (size_t line = 0; line < b->lines; line++) {
            const float *square = squares + broadcast_at(b, line);
            for (size_t k = 0; k < b->width; k++, square += b->step)
                *to++ = *from++ / sqrtf(*square > least ? *square : least);
        }
    }
}

/* dx = (dy - x sum(x dy) / square) / length; without the sum if the length is the least one. */
static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    const broadcast *b = c->own;
    const float least = operation_of(c->layer)->numbers[0];
    const size_t size = shape_count(c->inputs);
    float *squares = lane_scratch(own, c), *sums = squares + b->count;
    (void)y;
    for (size_t i = 0; dx && i < x->rows; i++) {
        const float *from = x->data + i * size, *given = dy->data + i * size;
        float *to = dx->data + i * size;
        add_products(b, from, from, squares);
        add_products(b, from, given, sums);
        for (size_t line = 0; line < b->lines; line++) {
            size_t at = broadcast_at(b, line);
            for (size_t k = 0; k < b->width; k++, at += b->step) {
                const bool is_short = !(squares[at] > least);
                const float along = is_short ? 0 : *from * (sums[at] / squares[at]);
                *to++ = (*given++ - along) / sqrtf(is_short ? least : squares[at]);
                from++;
            }
        }
    }
}

static const layer_class normalizing_class = { OPERATION_CLASS, .call_size = sizeof(broadcast),
                                               .place = place, .forward = forward, .backward = backward };

const operation_family normalizing_family = { &normalizing_class, computes, configure };
