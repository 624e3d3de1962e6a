/* Registered metrics (<horn/custom_training.h>): a metric_class for each registered table. */
#ifndef METRICS_CUSTOM_METRIC_H
#define METRICS_CUSTOM_METRIC_H

#include <horn/custom_training.h>
#include "metrics/metric.h"

/* Finds a class by "package>Name" or by "Name"; NULL if there is none. */
const metric_class *custom_metric_class(const char *name);

#endif
