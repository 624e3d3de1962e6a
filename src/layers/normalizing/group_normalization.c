/* GroupNormalization: y = (x - mean) / sqrt(variance + epsilon) gamma + beta; mean and variance are those of each sample's values in
 * a group of channels. Source: Wu and He, "Group Normalization", 2018 */
#include "layers/normalizing/axes.h"
#include "layers/normalizing/standardize.h"

typedef struct group_normalization {
    layer base;
    /* -1: as many as channels. */
    int64_t groups;
    axes axis;
    standardize shared;
} group_normalization;

static void configure(layer *l, config_reader *r)
{
    group_normalization *g = (group_normalization *)l;
    const config *groups;
    g->groups = 32;
    config_read_value(r, "groups", &groups);
    if (groups && (!config_integer(groups, &g->groups) || (g->groups != -1 && g->groups < 1)))
        config_reader_fail(r, HORN_ERROR_FORMAT, "groups", "is neither -1 nor an integer from 1 on");
    axes_read(r, "axis", false, &g->axis);
    if (g->axis.is_list) config_reader_fail(r, HORN_ERROR_FORMAT, "axis", "is a list, expected an integer");
    standardize_read(&g->shared, l, r);
}

static void describe(const layer *l, config *c)
{
    const group_normalization *g = (const group_normalization *)l;
    config_set_integer(c, "groups", g->groups);
    axes_describe(&g->axis, c, "axis");
    standardize_describe_numbers(&g->shared, c);
    standardize_describe_weights(&g->shared, c);
}

static horn_status build(layer *l, const shape *inputs, size_t count)
{
    group_normalization *g = (group_normalization *)l;
    unsigned along;
    (void)count;
    horn_status status = axes_resolve(&g->axis, l, inputs, &along);
    if (status) return status;
    const shape channels = axes_shape(inputs, along);
    if (inputs->rank == HORN_MAX_RANK)
        return layer_fail(l, HORN_ERROR_UNSUPPORTED, "its input has more than %d axes", HORN_MAX_RANK);
    status = standardize_add(&g->shared, l, "c", &channels);
    if (status) return status;
    if (channels.dim[0] == SHAPE_OPEN)
        return layer_fail(l, HORN_ERROR_SHAPE, "its axis is open, expected a number of channels");
    /* As in Keras, which writes the number then. */
    if (g->groups == -1) g->groups = (int64_t)channels.dim[0];
    if (channels.dim[0] % (size_t)g->groups == 0) return HORN_OK;
    return layer_fail(l, HORN_ERROR_SHAPE, "%zu channels are no multiple of %lld groups", channels.dim[0],
                      (long long)g->groups);
}

/* Sees the channels as two axes: groups, and the channels of a group. */
static horn_status place(const layer *l, call *c)
{
    const group_normalization *g = (const group_normalization *)l;
    const shape *x = c->inputs;
    unsigned along;
    int axis = 0;
    horn_status status = axes_resolve(&g->axis, l, x, &along);
    if (status) return status;
    while (!(along >> axis & 1)) axis++;
    standardize_view v = { .seen = { .rank = x->rank + 1 },
                           .statistics = along,
                           .parameters = along | along << 1 };
    for (int i = 0; i < v.seen.rank; i++)
        v.seen.dim[i] = i < axis        ? x->dim[i]
                        : i == axis     ? (size_t)g->groups
                        : i == axis + 1 ? x->dim[axis] / (size_t)g->groups
                                        : x->dim[i - 1];
    standardize_place(c, &v);
    return HORN_OK;
}

static void forward(const call *c, lane *own, const tensor *x, tensor *y)
{
    standardize_forward(&((const group_normalization *)c->layer)->shared, c, own, x, y);
}

static void backward(const call *c, lane *own, const tensor *x, const tensor *y, const tensor *dy, tensor *dx)
{
    (void)y;
    standardize_backward(&((const group_normalization *)c->layer)->shared, c, own, x, dy, dx);
}

static size_t operate(const call *c, graph *g, const size_t *x)
{
    return standardize_operate(&((const group_normalization *)c->layer)->shared, c, g, *x);
}

const layer_class group_normalization_class = {
    .name = "GroupNormalization",
    .auto_name = "group_normalization",
    .size = sizeof(group_normalization),
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

horn_layer *horn_group_normalization(const horn_group_normalization_options *options)
{
    horn_group_normalization_options o = options ? *options : (horn_group_normalization_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    if (o.groups) config_set_integer(arguments, "groups", o.groups);
    if (o.axis) config_set_integer(arguments, "axis", o.axis);
    config_set_option(arguments, "epsilon", o.epsilon);
    config_set_boolean(arguments, "center", !o.no_center);
    config_set_boolean(arguments, "scale", !o.no_scale);
    return layer_construct(&group_normalization_class, arguments);
}
