/* Cropping2D: y[N, H - top - bottom, W - left - right, C] = x[N, H, W, C] without the lines around each image */
#include "layers/images/edges.h"

static void configure(layer *l, config_reader *r)
{
    edges_configure(l, r, 2, "cropping", 0);
}

static void describe(const layer *l, config *c)
{
    edges_describe(l, c, "cropping");
}

const layer_class cropping2d_class = {
    .name = "Cropping2D",
    .auto_name = "cropping2d",
    .size = sizeof(edges),
    .flags = LAYER_BACK_IGNORES_X | LAYER_BACK_IGNORES_Y | LAYER_IS_CHEAP,
    .configure = configure,
    .describe = describe,
    .place = edges_place_cropping,
    .forward = edges_crop,
    .backward = edges_crop_back,
    .operate = edges_operate_crop,
};

horn_layer *horn_cropping2d(const horn_cropping2d_options *options)
{
    horn_cropping2d_options o = options ? *options : (horn_cropping2d_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    if (o.cropping[0] || o.cropping[1] || o.cropping[2] || o.cropping[3])
        edges_set(arguments, "cropping", o.cropping, 2);
    return layer_construct(&cropping2d_class, arguments);
}
