#include "metrics/metric.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "config/keras_object.h"

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
    return m->class->sum(m->class, rows, columns, outputs, t);
}

/* ---- the public API ---- */

horn_metric *metric_failed(horn_status status)
{
    static metric no_memory = { .failure = &failure_no_memory };
    return failure_object(sizeof no_memory, offsetof(metric, failure), &no_memory, status);
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

horn_status horn_metric_status(const horn_metric *m)
{
    NEED(m, "metric");
    return failure_status(m->failure);
}

void horn_metric_free(horn_metric *m)
{
    metric_free(m);
}
