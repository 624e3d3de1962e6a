/* Keras 2's mean of |t - y| / normalizer, which is 0 where the normalizer is 0. The normalizer is a number, or one for each column. */
#include <math.h>
#include <stdlib.h>
#include "base/status.h"
#include "metrics/metric.h"
#include "metrics/numbers.h"

typedef struct mean_relative_error {
    metric base;
    numbers normalizer;
} mean_relative_error;

static void configure(metric *m, config_reader *r)
{
    config_require(r, "normalizer");
    numbers_read(&((mean_relative_error *)m)->normalizer, r, "normalizer");
}

static void describe(const metric *m, config *c)
{
    numbers_describe(&((const mean_relative_error *)m)->normalizer, c, "normalizer");
}

static void destroy(metric *m)
{
    numbers_free(&((mean_relative_error *)m)->normalizer);
}

static horn_status check(const metric *m, size_t columns)
{
    const numbers *n = &((const mean_relative_error *)m)->normalizer;
    if (n->count == 1 || n->count == columns) return HORN_OK;
    return fail(HORN_ERROR_SHAPE,
                "metric '%s' (MeanRelativeError): normalizer has %zu numbers, outputs have %zu", m->name,
                n->count, columns);
}

static double sum(const metric *m, const metric_rows *r)
{
    const numbers *n = &((const mean_relative_error *)m)->normalizer;
    double sum = 0;
    for (size_t i = 0; i < r->rows * r->columns; i++) {
        const double by = n->values[n->count == 1 ? 0 : i % r->columns];
        if (by != 0) sum += fabs((double)r->targets->rows[i] - (double)r->outputs[i]) / by;
    }
    return r->columns ? sum / (double)r->columns : 0;
}

const metric_class mean_relative_error_class = {
    .name = "MeanRelativeError",
    .function_name = "mean_relative_error",
    .size = sizeof(mean_relative_error),
    .targets = TARGET_ROWS,
    .configure = configure,
    .describe = describe,
    .destroy = destroy,
    .check = check,
    .sum = sum,
};

horn_metric *horn_mean_relative_error(const horn_mean_relative_error_options *o)
{
    config *arguments = metric_arguments(o ? o->name : NULL);
    if (o) numbers_set(arguments, "normalizer", o->normalizer, o->normalizer_count);
    return metric_construct(&mean_relative_error_class, arguments);
}
