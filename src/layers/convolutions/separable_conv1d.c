/* SeparableConv1D: each channel of x[N, T, C] is convolved with its M filters of depthwise_kernel[K, C, M]; then
 * y[N, T', F] = that times pointwise_kernel[1, C M, F], + bias[F] */
#include "layers/convolutions/separable_layer.h"
#include "layers/steps.h"

static void configure(layer *l, config_reader *r)
{
    separable_layer_configure(l, r, 1);
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    size_t value = *x;
    const separable_layer *s = (const separable_layer *)c->layer;
    const window *w = &s->depthwise.window, point = window_of(1, 1, 1);
    shape middle = c->outputs[0];
    operation o = { .kind = OPERATION_DEPTHWISE_CONV2D };
    middle.dim[1] = c->inputs->dim[1] * s->depthwise.multiplier;
    if (w->padding == WINDOW_CAUSAL) value = steps_pad(g, value, (w->size[2] - 1) * w->dilation[2], 0);
    window_operate(w, &o);
    o.stride[0] = o.stride[1]; /* one line alone; TensorFlow takes equal strides */
    value = steps_operate(g, &o, value, layer_graph_weight(c->layer, g, 0), &middle);
    o = (operation){ .kind = OPERATION_CONV2D };
    window_operate(&point, &o);
    return layer_add_bias(c->layer, g,
                          steps_operate(g, &o, value, layer_graph_weight(c->layer, g, 1), &c->outputs[0]), 2);
}

const layer_class separable_conv1d_class = {
    .name = "SeparableConv1D",
    .auto_name = "separable_conv1d",
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

horn_layer *horn_separable_conv1d(const horn_separable_conv1d_options *options)
{
    horn_separable_conv1d_options o = options ? *options : (horn_separable_conv1d_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_integer(arguments, "filters", (int64_t)o.filters);
    window_set_sizes(arguments, "kernel_size", &o.kernel_size, 1);
    window_set_sizes(arguments, "strides", &o.strides, 1);
    config_set_string(arguments, "padding", o.padding);
    window_set_sizes(arguments, "dilation_rate", &o.dilation_rate, 1);
    if (o.depth_multiplier) config_set_integer(arguments, "depth_multiplier", (int64_t)o.depth_multiplier);
    config_set_string(arguments, "activation", o.activation);
    kernel_and_bias_argue(arguments, "depthwise", o.no_bias, o.depthwise_initializer, o.bias_initializer,
                          &o.depthwise_regularizer, &o.bias_regularizer);
    kernel_and_bias_argue(arguments, "pointwise", o.no_bias, o.pointwise_initializer, o.bias_initializer,
                          &o.pointwise_regularizer, &o.bias_regularizer);
    layer_argue_constraint(arguments, "depthwise_constraint", &o.depthwise_constraint);
    layer_argue_constraint(arguments, "pointwise_constraint", &o.pointwise_constraint);
    layer_argue_constraint(arguments, "bias_constraint", &o.bias_constraint);
    return layer_construct(&separable_conv1d_class, arguments);
}
