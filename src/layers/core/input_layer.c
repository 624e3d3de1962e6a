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
    config *sizes = config_list();
    config_append_size(sizes, l->input_batch);
    for (int i = 0; i < l->input_shape.rank; i++) config_append_size(sizes, l->input_shape.dim[i]);
    config_set(c, "batch_input_shape", sizes);
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

static void set_batch(config *arguments, size_t batch)
{
    const config *sizes = config_get(arguments, "batch_input_shape");
    config *with = config_list();
    config_append_size(with, batch);
    for (size_t i = 1; i < config_count(sizes); i++) config_append(with, config_copy(config_at(sizes, i)));
    config_set(arguments, "batch_input_shape", with);
}

horn_layer *horn_input(const horn_input_options *options)
{
    horn_input_options o = options ? *options : (horn_input_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    if (o.dtype) config_set_string(arguments, "dtype", o.dtype);
    if (o.batch_size) set_batch(arguments, o.batch_size);
    return layer_construct(&input_layer_class, arguments);
}
