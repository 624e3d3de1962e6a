/* Losses as metrics: the mean of the rows' losses. Keras' metric of the cosine has no minus. */
#include <string.h>
#include "losses/loss.h"
#include "metrics/metric.h"

extern const loss_class binary_crossentropy_class, categorical_crossentropy_class, categorical_hinge_class,
    cosine_similarity_class, hinge_class, kl_divergence_class, log_cosh_class, mean_absolute_error_class,
    mean_absolute_percentage_error_class, mean_squared_error_class, mean_squared_logarithmic_error_class,
    poisson_class, sparse_categorical_crossentropy_class, squared_hinge_class;

typedef struct loss_metric {
    metric base;
    loss *loss;
} loss_metric;

static const loss_class *loss_class_of(const metric_class *);

/* All arguments but those of metrics are the loss'. */
static void configure(metric *m, config_reader *r)
{
    loss_metric *l = (loss_metric *)m;
    config *arguments = r->object ? config_copy(r->object) : config_object();
    config_remove(arguments, "name");
    config_remove(arguments, "dtype");
    config_remove(arguments, "fn");
    for (size_t i = 0; i < config_count(arguments); i++) config_ignore(r, config_key_at(arguments, i));
    if (!r->status) r->status = config_status(arguments);
    if (!r->status) r->status = loss_new_of_class(&l->loss, loss_class_of(m->class), arguments);
    if (!r->status && l->loss->ignores)
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "ignore_class", "is not supported in a metric");
    config_free(arguments);
}

static void describe(const metric *m, config *c)
{
    const loss *l = ((const loss_metric *)m)->loss;
    if (l->class->describe) l->class->describe(l, c);
}

static void destroy(metric *m)
{
    loss_free(((loss_metric *)m)->loss);
}

/* As in training, the input of the last softmax or sigmoid stands for its output. */
static double sum(const metric *m, const metric_rows *r)
{
    const loss *l = ((const loss_metric *)m)->loss;
    const bool from_logits = r->logits && l->class->logits == r->logits_kind;
    const outputs_kind kind = from_logits || l->from_logits ? OUTPUTS_LOGITS : OUTPUTS_PROBABILITIES;
    const double sum = loss_value(l, kind, r->rows, r->columns, from_logits ? r->logits : r->outputs,
                                  r->targets, NULL, NULL, 1);
    return l->class == &cosine_similarity_class ? -sum : sum;
}

/* Keras 2 and 3 have other functions for these two: the other names are read, files have the class. */
#define LOSS_METRIC \
    .size = sizeof(loss_metric), .configure = configure, .describe = describe, .destroy = destroy, .sum = sum

const metric_class kl_divergence_metric_class = {
    .name = "KLDivergence",
    .function_name = "kl_divergence",
    .other_names = (const char *const[]){ "kullback_leibler_divergence", NULL },
    .targets = TARGET_ROWS,
    LOSS_METRIC
};
const metric_class log_cosh_metric_class = { .name = "LogCoshError",
                                             .function_name = "logcosh",
                                             .other_names =
                                                 (const char *const[]){ "log_cosh", "log_cosh_error", NULL },
                                             .targets = TARGET_ROWS,
                                             LOSS_METRIC };
const metric_class binary_crossentropy_metric_class = { .name = "BinaryCrossentropy",
                                                        .function_name = "binary_crossentropy",
                                                        .has_function = true,
                                                        .aliases =
                                                            (const char *const[]){ "bce", "BCE", NULL },
                                                        .targets = TARGET_ROWS,
                                                        LOSS_METRIC };
const metric_class categorical_crossentropy_metric_class = { .name = "CategoricalCrossentropy",
                                                             .function_name = "categorical_crossentropy",
                                                             .has_function = true,
                                                             .targets = TARGET_ROWS,
                                                             LOSS_METRIC };
