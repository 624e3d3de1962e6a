/* AlphaDropout. In training y = a (x if a random number in [0, 1) is at least rate, else p) + b: a and b keep the mean and the
 * variance of what selu gives; in inference y = x. Source: Klambauer et al., "Self-Normalizing Neural Networks", 2017 */
#include <math.h>
#include "base/option.h"
#include "layers/call.h"
#include "layers/noise/stream.h"

/* -scale alpha of selu. */
static const double dropped = -1.0507009873554804934 * 1.6732632423543772848;

typedef struct alpha_dropout {
    layer base;
    double rate;
} alpha_dropout;

static void configure(layer *l, config_reader *r)
{
    stream_read_rate(l, r, &((alpha_dropout *)l)->rate);
    layer_read_unknown(l, r, &(const char *){ "noise_shape" }, 1);
}

static void describe(const layer *l, config *c)
{
    config_set_number(c, "rate", ((const alpha_dropout *)l)->rate);
    config_set_null(c, "seed");
}

static horn_status place(const layer *l, call *c)
{
    (void)l;
    /* The mask: one byte per element, 1 if it is kept. */
    call_ask_keep(c, shape_count(c->inputs));
    return HORN_OK;
}

static double factor_of(const call *c)
{
    const double rate = ((const alpha_dropout *)c->layer)->rate;
    return 1 / sqrt((1 - rate) * (1 + rate * dropped * dropped));
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    const double rate = ((const alpha_dropout *)c->layer)->rate, a = factor_of(c);
    const float least = (float)rate, factor = (float)a, shift = (float)(-a * dropped * rate);
    const size_t n = shape_count(c->inputs), count = x->rows * n;
    unsigned char *mask = lane_keep(own, c);
    for (size_t i = 0; i < x->rows; i++) stream_uniforms(c, own, i, n, y->data + i * n);
    for (size_t i = 0; i < count; i++) {
        mask[i] = y->data[i] >= least;
        y->data[i] = factor * (mask[i] ? x->data[i] : (float)dropped) + shift;
    }
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)y;
    const unsigned char *mask = lane_keep(own, c);
    const float factor = (float)factor_of(c);
    for (size_t i = 0, count = x->rows * shape_count(c->inputs); dx && i < count; i++)
        dx->data[i] = mask[i] ? factor * dy->data[i] : 0;
}

const layer_class alpha_dropout_class = {
    .name = "AlphaDropout",
    .auto_name = "alpha_dropout",
    .size = sizeof(alpha_dropout),
    .flags = LAYER_IDLE_IN_INFERENCE | LAYER_PASSES_MASK,
    .configure = configure,
    .describe = describe,
    .place = place,
    .forward = forward,
    .backward = backward,
};

horn_layer *horn_alpha_dropout(const horn_dropout_options *options)
{
    horn_dropout_options o = options ? *options : (horn_dropout_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_number(arguments, "rate", option_number(o.rate, 0));
    return layer_construct(&alpha_dropout_class, arguments);
}
