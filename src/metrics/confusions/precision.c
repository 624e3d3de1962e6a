/* The share of positive outputs whose targets are positive: TP / (TP + FP). */
#include "metrics/confusions/confusion.h"

static double result(const metric *m, size_t columns, const double *state)
{
    (void)m, (void)columns;
    return confusion_share(state[TRUE_POSITIVES], state[FALSE_POSITIVES]);
}

const metric_class precision_class = {
    .name = "Precision",
    .function_name = "precision",
    .size = sizeof(confusion),
    .targets = TARGET_ROWS,
    .configure = confusion_configure,
    .describe = confusion_describe,
    .states = confusion_states,
    .update = confusion_update,
    .result = result,
};

horn_metric *horn_precision(const horn_confusion_options *options)
{
    return metric_construct(&precision_class, confusion_arguments(options));
}
