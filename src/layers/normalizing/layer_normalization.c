/* LayerNormalization: y = (x - mean) / sqrt(variance + epsilon) gamma + beta; mean and variance are those of each sample's values
 * along the axes, for each position on the others. With Keras 3's rms_scaling y = x / sqrt(variance + epsilon) gamma. Source: Ba,
 * Kiros and Hinton, "Layer Normalization", 2016 */
#include "layers/normalizing/axes.h"
#include "layers/normalizing/standardize.h"

typedef struct layer_normalization {
    layer base;
    axes axes;
    standardize shared;
} layer_normalization;

static void configure(layer *l, config_reader *r)
{
    layer_normalization *n = (layer_normalization *)l;
    axes_read(r, "axis", false, &n->axes);
    standardize_read(&n->shared, l, r);
    config_read_boolean(r, "rms_scaling", &n->shared.only_scales);
}

static void describe(const layer *l, config *c)
{
    const layer_normalization *n = (const layer_normalization *)l;
    axes_describe(&n->axes, c, "axis");
    standardize_describe_numbers(&n->shared, c);
    /* Keras 2 has no such argument. */
    if (n->shared.only_scales) config_set_boolean(c, "rms_scaling", true);
    standardize_describe_weights(&n->shared, c);
}

static horn_status build(layer *l, const shape *inputs, size_t count)
{
    const layer_normalization *n = (const layer_normalization *)l;
    unsigned along;
    (void)count;
    horn_status status = axes_resolve(&n->axes, l, inputs, &along);
    if (status) return status;
    const shape parameters = axes_shape(inputs, along);
    return standardize_add(&n->shared, l, parameters.rank == 1 ? "c" : "", &parameters);
}

static horn_status place(const layer *l, call *c)
{
    standardize_view v = { .seen = *c->inputs };
    horn_status status = axes_resolve(&((const layer_normalization *)l)->axes, l, c->inputs, &v.parameters);
    v.statistics = ~v.parameters;
    if (!status) standardize_place(c, &v);
    return status;
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    standardize_forward(&((const layer_normalization *)c->layer)->shared, c, own, x, y);
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)y;
    standardize_backward(&((const layer_normalization *)c->layer)->shared, c, own, x, dy, dx);
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    return standardize_operate(&((const layer_normalization *)c->layer)->shared, c, g, *x);
}

const layer_class layer_normalization_class = {
    .name = "LayerNormalization",
    .auto_name = "layer_normalization",
    .size = sizeof(layer_normalization),
    .call_size = sizeof(standardize_view),
    .flags = LAYER_PASSES_MASK,
    .configure = configure,
    .describe = describe,
    .build = build,
    .place = place,
    .forward = forward,
    .backward = backward,
    .operate = operate,
};

horn_layer *horn_layer_normalization(const horn_layer_normalization_options *options)
{
    horn_layer_normalization_options o = options ? *options : (horn_layer_normalization_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    axes_argue(arguments, o.axis);
    config_set_option(arguments, "epsilon", o.epsilon);
    config_set_boolean(arguments, "center", !o.no_center);
    config_set_boolean(arguments, "scale", !o.no_scale);
    config_set_boolean(arguments, "rms_scaling", o.rms_scaling);
    return layer_construct(&layer_normalization_class, arguments);
}
