/* GaussianDropout. In training y = x r, r a normal random number with mean 1 and standard deviation sqrt(rate / (1 - rate)); in
 * inference y = x. */
#include <math.h>
#include "base/option.h"
#include "layers/call.h"
#include "layers/noise/stream.h"

typedef struct gaussian_dropout {
    layer base;
    double rate;
} gaussian_dropout;

static void configure(layer *l, config_reader *r)
{
    stream_read_rate(l, r, &((gaussian_dropout *)l)->rate);
}

static void describe(const layer *l, config *c)
{
    config_set_number(c, "rate", ((const gaussian_dropout *)l)->rate);
    config_set_null(c, "seed");
}

static horn_status place(const layer *l, call *c)
{
    (void)l;
    /* The factors. */
    call_ask_keep(c, shape_count(c->inputs) * sizeof(float));
    return HORN_OK;
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    const double rate = ((const gaussian_dropout *)c->layer)->rate;
    const float stddev = (float)sqrt(rate / (1 - rate));
    const size_t n = shape_count(c->inputs), count = x->rows * n;
    float *factors = lane_keep(own, c);
    for (size_t i = 0; i < x->rows; i++) stream_normals(c, own, i, n, factors + i * n);
    for (size_t i = 0; i < count; i++) {
        factors[i] = 1 + stddev * factors[i];
        y->data[i] = x->data[i] * factors[i];
    }
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)y;
    const float *factors = lane_keep(own, c);
    for (size_t i = 0, count = x->rows * shape_count(c->inputs); dx && i < count; i++)
        dx->data[i] = dy->data[i] * factors[i];
}

const layer_class gaussian_dropout_class = {
    .name = "GaussianDropout",
    .auto_name = "gaussian_dropout",
    .size = sizeof(gaussian_dropout),
    .flags = LAYER_IDLE_IN_INFERENCE | LAYER_PASSES_MASK,
    .configure = configure,
    .describe = describe,
    .place = place,
    .forward = forward,
    .backward = backward,
};

horn_layer *horn_gaussian_dropout(const horn_dropout_options *options)
{
    horn_dropout_options o = options ? *options : (horn_dropout_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_number(arguments, "rate", option_number(o.rate, 0));
    return layer_construct(&gaussian_dropout_class, arguments);
}
