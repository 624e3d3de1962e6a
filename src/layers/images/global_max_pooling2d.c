/* GlobalMaxPooling2D: y[N, C] = maximum of x[N, H, W, C] over H and W */
#include "layers/images/pooling2d.h"

static horn_status place(const layer *l, call *c)
{
    horn_status status = pooling2d_place_global(l, c);
    if (!status) pooling2d_ask_places(c);
    return status;
}

static size_t operate(const call *c, graph *g, size_t x)
{
    return pooling2d_operate(c, g, x, OPERATION_MAX);
}

const layer_class global_max_pooling2d_class = {
    .name = "GlobalMaxPooling2D",
    .auto_name = "global_max_pooling2d",
    .size = sizeof(pooling2d),
    .call_size = sizeof(pooling),
    .flags = LAYER_TURNS_RELU,
    .configure = pooling2d_configure_global,
    .describe = pooling2d_describe_global,
    .place = place,
    .forward = pooling2d_max,
    .backward = pooling2d_max_back,
    .operate = operate,
};

horn_layer *horn_global_max_pooling2d(const horn_global_pooling2d_options *options)
{
    return pooling2d_construct_global(&global_max_pooling2d_class, options);
}
