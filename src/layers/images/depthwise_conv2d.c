/* DepthwiseConv2D: y[N, H', W', C M] = each channel of x[N, H, W, C] convolved with its own M filters of
 * depthwise_kernel[KH, KW, C, M], + bias[C M] */
#include <limits.h>
#include "base/memory.h"
#include "layers/images/window.h"
#include "layers/kernel_and_bias.h"
#include "tensor/images/depthwise.h"
#include "tensor/elementwise.h"

typedef struct depthwise_conv2d {
    layer base;
    size_t multiplier;
    window window;
    kernel_and_bias shared;
} depthwise_conv2d;

static void configure(layer *l, config_reader *r)
{
    depthwise_conv2d *d = (depthwise_conv2d *)l;
    size_t groups = 1;
    d->window = (window){ .size = { 1, 1 }, .stride = { 1, 1 }, .dilation = { 1, 1 } };
    d->multiplier = 1;
    config_require(r, "kernel_size");
    window_read(&d->window, r, "kernel_size");
    window_read_pair(r, "dilation_rate", d->window.dilation);
    config_only_string(r, "data_format", "channels_last");
    config_read_count(r, "depth_multiplier", 1, &d->multiplier);
    /* Keras 2 writes it; it has no effect. */
    config_read_count(r, "groups", 1, &groups);
    if (groups > 1) config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "groups", "is %zu, expected 1", groups);
    window_check_dilation(&d->window, r);
    layer_read_activation(l, r);
    kernel_and_bias_read(&d->shared, l, r, "depthwise");
}

static void describe(const layer *l, config *c)
{
    const depthwise_conv2d *d = (const depthwise_conv2d *)l;
    config_set_sizes(c, "kernel_size", d->window.size, 2);
    config_set_sizes(c, "strides", d->window.stride, 2);
    window_describe_padding(&d->window, c);
    config_set_integer(c, "depth_multiplier", (int64_t)d->multiplier);
    config_set_string(c, "data_format", "channels_last");
    config_set_sizes(c, "dilation_rate", d->window.dilation, 2);
    config_set_string(c, "activation", activation_name(l->activation));
    kernel_and_bias_describe(&d->shared, c, "depthwise", true);
}

static horn_status check_sizes(const layer *l, const shape *input)
{
    const depthwise_conv2d *d = (const depthwise_conv2d *)l;
    const shape kernel = { 4, { d->window.size[0], d->window.size[1], input->dim[2], d->multiplier } };
    size_t spread = shape_count(input);
    if (shape_count(&kernel) <= INT_MAX && memory_multiply(&spread, d->multiplier)) return HORN_OK;
    return layer_fail(l, HORN_ERROR_SHAPE, "its kernel is too large");
}

static horn_status build(layer *l, const shape *inputs, size_t count)
{
    const depthwise_conv2d *d = (const depthwise_conv2d *)l;
    horn_status status = window_check_image(l, inputs);
    (void)count;
    if (!status) status = check_sizes(l, inputs);
    if (status) return status;
    const size_t C = inputs->dim[2], M = d->multiplier;
    const shape kernel = { 4, { d->window.size[0], d->window.size[1], C, M } };
    const double cells = (double)d->window.size[0] * (double)d->window.size[1];
    const weight w = { .name = "depthwise_kernel",
                       .axes = "hwcm",
                       .shape = kernel,
                       .fan_in = cells * (double)C,
                       .fan_out = cells * (double)M };
    return kernel_and_bias_add(&d->shared, l, &w, C * M);
}

