/* y = the mean of each window's cells that lie inside the image, channel by channel */
#include "layers/images/pooling2d.h"

static size_t operate(const layer *l, graph *g, size_t x)
{
    return pooling2d_operate(l, g, x, OPERATION_AVG_POOL);
}

const layer_class average_pooling2d_class = {
    .name = "AveragePooling2D",
    .auto_name = "average_pooling2d",
    .size = sizeof(pooling2d),
    .configure = pooling2d_configure,
    .describe = pooling2d_describe,
    .build = pooling2d_build,
    .forward = pooling2d_average,
    .backward = pooling2d_average_back,
    .operate = operate,
};

horn_layer *horn_average_pooling2d(const horn_pooling2d_options *options)
{
    return pooling2d_construct("AveragePooling2D", options);
}
