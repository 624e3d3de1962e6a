/* AveragePooling1D: y[N, T', C] = the mean of each window's steps that lie inside x[N, T, C], per channel */
#include "layers/pooling/pooling_layer.h"

static void configure(layer *l, config_reader *r)
{
    pooling_layer_configure(l, r, 1);
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    return pooling_layer_operate(c, g, *x, OPERATION_AVG_POOL);
}

const layer_class average_pooling1d_class = {
    .name = "AveragePooling1D",
    .auto_name = "average_pooling1d",
    .size = sizeof(pooling_layer),
    .call_size = sizeof(pooling_call),
    .flags = LAYER_BACK_IGNORES_X | LAYER_BACK_IGNORES_Y,
    .configure = configure,
    .describe = pooling_layer_describe,
    .place = pooling_layer_place,
    .forward = pooling_layer_average,
    .backward = pooling_layer_average_back,
    .operate = operate,
};

horn_layer *horn_average_pooling1d(const horn_pooling1d_options *options)
{
    horn_pooling1d_options o = options ? *options : (horn_pooling1d_options){ 0 };
    return pooling_layer_construct(&average_pooling1d_class, 1, o.name, o.input_shape, &o.pool_size,
                                   &o.strides, o.padding);
}