const metric_class categorical_hinge_metric_class = { .name = "CategoricalHinge",
                                                      .function_name = "categorical_hinge",
                                                      .has_function = true,
                                                      .targets = TARGET_ROWS,
                                                      LOSS_METRIC };
const metric_class cosine_similarity_metric_class = { .name = "CosineSimilarity",
                                                      .function_name = "cosine_similarity",
                                                      .has_function = true,
                                                      .targets = TARGET_ROWS,
                                                      LOSS_METRIC };
const metric_class hinge_metric_class = {
    .name = "Hinge", .function_name = "hinge", .has_function = true, .targets = TARGET_ROWS, LOSS_METRIC
};
const metric_class mean_absolute_error_metric_class = { .name = "MeanAbsoluteError",
                                                        .function_name = "mean_absolute_error",
                                                        .has_function = true,
                                                        .aliases =
                                                            (const char *const[]){ "mae", "MAE", NULL },
                                                        .targets = TARGET_ROWS,
                                                        LOSS_METRIC };
const metric_class mean_absolute_percentage_error_metric_class = {
    .name = "MeanAbsolutePercentageError",
    .function_name = "mean_absolute_percentage_error",
    .has_function = true,
    .aliases = (const char *const[]){ "mape", "MAPE", NULL },
    .targets = TARGET_ROWS,
    LOSS_METRIC
};
const metric_class mean_squared_error_metric_class = { .name = "MeanSquaredError",
                                                       .function_name = "mean_squared_error",
                                                       .has_function = true,
                                                       .aliases = (const char *const[]){ "mse", "MSE", NULL },
                                                       .targets = TARGET_ROWS,
                                                       LOSS_METRIC };
const metric_class mean_squared_logarithmic_error_metric_class = {
    .name = "MeanSquaredLogarithmicError",
    .function_name = "mean_squared_logarithmic_error",
    .has_function = true,
    .aliases = (const char *const[]){ "msle", "MSLE", NULL },
    .targets = TARGET_ROWS,
    LOSS_METRIC
};
const metric_class poisson_metric_class = {
    .name = "Poisson", .function_name = "poisson", .has_function = true, .targets = TARGET_ROWS, LOSS_METRIC
};
const metric_class sparse_categorical_crossentropy_metric_class = { .name = "SparseCategoricalCrossentropy",
                                                                    .function_name =
                                                                        "sparse_categorical_crossentropy",
                                                                    .has_function = true,
                                                                    .targets = TARGET_LABELS,
                                                                    LOSS_METRIC };
const metric_class squared_hinge_metric_class = { .name = "SquaredHinge",
                                                  .function_name = "squared_hinge",
                                                  .has_function = true,
                                                  .targets = TARGET_ROWS,
                                                  LOSS_METRIC };

static const struct {
    const metric_class *metric;
    const loss_class *loss;
} pairs[] = {
    { &kl_divergence_metric_class, &kl_divergence_class },
    { &log_cosh_metric_class, &log_cosh_class },
    { &binary_crossentropy_metric_class, &binary_crossentropy_class },
    { &categorical_crossentropy_metric_class, &categorical_crossentropy_class },
    { &categorical_hinge_metric_class, &categorical_hinge_class },
    { &cosine_similarity_metric_class, &cosine_similarity_class },
    { &hinge_metric_class, &hinge_class },
    { &mean_absolute_error_metric_class, &mean_absolute_error_class },
    { &mean_absolute_percentage_error_metric_class, &mean_absolute_percentage_error_class },
    { &mean_squared_error_metric_class, &mean_squared_error_class },
    { &mean_squared_logarithmic_error_metric_class, &mean_squared_logarithmic_error_class },
    { &poisson_metric_class, &poisson_class },
    { &sparse_categorical_crossentropy_metric_class, &sparse_categorical_crossentropy_class },
    { &squared_hinge_metric_class, &squared_hinge_class },
};

static const loss_class *loss_class_of(const metric_class *class)
{
    size_t i = 0;
    while (pairs[i].metric != class) i++;
    return pairs[i].loss;
}
