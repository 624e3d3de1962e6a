/* InputLayer describes the model's input. As in Keras, a Sequential model does not list it among its layers or in its summary,
 * but files contain it. */
#include "config/keras_object.h"
#include "layers/call.h"

/* The type of what a program in Python hands over, such as int32 in front of an Embedding; Horn takes data of any type. */
static void read_dtype(layer *l, config_reader *r)
{
    if (keras_dtype_is_number(config_get_string(r->object, "dtype")))
        layer_keep(l, r, "dtype");
    else
        keras_object_only_float32(r, "dtype");
}

static void configure(layer *l, config_reader *r)
{
    read_dtype(l, r);
    /* The caller has read it. */
    config_require(r, "batch_input_shape");
    config_only_boolean(r, "sparse", false);
    config_only_boolean(r, "ragged", false);
    config_only_boolean(r, "optional", false);
}

static void describe(const layer *l, config *c)
{
    config_set(c, "batch_input_shape", config_batch_shape(l->input_shape.dim, l->input_shape.rank));
    config_set_boolean(c, "sparse", false);
    config_set_boolean(c, "ragged", false);
}

const layer_class input_layer_class = {
    .name = "InputLayer",
    .auto_name = "input_layer",
    .size = sizeof(layer),
    .flags = LAYER_IS_VIEW | LAYER_IS_INPUT,
    .configure = configure,
    .describe = describe,
};

horn_layer *horn_input(const horn_input_options *options)
{
    horn_input_options o = options ? *options : (horn_input_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    if (o.dtype) config_set_string(arguments, "dtype", o.dtype);
    return layer_construct(&input_layer_class, arguments);
}
