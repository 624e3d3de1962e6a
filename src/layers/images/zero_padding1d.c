/* ZeroPadding1D: y[N, before + T + after, C] = x[N, T, C] with steps of zeros before and behind */
#include "layers/images/edges.h"
#include "layers/steps.h"

static void configure(layer *l, config_reader *r)
{
    edges_configure(l, r, 1, "padding", 1);
}

static void describe(const layer *l, config *c)
{
    edges_describe(l, c, "padding");
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    const size_t *sizes = ((const edges *)c->layer)->sizes[2];
    return steps_pad(g, *x, sizes[0], sizes[1]);
}

const layer_class zero_padding1d_class = {
    .name = "ZeroPadding1D",
    .auto_name = "zero_padding1d",
    .size = sizeof(edges),
    .flags = LAYER_BACK_IGNORES_X | LAYER_BACK_IGNORES_Y | LAYER_IS_CHEAP,
    .configure = configure,
    .describe = describe,
    .place = edges_place_padding,
    .forward = edges_pad,
    .backward = edges_pad_back,
    .operate = operate,
};

horn_layer *horn_zero_padding1d(const horn_zero_padding1d_options *options)
{
    horn_zero_padding1d_options o = options ? *options : (horn_zero_padding1d_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    if (o.padding[0] || o.padding[1]) edges_set(arguments, "padding", o.padding, 1);
    return layer_construct(&zero_padding1d_class, arguments);
}
