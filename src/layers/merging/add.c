/* Add: y = x0 + x1 + ... */
#include <string.h>
#include "layers/merging/merging.h"
#include "tensor/elementwise.h"

static void gradient(float *dx, size_t k, const float *const *x, size_t count, const float *dy, size_t n)
{
    (void)k, (void)x, (void)count;
    memcpy(dx, dy, n * sizeof *dx);
}

static const merging rule = { elementwise_add, gradient };

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
    return merging_operate(c, g, x, OPERATION_ADD);
}

const layer_class add_class = {
    .name = "Add",
    .auto_name = "add",
    .size = sizeof(layer),
    .most_inputs = CALL_MOST_INPUTS,
    .flags = LAYER_ADDS | LAYER_BACK_IGNORES_X | LAYER_BACK_IGNORES_Y,
    .configure = merging_configure,
    .describe = merging_describe,
    .place = merging_place,
    .forward = forward,
    .mask = merging_mask,
    .operate_mask = merging_operate_mask,
    .backward = backward,
    .operate = operate,
};

horn_layer *horn_add(const horn_merging_options *options)
{
    return merging_construct(&add_class, options);
}
