/* The weight of positive outputs whose targets are negative. */
#include "metrics/confusions/confusion.h"

static double result(const metric *m, size_t columns, const double *state)
{
    (void)m, (void)columns;
    return state[FALSE_POSITIVES];
}

const metric_class false_positives_class = {
    .name = "FalsePositives",
    .function_name = "false_positives",
    .size = sizeof(confusion),
    .targets = TARGET_ROWS,
    .configure = confusion_read_threshold,
    .describe = confusion_describe_threshold,
    .states = confusion_states,
    .update = confusion_update,
    .result = result,
};

horn_metric *horn_false_positives(const horn_threshold_metric_options *options)
{
    return metric_construct(&false_positives_class, confusion_threshold_arguments(options));
}
