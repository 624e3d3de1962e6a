/* Conv2D: y[N, H', W', F] = x[N, H, W, C] convolved with kernel[KH, KW, C / groups, F], + bias[F], for F filters */
#include <limits.h>
#include "layers/images/window.h"
#include "layers/kernel_and_bias.h"
#include "tensor/images/convolution.h"
#include "tensor/elementwise.h"

typedef struct conv2d {
    layer base;
    size_t filters, groups;
    window window;
    kernel_and_bias shared;
} conv2d;

/* Refuses what Keras refuses, too. */
static void check(const conv2d *d, config_reader *r)
{
    window_check_dilation(&d->window, r);
    if (d->filters % d->groups)
        config_reader_fail(r, HORN_ERROR_FORMAT, "groups", "is %zu, which does not divide %zu filters",
                           d->groups, d->filters);
}

static void configure(layer *l, config_reader *r)
{
    conv2d *d = (conv2d *)l;
    d->window = (window){ .size = { 1, 1 }, .stride = { 1, 1 }, .dilation = { 1, 1 } };
    d->groups = 1;
    config_require(r, "filters");
    config_require(r, "kernel_size");
    config_read_count(r, "filters", 1, &d->filters);
    window_read(&d->window, r, "kernel_size");
    window_read_pair(r, "dilation_rate", d->window.dilation);
    config_only_string(r, "data_format", "channels_last");
    config_read_count(r, "groups", 1, &d->groups);
    check(d, r);
    layer_read_activation(l, r);
    kernel_and_bias_read(&d->shared, l, r, "kernel");
    config_only_null(r, "quantization_config");
}

static void describe(const layer *l, config *c)
{
    const conv2d *d = (const conv2d *)l;
    config_set_integer(c, "filters", (int64_t)d->filters);
    config_set_sizes(c, "kernel_size", d->window.size, 2);
    config_set_sizes(c, "strides", d->window.stride, 2);
    window_describe_padding(&d->window, c);
    config_set_string(c, "data_format", "channels_last");
    config_set_sizes(c, "dilation_rate", d->window.dilation, 2);
    config_set_integer(c, "groups", (int64_t)d->groups);
    config_set_string(c, "activation", activation_name(l->activation));
    kernel_and_bias_describe(&d->shared, c, "kernel", true);
}

/* Refuses sizes that do not fit into an int, which BLAS counts in. */
static horn_status check_sizes(const layer *l, size_t channels)
{
    const conv2d *d = (const conv2d *)l;
    const shape patch = { 3, { d->window.size[0], d->window.size[1], channels / d->groups } };
    if (channels % d->groups)
        return layer_fail(l, HORN_ERROR_SHAPE, "its input has %zu channels, expected %zu groups", channels,
                          d->groups);
    if (channels > INT_MAX || d->filters > INT_MAX || shape_count(&patch) > INT_MAX)
        return layer_fail(l, HORN_ERROR_SHAPE, "its kernel has an axis beyond what products can have");
    return HORN_OK;
}

static horn_status build(layer *l, const shape *inputs, size_t count)
{
    const conv2d *d = (const conv2d *)l;
    horn_status status = window_check_image(l, inputs);
    (void)count;
    if (!status) status = check_sizes(l, inputs->dim[2]);
    if (status) return status;
    const shape kernel = { 4,
                           { d->window.size[0], d->window.size[1], inputs->dim[2] / d->groups, d->filters } };
    const double cells = (double)kernel.dim[0] * (double)kernel.dim[1];
    const weight w = { .name = "kernel",
                       .axes = "hwio",
                       .shape = kernel,
                       .fan_in = cells * (double)kernel.dim[2],
                       .fan_out = cells * (double)d->filters };
    return kernel_and_bias_add(&d->shared, l, &w, d->filters);
}

