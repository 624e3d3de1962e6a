/* LeakyReLU: y = x if x > 0, else alpha x. alpha is Keras 2's name; Keras 3 calls it negative_slope. */
#include <float.h>
#include "base/kernel.h"
#include "base/status.h"
#include "layers/call.h"
#include "layers/composed.h"

typedef struct leaky_relu {
    layer base;
    double alpha;
} leaky_relu;

static void configure(layer *l, config_reader *r)
{
    leaky_relu *leaky = (leaky_relu *)l;
    leaky->alpha = 0.3;
    config_read_number(r, "alpha", 0, FLT_MAX, &leaky->alpha);
}

static void describe(const layer *l, config *c)
{
    config_set_number(c, "alpha", ((const leaky_relu *)l)->alpha);
}

KERNEL static void leak(size_t n, float alpha, const float *restrict x, float *restrict y)
{
    for (size_t i = 0; i < n; i++) y[i] = x[i] > 0 ? x[i] : alpha * x[i];
}

KERNEL static void leak_gradient(size_t n, float alpha, const float *restrict x, const float *restrict dy,
                                 float *restrict dx)
{
    for (size_t i = 0; i < n; i++) dx[i] = x[i] > 0 ? dy[i] : alpha * dy[i];
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    (void)own;
    leak(x->rows * shape_count(c->inputs), (float)((const leaky_relu *)c->layer)->alpha, x->data, y->data);
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)own, (void)y;
    if (dx)
        leak_gradient(x->rows * shape_count(c->inputs), (float)((const leaky_relu *)c->layer)->alpha, x->data,
                      dy->data, dx->data);
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    return composed_leaky_relu(g, *x, ((const leaky_relu *)c->layer)->alpha);
}

const layer_class leaky_relu_class = {
    .name = "LeakyReLU",
    .auto_name = "leaky_re_lu",
    .size = sizeof(leaky_relu),
    .flags = LAYER_PASSES_MASK,
    .configure = configure,
    .describe = describe,
    .forward = forward,
    .backward = backward,
    .operate = operate,
};

horn_layer *horn_leaky_relu(const horn_leaky_relu_options *options)
{
    horn_leaky_relu_options o = options ? *options : (horn_leaky_relu_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_option(arguments, "alpha", o.alpha);
    return layer_construct(&leaky_relu_class, arguments);
}
