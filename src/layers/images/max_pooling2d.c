/* MaxPooling2D: y[N, H', W', C] = maximum of each window of x[N, H, W, C], per channel */
#include "layers/images/pooling2d.h"

static horn_status place(const layer *l, call *c)
{
    horn_status status = pooling2d_place(l, c);
    if (!status) pooling2d_ask_places(c);
    return status;
}

static size_t operate(const call *c, graph *g, size_t x)
{
    return pooling2d_operate(c, g, x, OPERATION_MAX_POOL);
}

const layer_class max_pooling2d_class = {
    .name = "MaxPooling2D",
    .auto_name = "max_pooling2d",
    .size = sizeof(pooling2d),
    .call_size = sizeof(pooling),
    .flags = LAYER_TURNS_RELU,
    .configure = pooling2d_configure,
    .describe = pooling2d_describe,
    .place = place,
    .forward = pooling2d_max,
    .backward = pooling2d_max_back,
    .operate = operate,
};

horn_layer *horn_max_pooling2d(const horn_pooling2d_options *options)
{
    return pooling2d_construct(&max_pooling2d_class, options);
}
