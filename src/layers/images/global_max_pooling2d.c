/* y[N, C] = the greatest value of x[N, H, W, C] */
#include "layers/images/pooling2d.h"

static horn_status build(layer *l)
{
    horn_status status = pooling2d_build_global(l);
    if (!status) pooling2d_ask_places(l);
    return status;
}

static size_t operate(const layer *l, graph *g, size_t x)
{
    return pooling2d_operate(l, g, x, OPERATION_MAX);
}

const layer_class global_max_pooling2d_class = {
    .name = "GlobalMaxPooling2D",
    .auto_name = "global_max_pooling2d",
    .size = sizeof(pooling2d),
    .flags = LAYER_TURNS_RELU,
    .configure = pooling2d_configure_global,
    .describe = pooling2d_describe_global,
    .build = build,
    .forward = pooling2d_max,
    .backward = pooling2d_max_back,
    .operate = operate,
};

horn_layer *horn_global_max_pooling2d(const horn_global_pooling2d_options *options)
{
    return pooling2d_construct_global("GlobalMaxPooling2D", options);
}
