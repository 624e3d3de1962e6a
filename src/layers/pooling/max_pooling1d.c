/* MaxPooling1D: y[N, T', C] = maximum of each window of x[N, T, C], per channel */
#include "layers/pooling/pooling_layer.h"

static void configure(layer *l, config_reader *r)
{
    pooling_layer_configure(l, r, 1);
}

static horn_status place(const layer *l, call *c)
{
    horn_status status = pooling_layer_place(l, c);
    if (!status && !shape_is_open(c->inputs)) pooling_layer_ask_places(c);
    return status;
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    return pooling_layer_operate(c, g, *x, OPERATION_MAX_POOL);
}

const layer_class max_pooling1d_class = {
    .name = "MaxPooling1D",
    .auto_name = "max_pooling1d",
    .size = sizeof(pooling_layer),
    .call_size = sizeof(pooling_call),
    .flags = LAYER_TURNS_RELU,
    .configure = configure,
    .describe = pooling_layer_describe,
    .place = place,
    .forward = pooling_layer_max,
    .backward = pooling_layer_max_back,
    .operate = operate,
};

horn_layer *horn_max_pooling1d(const horn_pooling1d_options *options)
{
    horn_pooling1d_options o = options ? *options : (horn_pooling1d_options){ 0 };
    return pooling_layer_construct(&max_pooling1d_class, 1, o.name, o.input_shape, &o.pool_size, &o.strides,
                                   o.padding);
}