static horn_status place(const layer *l, call *c)
{
    const conv2d *d = (const conv2d *)l;
    convolution *own = c->own;
    window_fit fit;
    horn_status status = window_place(&fit, &d->window, l, c->inputs);
    if (status) return status;
    c->outputs[0] = (shape){ 3, { fit.out[0], fit.out[1], d->filters } };
    if (shape_is_open(c->inputs)) return HORN_OK;
    *own = (convolution){ .channels = c->inputs->dim[2],
                          .units = d->filters,
                          .groups = d->groups,
                          .height = c->inputs->dim[0],
                          .width = c->inputs->dim[1],
                          .kernel_height = d->window.size[0],
                          .kernel_width = d->window.size[1],
                          .stride_y = d->window.stride[0],
                          .stride_x = d->window.stride[1],
                          .dilation_y = d->window.dilation[0],
                          .dilation_x = d->window.dilation[1],
                          .pad_top = fit.pad[0],
                          .pad_left = fit.pad[1],
                          .out_height = fit.out[0],
                          .out_width = fit.out[1] };
    call_ask_scratch(c, convolution_scratch(own));
    call_ask_prepared(c, convolution_prepared(own), convolution_prepare_parts(own));
    return HORN_OK;
}

static size_t count_pixels(const convolution *v, size_t rows)
{
    return rows * v->out_height * v->out_width;
}

static void prepare(const call *c, bool training, size_t rows, range part, float *prepared)
{
    convolution_prepare(c->own, rows, training, part.first, part.end, c->layer->weights[0].value, prepared);
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    const weight *w = c->layer->weights;
    const convolution_end end = { ((const conv2d *)c->layer)->shared.use_bias ? w[1].value : NULL,
                                  own->relu };
    convolution_forward(c->own, x->rows, x->data, w[0].value, lane_prepared(own, c), end, y->data,
                        lane_scratch(own, c));
}

/* The lane has no gradients if the layer is not trainable. */
static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)y;
    const convolution *v = c->own;
    const bool use_bias = ((const conv2d *)c->layer)->shared.use_bias;
    float *dkernel = lane_gradient(own, c, 0), *dbias = use_bias ? lane_gradient(own, c, 1) : NULL;
    float *scratch = lane_scratch(own, c);
    if (dkernel) convolution_gradient_kernel(v, x->rows, x->data, dy->data, dkernel, scratch);
    if (dbias) elementwise_add_columns(dbias, dy->data, v->units, count_pixels(v, x->rows), v->units);
    if (dx)
        convolution_gradient_input(v, x->rows, c->layer->weights[0].value, lane_prepared(own, c), dy->data,
                                   dx->data, scratch);
}

static size_t operate(const call *c, graph *g, size_t x)
{
    operation o = { .kind = OPERATION_CONV2D,
                    .inputs = { x, layer_graph_weight(c->layer, g, 0) },
                    .input_count = 2,
                    .shape = c->outputs[0] };
    window_operate(&((const conv2d *)c->layer)->window, &o);
    const size_t y = graph_add(g, &o);
    return layer_add_bias(c->layer, g, y);
}

const layer_class conv2d_class = {
    .name = "Conv2D",
    .auto_name = "conv2d",
    .size = sizeof(conv2d),
    .call_size = sizeof(convolution),
    .flags = LAYER_APPLIES_RELU,
    .configure = configure,
    .describe = describe,
    .build = build,
    .place = place,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .operate = operate,
};

horn_layer *horn_conv2d(const horn_conv2d_options *options)
{
    horn_conv2d_options o = options ? *options : (horn_conv2d_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_integer(arguments, "filters", (int64_t)o.filters);
    window_set_pair(arguments, "kernel_size", o.kernel_size);
    window_set_pair(arguments, "strides", o.strides);
    config_set_string(arguments, "padding", o.padding);
    window_set_pair(arguments, "dilation_rate", o.dilation_rate);
    if (o.groups) config_set_integer(arguments, "groups", (int64_t)o.groups);
    config_set_string(arguments, "activation", o.activation);
    kernel_and_bias_argue(arguments, "kernel", o.no_bias, o.kernel_initializer, o.bias_initializer,
                          &o.kernel_regularizer, &o.bias_regularizer);
    layer_argue_constraint(arguments, "kernel_constraint", &o.kernel_constraint);
    layer_argue_constraint(arguments, "bias_constraint", &o.bias_constraint);
    return layer_construct(&conv2d_class, arguments);
}
