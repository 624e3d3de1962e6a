/* Maximum: y = the greatest of x0, x1, ... The gradient goes to the first input that is it, as in TensorFlow. */
#include "layers/merging/merging.h"

static void merge(float *y, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] = y[i] >= x[i] ? y[i] : x[i];
}

static void gradient(float *dx, size_t k, const float *const *x, size_t count, const float *dy, size_t n)
{
    merging_gradient_of_greatest(1, dx, k, x, count, dy, n);
}

static const merging rule = { merge, gradient };

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
    return merging_operate(c, g, x, OPERATION_MAXIMUM);
}

const layer_class maximum_class = {
    .name = "Maximum",
    .auto_name = "maximum",
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

horn_layer *horn_maximum(const horn_merging_options *options)
{
    return merging_construct(&maximum_class, options);
}
