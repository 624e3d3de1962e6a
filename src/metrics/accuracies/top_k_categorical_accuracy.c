/* 1 if the greatest target's output is among the k greatest, else 0. */
#include "metrics/argmax.h"
#include "metrics/accuracies/top_k.h"

static double sum(const metric *m, const metric_rows *r)
{
    const size_t k = ((const top_k *)m)->k;
    size_t right = 0;
    for (size_t row = 0; row < r->rows; row++)
        right += top_k_has(k, r->columns, r->outputs + row * r->columns,
                           (int64_t)argmax(r->columns, r->targets->rows + row * r->columns));
    return (double)right;
}

const metric_class top_k_categorical_accuracy_class = {
    .name = "TopKCategoricalAccuracy",
    .function_name = "top_k_categorical_accuracy",
    .has_function = true,
    .size = sizeof(top_k),
    .targets = TARGET_ROWS,
    .configure = top_k_configure,
    .describe = top_k_describe,
    .sum = sum,
};

horn_metric *horn_top_k_categorical_accuracy(const horn_top_k_options *options)
{
    return metric_construct(&top_k_categorical_accuracy_class, top_k_arguments(options));
}
