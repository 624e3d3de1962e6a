/* Conv1D: y[N, T', F] = x[N, T, C] convolved with kernel[K, C / groups, F], + bias[F], for F filters: an image of height 1 */
#include "layers/convolutions/conv_layer.h"
#include "layers/steps.h"

static void configure(layer *l, config_reader *r)
{
    conv_layer_configure(l, r, 1);
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    size_t value = *x;
    const conv_layer *d = (const conv_layer *)c->layer;
    if (d->window.padding == WINDOW_CAUSAL)
        value = steps_pad(g, value, (d->window.size[2] - 1) * d->window.dilation[2], 0);
    const size_t kernel = layer_graph_weight(c->layer, g, 0);
    operation o = { .kind = OPERATION_CONV2D };
    window_operate(&d->window, &o);
    return layer_add_bias(c->layer, g, steps_operate(g, &o, value, kernel, &c->outputs[0]), 1);
}

const layer_class conv1d_class = {
    .name = "Conv1D",
    .auto_name = "conv1d",
    .size = sizeof(conv_layer),
    .call_size = sizeof(convolution3d),
    .flags = LAYER_APPLIES_RELU | LAYER_BACK_IGNORES_Y,
    .configure = configure,
    .describe = conv_layer_describe,
    .build = conv_layer_build,
    .place = conv_layer_place,
    .prepare = conv_layer_prepare,
    .forward = conv_layer_forward,
    .backward = conv_layer_backward,
    .operate = operate,
};

horn_layer *horn_conv1d(const horn_conv1d_options *options)
{
    horn_conv1d_options o = options ? *options : (horn_conv1d_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_integer(arguments, "filters", (int64_t)o.filters);
    window_set_sizes(arguments, "kernel_size", &o.kernel_size, 1);
    window_set_sizes(arguments, "strides", &o.strides, 1);
    config_set_string(arguments, "padding", o.padding);
    window_set_sizes(arguments, "dilation_rate", &o.dilation_rate, 1);
    if (o.groups) config_set_integer(arguments, "groups", (int64_t)o.groups);
    config_set_string(arguments, "activation", o.activation);
    kernel_and_bias_argue(arguments, "kernel", o.no_bias, o.kernel_initializer, o.bias_initializer,
                          &o.kernel_regularizer, &o.bias_regularizer);
    layer_argue_constraint(arguments, "kernel_constraint", &o.kernel_constraint);
    layer_argue_constraint(arguments, "bias_constraint", &o.bias_constraint);
    return layer_construct(&conv1d_class, arguments);
}
