#include "metrics/metric.h"

#include <stdlib.h>
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

static config *describe_object(const metric *m)
{
    config *c = config_object();
    config_set_string(c, "name", m->name);
    config_set_string(c, "dtype", "float32");
    return keras_object_new(m->class->name, c);
}

horn_status metric_describe(const metric *m, config **out)
{
    bool plain = m->generic || (!m->class->is_custom && strcmp(m->name, m->class->function_name) == 0);
    config *description = plain ? config_from_string(m->name) : describe_object(m);
    horn_status status = config_status(description);
    if (status)
        config_free(description);
    else
        *out = description;
    return status;
}

void metric_free(metric *m)
{
    if (!m || failure_is_static(m->failure)) return;
    failure_free(m->failure);
    free(m->name);
    free(m);
}

double metric_sum(const metric *m, size_t rows, size_t columns, const float *outputs, const targets *t)
{
    return m->class->is_custom ? custom_metric_sum(m->class, rows, columns, outputs, t)
                               : m->class->sum(rows, columns, outputs, t);
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

/* ---- the public API ---- */

horn_metric *metric_failed(horn_status status)
{
    static metric no_memory = { .failure = &failure_no_memory };
    metric *m;
    failure *why = failure_new(&m, sizeof *m, &no_memory, status);
    if (!failure_is_static(why)) m->failure = why;
    return m;
}

horn_metric *metric_construct(const metric_class *class, const horn_metric_options *options)
{
    metric *m = NULL;
    horn_status status = memory_new(&m, 1, sizeof *m);
    if (status) return metric_failed(status);
    m->class = class;
    status = memory_copy_string(&m->name, options && options->name ? options->name : class->function_name);
    if (!status) return m;
    metric_free(m);
    return metric_failed(status);
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

horn_status horn_metric_status(const horn_metric *m)
{
    NEED(m, "metric");
    return failure_status(m->failure);
}

void horn_metric_free(horn_metric *m)
{
    metric_free(m);
}
