/* Layers by the name of their class: Horn's own, or a registered one. */
#include <horn/custom_layer.h>
#include <string.h>
#include "base/status.h"
#include "config/arguments.h"
#include "config/keras_object.h"
#include "layers/layer.h"

const layer_class *layer_class_by_name(const char *name)
{
    const layer_class *class;
    for (size_t i = 0; (class = layer_class_at(i)); i++)
        if (strcmp(class->name, name) == 0) break;
    return class ? class : custom_layer_class(name);
}

horn_status layer_new(layer **out, const char *class_name, const config *arguments)
{
    const layer_class *class = layer_class_by_name(class_name);
    if (!class) return keras_object_unknown(KERAS_LAYER, class_name, arguments);
    return layer_new_of_class(out, class, arguments);
}

horn_layer *horn_custom_layer(const char *class_name, const horn_custom_layer_options *options)
{
    const horn_custom_layer_options o = options ? *options : (horn_custom_layer_options){ 0 };
    if (!class_name) return layer_failed(fail_null(__func__, "class_name"));
    const layer_class *class = layer_class_by_name(class_name);
    if (!class) return layer_failed(keras_object_unknown(KERAS_LAYER, class_name, NULL));
    config *arguments = layer_arguments(o.name, o.input_shape);
    arguments_put(arguments, o.arguments);
    return layer_construct(class, arguments);
}
