#include "layers/images/pooling2d.h"

/* ---- windows ---- */

void pooling2d_configure(layer *l, config_reader *r)
{
    window *w = &((pooling2d *)l)->window;
    *w = (window){ .size = { 2, 2 }, .dilation = { 1, 1 } };
    window_read(w, r, "pool_size");
    if (w->size[0] * w->size[1] > UINT32_MAX)
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "pool_size", "has more than 2^32 - 1 cells");
    config_only_string(r, "data_format", "channels_last");
}

void pooling2d_describe(const layer *l, config *c)
{
    const window *w = &((const pooling2d *)l)->window;
    config_set_sizes(c, "pool_size", w->size, 2);
    window_describe_padding(w, c);
    config_set_sizes(c, "strides", w->stride, 2);
    config_set_string(c, "data_format", "channels_last");
}

horn_status pooling2d_place(const layer *l, call *c)
{
    const window *w = &((const pooling2d *)l)->window;
    window_fit fit;
    horn_status status = window_check_image(l, c->inputs);
    if (!status) status = window_place(&fit, w, l, c->inputs);
    if (status) return status;
    c->outputs->dim[0] = fit.out[0];
    c->outputs->dim[1] = fit.out[1];
    *(pooling *)c->own = (pooling){ .channels = c->inputs->dim[2],
                                    .height = c->inputs->dim[0],
                                    .width = c->inputs->dim[1],
                                    .window_height = w->size[0],
                                    .window_width = w->size[1],
                                    .stride_y = w->stride[0],
                                    .stride_x = w->stride[1],
                                    .pad_top = fit.pad[0],
                                    .pad_left = fit.pad[1],
                                    .out_height = fit.out[0],
                                    .out_width = fit.out[1] };
    return HORN_OK;
}

horn_layer *pooling2d_construct(const layer_class *class, const horn_pooling2d_options *options)
{
    horn_pooling2d_options o = options ? *options : (horn_pooling2d_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    window_set_pair(arguments, "pool_size", o.pool_size);
    window_set_pair(arguments, "strides", o.strides);
    config_set_string(arguments, "padding", o.padding);
    return layer_construct(class, arguments);
}

/* ---- the whole image ---- */

void pooling2d_configure_global(layer *l, config_reader *r)
{
    config_only_string(r, "data_format", "channels_last");
    config_read_boolean(r, "keepdims", &((pooling2d *)l)->keepdims);
}

void pooling2d_describe_global(const layer *l, config *c)
{
    config_set_string(c, "data_format", "channels_last");
    config_set_boolean(c, "keepdims", ((const pooling2d *)l)->keepdims);
}

horn_status pooling2d_place_global(const layer *l, call *c)
{
    horn_status status = window_check_image(l, c->inputs);
    if (status) return status;
    const size_t H = c->inputs->dim[0], W = c->inputs->dim[1], C = c->inputs->dim[2];
    if (W && H > UINT32_MAX / W)
        return layer_fail(l, HORN_ERROR_UNSUPPORTED, "its input has more than 2^32 - 1 pixels");
    c->outputs[0] = ((const pooling2d *)l)->keepdims ? (shape){ 3, { 1, 1, C } } : (shape){ 1, { C } };
    *(pooling *)c->own = (pooling){ .channels = C,
                                    .height = H,
                                    .width = W,
                                    .window_height = H,
                                    .window_width = W,
                                    .stride_y = H,
                                    .stride_x = W,
                                    .out_height = 1,
                                    .out_width = 1 };
    return HORN_OK;
}

horn_layer *pooling2d_construct_global(const layer_class *class, const horn_global_pooling2d_options *options)
{
    horn_global_pooling2d_options o = options ? *options : (horn_global_pooling2d_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_boolean(arguments, "keepdims", o.keepdims);
    return layer_construct(class, arguments);
}

/* ---- computing ---- */

/* Global pooling writes a window of zeros. */
size_t pooling2d_operate(const call *c, graph *g, size_t x, operation_kind kind)
{
    operation o = { .kind = kind, .inputs = { x }, .input_count = 1, .shape = c->outputs[0] };
    window_operate(&((const pooling2d *)c->layer)->window, &o);
    return graph_add(g, &o);
}

/* Cannot overflow: the output has at most as many values as the input, whose size was checked. */
void pooling2d_ask_places(call *c)
{
    call_ask_keep(c, shape_count(c->outputs) * pooling_position_size(c->own));
}

void pooling2d_max(const call *c, lane *own, const tensor *x, tensor *y)
{
    pooling_max(c->own, x->rows, x->data, y->data, own->training ? lane_keep(own, c) : NULL);
}

void pooling2d_max_back(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy,
                        tensor *dx)
{
    (void)x;
    if (!dx) return;
    pooling_max_gradient(c->own, dy->rows, lane_keep(own, c), own->relu ? y->data : NULL, dy->data, dx->data);
}

void pooling2d_average(const call *c, lane *own, const tensor *x, tensor *y)
{
    (void)own;
    pooling_average(c->own, x->rows, x->data, y->data);
}

void pooling2d_average_back(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy,
                            tensor *dx)
{
    (void)own, (void)x, (void)y;
    if (dx) pooling_average_gradient(c->own, dy->rows, dy->data, dx->data);
}
