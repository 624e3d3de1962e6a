#include "layers/channels_first.h"

#include "layers/call.h"
#include "tensor/permutation.h"

/* order[i]: the axis of x that is axis i of y. */
static void order_of(int order[HORN_MAX_RANK], int rank, bool to_last)
{
    for (int i = 0; i < rank; i++) order[i] = to_last ? (i + 1) % rank : (i + rank - 1) % rank;
}

static bool is_to_last(const call *c)
{
    return c->layer == &channels_to_last;
}

static horn_status place(const layer *l, call *c)
{
    int order[HORN_MAX_RANK];
    (void)l;
    order_of(order, c->inputs->rank, is_to_last(c));
    c->outputs[0] = permutation_shape(c->inputs, order);
    return HORN_OK;
}

/* Turns rows of shape `from`. */
static void turn(const shape *from, bool to_last, size_t rows, const float *x, float *y)
{
    const size_t n = shape_count(from);
    int order[HORN_MAX_RANK];
    order_of(order, from->rank, to_last);
    for (size_t i = 0; i < rows; i++) permutation_apply(from, order, x + i * n, y + i * n);
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    (void)own;
    turn(c->inputs, is_to_last(c), x->rows, x->data, y->data);
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)own, (void)x, (void)y;
    if (dx) turn(c->outputs, !is_to_last(c), dy->rows, dy->data, dx->data);
}

/* The layer between both is refused. */
static size_t operate(const call *c, graph *g, const size_t *x)
{
    (void)c, (void)g;
    return *x;
}

static const layer_class turn_class = {
    .name = "Permute",
    .size = sizeof(layer),
    .place = place,
    .forward = forward,
    .backward = backward,
    .operate = operate,
};

static char to_last[] = "channels_to_last", to_first[] = "channels_to_first";

const layer channels_to_last = { .class = &turn_class, .name = to_last },
            channels_to_first = { .class = &turn_class, .name = to_first };
