/* 1 if the greatest output (the first of equal ones) is that of the label, else 0. */
#include "metrics/argmax.h"
#include "metrics/metric.h"

static double sum(const metric *m, const metric_rows *r)
{
    size_t right = 0;
    (void)m;
    for (size_t row = 0; row < r->rows; row++)
        right += (int64_t)argmax(r->columns, r->outputs + row * r->columns) == r->targets->labels[row];
    return (double)right;
}

const metric_class sparse_categorical_accuracy_class = {
    .name = "SparseCategoricalAccuracy",
    .function_name = "sparse_categorical_accuracy",
    .has_function = true,
    .size = sizeof(metric),
    .targets = TARGET_LABELS,
    .sum = sum,
};

horn_metric *horn_sparse_categorical_accuracy(const horn_metric_options *options)
{
    return metric_construct(&sparse_categorical_accuracy_class,
                            metric_arguments(options ? options->name : NULL));
}
