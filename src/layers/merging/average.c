/* Average: y = (x0 + x1 + ...) / number of inputs */
#include "layers/merging/merging.h"
#include "tensor/elementwise.h"

static void gradient(float *dx, size_t k, const float *const *x, size_t count, const float *dy, size_t n)
{
    (void)k, (void)x;
    for (size_t i = 0; i < n; i++) dx[i] = dy[i] / (float)count;
}

static const merging rule = { elementwise_add, gradient };

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    merging_forward(&rule, c, own, x, y);
    const size_t n = y->rows * shape_count(&y->shape);
    for (size_t i = 0; i < n; i++) y->data[i] /= (float)c->input_count;
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)y;
    merging_backward(&rule, c, own, x, dy, dx);
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    const size_t sum = merging_operate(c, g, x, OPERATION_ADD);
    return graph_apply(g, OPERATION_MUL, sum, graph_number(g, 1.0 / (double)c->input_count));
}

const layer_class average_class = {
    .name = "Average",
    .auto_name = "average",
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

horn_layer *horn_average(const horn_merging_options *options)
{
    return merging_construct(&average_class, options);
}
