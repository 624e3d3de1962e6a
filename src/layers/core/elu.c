/* ELU: y = x if x > 0, else alpha (exp(x) - 1). Source: Clevert, Unterthiner and Hochreiter, "Fast and Accurate Deep Network
 * Learning by Exponential Linear Units", 2015 */
#include <float.h>
#include "base/kernel.h"
#include "layers/call.h"
#include "layers/composed.h"
#include "tensor/float_math.h"

typedef struct elu {
    layer base;
    double alpha;
} elu;

static void configure(layer *l, config_reader *r)
{
    elu *e = (elu *)l;
    e->alpha = 1;
    config_read_number(r, "alpha", -FLT_MAX, FLT_MAX, &e->alpha);
    /* Keras 3 may write it. */
    config_only_boolean(r, "autocast", true);
}

static void describe(const layer *l, config *c)
{
    config_set_number(c, "alpha", ((const elu *)l)->alpha);
}

KERNEL static void bend(size_t n, float alpha, const float *restrict x, float *restrict y)
{
    for (size_t i = 0; i < n; i++) {
        const float below = alpha * float_expm1(x[i] > 0 ? 0 : x[i]);
        y[i] = x[i] > 0 ? x[i] : below;
    }
}

KERNEL static void bend_gradient(size_t n, float alpha, const float *restrict x, const float *restrict dy,
                                 float *restrict dx)
{
    for (size_t i = 0; i < n; i++) {
        const float slope = alpha * (float_expm1(x[i] > 0 ? 0 : x[i]) + 1);
        dx[i] = x[i] > 0 ? dy[i] : slope * dy[i];
    }
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    (void)own;
    bend(x->rows * shape_count(c->inputs), (float)((const elu *)c->layer)->alpha, x->data, y->data);
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)own, (void)y;
    if (dx)
        bend_gradient(x->rows * shape_count(c->inputs), (float)((const elu *)c->layer)->alpha, x->data,
                      dy->data, dx->data);
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    return composed_elu(g, *x, ((const elu *)c->layer)->alpha);
}

const layer_class elu_class = {
    .name = "ELU",
    .auto_name = "elu",
    .size = sizeof(elu),
    .flags = LAYER_PASSES_MASK,
    .configure = configure,
    .describe = describe,
    .forward = forward,
    .backward = backward,
    .operate = operate,
};

horn_layer *horn_elu(const horn_elu_options *options)
{
    horn_elu_options o = options ? *options : (horn_elu_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_option(arguments, "alpha", o.alpha);
    return layer_construct(&elu_class, arguments);
}
