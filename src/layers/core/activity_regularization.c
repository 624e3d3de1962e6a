/* ActivityRegularization: y = x; the loss gets the penalty l1 sum |x| + l2 sum x^2, divided by the batch's samples. */
#include <float.h>
#include "layers/layer.h"

static void configure(layer *l, config_reader *r)
{
    regularizer own;
    config *both = config_object();
    double l1 = 0, l2 = 0;
    config_read_number(r, "l1", -FLT_MAX, FLT_MAX, &l1);
    config_read_number(r, "l2", -FLT_MAX, FLT_MAX, &l2);
    config_set_string(both, "class_name", "L1L2");
    config_set(both, "config", config_object());
    if (!r->status) r->status = config_status(both);
    if (!r->status) r->status = regularizer_read(&own, both, r->where);
    config_free(both);
    if (r->status) return;
    l->activity = own;
    l->activity.l1 = l1;
    l->activity.l2 = l2;
}

static void describe(const layer *l, config *c)
{
    config_set_number(c, "l1", l->activity.l1);
    config_set_number(c, "l2", l->activity.l2);
}

const layer_class activity_regularization_class = {
    .name = "ActivityRegularization",
    .auto_name = "activity_regularization",
    .size = sizeof(layer),
    .flags = LAYER_IS_VIEW | LAYER_PASSES_MASK,
    .configure = configure,
    .describe = describe,
};

horn_layer *horn_activity_regularization(const horn_activity_regularization_options *options)
{
    horn_activity_regularization_options o = options ? *options : (horn_activity_regularization_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    config_set_option(arguments, "l1", o.l1);
    config_set_option(arguments, "l2", o.l2);
    return layer_construct(&activity_regularization_class, arguments);
}
