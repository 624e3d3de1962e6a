/* Activation: y = activation(x). The engine runs the activation as a separate step; the layer itself is a view. */
#include "layers/call.h"

static void configure(layer *l, config_reader *r)
{
    config_require(r, "activation");
    layer_read_activation(l, r);
}

static void describe(const layer *l, config *c)
{
    config_set_string(c, "activation", activation_name(l->activation));
}

const layer_class activation_layer_class = {
    .name = "Activation",
    .auto_name = "activation",
    .size = sizeof(layer),
    .flags = LAYER_IS_VIEW | LAYER_PASSES_MASK,
    .configure = configure,
    .describe = describe,
};

horn_layer *horn_activation(const horn_activation_options *options)
{
    horn_activation_options o = options ? *options : (horn_activation_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_string(arguments, "activation", o.activation);
    return layer_construct(&activation_layer_class, arguments);
}
