/* Metrics by name and from configs: finds the class, Horn's own or a registered one, and makes a metric of it. */
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "config/config_reader.h"
#include "config/keras_object.h"
#include "metrics/custom_metric.h"

static const metric_class *find_class(const char *name)
{
    const metric_class *class;
    for (size_t i = 0; (class = metric_class_at(i)); i++)
        if (strcmp(class->name, name) == 0 || strcmp(class->function_name, name) == 0) break;
    return class;
}

static const metric_class *find_any_class(const keras_object *object)
{
    const metric_class *class = keras_object_is_foreign(object) ? NULL : find_class(object->name);
    return class ? class : custom_metric_class(object->registered);
}

static bool is_generic(const char *name)
{
    return strcmp(name, "accuracy") == 0 || strcmp(name, "acc") == 0;
}

/* Keras 2 writes a compiled "accuracy" as a MeanMetricWrapper of that name around the function that it chose. */
typedef struct arguments {
    /* NULL if it is not given. */
    const char *name;
    bool wraps;
    keras_object function;
} arguments;

static horn_status read_arguments(arguments *out, const keras_object *object)
{
    const config *function;
    double threshold = 0.5;
    config_reader r = config_reader_begin(object->arguments, "metric");
    *out = (arguments){ 0 };
    config_read_string(&r, "name", &out->name);
    keras_object_only_float32(&r, "dtype");
    config_read_number(&r, "threshold", 0, 1, &threshold);
    if (threshold != 0.5)
        config_reader_fail(&r, HORN_ERROR_UNSUPPORTED, "threshold", "is %g: only 0.5 is supported",
                           threshold);
    config_read_value(&r, "fn", &function);
    if (function && !r.status) {
        r.status = keras_object_read(&out->function, function, "metric: argument 'fn'");
        out->wraps = !r.status;
    }
    return config_reader_end(&r);
}

horn_status metric_new(metric **out, const config *description)
{
    horn_status status = HORN_OK;
    metric *m = NULL;
    keras_object object;
    arguments a;
    TRY(keras_object_read(&object, description, "metric"));
    if (find_any_class(&object) || is_generic(object.name) || strcmp(object.name, "MeanMetricWrapper") == 0)
        TRY(read_arguments(&a, &object));
    /* So that the error line names the metric, not one of its arguments. */
    else
        a = (arguments){ 0 };
    const bool wraps = strcmp(object.name, "MeanMetricWrapper") == 0 && a.wraps;
    const keras_object *chosen = wraps ? &a.function : &object;
    const metric_class *class = find_any_class(chosen);
    bool wrapped = wraps && a.name && is_generic(a.name);
    if (!class && !is_generic(chosen->registered))
        return keras_object_unknown(KERAS_METRIC, chosen->registered, chosen->arguments);
    TRY(memory_new(&m, 1, sizeof *m));
    m->generic = wrapped || !class;
    m->class = m->generic ? NULL : class;
    TRY(memory_copy_string(&m->name, !class ? chosen->name : a.name ? a.name : class->function_name));
    *out = m;
    m = NULL;
done:
    metric_free(m);
    return status;
}

void metric_resolve(metric *m, const shape *outputs, const shape *expected)
{
    if (!m->generic) return;
    if (outputs->rank == 0 || outputs->dim[outputs->rank - 1] == 1)
        m->class = find_class("binary_accuracy");
    else if (expected->rank < outputs->rank || expected->dim[expected->rank - 1] == 1)
        m->class = find_class("sparse_categorical_accuracy");
    else
        m->class = find_class("categorical_accuracy");
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
    config *given = config_object();
    if (options && options->name) config_set_string(given, "name", options->name);
    return construct(keras_object_new(class_name, given));
}
