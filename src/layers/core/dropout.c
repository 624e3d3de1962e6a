/* Dropout. In training y = x / (1 - rate) if a random number in [0, 1) is at least rate, else 0; in inference y = x.
 * Source: Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", 2014 */
#include "base/option.h"
#include "layers/call.h"
#include "tensor/elementwise.h"
#include "tensor/random.h"

typedef struct dropout {
    layer base;
    double rate;
} dropout;

static void configure(layer *l, config_reader *r)
{
    config_require(r, "rate");
    layer_read_rate(r, "rate", &((dropout *)l)->rate);
    layer_read_unknown(l, r, &(const char *){ "noise_shape" }, 1);
    /* The layer uses the model's seed. */
    layer_keep(l, r, "seed");
}

static void describe(const layer *l, config *c)
{
    config_set_number(c, "rate", ((const dropout *)l)->rate);
    config_set_null(c, "noise_shape");
    config_set_null(c, "seed");
}

static horn_status place(const layer *l, call *c)
{
    (void)l;
    /* The mask: one byte per element, 1 if it is kept. */
    call_ask_keep(c, shape_count(c->inputs));
    return HORN_OK;
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    const random_key key = random_key_make(own->seed, RANDOM_DROPOUT, c->number);
    const size_t n = shape_count(c->inputs);
    const float rate = (float)((const dropout *)c->layer)->rate;
    uint8_t *mask = lane_keep(own, c);
    for (size_t i = 0; i < x->rows; i++)
        random_dropout(key, own->step, own->first + i, n, rate, x->data + i * n, y->data + i * n,
                       mask + i * n);
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)x, (void)y;
    const float rate = (float)((const dropout *)c->layer)->rate;
    if (dx)
        elementwise_mask(dx->data, dy->data, lane_keep(own, c), 1 / (1 - rate),
                         dy->rows * shape_count(c->inputs));
}

const layer_class dropout_class = {
    .name = "Dropout",
    .auto_name = "dropout",
    .size = sizeof(dropout),
    .flags = LAYER_IDLE_IN_INFERENCE | LAYER_PASSES_MASK,
    .configure = configure,
    .describe = describe,
    .place = place,
    .forward = forward,
    .backward = backward,
};

horn_layer *horn_dropout(const horn_dropout_options *options)
{
    horn_dropout_options o = options ? *options : (horn_dropout_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_number(arguments, "rate", option_number(o.rate, 0));
    return layer_construct(&dropout_class, arguments);
}
