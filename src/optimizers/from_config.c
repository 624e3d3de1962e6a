/* Optimizers by name and from configs: finds the class, Horn's own or a registered one, and makes an optimizer of it. */
#include <string.h>
#include <strings.h>
#include "base/status.h"
#include "config/arguments.h"
#include "config/keras_object.h"
#include "optimizers/custom_optimizer.h"

static const optimizer_class *find_class(const keras_object *object)
{
    const optimizer_class *class = NULL;
    for (size_t i = 0; !keras_object_is_foreign(object) && (class = optimizer_class_at(i)); i++)
        if (strcasecmp(class->name, object->name) == 0) break;
    return class ? class : custom_optimizer_class(object->registered);
}

horn_status optimizer_new(optimizer **out, const config *description)
{
    keras_object object;
    horn_status status = keras_object_read(&object, description, "optimizer");
    if (status) return status;
    const optimizer_class *class = find_class(&object);
    if (!class) return keras_object_unknown(KERAS_OPTIMIZER, object.registered, object.arguments);
    const bool legacy = object.module && strstr(object.module, "legacy");
    return optimizer_new_of_class(out, class, object.arguments, legacy);
}

/* Takes `arguments`. */
static horn_optimizer *construct(const char *class_name, config *arguments)
{
    optimizer *o = NULL;
    config *description = keras_object_new(class_name, arguments);
    horn_status status = config_status(description);
    if (!status) status = optimizer_new(&o, description);
    config_free(description);
    return status ? optimizer_failed(status) : o;
}

horn_optimizer *horn_optimizer_by_name(const char *name)
{
    if (!name) return optimizer_failed(fail_null(__func__, "name"));
    return construct(name, config_object());
}

horn_optimizer *horn_custom_optimizer(const char *class_name, const horn_custom_optimizer_options *options)
{
    const horn_custom_optimizer_options o = options ? *options : (horn_custom_optimizer_options){ 0 };
    if (!class_name) return optimizer_failed(fail_null(__func__, "class_name"));
    config *arguments = config_object();
    optimizer_set_common(arguments, o.learning_rate, &o.schedule, o.weight_decay, &o.clipping);
    arguments_put(arguments, o.arguments);
    return construct(class_name, arguments);
}
