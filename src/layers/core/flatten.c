/* Flatten: y[N, product of the sizes] = x[N, ...], the same values in row-major order */
#include "layers/call.h"

static void configure(layer *l, config_reader *r)
{
    (void)l;
    layer_read_data_format(l, r);
}

static void describe(const layer *l, config *c)
{
    (void)l;
    layer_describe_data_format(l, c);
}

static horn_status place(const layer *l, call *c)
{
    (void)l;
    c->outputs[0] = (shape){ .rank = 1, .dim = { shape_count(c->inputs) } };
    return HORN_OK;
}

const layer_class flatten_class = {
    .name = "Flatten",
    .auto_name = "flatten",
    .size = sizeof(layer),
    .flags = LAYER_IS_VIEW,
    .configure = configure,
    .describe = describe,
    .place = place,
};

horn_layer *horn_flatten(const horn_flatten_options *options)
{
    horn_flatten_options o = options ? *options : (horn_flatten_options){ 0 };
    return layer_construct(&flatten_class, layer_arguments(o.name, o.input_shape));
}
