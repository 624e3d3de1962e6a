/* Losses by name and from configs: finds the class, Horn's own or a registered one, and makes a loss of it. */
#include <string.h>
#include "base/status.h"
#include "config/arguments.h"
#include "config/keras_object.h"
#include "losses/custom_loss.h"

static const loss_class *find_class(const keras_object *object)
{
    const loss_class *class = NULL;
    for (size_t i = 0; !keras_object_is_foreign(object) && (class = loss_class_at(i)); i++)
        if (strcmp(class->name, object->name) == 0 || loss_function_name(class, object->name)) break;
    return class ? class : custom_loss_class(object->registered);
}

horn_status loss_new(loss **out, const config *description)
{
    keras_object object;
    horn_status status = keras_object_read(&object, description, "loss");
    if (status) return status;
    const loss_class *class = find_class(&object);
    if (!class) return keras_object_unknown(KERAS_LOSS, object.registered, object.arguments);
    status = loss_new_of_class(out, class, object.arguments);
    if (!status && !object.arguments) (*out)->named = loss_function_name(class, object.name);
    return status;
}

/* Takes `description`. */
static horn_loss *construct(config *description)
{
    loss *l = NULL;
    horn_status status = config_status(description);
    if (!status) status = loss_new(&l, description);
    config_free(description);
    return status ? loss_failed(status) : l;
}

horn_loss *horn_loss_by_name(const char *name)
{
    if (!name) return loss_failed(fail_null(__func__, "name"));
    return construct(config_from_string(name));
}

horn_loss *horn_custom_loss(const char *class_name, const horn_custom_loss_options *options)
{
    if (!class_name) return loss_failed(fail_null(__func__, "class_name"));
    config *arguments = config_object();
    if (options) arguments_put(arguments, options->arguments);
    return construct(keras_object_new(class_name, arguments));
}
