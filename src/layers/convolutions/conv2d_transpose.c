/* Conv2DTranspose: y[N, H', W', F] = what a convolution with kernel[KH, KW, F, C] and these arguments makes
 * x[N, H, W, C] of, transposed, + bias[F], for F filters */
#include "layers/convolutions/transposed_layer.h"

static void configure(layer *l, config_reader *r)
{
    transposed_layer_configure(l, r, 2);
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    operation o = { .kind = OPERATION_CONV2D_TRANSPOSE,
                    .inputs = { *x, layer_graph_weight(c->layer, g, 0) },
                    .input_count = 2,
                    .shape = c->outputs[0] };
    window_operate(&((const transposed_layer *)c->layer)->window, &o);
    return layer_add_bias(c->layer, g, graph_add(g, &o), 1);
}

const layer_class conv2d_transpose_class = {
    .name = "Conv2DTranspose",
    .auto_name = "conv2d_transpose",
    .size = sizeof(transposed_layer),
    .call_size = sizeof(convolution3d),
    .flags = LAYER_APPLIES_RELU,
    .configure = configure,
    .describe = transposed_layer_describe,
    .build = transposed_layer_build,
    .place = transposed_layer_place,
    .prepare = transposed_layer_prepare,
    .forward = transposed_layer_forward,
    .backward = transposed_layer_backward,
    .operate = operate,
};

horn_layer *horn_conv2d_transpose(const horn_conv2d_transpose_options *options)
{
    horn_conv2d_transpose_options o = options ? *options : (horn_conv2d_transpose_options){ 0 };
    return transposed_layer_construct(&conv2d_transpose_class, 2,
                                      &(transposed_options){ .name = o.name,
                                                             .input_shape = o.input_shape,
                                                             .filters = o.filters,
                                                             .kernel_size = o.kernel_size,
                                                             .strides = o.strides,
                                                             .padding = o.padding,
                                                             .has_output_padding = o.has_output_padding,
                                                             .output_padding = o.output_padding,
                                                             .dilation_rate = o.dilation_rate,
                                                             .activation = o.activation,
                                                             .no_bias = o.no_bias,
                                                             .kernel_initializer = o.kernel_initializer,
                                                             .bias_initializer = o.bias_initializer,
                                                             .kernel_regularizer = &o.kernel_regularizer,
                                                             .bias_regularizer = &o.bias_regularizer,
                                                             .kernel_constraint = &o.kernel_constraint,
                                                             .bias_constraint = &o.bias_constraint });
}
