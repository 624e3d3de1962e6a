/* What TopKCategoricalAccuracy and SparseTopKCategoricalAccuracy have in common. */
#ifndef METRICS_ACCURACIES_TOP_K_H
#define METRICS_ACCURACIES_TOP_K_H

#include <math.h>
#include "metrics/metric.h"

typedef struct top_k {
    metric base;
    size_t k;
} top_k;

static inline void top_k_configure(metric *m, config_reader *r)
{
    top_k *t = (top_k *)m;
    t->k = 5;
    config_read_count(r, "k", 1, &t->k);
}

static inline void top_k_describe(const metric *m, config *c)
{
    config_set_integer(c, "k", (int64_t)((const top_k *)m)->k);
}

/* As TensorFlow's in_top_k: fewer than k outputs are greater than the class' one; false if that one, or one that is looked at, is
 * not finite. */
static inline bool top_k_has(size_t k, size_t columns, const float *outputs, int64_t class)
{
    size_t greater = 0;
    if (class < 0 || (uint64_t) class >= columns || !isfinite(outputs[class])) return false;
    for (size_t i = 0; i < columns; i++) {
        if (!isfinite(outputs[i])) return false;
        greater += outputs[i] > outputs[class];
    }
    return greater < k;
}

static inline config *top_k_arguments(const horn_top_k_options *options)
{
    config *arguments = metric_arguments(options ? options->name : NULL);
    if (options && options->k) config_set_integer(arguments, "k", (int64_t)options->k);
    return arguments;
}

#endif
