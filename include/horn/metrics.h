/* Metrics, by Keras' names: means over the rows of what is evaluated, or of an epoch of training.
 *
 * A constructor returns a metric that the caller owns, never NULL; horn_model_compile takes it. One that could not be made
 * carries its error: horn_metric_status and horn_model_compile report it. Options may be NULL. */
#ifndef HORN_METRICS_H
#define HORN_METRICS_H

#include <horn/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct horn_metric horn_metric;

typedef struct horn_metric_options {
    /* What logs call it. NULL: Keras' own name, such as "binary_accuracy". */
    const char *name;
} horn_metric_options;

/* y_true[N] or [N, 1] of class numbers, y_pred[N, classes]: the share of rows whose greatest output is at the class. */
horn_metric *horn_sparse_categorical_accuracy(const horn_metric_options *options);
/* y_true[N, classes], y_pred[N, classes]: the share of rows whose greatest output is where the greatest target is. */
horn_metric *horn_categorical_accuracy(const horn_metric_options *options);
/* y_true[N, D], y_pred[N, D]: the share of outputs that are on their target's side of 0.5. */
horn_metric *horn_binary_accuracy(const horn_metric_options *options);

/* Keras' string: "accuracy" or "acc", which is the one of the three that fits the shapes of outputs and targets, or the name of
 * a class or function. Fails if Horn has no such metric. */
horn_metric *horn_metric_by_name(const char *name);

/* Returns the error that the metric carries; HORN_OK if it could be made. */
HORN_CHECKED horn_status horn_metric_status(const horn_metric *metric);
/* Only for metrics that no model took; NULL is fine. */
void horn_metric_free(horn_metric *metric);

#ifdef __cplusplus
}
#endif
#endif
