/* 1 if the greatest output (the first of equal ones) has the index of the greatest target, else 0. */
#include "metrics/argmax.h"
#include "metrics/metric.h"

static double sum(const metric *m, const metric_rows *r)
{
    size_t right = 0;
    (void)m;
    for (size_t row = 0; row < r->rows; row++)
        right += argmax(r->columns, r->outputs + row * r->columns) ==
                 argmax(r->columns, r->targets->rows + row * r->columns);
    return (double)right;
}

const metric_class categorical_accuracy_class = {
    .name = "CategoricalAccuracy",
    .function_name = "categorical_accuracy",
    .has_function = true,
    .size = sizeof(metric),
    .targets = TARGET_ROWS,
    .sum = sum,
};

horn_metric *horn_categorical_accuracy(const horn_metric_options *options)
{
    return metric_construct(&categorical_accuracy_class, metric_arguments(options ? options->name : NULL));
}
