/* The share of positive targets whose outputs are positive: TP / (TP + FN). */
#include "metrics/confusions/confusion.h"

static double result(const metric *m, size_t columns, const double *state)
{
    (void)m, (void)columns;
    return confusion_share(state[TRUE_POSITIVES], state[FALSE_NEGATIVES]);
}

const metric_class recall_class = {
    .name = "Recall",
    .function_name = "recall",
    .size = sizeof(confusion),
    .targets = TARGET_ROWS,
    .configure = confusion_configure,
    .describe = confusion_describe,
    .states = confusion_states,
    .update = confusion_update,
    .result = result,
};

horn_metric *horn_recall(const horn_confusion_options *options)
{
    return metric_construct(&recall_class, confusion_arguments(options));
}
