/* Metrics of a user's own (<horn/custom_training.h>): a metric_class for each table that is registered. */
#ifndef METRICS_CUSTOM_METRIC_H
#define METRICS_CUSTOM_METRIC_H

#include <horn/custom_training.h>
#include "metrics/metric.h"

const metric_class *custom_metric_class(const char *name); /* by either name; NULL where there is none */
double custom_metric_sum(const metric_class *, size_t rows, size_t columns, const float *outputs,
                         const targets *);

#endif
