#include "layers/convolutions/separable_layer.h"

#include "layers/convolutions/conv_layer.h"
#include "tensor/elementwise.h"

/* ---- arguments ---- */

/* Keras writes them; they have no effect. */
static void keep_kernel(layer *l, config_reader *r)
{
    static const char *const keys[] = { "kernel_initializer", "kernel_regularizer", "kernel_constraint" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) layer_keep(l, r, keys[i]);
}

void separable_layer_configure(layer *l, config_reader *r, int axes)
{
    separable_layer *s = (separable_layer *)l;
    depthwise_layer *d = &s->depthwise;
    size_t groups = 1;
    d->window = window_of(axes, 1, 1);
    d->multiplier = 1;
    config_require(r, "filters");
    config_require(r, "kernel_size");
    config_read_count(r, "filters", 1, &s->filters);
    window_read(&d->window, r, "kernel_size", axes == 1);
    window_read_sizes(&d->window, r, "dilation_rate", 1, d->window.dilation);
    layer_read_data_format(l, r);
    config_read_count(r, "depth_multiplier", 1, &d->multiplier);
    /* Keras 2 writes it; it has no effect. */
    config_read_count(r, "groups", 1, &groups);
    if (groups > 1) config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "groups", "is %zu, expected 1", groups);
    window_check_dilation(&d->window, r);
    layer_read_activation(l, r);
    kernel_and_bias_read(&d->shared, l, r, "depthwise");
    kernel_and_bias_read(&s->pointwise, l, r, "pointwise");
    d->shared.use_bias = false;
    keep_kernel(l, r);
}

void separable_layer_describe(const layer *l, config *c)
{
    const separable_layer *s = (const separable_layer *)l;
    const window *w = &s->depthwise.window;
    config_set_integer(c, "filters", (int64_t)s->filters);
    window_describe_sizes(w, c, "kernel_size", w->size);
    window_describe_sizes(w, c, "strides", w->stride);
    window_describe_padding(w, c);
    layer_describe_data_format(l, c);
    window_describe_sizes(w, c, "dilation_rate", w->dilation);
    config_set_integer(c, "depth_multiplier", (int64_t)s->depthwise.multiplier);
    config_set_string(c, "activation", activation_name(l->activation));
    kernel_and_bias_describe(&s->depthwise.shared, c, "depthwise", true);
    kernel_and_bias_describe(&s->pointwise, c, "pointwise", false);
}

/* ---- shapes ---- */

horn_status separable_layer_build(layer *l, const shape *inputs, size_t count)
{
    const separable_layer *s = (const separable_layer *)l;
    const window *w = &s->depthwise.window;
    const window point = window_of(w->axes, 1, 1);
    weight kernel;
    horn_status status = depthwise_layer_kernel(&kernel, &s->depthwise, l, inputs);
    (void)count;
    if (status) return status;
    const size_t channels = inputs->dim[inputs->rank - 1] * s->depthwise.multiplier;
    status = conv_layer_check_kernel(l, &point, channels, s->filters);
    if (!status) status = kernel_and_bias_add(&s->depthwise.shared, l, &kernel, 0);
    if (status) return status;
    kernel = (weight){ .name = "pointwise_kernel",
                       .axes = conv_layer_axes(&point, false),
                       .shape = conv_layer_kernel(&point, channels, s->filters),
                       .fan_in = (double)channels,
                       .fan_out = (double)s->filters };
    return kernel_and_bias_add(&s->pointwise, l, &kernel, s->filters);
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Scratch: what lies between the two, its gradient, and scratch of either. */
horn_status separable_layer_place(const layer *l, call *c)
{
    const separable_layer *s = (const separable_layer *)l;
    const shape *input = c->inputs;
    separable_call *own = c->own;
    window_fit fit;
    const size_t channels = input->dim[input->rank - 1] * s->depthwise.multiplier;
    horn_status status = window_place(&fit, &s->depthwise.window, l, input);
    if (status) return status;
    c->outputs[0] = window_shape(&s->depthwise.window, fit.out, s->filters);
    if (shape_is_open(input)) return HORN_OK;
    const shape middle = window_shape(&s->depthwise.window, fit.out, channels);
    const size_t pixels = fit.out[1] * fit.out[2];
    if (shape_count(&middle) > SIZE_MAX / 8 / sizeof(float))
        return layer_fail(l, HORN_ERROR_SHAPE,
                          "what lies between its convolutions has more values than memory has addresses");
    own->depthwise = depthwise_layer_geometry(&s->depthwise, &fit, input->dim[input->rank - 1]);
    own->pointwise = (convolution){ .channels = channels,
                                    .units = s->filters,
                                    .groups = 1,
                                    .height = 1,
                                    .width = pixels,
                                    .kernel_height = 1,
                                    .kernel_width = 1,
                                    .stride_y = 1,
                                    .stride_x = 1,
                                    .dilation_y = 1,
                                    .dilation_x = 1,
                                    .out_height = 1,
                                    .out_width = pixels };
    own->middle = shape_count(&middle);
    call_ask_scratch(c, 2 * own->middle +
                            larger(depthwise_scratch(&own->depthwise), convolution_scratch(&own->pointwise)));
    return HORN_OK;
}

/* ---- computing ---- */

void separable_layer_forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    const separable_call *s = c->own;
    const weight *w = c->layer->weights;
    const convolution_end end = { ((const separable_layer *)c->layer)->pointwise.use_bias ? w[2].value : NULL,
                                  own->relu };
    float *middle = lane_scratch(own, c), *scratch = middle + 2 * s->middle;
    for (size_t i = 0; i < x->rows; i++) {
        depthwise_forward(&s->depthwise, 1, x->data + i * shape_count(c->inputs), w[0].value, middle,
                          scratch);
        convolution_forward(&s->pointwise, 1, middle, w[1].value, NULL, end,
                            y->data + i * shape_count(c->outputs), scratch);
    }
}

/* The lane has no gradients if the layer is not trainable. */
void separable_layer_backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy,
                              tensor *dx)
{
    const separable_call *s = c->own;
    const weight *w = c->layer->weights;
    const bool use_bias = ((const separable_layer *)c->layer)->pointwise.use_bias;
    const size_t X = shape_count(c->inputs), Y = shape_count(c->outputs), U = s->pointwise.units;
    float *ddepth = lane_gradient(own, c, 0), *dpoint = lane_gradient(own, c, 1),
          *dbias = use_bias ? lane_gradient(own, c, 2) : NULL;
    float *middle = lane_scratch(own, c), *dmiddle = middle + s->middle, *scratch = dmiddle + s->middle;
    (void)y;
    for (size_t i = 0; i < x->rows; i++) {
        const float *from = x->data + i * X, *share = dy->data + i * Y;
        if (dpoint) {
            depthwise_forward(&s->depthwise, 1, from, w[0].value, middle, scratch);
            convolution_gradient_kernel(&s->pointwise, 1, middle, share, dpoint, scratch);
        }
        convolution_gradient_input(&s->pointwise, 1, w[1].value, NULL, share, dmiddle, scratch);
        if (ddepth) depthwise_gradient_kernel(&s->depthwise, 1, from, dmiddle, ddepth, scratch);
        if (dx) depthwise_gradient_input(&s->depthwise, 1, w[0].value, dmiddle, dx->data + i * X, scratch);
    }
    if (dbias) elementwise_add_columns(dbias, dy->data, U, dy->rows * (Y / U), U);
}
