/* Sequential as a layer: a chain of layers in a layer of a chain. */
#include "base/status.h"
#include "config/keras_object.h"
#include "layers/nested/inner.h"

static bool is_input(const layer *l)
{
    return l->class->flags & LAYER_IS_INPUT;
}

static void configure(layer *l, config_reader *r)
{
    inner_read_list(l, r, "layers", "layers");
    layer_keep(l, r, "build_input_shape");
    if (r->status) return;
    if (l->inner_count == 0 || (l->inner_count == 1 && is_input(l->inner[0].layer)))
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "layers", "holds no layer");
    for (size_t i = 1; i < l->inner_count; i++)
        if (is_input(l->inner[i].layer))
            config_reader_fail(r, HORN_ERROR_FORMAT, "layers", "has an InputLayer behind other layers");
    if (r->status || l->has_input_shape) return;
    l->has_input_shape = l->inner[0].layer->has_input_shape;
    l->input_shape = l->inner[0].layer->input_shape;
}

static void describe(const layer *l, config *c)
{
    config *layers = config_list();
    for (size_t i = 0; i < l->inner_count; i++) config_append(layers, inner_describe(l->inner[i].layer));
    config_set(c, "layers", layers);
}

static horn_status expand(const layer *l, call_list *list, size_t x, size_t *y)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; i < l->inner_count && !status; i++)
        if (!is_input(l->inner[i].layer)) status = call_list_add(list, l->inner[i].layer, &x, 1, &x);
    *y = x;
    return status;
}

const layer_class sequential_layer_class = {
    .name = "Sequential",
    .auto_name = "sequential",
    .size = sizeof(layer),
    .configure = configure,
    .describe = describe,
    .expand = expand,
};

horn_layer *horn_sequential_layer(const horn_sequential_layer_options *options)
{
    const horn_sequential_layer_options o = options ? *options : (horn_sequential_layer_options){ 0 };
    config *arguments = layer_arguments(o.name, o.input_shape);
    const horn_status status = inner_argue_list(arguments, "layers", o.layers);
    if (!status) return layer_construct(&sequential_layer_class, arguments);
    config_free(arguments);
    return layer_failed(status);
}
