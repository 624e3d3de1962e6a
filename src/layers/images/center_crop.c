/* CenterCrop: y[N, height, width, C] is the middle of x[N, H, W, C]. Of an image that is too small, the largest part of y's shape
 * is resized, as Resizing does it. */
#include "base/status.h"
#include "layers/images/resizing_layer.h"

static void configure(layer *l, config_reader *r)
{
    ((resizing_layer *)l)->is_bilinear = true;
    resizing_layer_read_size(l, r);
    layer_read_data_format(l, r);
}

static void describe(const layer *l, config *c)
{
    resizing_layer_describe_size(l, c);
    if (l->channels_first) layer_describe_data_format(l, c);
}

static horn_status place(const layer *l, call *c)
{
    const resizing_layer *s = (const resizing_layer *)l;
    horn_status status = resizing_layer_place(l, c, false);
    resizing *r = c->own;
    if (status || shape_is_open(c->inputs)) return status;
    if (r->image_height < s->height || r->image_width < s->width) return HORN_OK;
    r->height = s->height;
    r->width = s->width;
    r->top = (r->image_height - s->height) / 2;
    r->left = (r->image_width - s->width) / 2;
    return HORN_OK;
}

const layer_class center_crop_class = {
    .name = "CenterCrop",
    .auto_name = "center_crop",
    .size = sizeof(resizing_layer),
    .call_size = sizeof(resizing),
    .configure = configure,
    .describe = describe,
    .place = place,
    .forward = up_sampling_forward,
    .backward = up_sampling_backward,
};

horn_layer *horn_center_crop(const horn_center_crop_options *options)
{
    horn_center_crop_options o = options ? *options : (horn_center_crop_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_integer(arguments, "height", (int64_t)o.height);
    config_set_integer(arguments, "width", (int64_t)o.width);
    return layer_construct(&center_crop_class, arguments);
}
