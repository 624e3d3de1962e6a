/* Multiply: y = x0 x1 ... */
#include <string.h>
#include "layers/merging/merging.h"
#include "tensor/elementwise.h"

static void gradient(float *dx, size_t k, const float *const *x, size_t count, const float *dy, size_t n)
{
    memcpy(dx, dy, n * sizeof *dx);
    for (size_t i = 0; i < count; i++)
        if (i != k) elementwise_multiply(dx, x[i], n);
}

static const merging rule = { elementwise_multiply, gradient };

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
    return merging_operate(c, g, x, OPERATION_MUL);
}

const layer_class multiply_class = {
    .name = "Multiply",
    .auto_name = "multiply",
    .size = sizeof(layer),
    .most_inputs = CALL_MOST_INPUTS,
    .configure = merging_configure,
    .describe = merging_describe,
    .place = merging_place,
    .forward = forward,
    .mask = merging_mask,
    .operate_mask = merging_operate_mask,
    .backward = backward,
    .operate = operate,
};

horn_layer *horn_multiply(const horn_merging_options *options)
{
    return merging_construct(&multiply_class, options);
}
