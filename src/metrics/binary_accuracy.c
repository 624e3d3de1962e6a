/* The share of a row's outputs for which (y > 0.5) equals the target. */
#include "metrics/metric.h"

static double sum(const metric_class *class, size_t rows, size_t columns, const float *outputs,
                  const targets *t)
{
    (void)class;
    size_t right = 0;
    for (size_t i = 0; i < rows * columns; i++) right += (float)(outputs[i] > 0.5f) == t->rows[i];
    return columns ? (double)right / (double)columns : 0;
}

const metric_class binary_accuracy_class = {
    .name = "BinaryAccuracy",
    .function_name = "binary_accuracy",
    .targets = TARGET_ROWS,
    .sum = sum,
};

horn_metric *horn_binary_accuracy(const horn_metric_options *options)
{
    return metric_construct(&binary_accuracy_class, options);
}
