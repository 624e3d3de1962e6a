#include "metrics/custom_metric.h"

#include <string.h>
#include "base/status.h"
#include "config/registered.h"
#include "tensor/comparison.h"

typedef struct custom_class {
    metric_class class;
    const horn_metric_class *table;
} custom_class;

static registry classes;

static double sum(const metric *m, const metric_rows *r)
{
    const horn_comparison c = comparison_of(r->rows, r->columns, r->outputs, r->targets);
    return ((const custom_class *)m->class)->table->sum(&c);
}

static horn_status check(const horn_metric_class *t)
{
    if (!t) return fail(HORN_ERROR_ARGUMENT, "metric class: is NULL");
    const char *name = t->name ? t->name : "";
    if (!t->sum) return fail(HORN_ERROR_ARGUMENT, "metric class '%.100s': has no sum", name);
    const horn_status status = comparison_check("metric", name, t->targets);
    if (status) return status;
    for (size_t i = 0; metric_class_at(i); i++)
        if (strcmp(metric_class_at(i)->name, name) == 0)
            return fail(HORN_ERROR_ARGUMENT, "metric class '%s': the name is taken by Keras' own", name);
    return HORN_OK;
}

horn_status horn_register_metric(const horn_metric_class *table)
{
    registered *r = NULL;
    horn_status status = check(table);
    if (!status)
        status = registered_new(&r, "metric", table->package, table->name, table, sizeof(custom_class));
    if (status) return status;
    *(custom_class *)r->made = (custom_class){ .class = { .name = r->name,
                                                          .function_name = r->snake,
                                                          .size = sizeof(metric),
                                                          .targets = comparison_kind(table->targets),
                                                          .sum = sum,
                                                          .is_custom = true },
                                               .table = table };
    return registry_add(&classes, "metric", r);
}

const metric_class *custom_metric_class(const char *name)
{
    return registry_find(&classes, name);
}
