/* y[N, H', W', U] = x[N, H, W, C] convolved with kernel[KH, KW, C / groups, U], + bias[U] */
#include <limits.h>
#include "layers/images/window.h"
#include "tensor/images/convolution.h"
#include "tensor/elementwise.h"

typedef struct conv2d {
    layer base;
    size_t filters, groups;
    window window;
    bool use_bias;
    initializer kernel_initializer, bias_initializer;
    regularizer kernel_regularizer, bias_regularizer;
} conv2d;

static const char *const constraints[] = { "kernel_constraint", "bias_constraint" };

/* What Keras refuses, too. */
static void check(const conv2d *d, config_reader *r)
{
    const window *w = &d->window;
    if ((w->stride[0] > 1 || w->stride[1] > 1) && (w->dilation[0] > 1 || w->dilation[1] > 1))
        config_reader_fail(r, HORN_ERROR_FORMAT, "dilation_rate",
                           "is %zu and %zu: only without strides may it be above 1", w->dilation[0],
                           w->dilation[1]);
    if (d->filters % d->groups)
        config_reader_fail(r, HORN_ERROR_FORMAT, "groups", "is %zu, which does not divide %zu filters",
                           d->groups, d->filters);
}

static void configure(layer *l, config_reader *r)
{
    conv2d *d = (conv2d *)l;
    d->window = (window){ .size = { 1, 1 }, .stride = { 1, 1 }, .dilation = { 1, 1 } };
    d->groups = 1;
    d->use_bias = true;
    config_require(r, "filters");
    config_require(r, "kernel_size");
    config_read_count(r, "filters", 1, &d->filters);
    window_read(&d->window, r, "kernel_size");
    window_read_pair(r, "dilation_rate", d->window.dilation);
    config_only_string(r, "data_format", "channels_last");
    config_read_count(r, "groups", 1, &d->groups);
    check(d, r);
    layer_read_activation(l, r);
    config_read_boolean(r, "use_bias", &d->use_bias);
    layer_read_initializer(l, r, "kernel_initializer", "glorot_uniform", &d->kernel_initializer);
    layer_read_initializer(l, r, "bias_initializer", "zeros", &d->bias_initializer);
    layer_read_regularizer(l, r, "kernel_regularizer", &d->kernel_regularizer);
    layer_read_regularizer(l, r, "bias_regularizer", &d->bias_regularizer);
    config_only_null(r, "quantization_config");
    layer_read_unknown(l, r, constraints, 2);
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
    config_set_boolean(c, "use_bias", d->use_bias);
    config_set(c, "kernel_initializer", initializer_describe(&d->kernel_initializer));
    config_set(c, "bias_initializer", initializer_describe(&d->bias_initializer));
    regularizer_describe(&d->kernel_regularizer, c, "kernel_regularizer");
    regularizer_describe(&d->bias_regularizer, c, "bias_regularizer");
    config_set_null(c, "activity_regularizer");
    config_set_null(c, "kernel_constraint");
    config_set_null(c, "bias_constraint");
}

/* The BLAS counts in int. */
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
    const double cells = (double)kernel.dim[0] * (double)kernel.dim[1], U = (double)d->filters;
    status = layer_add_weight(l, "kernel", "hwio", &kernel, true, &d->kernel_initializer,
                              cells * (double)kernel.dim[2], cells * U);
    if (!status && d->use_bias)
        status =
            layer_add_weight(l, "bias", "o", &(shape){ 1, { d->filters } }, true, &d->bias_initializer, U, U);
    if (status) return status;
    layer_regularize(l, 0, &d->kernel_regularizer);
    if (d->use_bias) layer_regularize(l, 1, &d->bias_regularizer);
    return HORN_OK;
}

static horn_status place(const layer *l, call *c)
{
    const conv2d *d = (const conv2d *)l;
    convolution *own = c->own;
    window_fit fit;
    horn_status status = window_place(&fit, &d->window, l, c->inputs);
    if (status) return status;
    c->outputs[0] = (shape){ 3, { fit.out[0], fit.out[1], d->filters } };
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
    const convolution_end end = { ((const conv2d *)c->layer)->use_bias ? w[1].value : NULL, own->relu };
    convolution_forward(c->own, x->rows, x->data, w[0].value, lane_prepared(own, c), end, y->data,
                        lane_scratch(own, c));
}

/* The lane has no gradient of a layer that is not trainable. */
static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)y;
    const convolution *v = c->own;
    const bool use_bias = ((const conv2d *)c->layer)->use_bias;
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
    config_set_boolean(arguments, "use_bias", !o.no_bias);
    config_set_string(arguments, "kernel_initializer", o.kernel_initializer);
    config_set_string(arguments, "bias_initializer", o.bias_initializer);
    layer_argue_regularizer(arguments, "kernel_regularizer", &o.kernel_regularizer);
    layer_argue_regularizer(arguments, "bias_regularizer", &o.bias_regularizer);
    return layer_construct("Conv2D", arguments);
}
