/* ZeroPadding2D: y[N, H + top + bottom, W + left + right, C] = x[N, H, W, C] with zeros around each image */
#include <string.h>
#include "base/status.h"
#include "layers/images/window.h"

typedef struct zero_padding2d {
    layer base;
    /* Pixels: top, bottom, left, right. */
    size_t padding[4];
} zero_padding2d;

static bool read_size(const config *value, size_t *out)
{
    int64_t number;
    if (!config_integer(value, &number) || number < 0 || number > INT32_MAX) return false;
    *out = (size_t)number;
    return true;
}

/* Reads one size for both sides, or a list of two sizes. */
static bool read_side(const config *value, size_t out[2])
{
    const bool list = config_is_list(value);
    if (list && config_count(value) != 2) return false;
    return read_size(list ? config_at(value, 0) : value, &out[0]) &&
           read_size(list ? config_at(value, 1) : value, &out[1]);
}

static void configure(layer *l, config_reader *r)
{
    zero_padding2d *z = (zero_padding2d *)l;
    const config *value;
    z->padding[0] = z->padding[1] = z->padding[2] = z->padding[3] = 1;
    config_read_value(r, "padding", &value);
    if (value) {
        const bool list = config_is_list(value);
        if ((list && config_count(value) != 2) ||
            !read_side(list ? config_at(value, 0) : value, z->padding) ||
            !read_side(list ? config_at(value, 1) : value, z->padding + 2))
            config_reader_fail(r, HORN_ERROR_FORMAT, "padding",
                               "is no integer from 0 to 2^31 - 1, pair of them, or pair of pairs");
    }
    config_only_string(r, "data_format", "channels_last");
}

static void set_padding(config *c, const size_t padding[4])
{
    config *pairs = config_list();
    for (int i = 0; i < 4; i += 2) {
        config *pair = config_list();
        for (int k = 0; k < 2; k++) config_append_integer(pair, (int64_t)padding[i + k]);
        config_append(pairs, pair);
    }
    config_set(c, "padding", pairs);
}

static void describe(const layer *l, config *c)
{
    const zero_padding2d *z = (const zero_padding2d *)l;
    set_padding(c, z->padding);
    config_set_string(c, "data_format", "channels_last");
}

static horn_status place(const layer *l, call *c)
{
    const zero_padding2d *z = (const zero_padding2d *)l;
    horn_status status = window_check_image(l, c->inputs);
    for (int i = 0; !status && i < 2; i++)
        if (c->inputs->dim[i] != SHAPE_OPEN) c->outputs->dim[i] += z->padding[2 * i] + z->padding[2 * i + 1];
    return status;
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    (void)own;
    const zero_padding2d *z = (const zero_padding2d *)c->layer;
    const size_t H = c->inputs->dim[0], line = c->inputs->dim[1] * c->inputs->dim[2], C = c->inputs->dim[2];
    const size_t row = shape_count(c->outputs), out_line = c->outputs->dim[1] * C;
    memset(y->data, 0, y->rows * row * sizeof *y->data);
    for (size_t i = 0; i < x->rows * H; i++)
        memcpy(y->data + i / H * row + (i % H + z->padding[0]) * out_line + z->padding[2] * C,
               x->data + i * line, line * sizeof *y->data);
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)own, (void)x, (void)y;
    const zero_padding2d *z = (const zero_padding2d *)c->layer;
    const size_t H = c->inputs->dim[0], line = c->inputs->dim[1] * c->inputs->dim[2], C = c->inputs->dim[2];
    const size_t row = shape_count(c->outputs), out_line = c->outputs->dim[1] * C;
    for (size_t i = 0; dx && i < dx->rows * H; i++)
        memcpy(dx->data + i * line,
               dy->data + i / H * row + (i % H + z->padding[0]) * out_line + z->padding[2] * C,
               line * sizeof *dx->data);
}

static size_t operate(const call *c, graph *g, size_t x)
{
    operation o = { .kind = OPERATION_PAD, .inputs = { x }, .input_count = 1, .shape = c->outputs[0] };
    memcpy(o.padding, ((const zero_padding2d *)c->layer)->padding, sizeof o.padding);
    return graph_add(g, &o);
}

const layer_class zero_padding2d_class = {
    .name = "ZeroPadding2D",
    .auto_name = "zero_padding2d",
    .size = sizeof(zero_padding2d),
    .configure = configure,
    .describe = describe,
    .place = place,
    .forward = forward,
    .backward = backward,
    .operate = operate,
};

horn_layer *horn_zero_padding2d(const horn_zero_padding2d_options *options)
{
    horn_zero_padding2d_options o = options ? *options : (horn_zero_padding2d_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    if (o.padding[0] || o.padding[1] || o.padding[2] || o.padding[3]) set_padding(arguments, o.padding);
    return layer_construct(&zero_padding2d_class, arguments);
}
