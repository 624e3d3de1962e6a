/* Resizing: y[N, height, width, C] = x[N, H, W, C] in another size, by pixels or bilinear between them; with
 * crop_to_aspect_ratio of the largest part in the middle that has the shape of y. */
#include "layers/images/resizing_layer.h"

#include <string.h>
#include "base/status.h"

/* ---- shared ---- */

void resizing_layer_read_size(layer *l, config_reader *r)
{
    resizing_layer *s = (resizing_layer *)l;
    config_require(r, "height");
    config_require(r, "width");
    config_read_count(r, "height", 1, &s->height);
    config_read_count(r, "width", 1, &s->width);
    if (s->height > INT32_MAX || s->width > INT32_MAX)
        config_reader_fail(r, HORN_ERROR_FORMAT, s->height > INT32_MAX ? "height" : "width",
                           "is beyond 2^31 - 1");
}

void resizing_layer_describe_size(const layer *l, config *c)
{
    const resizing_layer *s = (const resizing_layer *)l;
    config_set_integer(c, "height", (int64_t)s->height);
    config_set_integer(c, "width", (int64_t)s->width);
}

/* How much of n the part has whose other side has m of m, as Keras rounds it. */
static size_t part_of(size_t n, size_t m, size_t target, size_t other)
{
    const size_t part = (size_t)((float)(m * target) / (float)other);
    return part < 1 ? 1 : part < n ? part : n;
}

horn_status resizing_layer_place(const layer *l, call *c, bool whole)
{
    const resizing_layer *s = (const resizing_layer *)l;
    const window image = window_of(2, 1, 1);
    const shape *x = c->inputs;
    horn_status status = window_check_input(&image, l, x);
    if (status) return status;
    const size_t H = x->dim[0], W = x->dim[1], C = x->dim[2];
    c->outputs[0] = (shape){ 3, { s->height, s->width, C } };
    if (shape_is_open(x)) return HORN_OK;
    if (H > INT32_MAX || W > INT32_MAX)
        return layer_fail(l, HORN_ERROR_UNSUPPORTED, "its input has an axis beyond 2^31 - 1");
    resizing r = { .channels = C,
                   .image_height = H,
                   .image_width = W,
                   .height = whole ? H : part_of(H, W, s->height, s->width),
                   .width = whole ? W : part_of(W, H, s->width, s->height),
                   .out_height = s->height,
                   .out_width = s->width,
                   .is_bilinear = s->is_bilinear };
    r.top = (H - r.height) / 2;
    r.left = (W - r.width) / 2;
    *(resizing *)c->own = r;
    return HORN_OK;
}

/* ---- the layer ---- */

/* Arguments of Keras 3: what pads or smooths is refused, and what only padding uses is kept. */
static void read_keras3(layer *l, config_reader *r)
{
    config_only_boolean(r, "pad_to_aspect_ratio", false);
    config_only_boolean(r, "antialias", false);
    layer_keep(l, r, "fill_mode");
    layer_keep(l, r, "fill_value");
    layer_read_data_format(l, r);
}

static void configure(layer *l, config_reader *r)
{
    resizing_layer *s = (resizing_layer *)l;
    const char *interpolation = "bilinear";
    resizing_layer_read_size(l, r);
    config_read_string(r, "interpolation", &interpolation);
    config_read_boolean(r, "crop_to_aspect_ratio", &s->crops);
    s->is_bilinear = strcmp(interpolation, "bilinear") == 0;
    if (!s->is_bilinear && strcmp(interpolation, "nearest") != 0)
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "interpolation",
                           "is \"%.60s\", expected \"nearest\" or \"bilinear\"", interpolation);
    read_keras3(l, r);
}

static void describe(const layer *l, config *c)
{
    const resizing_layer *s = (const resizing_layer *)l;
    resizing_layer_describe_size(l, c);
    config_set_string(c, "interpolation", s->is_bilinear ? "bilinear" : "nearest");
    config_set_boolean(c, "crop_to_aspect_ratio", s->crops);
    if (l->channels_first) layer_describe_data_format(l, c);
}

static horn_status place(const layer *l, call *c)
{
    return resizing_layer_place(l, c, !((const resizing_layer *)l)->crops);
}

const layer_class resizing_class = {
    .name = "Resizing",
    .auto_name = "resizing",
    .size = sizeof(resizing_layer),
    .call_size = sizeof(resizing),
    .configure = configure,
    .describe = describe,
    .place = place,
    .forward = up_sampling_forward,
    .backward = up_sampling_backward,
};

horn_layer *horn_resizing(const horn_resizing_options *options)
{
    horn_resizing_options o = options ? *options : (horn_resizing_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_integer(arguments, "height", (int64_t)o.height);
    config_set_integer(arguments, "width", (int64_t)o.width);
    config_set_string(arguments, "interpolation", o.interpolation);
    config_set_boolean(arguments, "crop_to_aspect_ratio", o.crop_to_aspect_ratio);
    return layer_construct(&resizing_class, arguments);
}
