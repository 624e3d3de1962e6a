/* SeparableConv2D: each channel of x[N, H, W, C] is convolved with its M filters of depthwise_kernel[KH, KW, C, M]; then
 * y[N, H', W', F] = that times pointwise_kernel[1, 1, C M, F], + bias[F] */
#include "layers/convolutions/separable_layer.h"

static void configure(layer *l, config_reader *r)
{
    separable_layer_configure(l, r, 2);
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    const separable_layer *s = (const separable_layer *)c->layer;
    const window point = window_of(2, 1, 1);
    operation o = { .kind = OPERATION_DEPTHWISE_CONV2D,
                    .inputs = { *x, layer_graph_weight(c->layer, g, 0) },
                    .input_count = 2,
                    .shape = c->outputs[0] };
    o.shape.dim[2] = c->inputs->dim[2] * s->depthwise.multiplier;
    window_operate(&s->depthwise.window, &o);
    const size_t middle = graph_add(g, &o);
    o = (operation){ .kind = OPERATION_CONV2D,
                     .inputs = { middle, layer_graph_weight(c->layer, g, 1) },
                     .input_count = 2,
                     .shape = c->outputs[0] };
    window_operate(&point, &o);
    return layer_add_bias(c->layer, g, graph_add(g, &o), 2);
}

const layer_class separable_conv2d_class = {
    .name = "SeparableConv2D",
    .auto_name = "separable_conv2d",
    .size = sizeof(separable_layer),
    .call_size = sizeof(separable_call),
    .flags = LAYER_APPLIES_RELU,
    .configure = configure,
    .describe = separable_layer_describe,
    .build = separable_layer_build,
    .place = separable_layer_place,
    .forward = separable_layer_forward,
    .backward = separable_layer_backward,
    .operate = operate,
};

horn_layer *horn_separable_conv2d(const horn_separable_conv2d_options *options)
{
    horn_separable_conv2d_options o = options ? *options : (horn_separable_conv2d_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_integer(arguments, "filters", (int64_t)o.filters);
    window_set_sizes(arguments, "kernel_size", o.kernel_size, 2);
    window_set_sizes(arguments, "strides", o.strides, 2);
    config_set_string(arguments, "padding", o.padding);
    window_set_sizes(arguments, "dilation_rate", o.dilation_rate, 2);
    if (o.depth_multiplier) config_set_integer(arguments, "depth_multiplier", (int64_t)o.depth_multiplier);
    config_set_string(arguments, "activation", o.activation);
    kernel_and_bias_argue(arguments, "depthwise", o.no_bias, o.depthwise_initializer, o.bias_initializer,
                          &o.depthwise_regularizer, &o.bias_regularizer);
    kernel_and_bias_argue(arguments, "pointwise", o.no_bias, o.pointwise_initializer, o.bias_initializer,
                          &o.pointwise_regularizer, &o.bias_regularizer);
    layer_argue_constraint(arguments, "depthwise_constraint", &o.depthwise_constraint);
    layer_argue_constraint(arguments, "pointwise_constraint", &o.pointwise_constraint);
    layer_argue_constraint(arguments, "bias_constraint", &o.bias_constraint);
    return layer_construct(&separable_conv2d_class, arguments);
}
