#include "metrics/metric.h"

extern const metric_class precision_at_recall_class, recall_at_precision_class,
    sensitivity_at_specificity_class, specificity_at_sensitivity_class, r2_score_class, auc_class,
    binary_accuracy_class, binary_crossentropy_metric_class, categorical_accuracy_class,
    categorical_crossentropy_metric_class, categorical_hinge_metric_class, cosine_similarity_metric_class,
    f1_score_class, false_negatives_class, false_positives_class, fbeta_score_class, hinge_metric_class,
    kl_divergence_metric_class, log_cosh_metric_class, mean_absolute_error_metric_class,
    mean_absolute_percentage_error_metric_class, mean_squared_error_metric_class,
    mean_squared_logarithmic_error_metric_class, poisson_metric_class, precision_class, recall_class,
    root_mean_squared_error_class, sparse_categorical_accuracy_class,
    sparse_categorical_crossentropy_metric_class, sparse_top_k_categorical_accuracy_class,
    squared_hinge_metric_class, top_k_categorical_accuracy_class, true_negatives_class, true_positives_class;

static const metric_class *const classes[] = {
    &auc_class,
    &binary_accuracy_class,
    &binary_crossentropy_metric_class,
    &categorical_accuracy_class,
    &categorical_crossentropy_metric_class,
    &categorical_hinge_metric_class,
    &cosine_similarity_metric_class,
    &f1_score_class,
    &false_negatives_class,
    &false_positives_class,
    &fbeta_score_class,
    &hinge_metric_class,
    &kl_divergence_metric_class,
    &log_cosh_metric_class,
    &mean_absolute_error_metric_class,
    &mean_absolute_percentage_error_metric_class,
    &mean_squared_error_metric_class,
    &mean_squared_logarithmic_error_metric_class,
    &poisson_metric_class,
    &precision_class,
    &precision_at_recall_class,
    &r2_score_class,
    &recall_class,
    &recall_at_precision_class,
    &root_mean_squared_error_class,
    &sensitivity_at_specificity_class,
    &sparse_categorical_accuracy_class,
    &sparse_categorical_crossentropy_metric_class,
    &sparse_top_k_categorical_accuracy_class,
    &specificity_at_sensitivity_class,
    &squared_hinge_metric_class,
    &top_k_categorical_accuracy_class,
    &true_negatives_class,
    &true_positives_class,
};

const metric_class *metric_class_at(size_t index)
{
    return index < sizeof classes / sizeof classes[0] ? classes[index] : NULL;
}
