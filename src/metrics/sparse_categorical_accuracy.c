/* 1 if the greatest output (the first of equal ones) is that of the label, else 0. */
#include "metrics/argmax.h"
#include "metrics/metric.h"

static double sum(const metric_class *class, size_t rows, size_t columns, const float *outputs,
                  const targets *t)
{
    (void)class;
    size_t right = 0;
    for (size_t row = 0; row < rows; row++)
        right += (int64_t)argmax(columns, outputs + row * columns) == t->labels[row];
    return (double)right;
}

const metric_class sparse_categorical_accuracy_class = {
    .name = "SparseCategoricalAccuracy",
    .function_name = "sparse_categorical_accuracy",
    .targets = TARGET_LABELS,
    .sum = sum,
};

horn_metric *horn_sparse_categorical_accuracy(const horn_metric_options *options)
{
    return metric_construct(&sparse_categorical_accuracy_class, options);
}
