#include "layers/layer.h"

#include <string.h>

extern const layer_class activation_layer_class, dense_class, dropout_class, flatten_class;

static const layer_class *const classes[] = {
    &activation_layer_class,
    &dense_class,
    &dropout_class,
    &flatten_class,
};

const layer_class *layer_class_at(size_t index)
{
    return index < sizeof classes / sizeof classes[0] ? classes[index] : NULL;
}

const layer_class *layer_class_by_name(const char *name)
{
    const layer_class *class;
    for (size_t i = 0; (class = layer_class_at(i)); i++)
        if (strcmp(class->name, name) == 0) break;
    return class;
}
