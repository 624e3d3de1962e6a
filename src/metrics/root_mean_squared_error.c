/* The root of the mean of (y - t)^2. */
#include <math.h>
#include "metrics/metric.h"

static double sum(const metric *m, const metric_rows *r)
{
    double squares = 0;
    (void)m;
    for (size_t i = 0; i < r->rows * r->columns; i++) {
        const double error = (double)r->outputs[i] - (double)r->targets->rows[i];
        squares += error * error;
    }
    return r->columns ? squares / (double)r->columns : 0;
}

const metric_class root_mean_squared_error_class = {
    .name = "RootMeanSquaredError",
    .function_name = "root_mean_squared_error",
    .size = sizeof(metric),
    .targets = TARGET_ROWS,
    .sum = sum,
    .finish = sqrt,
};

horn_metric *horn_root_mean_squared_error(const horn_metric_options *options)
{
    return metric_construct(&root_mean_squared_error_class, metric_arguments(options ? options->name : NULL));
}
