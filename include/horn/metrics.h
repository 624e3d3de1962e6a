/* Metrics, by Keras' names, of the rows of what is evaluated, or of an epoch of training.
 *
 * A constructor returns a metric that the caller owns, never NULL; horn_model_compile takes it. One that could not be made
 * carries its error: horn_metric_status and horn_model_compile report it. Options may be NULL. */
#ifndef HORN_METRICS_H
#define HORN_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <horn/export.h>
#include <horn/options.h>
#include <horn/status.h>

HORN_BEGIN

typedef struct horn_metric horn_metric;

typedef struct horn_metric_options {
    /* What logs call it. NULL: Keras' own name, such as "binary_accuracy". */
    const char *name;
} horn_metric_options;

/* ---- shares of right rows ---- */

/* y_true[N] or [N, 1] of class numbers, y_pred[N, classes]: the share of rows whose greatest output is at the class. */
horn_metric *horn_sparse_categorical_accuracy(const horn_metric_options *options);
/* y_true[N, classes], y_pred[N, classes]: the share of rows whose greatest output is where the greatest target is. */
horn_metric *horn_categorical_accuracy(const horn_metric_options *options);

typedef struct horn_top_k_options {
    const char *name;
    size_t k; /* 5 */
} horn_top_k_options;

/* The same, of rows whose class is among the k greatest outputs. */
horn_metric *horn_sparse_top_k_categorical_accuracy(const horn_top_k_options *options);
horn_metric *horn_top_k_categorical_accuracy(const horn_top_k_options *options);

typedef struct horn_threshold_metric_options {
    const char *name;
    double threshold; /* 0.5; HORN_ZERO is 0 */
} horn_threshold_metric_options;

/* y_true[N, D], y_pred[N, D]: the share of outputs that are on their target's side of the threshold. */
horn_metric *horn_binary_accuracy(const horn_threshold_metric_options *options);

/* The share of outputs that equal their targets. */
horn_metric *horn_accuracy(const horn_metric_options *options);

/* ---- of errors: y_true[N, D], y_pred[N, D] ---- */

/* The root of the mean squared error. Losses are metrics by their names: "mse", "mae", "binary_crossentropy", ... */
horn_metric *horn_root_mean_squared_error(const horn_metric_options *options);

typedef struct horn_mean_relative_error_options {
    const char *name;
    const double *normalizer; /* [normalizer_count]: one number, or one for each column */
    size_t normalizer_count;
} horn_mean_relative_error_options;

/* The mean of |y_true - y_pred| / normalizer; Keras 2's. */
horn_metric *horn_mean_relative_error(const horn_mean_relative_error_options *options);
/* The correlation of each row's outputs and targets; Keras 3's. */
horn_metric *horn_pearson_correlation(const horn_metric_options *options);
horn_metric *horn_concordance_correlation(const horn_metric_options *options);

/* ---- of probabilities and targets that are 0 or 1: y_true[N, D], y_pred[N, D] ---- */

typedef struct horn_confusion_options {
    const char *name;
    double threshold; /* 0.5 */
    size_t top_k;     /* if given, only the k greatest outputs of a row are positive, whatever they are */
    bool of_class;    /* only the column class_id counts */
    size_t class_id;
} horn_confusion_options;

/* An output above the threshold is positive. Precision: the share of positive outputs whose targets are 1. */
horn_metric *horn_precision(const horn_confusion_options *options);
/* The share of targets that are 1 whose outputs are positive. */
horn_metric *horn_recall(const horn_confusion_options *options);
/* Counts, or sums of weights. */
horn_metric *horn_true_positives(const horn_threshold_metric_options *options);
horn_metric *horn_true_negatives(const horn_threshold_metric_options *options);
horn_metric *horn_false_positives(const horn_threshold_metric_options *options);
horn_metric *horn_false_negatives(const horn_threshold_metric_options *options);

