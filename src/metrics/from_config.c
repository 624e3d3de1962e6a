/* Metrics by name and from configs: finds the class, Horn's own or a registered one, and makes a metric of it. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/memory.h"
#include "base/status.h"
#include "config/config_reader.h"
#include "config/keras_object.h"
#include "metrics/custom_metric.h"

static const metric_class *find_class(const char *name)
{
    const metric_class *class;
    for (size_t i = 0; (class = metric_class_at(i)); i++)
        if (metric_has_name(class, name)) break;
    return class;
}

static const metric_class *find_any_class(const keras_object *object)
{
    const metric_class *class = keras_object_is_foreign(object) ? NULL : find_class(object->name);
    return class ? class : custom_metric_class(object->registered);
}

/* Keras takes these with capitals, too. */
static generic_metric generic_by_name(const char *name)
{
    if (strcasecmp(name, "accuracy") == 0 || strcasecmp(name, "acc") == 0) return GENERIC_ACCURACY;
    if (strcasecmp(name, "crossentropy") == 0 || strcasecmp(name, "ce") == 0) return GENERIC_CROSSENTROPY;
    return GENERIC_NONE;
}

static horn_status new_generic(metric **out, generic_metric generic, const char *name)
{
    metric *m = NULL;
    horn_status status = memory_new(&m, 1, sizeof *m);
    if (status) return status;
    m->generic = generic;
    status = memory_copy_string(&m->name, name);
    if (!status)
        *out = m;
    else
        metric_free(m);
    return status;
}

/* Of a string that is a function's name the metric has that name in logs. */
static horn_status new_named(metric **out, const metric_class *class, const char *name)
{
    metric *m = NULL;
    char *given = NULL;
    horn_status status = metric_new_of_class(&m, class, NULL);
    if (status || class->is_custom || strcmp(class->name, name) == 0) {
        *out = m;
        return status;
    }
    status = memory_copy_string(&given, name);
    if (status) {
        metric_free(m);
        return status;
    }
    free(m->name);
    m->name = given;
    m->named = metric_function_name(class, name);
    *out = m;
    return HORN_OK;
}

/* Keras 2 writes a function as a MeanMetricWrapper around it; a compiled "accuracy" around the function that it chose, with that
 * name. *function is `object` for anything else. */
static horn_status unwrap(keras_object *function, const keras_object *object)
{
    const config *fn = config_get(object->arguments, "fn");
    *function = *object;
    if (strcmp(object->name, "MeanMetricWrapper") != 0 || !fn) return HORN_OK;
    return keras_object_read(function, fn, "metric: argument 'fn'");
}

horn_status metric_new(metric **out, const config *description)
{
    keras_object object, function;
    horn_status status = keras_object_read(&object, description, "metric");
    if (!status) status = unwrap(&function, &object);
    if (status) return status;
    const bool wraps = function.name != object.name;
    const char *name = wraps ? config_get_string(object.arguments, "name") : object.registered;
    const metric_class *class = find_any_class(&function);
    const generic_metric generic = name ? generic_by_name(name) : GENERIC_NONE;
    if (generic && (!class || wraps || !object.arguments)) return new_generic(out, generic, name);
    if (!class) return keras_object_unknown(KERAS_METRIC, function.registered, function.arguments);
    if (!object.arguments) return new_named(out, class, object.name);
    return metric_new_of_class(out, class, object.arguments);
}

horn_status metric_resolve(metric *m, const shape *outputs, const shape *expected)
{
    static const char *const names[][3] = {
        [GENERIC_ACCURACY] = { "binary_accuracy", "sparse_categorical_accuracy", "categorical_accuracy" },
        [GENERIC_CROSSENTROPY] = { "binary_crossentropy", "sparse_categorical_crossentropy",
                                   "categorical_crossentropy" }
    };
    metric *chosen = NULL;
    if (!m->generic) return HORN_OK;
    const bool is_binary = outputs->rank == 0 || outputs->dim[outputs->rank - 1] == 1;
    const bool has_labels = expected->rank < outputs->rank || expected->dim[expected->rank - 1] == 1;
    const char *name = names[m->generic][is_binary ? 0 : has_labels ? 1 : 2];
    const metric_class *class = find_class(name);
    if (m->chosen && m->chosen->class == class) return HORN_OK;
    horn_status status = metric_new_of_class(&chosen, class, NULL);
    if (status) return status;
    metric_free(m->chosen);
    m->chosen = chosen;
    return HORN_OK;
}

/* Takes `description`. */
static horn_metric *construct(config *description)
{
    metric *m = NULL;
    horn_status status = config_status(description);
    if (!status) status = metric_new(&m, description);
    config_free(description);
    return status ? metric_failed(status) : m;
}

horn_metric *horn_metric_by_name(const char *name)
{
    if (!name) return metric_failed(fail_null(__func__, "name"));
    return construct(config_from_string(name));
}

horn_metric *horn_custom_metric(const char *class_name, const horn_metric_options *options)
{
    if (!class_name) return metric_failed(fail_null(__func__, "class_name"));
    return construct(keras_object_new(class_name, metric_arguments(options ? options->name : NULL)));
}
