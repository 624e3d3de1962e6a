/* GlobalMaxPooling2D: y[N, C] = maximum of x[N, H, W, C] over H and W */
#include "layers/pooling/pooling_layer.h"

static void configure(layer *l, config_reader *r)
{
    pooling_layer_configure_global(l, r, 2);
}

static horn_status place(const layer *l, call *c)
{
    horn_status status = pooling_layer_place_global(l, c);
    if (!status && !shape_is_open(c->inputs)) pooling_layer_ask_places(c);
    return status;
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    return pooling_layer_operate(c, g, *x, OPERATION_MAX);
}

const layer_class global_max_pooling2d_class = {
    .name = "GlobalMaxPooling2D",
    .auto_name = "global_max_pooling2d",
    .size = sizeof(pooling_layer),
    .call_size = sizeof(pooling_call),
    .flags = LAYER_TURNS_RELU,
    .configure = configure,
    .describe = pooling_layer_describe_global,
    .place = place,
    .forward = pooling_layer_max,
    .backward = pooling_layer_max_back,
    .operate = operate,
};

horn_layer *horn_global_max_pooling2d(const horn_global_pooling_options *options)
{
    return pooling_layer_construct_global(&global_max_pooling2d_class, options);
}
