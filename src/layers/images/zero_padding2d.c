/* ZeroPadding2D: y[N, H + top + bottom, W + left + right, C] = x[N, H, W, C] with zeros around each image */
#include <string.h>
#include "layers/images/edges.h"

static void configure(layer *l, config_reader *r)
{
    edges_configure(l, r, 2, "padding", 1);
}

static void describe(const layer *l, config *c)
{
    edges_describe(l, c, "padding");
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    operation o = { .kind = OPERATION_PAD, .inputs = { *x }, .input_count = 1, .shape = c->outputs[0] };
    memcpy(o.padding, ((const edges *)c->layer)->sizes[1], 4 * sizeof *o.padding);
    return graph_add(g, &o);
}

const layer_class zero_padding2d_class = {
    .name = "ZeroPadding2D",
    .auto_name = "zero_padding2d",
    .size = sizeof(edges),
    .flags = LAYER_BACK_IGNORES_X | LAYER_BACK_IGNORES_Y | LAYER_IS_CHEAP,
    .configure = configure,
    .describe = describe,
    .place = edges_place_padding,
    .forward = edges_pad,
    .backward = edges_pad_back,
    .operate = operate,
};

horn_layer *horn_zero_padding2d(const horn_zero_padding2d_options *options)
{
    horn_zero_padding2d_options o = options ? *options : (horn_zero_padding2d_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    if (o.padding[0] || o.padding[1] || o.padding[2] || o.padding[3])
        edges_set(arguments, "padding", o.padding, 2);
    return layer_construct(&zero_padding2d_class, arguments);
}
