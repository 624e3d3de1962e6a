/* SpatialDropout1D, 2D and 3D: Dropout of whole channels. In training y = x / (1 - rate) in a channel whose random number in
 * [0, 1) is at least rate, else 0; in inference y = x. */
#include <string.h>
#include "base/option.h"
#include "layers/call.h"
#include "layers/noise/stream.h"
#include "tensor/broadcast.h"

typedef struct spatial_dropout {
    layer base;
    double rate;
    bool channels_first;
} spatial_dropout;

extern const layer_class spatial_dropout1d_class, spatial_dropout2d_class, spatial_dropout3d_class;

static void configure(layer *l, config_reader *r)
{
    spatial_dropout *s = (spatial_dropout *)l;
    const char *format = "channels_last";
    stream_read_rate(l, r, &s->rate);
    layer_read_unknown(l, r, &(const char *){ "noise_shape" }, 1);
    if (l->class == &spatial_dropout1d_class) return;
    config_read_string(r, "data_format", &format);
    s->channels_first = strcmp(format, "channels_first") == 0;
    if (!s->channels_first && strcmp(format, "channels_last") != 0)
        config_reader_refuse(r, "data_format", "'channels_last' or 'channels_first'");
}

static void describe(const layer *l, config *c)
{
    const spatial_dropout *s = (const spatial_dropout *)l;
    /* Keras 3's classes do not take it. */
    if (l->trainable) config_remove(c, "trainable");
    config_set_number(c, "rate", s->rate);
    config_set_null(c, "seed");
    if (l->class != &spatial_dropout1d_class)
        config_set_string(c, "data_format", s->channels_first ? "channels_first" : "channels_last");
}

static broadcast channels_of(const call *c)
{
    const int axis = ((const spatial_dropout *)c->layer)->channels_first ? 0 : c->inputs->rank - 1;
    return broadcast_along(c->inputs, 1u << axis);
}

static horn_status place(const layer *l, call *c)
{
    const int rank = l->class == &spatial_dropout1d_class ? 2 : l->class == &spatial_dropout2d_class ? 3 : 4;
    char found[SHAPE_TEXT];
    if (c->inputs->rank != rank)
        return layer_fail(l, HORN_ERROR_SHAPE, "its input is %s, expected %d axes beside the batch",
                          shape_print(found, c->inputs), rank);
    /* The factors. */
    call_ask_keep(c, channels_of(c).count * sizeof(float));
    return HORN_OK;
}

/* `from` is x, or the gradient of y. */
static void multiply(const call *c, const lane *own, size_t rows, const float *from, float *to)
{
    const broadcast b = channels_of(c);
    const float *factors = lane_keep(own, c);
    for (size_t line = 0; line < rows * b.lines; line++) {
        const float *factor = factors + line / b.lines * b.count + broadcast_at(&b, line % b.lines);
        for (size_t i = 0; i < b.width; i++)
            to[line * b.width + i] = from[line * b.width + i] * factor[i * b.step];
    }
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    const float rate = (float)((const spatial_dropout *)c->layer)->rate;
    const size_t channels = channels_of(c).count;
    float *factors = lane_keep(own, c);
    for (size_t i = 0; i < x->rows; i++) stream_uniforms(c, own, i, channels, factors + i * channels);
    for (size_t i = 0; i < x->rows * channels; i++) factors[i] = factors[i] >= rate ? 1 / (1 - rate) : 0;
    multiply(c, own, x->rows, x->data, y->data);
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)y;
    if (dx) multiply(c, own, x->rows, dy->data, dx->data);
}

#define SPATIAL_DROPOUT(CLASS, NAME, AUTO)                    \
    const layer_class CLASS = {                               \
        .name = NAME,                                         \
        .auto_name = AUTO,                                    \
        .size = sizeof(spatial_dropout),                      \
        .flags = LAYER_IDLE_IN_INFERENCE | LAYER_PASSES_MASK, \
        .configure = configure,                               \
        .describe = describe,                                 \
        .place = place,                                       \
        .forward = forward,                                   \
        .backward = backward,                                 \
    }

SPATIAL_DROPOUT(spatial_dropout1d_class, "SpatialDropout1D", "spatial_dropout1d");
SPATIAL_DROPOUT(spatial_dropout2d_class, "SpatialDropout2D", "spatial_dropout2d");
SPATIAL_DROPOUT(spatial_dropout3d_class, "SpatialDropout3D", "spatial_dropout3d");

static horn_layer *construct(const layer_class *class, const horn_spatial_dropout_options *options)
{
    horn_spatial_dropout_options o = options ? *options : (horn_spatial_dropout_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_number(arguments, "rate", option_number(o.rate, 0));
    if (o.data_format) config_set_string(arguments, "data_format", o.data_format);
    return layer_construct(class, arguments);
}

horn_layer *horn_spatial_dropout1d(const horn_spatial_dropout_options *options)
{
    return construct(&spatial_dropout1d_class, options);
}

horn_layer *horn_spatial_dropout2d(const horn_spatial_dropout_options *options)
{
    return construct(&spatial_dropout2d_class, options);
}

horn_layer *horn_spatial_dropout3d(const horn_spatial_dropout_options *options)
{
    return construct(&spatial_dropout3d_class, options);
}
