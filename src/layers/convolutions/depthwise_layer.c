#include "layers/convolutions/depthwise_layer.h"

#include <limits.h>
#include "base/memory.h"
#include "layers/convolutions/conv_layer.h"
#include "tensor/elementwise.h"

void depthwise_layer_configure(layer *l, config_reader *r, int axes)
{
    depthwise_layer *d = (depthwise_layer *)l;
    size_t groups = 1;
    d->window = window_of(axes, 1, 1);
    d->multiplier = 1;
    config_require(r, "kernel_size");
    window_read(&d->window, r, "kernel_size", false);
    window_read_sizes(&d->window, r, "dilation_rate", 1, d->window.dilation);
    layer_read_data_format(l, r);
    config_read_count(r, "depth_multiplier", 1, &d->multiplier);
    /* Keras 2 writes it; it has no effect. */
    config_read_count(r, "groups", 1, &groups);
    if (groups > 1) config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "groups", "is %zu, expected 1", groups);
    window_check_dilation(&d->window, r);
    layer_read_activation(l, r);
    kernel_and_bias_read(&d->shared, l, r, "depthwise");
}

void depthwise_layer_describe(const layer *l, config *c)
{
    const depthwise_layer *d = (const depthwise_layer *)l;
    window_describe_sizes(&d->window, c, "kernel_size", d->window.size);
    window_describe_sizes(&d->window, c, "strides", d->window.stride);
    window_describe_padding(&d->window, c);
    config_set_integer(c, "depth_multiplier", (int64_t)d->multiplier);
    layer_describe_data_format(l, c);
    window_describe_sizes(&d->window, c, "dilation_rate", d->window.dilation);
    config_set_string(c, "activation", activation_name(l->activation));
    kernel_and_bias_describe(&d->shared, c, "depthwise", true);
}

static horn_status check_sizes(const layer *l, const shape *input)
{
    const depthwise_layer *d = (const depthwise_layer *)l;
    const shape kernel = conv_layer_kernel(&d->window, input->dim[input->rank - 1], d->multiplier);
    size_t spread = shape_count(input);
    if (shape_count(&kernel) <= INT_MAX && memory_multiply(&spread, d->multiplier)) return HORN_OK;
    return layer_fail(l, HORN_ERROR_SHAPE, "its kernel is too large");
}

horn_status depthwise_layer_kernel(weight *out, const depthwise_layer *d, const layer *l, const shape *input)
{
    const size_t C = input->rank ? input->dim[input->rank - 1] : 0, M = d->multiplier;
    horn_status status = window_check_input(&d->window, l, input);
    if (!status) status = check_sizes(l, input);
    if (status) return status;
    const shape patch = window_shape(&d->window, d->window.size, 1);
    const double cells = (double)shape_count(&patch);
    *out = (weight){ .name = "depthwise_kernel",
                     .axes = d->window.axes == 1 ? "wcm" : "hwcm",
                     .shape = conv_layer_kernel(&d->window, C, M),
                     .fan_in = cells * (double)C,
                     .fan_out = cells * (double)M };
    return HORN_OK;
}

horn_status depthwise_layer_build(layer *l, const shape *inputs, size_t count)
{
    const depthwise_layer *d = (const depthwise_layer *)l;
    weight w;
    horn_status status = depthwise_layer_kernel(&w, d, l, inputs);
    (void)count;
    return status ? status
                  : kernel_and_bias_add(&d->shared, l, &w, inputs->dim[inputs->rank - 1] * d->multiplier);
}

depthwise depthwise_layer_geometry(const depthwise_layer *d, const window_fit *fit, size_t channels)
{
    const window *w = &d->window;
    return (depthwise){ .channels = channels,
                        .multiplier = d->multiplier,
                        .height = fit->in[1],
                        .width = fit->in[2],
                        .kernel = { w->size[1], w->size[2] },
                        .stride = { w->stride[1], w->stride[2] },
                        .dilation = { w->dilation[1], w->dilation[2] },
                        .pad = { fit->pad[1], fit->pad[2] },
                        .out = { fit->out[1], fit->out[2] } };
}

horn_status depthwise_layer_place(const layer *l, call *c)
{
    const depthwise_layer *d = (const depthwise_layer *)l;
    const shape *input = c->inputs;
    const size_t C = input->dim[input->rank - 1];
    window_fit fit;
    horn_status status = window_place(&fit, &d->window, l, input);
    if (status) return status;
    c->outputs[0] = window_shape(&d->window, fit.out, C * d->multiplier);
    if (shape_is_open(input)) return HORN_OK;
    *(depthwise *)c->own = depthwise_layer_geometry(d, &fit, C);
    call_ask_scratch(c, depthwise_scratch(c->own));
    return HORN_OK;
}

static size_t count_pixels(const depthwise *v, size_t rows)
{
    return rows * v->out[0] * v->out[1];
}

void depthwise_layer_forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    const weight *w = c->layer->weights;
    const size_t U = c->outputs->dim[c->outputs->rank - 1];
    depthwise_forward(c->own, x->rows, x->data, w[0].value, y->data, lane_scratch(own, c));
    if (((const depthwise_layer *)c->layer)->shared.use_bias)
        elementwise_add_bias(y->data, U, w[1].value, count_pixels(c->own, x->rows), U);
}

/* The lane has no gradients if the layer is not trainable. */
void depthwise_layer_backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy,
                              tensor *dx)
{
    (void)y;
    const depthwise *v = c->own;
    const bool use_bias = ((const depthwise_layer *)c->layer)->shared.use_bias;
    const size_t U = c->outputs->dim[c->outputs->rank - 1];
    float *dkernel = lane_gradient(own, c, 0), *dbias = use_bias ? lane_gradient(own, c, 1) : NULL;
    float *scratch = lane_scratch(own, c);
    if (dkernel) depthwise_gradient_kernel(v, x->rows, x->data, dy->data, dkernel, scratch);
    if (dbias) elementwise_add_columns(dbias, dy->data, U, count_pixels(v, x->rows), U);
    if (dx) depthwise_gradient_input(v, x->rows, c->layer->weights[0].value, dy->data, dx->data, scratch);
}
