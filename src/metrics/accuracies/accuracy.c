/* The share of a row's outputs that equal their targets. Keras' string "accuracy" is another: see metric_resolve. */
#include "metrics/metric.h"

static double sum(const metric *m, const metric_rows *r)
{
    size_t right = 0;
    (void)m;
    for (size_t i = 0; i < r->rows * r->columns; i++) right += r->outputs[i] == r->targets->rows[i];
    return r->columns ? (double)right / (double)r->columns : 0;
}

const metric_class accuracy_class = {
    .name = "Accuracy",
    .function_name = "accuracy",
    .size = sizeof(metric),
    .targets = TARGET_ROWS,
    .sum = sum,
};

horn_metric *horn_accuracy(const horn_metric_options *options)
{
    return metric_construct(&accuracy_class, metric_arguments(options ? options->name : NULL));
}
