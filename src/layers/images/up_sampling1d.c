/* UpSampling1D: y[N, size T, C] = each step of x[N, T, C], `size` times */
#include "layers/images/up_sampling.h"
#include "layers/steps.h"

static void configure(layer *l, config_reader *r)
{
    up_sampling *u = (up_sampling *)l;
    u->factors = window_of(1, 2, 1);
    window_read_sizes(&u->factors, r, "size", 1, u->factors.size);
}

static void describe(const layer *l, config *c)
{
    config_set_integer(c, "size", (int64_t)((const up_sampling *)l)->factors.size[2]);
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    operation o = { .kind = OPERATION_RESIZE_NEAREST,
                    .size = { 1, ((const up_sampling *)c->layer)->factors.size[2] } };
    return steps_operate(g, &o, *x, NO_VALUE, c->outputs);
}

const layer_class up_sampling1d_class = {
    .name = "UpSampling1D",
    .auto_name = "up_sampling1d",
    .size = sizeof(up_sampling),
    .call_size = sizeof(resizing),
    .configure = configure,
    .describe = describe,
    .place = up_sampling_place,
    .forward = up_sampling_forward,
    .backward = up_sampling_backward,
    .operate = operate,
};

horn_layer *horn_up_sampling1d(const horn_up_sampling1d_options *options)
{
    horn_up_sampling1d_options o = options ? *options : (horn_up_sampling1d_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    window_set_sizes(arguments, "size", &o.size, 1);
    return layer_construct(&up_sampling1d_class, arguments);
}
