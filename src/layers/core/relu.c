/* ReLU: y = min(x, max_value) if x > threshold, else negative_slope (x - threshold) */
#include <float.h>
#include <math.h>
#include "base/kernel.h"
#include "base/status.h"
#include "layers/call.h"
#include "layers/composed.h"

typedef struct relu {
    layer base;
    bool has_max;
    double max_value, negative_slope, threshold;
} relu;

static const layer_class plain_class;

/* Without arguments the layer becomes a view with the activation relu, and with a max_value of 6 alone one with relu6: they work in
 * place, as Activation('relu') does. This class computes the other cases. */
static void configure(layer *l, config_reader *r)
{
    relu *own = (relu *)l;
    const config *max;
    config_read_value(r, "max_value", &max);
    own->has_max = max != NULL;
    config_read_number(r, "max_value", 0, INFINITY, &own->max_value);
    config_read_number(r, "negative_slope", 0, FLT_MAX, &own->negative_slope);
    config_read_number(r, "threshold", 0, FLT_MAX, &own->threshold);
    const bool is_relu6 = own->has_max && own->max_value == 6;
    if ((own->has_max && !is_relu6) || own->negative_slope != 0 || own->threshold != 0 || r->status) return;
    l->class = &plain_class;
    r->status = activation_by_name(&l->activation, is_relu6 ? "relu6" : "relu");
}

static void describe(const layer *l, config *c)
{
    const relu *own = (const relu *)l;
    if (own->has_max)
        config_set_number(c, "max_value", own->max_value);
    else
        config_set_null(c, "max_value");
    config_set_number(c, "negative_slope", own->negative_slope);
    config_set_number(c, "threshold", own->threshold);
}

/* The gradient at the bends is TensorFlow's. At max_value it is 1, but 0 at 6 for relu6. At the threshold it is 0, but the
 * slope if the layer has a slope only, as in leaky_relu. */
typedef struct bends {
    float max, slope, threshold;
    /* last: the largest x with gradient 1; at: the gradient at the threshold. */
    float last, at;
} bends;

static bends bends_of(const layer *l)
{
    const relu *own = (const relu *)l;
    const bool leaky = !own->has_max && own->threshold == 0,
               relu6 = own->max_value == 6 && own->threshold == 0;
    const float max = own->has_max ? (float)own->max_value : INFINITY, slope = (float)own->negative_slope;
    return (bends){ max, slope, (float)own->threshold, relu6 ? nextafterf(6, 0) : max, leaky ? slope : 0 };
}

/* The last case is NaN. A slope of 0 is not multiplied: 0 times infinity would be NaN. */
KERNEL static void bend(size_t n, bends b, const float *restrict x, float *restrict y)
{
    for (size_t i = 0; i < n; i++) {
        const float above = x[i] > b.max ? b.max : x[i];
        const float below = b.slope == 0 ? 0 : b.slope * (x[i] - b.threshold);
        y[i] = x[i] > b.threshold ? above : x[i] <= b.threshold ? below : x[i];
    }
}

KERNEL static void bend_gradient(size_t n, bends b, const float *restrict x, const float *restrict dy,
                                 float *restrict dx)
{
    for (size_t i = 0; i < n; i++) {
        const float above = x[i] <= b.last ? dy[i] : 0;
        const float below = x[i] < b.threshold ? b.slope : b.at;
        dx[i] = x[i] > b.threshold ? above : below * dy[i];
    }
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    (void)own;
    bend(x->rows * shape_count(c->inputs), bends_of(c->layer), x->data, y->data);
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)own, (void)y;
    if (dx) bend_gradient(x->rows * shape_count(c->inputs), bends_of(c->layer), x->data, dy->data, dx->data);
}

/* Uses the operation leaky_relu if it suffices; else builds the general formula. */
static size_t operate(const call *c, graph *g, const size_t *x)
{
    const relu *own = (const relu *)c->layer;
    const bool has_max = own->has_max && isfinite((float)own->max_value);
    return composed_relu(g, *x, own->threshold, own->negative_slope, has_max ? own->max_value : INFINITY);
}

const layer_class relu_class = {
    .name = "ReLU",
    .auto_name = "re_lu",
    .size = sizeof(relu),
    .flags = LAYER_PASSES_MASK,
    .configure = configure,
    .describe = describe,
    .forward = forward,
    .backward = backward,
    .operate = operate,
};

static const layer_class plain_class = {
    .name = "ReLU",
    .auto_name = "re_lu",
    .size = sizeof(relu),
    .flags = LAYER_IS_VIEW | LAYER_PASSES_MASK,
    .configure = configure,
    .describe = describe,
};

horn_layer *horn_relu(const horn_relu_options *options)
{
    horn_relu_options o = options ? *options : (horn_relu_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_option(arguments, "max_value", o.max_value);
    config_set_option(arguments, "negative_slope", o.negative_slope);
    config_set_option(arguments, "threshold", o.threshold);
    return layer_construct(&relu_class, arguments);
}
