/* UpSampling2D: y[N, SY H, SX W, C] = x[N, H, W, C] in another size: each pixel repeated, or bilinear between pixels */
#include <string.h>
#include "layers/images/up_sampling.h"

static void configure(layer *l, config_reader *r)
{
    up_sampling *u = (up_sampling *)l;
    const char *interpolation = "nearest";
    u->factors = window_of(2, 2, 1);
    window_read_sizes(&u->factors, r, "size", 1, u->factors.size);
    layer_read_data_format(l, r);
    config_read_string(r, "interpolation", &interpolation);
    u->is_bilinear = strcmp(interpolation, "bilinear") == 0;
    if (!u->is_bilinear && strcmp(interpolation, "nearest") != 0)
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "interpolation",
                           "is \"%.60s\", expected \"nearest\" or \"bilinear\"", interpolation);
}

static void describe(const layer *l, config *c)
{
    const up_sampling *u = (const up_sampling *)l;
    window_describe_sizes(&u->factors, c, "size", u->factors.size);
    layer_describe_data_format(l, c);
    config_set_string(c, "interpolation", u->is_bilinear ? "bilinear" : "nearest");
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    const up_sampling *u = (const up_sampling *)c->layer;
    return graph_add(
        g, &(operation){ .kind = u->is_bilinear ? OPERATION_RESIZE_BILINEAR : OPERATION_RESIZE_NEAREST,
                         .inputs = { *x },
                         .input_count = 1,
                         .shape = *c->outputs,
                         .size = { u->factors.size[1], u->factors.size[2] } });
}

const layer_class up_sampling2d_class = {
    .name = "UpSampling2D",
    .auto_name = "up_sampling2d",
    .size = sizeof(up_sampling),
    .call_size = sizeof(resizing),
    .configure = configure,
    .describe = describe,
    .place = up_sampling_place,
    .forward = up_sampling_forward,
    .backward = up_sampling_backward,
    .operate = operate,
};

horn_layer *horn_up_sampling2d(const horn_up_sampling2d_options *options)
{
    horn_up_sampling2d_options o = options ? *options : (horn_up_sampling2d_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    window_set_sizes(arguments, "size", o.size, 2);
    config_set_string(arguments, "interpolation", o.interpolation);
    return layer_construct(&up_sampling2d_class, arguments);
}
