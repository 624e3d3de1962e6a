/* y[N, H', W', U] = x[N, H, W, C] convolved with kernel[KH, KW, C / groups, U], + bias[U] */
#include <limits.h>
#include "base/status.h"
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
    convolution convolution; /* from build on */
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

static horn_status add_weights(layer *l)
{
    const conv2d *d = (const conv2d *)l;
    const convolution *c = &d->convolution;
    const shape kernel = { 4, { c->kernel_height, c->kernel_width, c->channels / c->groups, c->units } };
    const double cells = (double)c->kernel_height * (double)c->kernel_width, U = (double)c->units;
    horn_status status = layer_add_weight(l, "kernel", "hwio", &kernel, true, &d->kernel_initializer,
                                          cells * (double)kernel.dim[2], cells * U);
    if (!status && d->use_bias)
        status =
            layer_add_weight(l, "bias", "o", &(shape){ 1, { c->units } }, true, &d->bias_initializer, U, U);
    if (status) return status;
    layer_regularize(l, 0, &d->kernel_regularizer);
    if (d->use_bias) layer_regularize(l, 1, &d->bias_regularizer);
    return HORN_OK;
}

/* The BLAS counts in int. */
static horn_status check_sizes(const layer *l)
{
    const conv2d *d = (const conv2d *)l;
    const size_t channels = l->input.dim[2];
    const shape patch = { 3, { d->window.size[0], d->window.size[1], channels / d->groups } };
    if (channels % d->groups)
        return fail(HORN_ERROR_SHAPE, "layer '%s' (Conv2D): its input has %zu channels, expected %zu groups",
                    l->name ? l->name : "", channels, d->groups);
    if (channels > INT_MAX || d->filters > INT_MAX || shape_count(&patch) > INT_MAX)
        return fail(HORN_ERROR_SHAPE,
                    "layer '%s' (Conv2D): its kernel has an axis beyond what products can have",
                    l->name ? l->name : "");
    return HORN_OK;
}

static horn_status build(layer *l)
{
    conv2d *d = (conv2d *)l;
    window_fit fit;
    horn_status status = window_check_image(l);
    if (!status) status = check_sizes(l);
    if (!status) status = window_place(&fit, &d->window, l);
    if (status) return status;
    l->output = (shape){ 3, { fit.out[0], fit.out[1], d->filters } };
    d->convolution = (convolution){ .channels = l->input.dim[2],
                                    .units = d->filters,
                                    .groups = d->groups,
                                    .height = l->input.dim[0],
                                    .width = l->input.dim[1],
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
    status = add_weights(l);
    if (status) return status;
    layer_ask_scratch(l, convolution_scratch(&d->convolution));
    layer_ask_prepared(l, convolution_prepared(&d->convolution));
    return HORN_OK;
}

static size_t count_pixels(const convolution *c, size_t rows)
{
    return rows * c->out_height * c->out_width;
}

static void prepare(const layer *l, bool training, size_t rows, float *prepared)
{
    convolution_prepare(&((const conv2d *)l)->convolution, rows, training, l->weights[0].value, prepared);
}

static void forward(const layer *l, lane *own, const tensor *x, tensor *y)
{
    const conv2d *d = (const conv2d *)l;
    const convolution_end end = { d->use_bias ? l->weights[1].value : NULL, own->relu };
    convolution_forward(&d->convolution, x->rows, x->data, l->weights[0].value, lane_prepared(own, l), end,
                        y->data, lane_scratch(own, l));
}

/* The lane has no gradient of a layer that is not trainable. */
static void backward(const layer *l, lane *own, const tensor *x, const tensor *y, const tensor *dy,
                     tensor *dx)
{
    (void)y;
    const conv2d *d = (const conv2d *)l;
    const convolution *c = &d->convolution;
    float *dkernel = lane_gradient(own, l, 0), *dbias = d->use_bias ? lane_gradient(own, l, 1) : NULL;
    float *scratch = lane_scratch(own, l);
    if (dkernel) convolution_gradient_kernel(c, x->rows, x->data, dy->data, dkernel, scratch);
    if (dbias) elementwise_add_columns(dbias, dy->data, c->units, count_pixels(c, x->rows), c->units);
    if (dx)
        convolution_gradient_input(c, x->rows, l->weights[0].value, lane_prepared(own, l), dy->data, dx->data,
                                   scratch);
}

static size_t operate(const layer *l, graph *g, size_t x)
{
    operation o = {
        .kind = OPERATION_CONV2D, .inputs = { x, layer_graph_weight(l, g, 0) }, .input_count = 2, .shape = l->output
    };
    window_operate(&((const conv2d *)l)->window, &o);
    const size_t y = graph_add(g, &o);
    return layer_add_bias(l, g, y);
}

const layer_class conv2d_class = {
    .name = "Conv2D",
    .auto_name = "conv2d",
    .size = sizeof(conv2d),
    .flags = LAYER_APPLIES_RELU,
    .configure = configure,
    .describe = describe,
    .build = build,
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
