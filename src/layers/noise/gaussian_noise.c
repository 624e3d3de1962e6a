/* GaussianNoise. In training y = x + stddev r, r a normal random number; in inference y = x. */
#include <string.h>
#include "base/option.h"
#include "layers/call.h"
#include "layers/noise/stream.h"

typedef struct gaussian_noise {
    layer base;
    double stddev;
} gaussian_noise;

static void configure(layer *l, config_reader *r)
{
    config_require(r, "stddev");
    config_read_number(r, "stddev", 0, 1e30, &((gaussian_noise *)l)->stddev);
    /* The layer uses the model's seed. */
    layer_keep(l, r, "seed");
}

static void describe(const layer *l, config *c)
{
    config_set_number(c, "stddev", ((const gaussian_noise *)l)->stddev);
    config_set_null(c, "seed");
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    const float stddev = (float)((const gaussian_noise *)c->layer)->stddev;
    const size_t n = shape_count(c->inputs), count = x->rows * n;
    for (size_t i = 0; i < x->rows; i++) stream_normals(c, own, i, n, y->data + i * n);
    for (size_t i = 0; i < count; i++) y->data[i] = x->data[i] + stddev * y->data[i];
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)own, (void)y;
    if (dx) memcpy(dx->data, dy->data, x->rows * shape_count(c->inputs) * sizeof *dx->data);
}

const layer_class gaussian_noise_class = {
    .name = "GaussianNoise",
    .auto_name = "gaussian_noise",
    .size = sizeof(gaussian_noise),
    .flags = LAYER_IDLE_IN_INFERENCE | LAYER_PASSES_MASK,
    .configure = configure,
    .describe = describe,
    .forward = forward,
    .backward = backward,
};

horn_layer *horn_gaussian_noise(const horn_gaussian_noise_options *options)
{
    horn_gaussian_noise_options o = options ? *options : (horn_gaussian_noise_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_number(arguments, "stddev", option_number(o.stddev, 0));
    return layer_construct(&gaussian_noise_class, arguments);
}
