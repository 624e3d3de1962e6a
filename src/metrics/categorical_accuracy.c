/* 1 if the greatest output (the first of equal ones) has the index of the greatest target, else 0. */
#include "metrics/argmax.h"
#include "metrics/metric.h"

static double sum(const metric_class *class, size_t rows, size_t columns, const float *outputs,
                  const targets *t)
{
    (void)class;
    size_t right = 0;
    for (size_t row = 0; row < rows; row++)
        right += argmax(columns, outputs + row * columns) == argmax(columns, t->rows + row * columns);
    return (double)right;
}

const metric_class categorical_accuracy_class = {
    .name = "CategoricalAccuracy",
    .function_name = "categorical_accuracy",
    .targets = TARGET_ROWS,
    .sum = sum,
};

horn_metric *horn_categorical_accuracy(const horn_metric_options *options)
{
    return metric_construct(&categorical_accuracy_class, options);
}
