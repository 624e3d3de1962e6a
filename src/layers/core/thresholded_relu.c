/* ThresholdedReLU of Keras 2: y = x if x > theta, else 0. */
#include <float.h>
#include "base/kernel.h"
#include "layers/call.h"
#include "layers/composed.h"

typedef struct thresholded_relu {
    layer base;
    double theta;
} thresholded_relu;

static void configure(layer *l, config_reader *r)
{
    thresholded_relu *t = (thresholded_relu *)l;
    t->theta = 1;
    config_read_number(r, "theta", 0, FLT_MAX, &t->theta);
}

static void describe(const layer *l, config *c)
{
    config_set_number(c, "theta", ((const thresholded_relu *)l)->theta);
}

/* `from` is x, or the gradient of y. */
KERNEL static void pass_above(size_t n, float theta, const float *restrict x, const float *from,
                              float *restrict to)
{
    for (size_t i = 0; i < n; i++) to[i] = x[i] > theta ? from[i] : 0;
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    (void)own;
    pass_above(x->rows * shape_count(c->inputs), (float)((const thresholded_relu *)c->layer)->theta, x->data,
               x->data, y->data);
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)own, (void)y;
    if (dx)
        pass_above(x->rows * shape_count(c->inputs), (float)((const thresholded_relu *)c->layer)->theta,
                   x->data, dy->data, dx->data);
}

/* As a ReLU with a threshold says it. */
static size_t operate(const call *c, graph *g, const size_t *x)
{
    const size_t threshold = graph_number(g, ((const thresholded_relu *)c->layer)->theta),
                 below = graph_apply(g, OPERATION_MUL, graph_apply(g, OPERATION_SUB, *x, threshold),
                                     graph_number(g, 0)),
                 above = graph_apply(g, OPERATION_GREATER, *x, threshold);
    return composed_select(g, above, *x, below);
}

const layer_class thresholded_relu_class = {
    .name = "ThresholdedReLU",
    .auto_name = "thresholded_re_lu",
    .size = sizeof(thresholded_relu),
    .flags = LAYER_PASSES_MASK,
    .configure = configure,
    .describe = describe,
    .forward = forward,
    .backward = backward,
    .operate = operate,
};

horn_layer *horn_thresholded_relu(const horn_thresholded_relu_options *options)
{
    horn_thresholded_relu_options o = options ? *options : (horn_thresholded_relu_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_option(arguments, "theta", o.theta);
    return layer_construct(&thresholded_relu_class, arguments);
}
