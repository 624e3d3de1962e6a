/* The share of a row's outputs for which (y > threshold) equals the target. */
#include <math.h>
#include "metrics/metric.h"

typedef struct binary_accuracy {
    metric base;
    double threshold;
} binary_accuracy;

static void configure(metric *m, config_reader *r)
{
    binary_accuracy *b = (binary_accuracy *)m;
    b->threshold = 0.5;
    config_read_number(r, "threshold", -INFINITY, INFINITY, &b->threshold);
}

static void describe(const metric *m, config *c)
{
    config_set_number(c, "threshold", ((const binary_accuracy *)m)->threshold);
}

static double sum(const metric *m, const metric_rows *r)
{
    const float threshold = (float)((const binary_accuracy *)m)->threshold;
    size_t right = 0;
    for (size_t i = 0; i < r->rows * r->columns; i++)
        right += (float)(r->outputs[i] > threshold) == r->targets->rows[i];
    return r->columns ? (double)right / (double)r->columns : 0;
}

const metric_class binary_accuracy_class = {
    .name = "BinaryAccuracy",
    .function_name = "binary_accuracy",
    .has_function = true,
    .size = sizeof(binary_accuracy),
    .targets = TARGET_ROWS,
    .configure = configure,
    .describe = describe,
    .sum = sum,
};

horn_metric *horn_binary_accuracy(const horn_threshold_metric_options *options)
{
    config *arguments = metric_arguments(options ? options->name : NULL);
    if (options) config_set_option(arguments, "threshold", options->threshold);
    return metric_construct(&binary_accuracy_class, arguments);
}