typedef struct horn_auc_options {
    const char *name;
    size_t num_thresholds;        /* 200 */
    const char *curve;            /* "ROC" (the default), "PR", "PRGAIN" */
    const char *summation_method; /* "interpolation" (the default), "minoring", "majoring" */
    bool from_logits;
    bool multi_label; /* the mean of the areas of the columns, not the area of all outputs as one column */
    const double *label_weights; /* [label_weight_count]: a weight for each column; NULL: all are 1 */
    size_t label_weight_count;
} horn_auc_options;

/* The area under a curve, approximated from a number of thresholds. */
horn_metric *horn_auc(const horn_auc_options *options);

typedef struct horn_f_score_options {
    const char *name;
    const char *average; /* "micro", "macro", "weighted"; NULL: logs have the mean of the columns' scores */
    double threshold;    /* not given: the greatest outputs of a row are positive */
    double beta;         /* 1; of FBetaScore alone */
} horn_f_score_options;

/* The harmonic mean of precision and recall of each column; FBetaScore: recall weighs beta^2. */
horn_metric *horn_f1_score(const horn_f_score_options *options);
horn_metric *horn_fbeta_score(const horn_f_score_options *options);

typedef struct horn_at_value_options {
    const char *name;
    double value;          /* the least share of the second kind: the specificity of the first metric */
    size_t num_thresholds; /* 200 */
    bool of_class;
    size_t class_id; /* with of_class: of that column alone */
} horn_at_value_options;

/* The greatest share of the first kind at the thresholds where the second is at least `value`. */
horn_metric *horn_sensitivity_at_specificity(const horn_at_value_options *options);
horn_metric *horn_specificity_at_sensitivity(const horn_at_value_options *options);
horn_metric *horn_precision_at_recall(const horn_at_value_options *options);
horn_metric *horn_recall_at_precision(const horn_at_value_options *options);

typedef struct horn_r2_score_options {
    const char *name;
    const char *class_aggregation; /* "uniform_average"; "variance_weighted_average" */
    size_t num_regressors;         /* 0 */
} horn_r2_score_options;

/* The share of the targets' variance that the outputs explain. */
horn_metric *horn_r2_score(const horn_r2_score_options *options);

/* ---- intersection over union ---- */

typedef struct horn_iou_options {
    const char *name;
    size_t num_classes;
    const size_t *target_class_ids; /* [target_class_count]: the classes of the mean; horn_mean_iou has all */
    size_t target_class_count;
    bool one_hot_y_true, rows_y_pred; /* Keras' sparse_y_true and sparse_y_pred are false */
    bool ignores;                     /* the class ignore_class */
    int64_t ignore_class;
} horn_iou_options;

/* y_true and y_pred are class numbers; rows_y_pred: y_pred[N, classes]; one_hot_y_true: y_true[N, classes], too. */
horn_metric *horn_iou(const horn_iou_options *options);
horn_metric *horn_mean_iou(const horn_iou_options *options);
/* y_true[N, classes], y_pred[N, classes]. */
horn_metric *horn_one_hot_iou(const horn_iou_options *options);
horn_metric *horn_one_hot_mean_iou(const horn_iou_options *options);

typedef struct horn_binary_iou_options {
    const char *name;
    const size_t *target_class_ids; /* both */
    size_t target_class_count;
    double threshold; /* 0.5; HORN_ZERO is 0 */
} horn_binary_iou_options;

/* y_true is 0 or 1; an output of at least the threshold is 1. */
horn_metric *horn_binary_iou(const horn_binary_iou_options *options);

/* ---- by name ---- */

/* Keras' string: "accuracy" or "acc", "crossentropy" or "ce", which are those of the three kinds (binary, categorical, sparse) that fit
 * the shapes of outputs and targets, or the name of a class or function. Fails if Horn has no such metric. */
horn_metric *horn_metric_by_name(const char *name);

/* Returns the error that the metric carries; HORN_OK if it could be made. */
HORN_CHECKED horn_status horn_metric_status(const horn_metric *metric);
/* Only for metrics that no model took; NULL is fine. */
void horn_metric_free(horn_metric *metric);

HORN_END
#endif
