/* The weight of negative outputs whose targets are positive. */
#include "metrics/confusions/confusion.h"

static double result(const metric *m, size_t columns, const double *state)
{
    (void)m, (void)columns;
    return state[FALSE_NEGATIVES];
}

const metric_class false_negatives_class = {
    .name = "FalseNegatives",
    .function_name = "false_negatives",
    .size = sizeof(confusion),
    .targets = TARGET_ROWS,
    .configure = confusion_read_threshold,
    .describe = confusion_describe_threshold,
    .states = confusion_states,
    .update = confusion_update,
    .result = result,
};

horn_metric *horn_false_negatives(const horn_threshold_metric_options *options)
{
    return metric_construct(&false_negatives_class, confusion_threshold_arguments(options));
}
