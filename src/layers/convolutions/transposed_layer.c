#include "layers/convolutions/transposed_layer.h"

#include <string.h>
#include "tensor/elementwise.h"

/* ---- arguments ---- */

static void read_output_padding(transposed_layer *d, config_reader *r)
{
    const config *value;
    config_read_value(r, "output_padding", &value);
    if (!value) return;
    d->has_output_padding = true;
    window_read_sizes(&d->window, r, "output_padding", 0, d->output_padding);
    for (int i = WINDOW_AXES - d->window.axes; i < WINDOW_AXES; i++)
        if (d->output_padding[i] >= d->window.stride[i])
            config_reader_fail(r, HORN_ERROR_FORMAT, "output_padding",
                               "is %zu, expected less than the stride, %zu", d->output_padding[i],
                               d->window.stride[i]);
}

void transposed_layer_configure(layer *l, config_reader *r, int axes)
{
    transposed_layer *d = (transposed_layer *)l;
    size_t groups = 1;
    d->window = window_of(axes, 1, 1);
    config_require(r, "filters");
    config_require(r, "kernel_size");
    config_read_count(r, "filters", 1, &d->filters);
    window_read(&d->window, r, "kernel_size", false);
    window_read_sizes(&d->window, r, "dilation_rate", 1, d->window.dilation);
    layer_read_data_format(l, r);
    /* Keras 2 writes it; it has no effect. */
    config_read_count(r, "groups", 1, &groups);
    if (groups > 1) config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "groups", "is %zu, expected 1", groups);
    window_check_dilation(&d->window, r);
    read_output_padding(d, r);
    layer_read_activation(l, r);
    kernel_and_bias_read(&d->shared, l, r, "kernel");
}

void transposed_layer_describe(const layer *l, config *c)
{
    const transposed_layer *d = (const transposed_layer *)l;
    const window *w = &d->window;
    config_set_integer(c, "filters", (int64_t)d->filters);
    window_describe_sizes(w, c, "kernel_size", w->size);
    window_describe_sizes(w, c, "strides", w->stride);
    window_describe_padding(w, c);
    layer_describe_data_format(l, c);
    window_describe_sizes(w, c, "dilation_rate", w->dilation);
    config_set_string(c, "activation", activation_name(l->activation));
    kernel_and_bias_describe(&d->shared, c, "kernel", true);
    config_set_null(c, "output_padding");
    if (d->has_output_padding) window_describe_sizes(w, c, "output_padding", d->output_padding);
}

horn_layer *transposed_layer_construct(const layer_class *class, size_t axes, const transposed_options *o)
{
    config *arguments = layer_arguments(o->name, o->input_shape);
    config_set_integer(arguments, "filters", (int64_t)o->filters);
    window_set_sizes(arguments, "kernel_size", o->kernel_size, axes);
    window_set_sizes(arguments, "strides", o->strides, axes);
    config_set_string(arguments, "padding", o->padding);
    if (o->has_output_padding) config_set_sizes(arguments, "output_padding", o->output_padding, axes);
    window_set_sizes(arguments, "dilation_rate", o->dilation_rate, axes);
    config_set_string(arguments, "activation", o->activation);
    kernel_and_bias_argue(arguments, "kernel", o->no_bias, o->kernel_initializer, o->bias_initializer,
                          o->kernel_regularizer, o->bias_regularizer);
    layer_argue_constraint(arguments, "kernel_constraint", o->kernel_constraint);
    layer_argue_constraint(arguments, "bias_constraint", o->bias_constraint);
    return layer_construct(class, arguments);
}

/* ---- shapes ---- */

horn_status transposed_layer_build(layer *l, const shape *inputs, size_t count)
{
    const transposed_layer *d = (const transposed_layer *)l;
    const size_t channels = inputs->rank ? inputs->dim[inputs->rank - 1] : 0;
    horn_status status = window_check_input(&d->window, l, inputs);
    (void)count;
    if (!status) status = conv_layer_check_kernel(l, &d->window, d->filters, channels);
    if (status) return status;
    const shape patch = window_shape(&d->window, d->window.size, 1);
    const double cells = (double)shape_count(&patch);
    const weight w = { .name = "kernel",
                       .axes = conv_layer_axes(&d->window, true),
                       .shape = conv_layer_kernel(&d->window, d->filters, channels),
                       .fan_in = cells * (double)d->filters,
                       .fan_out = cells * (double)channels };
    return kernel_and_bias_add(&d->shared, l, &w, d->filters);
}

