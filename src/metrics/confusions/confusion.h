/* What metrics of the confusion matrix have in common: the weights of true and false positives and negatives at one threshold.
 *
 * An output is positive if it is above the threshold; with top_k also only if it is among the k greatest of its row. With
 * class_id, only that column counts. */
#ifndef METRICS_CONFUSIONS_CONFUSION_H
#define METRICS_CONFUSIONS_CONFUSION_H

#include "metrics/metric.h"

enum confusion_state { TRUE_POSITIVES, FALSE_POSITIVES, TRUE_NEGATIVES, FALSE_NEGATIVES, CONFUSION_STATES };

typedef struct confusion {
    metric base;
    double threshold;
    /* The threshold was given, and in a list. */
    bool has_threshold, in_list;
    /* 0: not given. */
    size_t top_k;
    bool of_class;
    size_t class_id;
} confusion;

/* Reads `thresholds`: null, a number, or a list of one. */
void confusion_read_threshold(metric *, config_reader *);
void confusion_describe_threshold(const metric *, config *);
/* Also `top_k` and `class_id`. */
void confusion_configure(metric *, config_reader *);
void confusion_describe(const metric *, config *);

size_t confusion_states(const metric *, size_t columns);
void confusion_update(const metric *, const metric_rows *, double *state);
/* a / (a + b); 0 if both are 0. */
double confusion_share(double a, double b);

/* Arguments for constructors. */
config *confusion_arguments(const horn_confusion_options *);
config *confusion_threshold_arguments(const horn_threshold_metric_options *);

#endif
