/* GlobalAveragePooling3D: y[N, C] = mean of x[N, D, H, W, C] over D, H and W */
#include "layers/pooling/pooling_layer.h"

static void configure(layer *l, config_reader *r)
{
    pooling_layer_configure_global(l, r, 3);
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    return pooling_layer_operate(c, g, *x, OPERATION_MEAN);
}

const layer_class global_average_pooling3d_class = {
    .name = "GlobalAveragePooling3D",
    .auto_name = "global_average_pooling3d",
    .size = sizeof(pooling_layer),
    .call_size = sizeof(pooling_call),
    .flags = LAYER_BACK_IGNORES_X | LAYER_BACK_IGNORES_Y,
    .configure = configure,
    .describe = pooling_layer_describe_global,
    .place = pooling_layer_place_global,
    .forward = pooling_layer_average,
    .backward = pooling_layer_average_back,
    .operate = operate,
};

horn_layer *horn_global_average_pooling3d(const horn_global_pooling_options *options)
{
    return pooling_layer_construct_global(&global_average_pooling3d_class, options);
}
