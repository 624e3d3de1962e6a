/* Softmax: y = softmax(x) along the last axis. The engine runs the activation as a separate step; the layer is a view. */
#include <inttypes.h>
#include "base/status.h"
#include "layers/call.h"

typedef struct softmax {
    layer base;
    /* As in the config: -1, or the index of the last axis, counting the batch as 0. */
    int64_t axis;
} softmax;

/* Reads an integer, or a list of one. */
static void configure(layer *l, config_reader *r)
{
    softmax *own = (softmax *)l;
    const config *axis;
    own->axis = -1;
    config_read_value(r, "axis", &axis);
    if (config_is_list(axis) && config_count(axis) > 1)
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "axis", "names %zu axes, expected the last alone",
                           config_count(axis));
    else if (axis && !config_integer(config_is_list(axis) ? config_at(axis, 0) : axis, &own->axis))
        config_reader_fail(r, HORN_ERROR_FORMAT, "axis", "is no integer");
    if (!r->status) r->status = activation_by_name(&l->activation, "softmax");
}

static void describe(const layer *l, config *c)
{
    config_set_integer(c, "axis", ((const softmax *)l)->axis);
}

static horn_status place(const layer *l, call *c)
{
    const int64_t axis = ((const softmax *)l)->axis, last = c->inputs->rank;
    if (c->takes_mask)
        return layer_fail(l, HORN_ERROR_UNSUPPORTED,
                          "its input has a mask, which Keras adds to it if the shapes fit");
    if (last > 0 && (axis == -1 || axis == last)) return HORN_OK;
    return layer_fail(l, HORN_ERROR_UNSUPPORTED, "axis is %" PRId64 ", expected the last of %d", axis,
                      c->inputs->rank + 1);
}

const layer_class softmax_layer_class = {
    .name = "Softmax",
    .auto_name = "softmax",
    .size = sizeof(softmax),
    .flags = LAYER_IS_VIEW | LAYER_PASSES_MASK,
    .configure = configure,
    .describe = describe,
    .place = place,
};

horn_layer *horn_softmax(const horn_softmax_options *options)
{
    horn_softmax_options o = options ? *options : (horn_softmax_options){ 0 };
    return layer_construct(&softmax_layer_class, layer_arguments(o.name, o.input_shape));
}