/* Keras' size of the output along an axis of n; at least 1. */
static size_t length_of(const transposed_layer *d, int axis, size_t n)
{
    const window *w = &d->window;
    const size_t stride = w->stride[axis], reach = (w->size[axis] - 1) * w->dilation[axis] + 1;
    if (!d->has_output_padding && w->padding == WINDOW_SAME) return n * stride;
    if (!d->has_output_padding) return n * stride + (reach > stride ? reach - stride : 0);
    const size_t trimmed = w->padding == WINDOW_SAME ? reach / 2 * 2 : 0,
                 length = (n - 1) * stride + reach + d->output_padding[axis];
    return length > trimmed ? length - trimmed : 0;
}

/* The convolution that makes x of y: its input is y. */
static horn_status fit_back(window_fit *out, const transposed_layer *d, const shape *input,
                            const shape *output)
{
    char x[SHAPE_TEXT], y[SHAPE_TEXT];
    size_t in[WINDOW_AXES];
    horn_status status = window_place(out, &d->window, &d->base, output);
    window_input(&d->window, input, in);
    if (!status && memcmp(in, out->out, sizeof in) == 0) return HORN_OK;
    return layer_fail(&d->base, HORN_ERROR_SHAPE,
                      "of its output %s a convolution with its arguments does not make its input %s",
                      shape_print(y, output), shape_print(x, input));
}

horn_status transposed_layer_place(const layer *l, call *c)
{
    const transposed_layer *d = (const transposed_layer *)l;
    const shape *input = c->inputs;
    convolution3d *own = c->own;
    window_fit fit;
    size_t sizes[WINDOW_AXES];
    window_input(&d->window, input, sizes);
    for (int i = 0; i < WINDOW_AXES; i++) {
        if (sizes[i] > (SIZE_MAX >> 34)) return layer_fail(l, HORN_ERROR_SHAPE, "its output is too large");
        if (sizes[i] != SHAPE_OPEN) sizes[i] = length_of(d, i, sizes[i]);
    }
    c->outputs[0] = window_shape(&d->window, sizes, d->filters);
    if (shape_is_open(input)) return HORN_OK;
    if (shape_is_open(&c->outputs[0])) return layer_fail(l, HORN_ERROR_SHAPE, "its output is empty");
    horn_status status = fit_back(&fit, d, input, &c->outputs[0]);
    if (status) return status;
    *own = conv_layer_geometry(&d->window, &fit, d->filters, input->dim[input->rank - 1], 1);
    call_ask_scratch(c, convolution3d_scratch(own));
    call_ask_prepared(c, convolution3d_prepared(own), convolution3d_prepare_parts(own));
    return HORN_OK;
}

/* ---- computing ---- */

/* Forward, too, needs what the gradient does. */
void transposed_layer_prepare(const call *c, bool training, size_t rows, range part, float *prepared)
{
    (void)training;
    convolution3d_prepare(c->own, rows, true, part.first, part.end, c->layer->weights[0].value, prepared);
}

void transposed_layer_forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    const weight *w = c->layer->weights;
    const size_t F = ((const convolution3d *)c->own)->plane.channels, pixels = shape_count(c->outputs) / F;
    convolution3d_gradient_input(c->own, x->rows, w[0].value, lane_prepared(own, c), x->data, y->data,
                                 lane_scratch(own, c));
    if (((const transposed_layer *)c->layer)->shared.use_bias)
        elementwise_add_bias(y->data, F, w[1].value, y->rows * pixels, F);
    if (own->relu) elementwise_relu(y->data, y->rows * pixels * F);
}

/* The lane has no gradients if the layer is not trainable. */
void transposed_layer_backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy,
                               tensor *dx)
{
    (void)y;
    const bool use_bias = ((const transposed_layer *)c->layer)->shared.use_bias;
    const size_t F = ((const convolution3d *)c->own)->plane.channels, pixels = shape_count(c->outputs) / F;
    float *dkernel = lane_gradient(own, c, 0), *dbias = use_bias ? lane_gradient(own, c, 1) : NULL;
    float *scratch = lane_scratch(own, c);
    if (dkernel) convolution3d_gradient_kernel(c->own, x->rows, dy->data, x->data, dkernel, scratch);
    if (dbias) elementwise_add_columns(dbias, dy->data, F, dy->rows * pixels, F);
    if (dx)
        convolution3d_forward(c->own, x->rows, dy->data, c->layer->weights[0].value, lane_prepared(own, c),
                              (convolution_end){ 0 }, dx->data, scratch);
}
