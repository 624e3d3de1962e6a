/* y = the mean of each window's cells that lie inside the image, channel by channel */
#include "layers/images/pooling2d.h"

static size_t operate(const call *c, graph *g, size_t x)
{
    return pooling2d_operate(c, g, x, OPERATION_AVG_POOL);
}

const layer_class average_pooling2d_class = {
    .name = "AveragePooling2D",
    .auto_name = "average_pooling2d",
    .size = sizeof(pooling2d),
    .call_size = sizeof(pooling),
    .configure = pooling2d_configure,
    .describe = pooling2d_describe,
    .place = pooling2d_place,
    .forward = pooling2d_average,
    .backward = pooling2d_average_back,
    .operate = operate,
};

horn_layer *horn_average_pooling2d(const horn_pooling2d_options *options)
{
    return pooling2d_construct(&average_pooling2d_class, options);
}
