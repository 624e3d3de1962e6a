#include "layers/convolutions/conv_layer.h"

#include <limits.h>
#include "base/memory.h"
#include "tensor/elementwise.h"

/* ---- arguments ---- */

/* Refuses what Keras refuses, too. */
static void check(const conv_layer *d, config_reader *r)
{
    window_check_dilation(&d->window, r);
    if (d->filters % d->groups)
        config_reader_fail(r, HORN_ERROR_FORMAT, "groups", "is %zu, which does not divide %zu filters",
                           d->groups, d->filters);
}

void conv_layer_configure(layer *l, config_reader *r, int axes)
{
    conv_layer *d = (conv_layer *)l;
    d->window = window_of(axes, 1, 1);
    d->groups = 1;
    config_require(r, "filters");
    config_require(r, "kernel_size");
    config_read_count(r, "filters", 1, &d->filters);
    window_read(&d->window, r, "kernel_size", axes == 1);
    window_read_sizes(&d->window, r, "dilation_rate", 1, d->window.dilation);
    layer_read_data_format(l, r);
    config_read_count(r, "groups", 1, &d->groups);
    check(d, r);
    layer_read_activation(l, r);
    kernel_and_bias_read(&d->shared, l, r, "kernel");
    config_only_null(r, "quantization_config");
}

void conv_layer_describe(const layer *l, config *c)
{
    const conv_layer *d = (const conv_layer *)l;
    const window *w = &d->window;
    config_set_integer(c, "filters", (int64_t)d->filters);
    window_describe_sizes(w, c, "kernel_size", w->size);
    window_describe_sizes(w, c, "strides", w->stride);
    window_describe_padding(w, c);
    layer_describe_data_format(l, c);
    window_describe_sizes(w, c, "dilation_rate", w->dilation);
    config_set_integer(c, "groups", (int64_t)d->groups);
    config_set_string(c, "activation", activation_name(l->activation));
    kernel_and_bias_describe(&d->shared, c, "kernel", true);
}

/* ---- the kernel ---- */

shape conv_layer_kernel(const window *w, size_t inputs, size_t outputs)
{
    shape s = window_shape(w, w->size, inputs);
    s.dim[s.rank++] = outputs;
    return s;
}

const char *conv_layer_axes(const window *w, bool is_transposed)
{
    static const char *const axes[2][WINDOW_AXES] = { { "wio", "hwio", "dhwio" },
                                                      { "woi", "hwoi", "dhwoi" } };
    return axes[is_transposed][w->axes - 1];
}

horn_status conv_layer_check_kernel(const layer *l, const window *w, size_t inputs, size_t outputs)
{
    const shape patch = window_shape(w, w->size, inputs);
    if (inputs <= INT_MAX && outputs <= INT_MAX && shape_count(&patch) <= INT_MAX) return HORN_OK;
    return layer_fail(l, HORN_ERROR_SHAPE, "its kernel has an axis beyond what products can have");
}

static horn_status check_sizes(const layer *l, size_t channels)
{
    const conv_layer *d = (const conv_layer *)l;
    if (channels % d->groups)
        return layer_fail(l, HORN_ERROR_SHAPE, "its input has %zu channels, expected %zu groups", channels,
                          d->groups);
    if (channels > INT_MAX)
        return layer_fail(l, HORN_ERROR_SHAPE, "its kernel has an axis beyond what products can have");
    return conv_layer_check_kernel(l, &d->window, channels / d->groups, d->filters);
}

horn_status conv_layer_build(layer *l, const shape *inputs, size_t count)
{
    const conv_layer *d = (const conv_layer *)l;
    const size_t channels = inputs->rank ? inputs->dim[inputs->rank - 1] : 0;
    horn_status status = window_check_input(&d->window, l, inputs);
    (void)count;
    if (!status) status = check_sizes(l, channels);
    if (status) return status;
    const shape patch = window_shape(&d->window, d->window.size, 1);
    const double cells = (double)shape_count(&patch);
    const weight w = { .name = "kernel",
                       .axes = conv_layer_axes(&d->window, false),
                       .shape = conv_layer_kernel(&d->window, channels / d->groups, d->filters),
                       .fan_in = cells * (double)(channels / d->groups),
                       .fan_out = cells * (double)d->filters };
    return kernel_and_bias_add(&d->shared, l, &w, d->filters);
}

/* ---- computing ---- */

convolution3d conv_layer_geometry(const window *w, const window_fit *fit, size_t channels, size_t units,
                                  size_t groups)
{
    return (convolution3d){ .depth = fit->in[0],
                            .kernel_depth = w->size[0],
                            .stride = w->stride[0],
                            .dilation = w->dilation[0],
                            .pad = fit->pad[0],
                            .out_depth = fit->out[0],
                            .plane = { .channels = channels,
                                       .units = units,
                                       .groups = groups,
                                       .height = fit->in[1],
                                       .width = fit->in[2],
                                       .kernel_height = w->size[1],
                                       .kernel_width = w->size[2],
                                       .stride_y = w->stride[1],
                                       .stride_x = w->stride[2],
                                       .dilation_y = w->dilation[1],
                                       .dilation_x = w->dilation[2],
                                       .pad_top = fit->pad[1],
                                       .pad_left = fit->pad[2],
                                       .out_height = fit->out[1],
                                       .out_width = fit->out[2] } };
}

horn_status conv_layer_place(const layer *l, call *c)
{
    const conv_layer *d = (const conv_layer *)l;
    const shape *input = c->inputs;
    convolution3d *own = c->own;
    window_fit fit;
    horn_status status = window_place(&fit, &d->window, l, input);
    if (status) return status;
    c->outputs[0] = window_shape(&d->window, fit.out, d->filters);
    if (shape_is_open(input)) return HORN_OK;
    *own = conv_layer_geometry(&d->window, &fit, input->dim[input->rank - 1], d->filters, d->groups);
    call_ask_scratch(c, convolution3d_scratch(own));
    call_ask_prepared(c, convolution3d_prepared(own), convolution3d_prepare_parts(own));
    return HORN_OK;
}

void conv_layer_prepare(const call *c, bool training, size_t rows, range part, float *prepared)
{
    convolution3d_prepare(c->own, rows, training, part.first, part.end, c->layer->weights[0].value, prepared);
}

void conv_layer_forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    const weight *w = c->layer->weights;
    const convolution_end end = { ((const conv_layer *)c->layer)->shared.use_bias ? w[1].value : NULL,
                                  own->relu };
    convolution3d_forward(c->own, x->rows, x->data, w[0].value, lane_prepared(own, c), end, y->data,
                          lane_scratch(own, c));
}

/* The lane has no gradients if the layer is not trainable. */
void conv_layer_backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy,
                         tensor *dx)
{
    (void)y;
    const convolution3d *v = c->own;
    const bool use_bias = ((const conv_layer *)c->layer)->shared.use_bias;
    const size_t U = v->plane.units;
    float *dkernel = lane_gradient(own, c, 0), *dbias = use_bias ? lane_gradient(own, c, 1) : NULL;
    float *scratch = lane_scratch(own, c);
    if (dkernel) convolution3d_gradient_kernel(v, x->rows, x->data, dy->data, dkernel, scratch);
    if (dbias) elementwise_add_columns(dbias, dy->data, U, dy->rows * (shape_count(c->outputs) / U), U);
    if (dx)
        convolution3d_gradient_input(v, x->rows, c->layer->weights[0].value, lane_prepared(own, c), dy->data,
                                     dx->data, scratch);
}
