/* The weight of negative outputs whose targets are negative. */
#include "metrics/confusions/confusion.h"

static double result(const metric *m, size_t columns, const double *state)
{
    (void)m, (void)columns;
    return state[TRUE_NEGATIVES];
}

const metric_class true_negatives_class = {
    .name = "TrueNegatives",
    .function_name = "true_negatives",
    .size = sizeof(confusion),
    .targets = TARGET_ROWS,
    .configure = confusion_read_threshold,
    .describe = confusion_describe_threshold,
    .states = confusion_states,
    .update = confusion_update,
    .result = result,
};

horn_metric *horn_true_negatives(const horn_threshold_metric_options *options)
{
    return metric_construct(&true_negatives_class, confusion_threshold_arguments(options));
}
