/* GlobalAveragePooling2D: y[N, C] = mean of x[N, H, W, C] over H and W */
#include "layers/images/pooling2d.h"

static size_t operate(const call *c, graph *g, size_t x)
{
    return pooling2d_operate(c, g, x, OPERATION_MEAN);
}

const layer_class global_average_pooling2d_class = {
    .name = "GlobalAveragePooling2D",
    .auto_name = "global_average_pooling2d",
    .size = sizeof(pooling2d),
    .call_size = sizeof(pooling),
    .configure = pooling2d_configure_global,
    .describe = pooling2d_describe_global,
    .place = pooling2d_place_global,
    .forward = pooling2d_average,
    .backward = pooling2d_average_back,
    .operate = operate,
};

horn_layer *horn_global_average_pooling2d(const horn_global_pooling2d_options *options)
{
    return pooling2d_construct_global(&global_average_pooling2d_class, options);
}
