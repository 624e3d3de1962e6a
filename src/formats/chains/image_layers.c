/* Layers of images: convolutions, pools, padding. */
#include "base/status.h"
#include "formats/chains/patterns.h"

static void set_padding(config *arguments, const operation *o)
{
    config_set_string(arguments, "padding", o->same ? "same" : "valid");
}

horn_status chain_add_convolution(chain_builder *b, const chain_pattern *row)
{
    horn_status status = HORN_OK;
    config *arguments;
    const operation *o = chain_operation(b);
    const size_t *kernel = b->c->im->graph->operations[o->inputs[1]].shape.dim;
    const bool is_depthwise = o->kind == OPERATION_DEPTHWISE_CONV2D;
    TRY(chain_add_layer(b, row->class_name, &arguments));
    if (!is_depthwise) config_set_integer(arguments, "filters", (int64_t)kernel[3]);
    config_set_sizes(arguments, "kernel_size", kernel, 2);
    config_set_sizes(arguments, "strides", o->stride, 2);
    set_padding(arguments, o);
    if (is_depthwise) config_set_integer(arguments, "depth_multiplier", (int64_t)kernel[3]);
    config_set_string(arguments, "data_format", "channels_last");
    config_set_sizes(arguments, "dilation_rate", o->dilation, 2);
    if (!is_depthwise) config_set_integer(arguments, "groups", (int64_t)(chain_input(b)->dim[2] / kernel[2]));
    config_set_string(arguments, "activation", "linear");
    config_set_boolean(arguments, "use_bias", false);
    TRY(config_status(arguments));
    TRY(is_depthwise ? chain_add_kernel(b, "kernel", "depthwise_kernel", "hwcm")
                     : chain_add_kernel(b, "kernel", "kernel", "hwio"));
    b->takes_bias = b->takes_activation = true;
done:
    return status;
}

horn_status chain_add_pool(chain_builder *b, const chain_pattern *row)
{
    config *arguments;
    const operation *o = chain_operation(b);
    horn_status status = chain_add_layer(b, row->class_name, &arguments);
    if (status) return status;
    config_set_sizes(arguments, "pool_size", o->size, 2);
    set_padding(arguments, o);
    config_set_sizes(arguments, "strides", o->stride, 2);
    config_set_string(arguments, "data_format", "channels_last");
    return config_status(arguments);
}

horn_status chain_add_global_pool(chain_builder *b, const chain_pattern *row)
{
    config *arguments;
    horn_status status = chain_add_layer(b, row->class_name, &arguments);
    if (status) return status;
    config_set_string(arguments, "data_format", "channels_last");
    config_set_boolean(arguments, "keepdims", chain_operation(b)->shape.rank == 3);
    return config_status(arguments);
}

horn_status chain_add_padding(chain_builder *b, const chain_pattern *row)
{
    config *arguments, *pairs;
    const size_t *n = chain_operation(b)->padding;
    horn_status status = chain_add_layer(b, row->class_name, &arguments);
    if (status) return status;
    pairs = config_list();
    for (int i = 0; i < 4; i += 2) {
        config *pair = config_list();
        config_append_integer(pair, (int64_t)n[i]);
        config_append_integer(pair, (int64_t)n[i + 1]);
        config_append(pairs, pair);
    }
    config_set(arguments, "padding", pairs);
    config_set_string(arguments, "data_format", "channels_last");
    return config_status(arguments);
}
