/* Cropping1D: y[N, T - before - after, C] = x[N, T, C] without its first and last steps */
#include "layers/images/edges.h"

static void configure(layer *l, config_reader *r)
{
    edges_configure(l, r, 1, "cropping", 1);
}

static void describe(const layer *l, config *c)
{
    edges_describe(l, c, "cropping");
}

const layer_class cropping1d_class = {
    .name = "Cropping1D",
    .auto_name = "cropping1d",
    .size = sizeof(edges),
    .flags = LAYER_BACK_IGNORES_X | LAYER_BACK_IGNORES_Y | LAYER_IS_CHEAP,
    .configure = configure,
    .describe = describe,
    .place = edges_place_cropping,
    .forward = edges_crop,
    .backward = edges_crop_back,
    .operate = edges_operate_crop,
};

horn_layer *horn_cropping1d(const horn_cropping1d_options *options)
{
    horn_cropping1d_options o = options ? *options : (horn_cropping1d_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    if (o.cropping[0] || o.cropping[1]) edges_set(arguments, "cropping", o.cropping, 1);
    return layer_construct(&cropping1d_class, arguments);
}
