/* Conv2D: y[N, H', W', F] = x[N, H, W, C] convolved with kernel[KH, KW, C / groups, F], + bias[F], for F filters */
#include "layers/convolutions/conv_layer.h"

static void configure(layer *l, config_reader *r)
{
    conv_layer_configure(l, r, 2);
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    operation o = { .kind = OPERATION_CONV2D,
                    .inputs = { *x, layer_graph_weight(c->layer, g, 0) },
                    .input_count = 2,
                    .shape = c->outputs[0] };
    window_operate(&((const conv_layer *)c->layer)->window, &o);
    const size_t y = graph_add(g, &o);
    return layer_add_bias(c->layer, g, y, 1);
}

const layer_class conv2d_class = {
    .name = "Conv2D",
    .auto_name = "conv2d",
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

horn_layer *horn_conv2d(const horn_conv2d_options *options)
{
    horn_conv2d_options o = options ? *options : (horn_conv2d_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_integer(arguments, "filters", (int64_t)o.filters);
    window_set_sizes(arguments, "kernel_size", o.kernel_size, 2);
    window_set_sizes(arguments, "strides", o.strides, 2);
    config_set_string(arguments, "padding", o.padding);
    window_set_sizes(arguments, "dilation_rate", o.dilation_rate, 2);
    if (o.groups) config_set_integer(arguments, "groups", (int64_t)o.groups);
    config_set_string(arguments, "activation", o.activation);
    kernel_and_bias_argue(arguments, "kernel", o.no_bias, o.kernel_initializer, o.bias_initializer,
                          &o.kernel_regularizer, &o.bias_regularizer);
    layer_argue_constraint(arguments, "kernel_constraint", &o.kernel_constraint);
    layer_argue_constraint(arguments, "bias_constraint", &o.bias_constraint);
    return layer_construct(&conv2d_class, arguments);
}
