/* What the constructors of the public API share. */
#include "base/arithmetic.h"
#include "base/option.h"
#include "base/status.h"
#include "config/keras_object.h"
#include "layers/layer.h"

config *layer_arguments(const char *name, const size_t input_shape[HORN_MAX_RANK])
{
    config *arguments = config_object();
    if (name) config_set_string(arguments, "name", name);
    if (input_shape[0] == 0) return arguments;
    config *sizes = config_list();
    config_append_null(sizes);
    for (size_t i = 0; i < HORN_MAX_RANK && input_shape[i]; i++)
        config_append_size(sizes, input_shape[i] == HORN_OPEN ? 0 : input_shape[i]);
    config_set(arguments, "batch_input_shape", sizes);
    return arguments;
}

void layer_argue_regularizer(config *arguments, const char *key, const horn_regularizer *r)
{
    const double l1 = option_number(r->l1, 0), l2 = option_number(r->l2, 0);
    if (!option_is_given(l1) && !option_is_given(l2)) return;
    config *factors = config_object();
    config_set_option(factors, "l1", l1);
    config_set_option(factors, "l2", l2);
    const char *class_name = !option_is_given(l2) ? "L1" : !option_is_given(l1) ? "L2" : "L1L2";
    config_set(arguments, key, keras_object_new(class_name, factors));
}

void layer_argue_constraint(config *arguments, const char *key, const horn_constraint *c)
{
    if (!c->name) return;
    config *values = config_object(), *axes = config_list();
    config_set_option(values, "min_value", c->min_value);
    config_set_option(values, "max_value", c->max_value);
    config_set_option(values, "rate", c->rate);
    for (int i = 0; i < c->axis_count && i < HORN_MAX_RANK; i++) config_append_integer(axes, c->axes[i]);
    if (c->axis_count == 1) config_set_integer(values, "axis", c->axes[0]);
    if (c->axis_count > 1)
        config_set(values, "axis", axes);
    else
        config_free(axes);
    config_set(arguments, key, keras_object_new(c->name, values));
}

horn_layer *layer_failed(horn_status status)
{
    static layer no_memory = { .failure = &failure_no_memory };
    return failure_object(sizeof no_memory, offsetof(layer, failure), &no_memory, status);
}

horn_layer *layer_construct(const layer_class *class, config *arguments)
{
    const arithmetic host = arithmetic_begin();
    layer *l = NULL;
    horn_status status = config_status(arguments);
    if (!status) status = layer_new_of_class(&l, class, arguments);
    config_free(arguments);
    /* Unknown arguments are accepted from files only. */
    for (int i = 0; !status && i < LAYER_LACKS; i++)
        if (layer_find_unknown(l, i)) status = fail(HORN_ERROR_UNSUPPORTED, "%s", layer_find_unknown(l, i));
    arithmetic_end(host);
    if (!status) return l;
    layer_free(l);
    return layer_failed(status);
}

horn_status horn_layer_status(const horn_layer *l)
{
    NEED(l, "layer");
    return failure_status(l->failure);
}

void horn_layer_free(horn_layer *l)
{
    layer_free(l);
}
