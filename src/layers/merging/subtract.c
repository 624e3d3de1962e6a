/* Subtract: y = x0 - x1 */
#include "layers/merging/merging.h"

static void subtract(float *y, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] -= x[i];
}

static void gradient(float *dx, size_t k, const float *const *x, size_t count, const float *dy, size_t n)
{
    (void)x, (void)count;
    for (size_t i = 0; i < n; i++) dx[i] = k ? -dy[i] : dy[i];
}

static const merging rule = { subtract, gradient };

static horn_status place(const layer *l, call *c)
{
    if (c->input_count == 2) return merging_place(l, c);
    return layer_fail(l, HORN_ERROR_SHAPE, "is called on %zu values, expected 2", c->input_count);
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    merging_forward(&rule, c, own, x, y);
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)y;
    merging_backward(&rule, c, own, x, dy, dx);
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    return merging_operate(c, g, x, OPERATION_SUB);
}

const layer_class subtract_class = {
    .name = "Subtract",
    .auto_name = "subtract",
    .size = sizeof(layer),
    .most_inputs = 2,
    .configure = merging_configure,
    .describe = merging_describe,
    .place = place,
    .forward = forward,
    .mask = merging_mask,
    .operate_mask = merging_operate_mask,
    .backward = backward,
    .operate = operate,
};

horn_layer *horn_subtract(const horn_merging_options *options)
{
    return merging_construct(&subtract_class, options);
}
