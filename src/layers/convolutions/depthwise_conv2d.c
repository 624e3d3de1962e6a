/* DepthwiseConv2D: y[N, H', W', C M] = each channel of x[N, H, W, C] convolved with its own M filters of
 * depthwise_kernel[KH, KW, C, M], + bias[C M] */
#include "layers/convolutions/depthwise_layer.h"

static void configure(layer *l, config_reader *r)
{
    depthwise_layer_configure(l, r, 2);
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    operation o = { .kind = OPERATION_DEPTHWISE_CONV2D,
                    .inputs = { *x, layer_graph_weight(c->layer, g, 0) },
                    .input_count = 2,
                    .shape = c->outputs[0] };
    window_operate(&((const depthwise_layer *)c->layer)->window, &o);
    const size_t y = graph_add(g, &o);
    return layer_add_bias(c->layer, g, y, 1);
}

const layer_class depthwise_conv2d_class = {
    .name = "DepthwiseConv2D",
    .auto_name = "depthwise_conv2d",
    .size = sizeof(depthwise_layer),
    .call_size = sizeof(depthwise),
    .flags = LAYER_BACK_IGNORES_Y,
    .configure = configure,
    .describe = depthwise_layer_describe,
    .build = depthwise_layer_build,
    .place = depthwise_layer_place,
    .forward = depthwise_layer_forward,
    .backward = depthwise_layer_backward,
    .operate = operate,
};

horn_layer *horn_depthwise_conv2d(const horn_depthwise_conv2d_options *options)
{
    horn_depthwise_conv2d_options o = options ? *options : (horn_depthwise_conv2d_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    window_set_sizes(arguments, "kernel_size", o.kernel_size, 2);
    window_set_sizes(arguments, "strides", o.strides, 2);
    config_set_string(arguments, "padding", o.padding);
    window_set_sizes(arguments, "dilation_rate", o.dilation_rate, 2);
    if (o.depth_multiplier) config_set_integer(arguments, "depth_multiplier", (int64_t)o.depth_multiplier);
    config_set_string(arguments, "activation", o.activation);
    kernel_and_bias_argue(arguments, "depthwise", o.no_bias, o.depthwise_initializer, o.bias_initializer,
                          &o.depthwise_regularizer, &o.bias_regularizer);
    layer_argue_constraint(arguments, "depthwise_constraint", &o.depthwise_constraint);
    layer_argue_constraint(arguments, "bias_constraint", &o.bias_constraint);
    return layer_construct(&depthwise_conv2d_class, arguments);
}