static horn_status place(const layer *l, call *c)
{
    const depthwise_conv2d *d = (const depthwise_conv2d *)l;
    depthwise *own = c->own;
    window_fit fit;
    horn_status status = window_place(&fit, &d->window, l, c->inputs);
    if (status) return status;
    c->outputs[0] = (shape){ 3, { fit.out[0], fit.out[1], c->inputs->dim[2] * d->multiplier } };
    if (shape_is_open(c->inputs)) return HORN_OK;
    *own = (depthwise){ .channels = c->inputs->dim[2],
                        .multiplier = d->multiplier,
                        .height = c->inputs->dim[0],
                        .width = c->inputs->dim[1],
                        .kernel = { d->window.size[0], d->window.size[1] },
                        .stride = { d->window.stride[0], d->window.stride[1] },
                        .dilation = { d->window.dilation[0], d->window.dilation[1] },
                        .pad = { fit.pad[0], fit.pad[1] },
                        .out = { fit.out[0], fit.out[1] } };
    call_ask_scratch(c, depthwise_scratch(own));
    return HORN_OK;
}

static size_t count_pixels(const depthwise *v, size_t rows)
{
    return rows * v->out[0] * v->out[1];
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    const weight *w = c->layer->weights;
    const size_t U = c->outputs->dim[2];
    depthwise_forward(c->own, x->rows, x->data, w[0].value, y->data, lane_scratch(own, c));
    if (((const depthwise_conv2d *)c->layer)->shared.use_bias)
        elementwise_add_bias(y->data, U, w[1].value, count_pixels(c->own, x->rows), U);
}

/* The lane has no gradients if the layer is not trainable. */
static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)y;
    const depthwise *v = c->own;
    const bool use_bias = ((const depthwise_conv2d *)c->layer)->shared.use_bias;
    const size_t U = c->outputs->dim[2];
    float *dkernel = lane_gradient(own, c, 0), *dbias = use_bias ? lane_gradient(own, c, 1) : NULL;
    float *scratch = lane_scratch(own, c);
    if (dkernel) depthwise_gradient_kernel(v, x->rows, x->data, dy->data, dkernel, scratch);
    if (dbias) elementwise_add_columns(dbias, dy->data, U, count_pixels(v, x->rows), U);
    if (dx) depthwise_gradient_input(v, x->rows, c->layer->weights[0].value, dy->data, dx->data, scratch);
}

static size_t operate(const call *c, graph *g, size_t x)
{
    operation o = { .kind = OPERATION_DEPTHWISE_CONV2D,
                    .inputs = { x, layer_graph_weight(c->layer, g, 0) },
                    .input_count = 2,
                    .shape = c->outputs[0] };
    window_operate(&((const depthwise_conv2d *)c->layer)->window, &o);
    const size_t y = graph_add(g, &o);
    return layer_add_bias(c->layer, g, y);
}

const layer_class depthwise_conv2d_class = {
    .name = "DepthwiseConv2D",
    .auto_name = "depthwise_conv2d",
    .size = sizeof(depthwise_conv2d),
    .call_size = sizeof(depthwise),
    .configure = configure,
    .describe = describe,
    .build = build,
    .place = place,
    .forward = forward,
    .backward = backward,
    .operate = operate,
};

horn_layer *horn_depthwise_conv2d(const horn_depthwise_conv2d_options *options)
{
    horn_depthwise_conv2d_options o = options ? *options : (horn_depthwise_conv2d_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    window_set_pair(arguments, "kernel_size", o.kernel_size);
    window_set_pair(arguments, "strides", o.strides);
    config_set_string(arguments, "padding", o.padding);
    window_set_pair(arguments, "dilation_rate", o.dilation_rate);
    if (o.depth_multiplier) config_set_integer(arguments, "depth_multiplier", (int64_t)o.depth_multiplier);
    config_set_string(arguments, "activation", o.activation);
    kernel_and_bias_argue(arguments, "depthwise", o.no_bias, o.depthwise_initializer, o.bias_initializer,
                          &o.depthwise_regularizer, &o.bias_regularizer);
    layer_argue_constraint(arguments, "depthwise_constraint", &o.depthwise_constraint);
    layer_argue_constraint(arguments, "bias_constraint", &o.bias_constraint);
    return layer_construct(&depthwise_conv2d_class, arguments);
}
