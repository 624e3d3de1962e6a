/* Keras 3's correlations of the outputs and targets of each row, t and y; means, and variances as means of squares.
 *
 *     PearsonCorrelation:      mean((t - mean t) / std t * (y - mean y) / std y)
 *     ConcordanceCorrelation:  mean(2 (t - mean y) (y - mean y) / (var t + var y + (mean t - mean y)^2 + 1e-7))
 *
 * The second takes the outputs' mean from the targets, as Keras 3.15 does. */
#include <math.h>
#include "metrics/metric.h"

typedef struct moments {
    double targets, outputs, target_variance, output_variance;
} moments;

static moments moments_of(size_t n, const float *t, const float *y)
{
    moments s = { 0 };
    for (size_t i = 0; i < n; i++) {
        s.targets += (double)t[i] / (double)n;
        s.outputs += (double)y[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        const double dt = (double)t[i] - s.targets, dy = (double)y[i] - s.outputs;
        s.target_variance += dt * dt / (double)n;
        s.output_variance += dy * dy / (double)n;
    }
    return s;
}

static double pearson(size_t n, const float *t, const float *y)
{
    const moments s = moments_of(n, t, y);
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += ((double)t[i] - s.targets) * ((double)y[i] - s.outputs);
    return sum / (double)n / (sqrt(s.target_variance) * sqrt(s.output_variance));
}

static double concordance(size_t n, const float *t, const float *y)
{
    const moments s = moments_of(n, t, y);
    const double far = s.targets - s.outputs, norm = s.target_variance + s.output_variance + far * far;
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += ((double)t[i] - s.outputs) * ((double)y[i] - s.outputs);
    return 2 * sum / (norm + 1e-7) / (double)n;
}

static double sum_of(const metric_rows *r, double (*correlation)(size_t, const float *, const float *))
{
    double sum = 0;
    for (size_t row = 0; row < r->rows; row++)
        sum += correlation(r->columns, r->targets->rows + row * r->columns, r->outputs + row * r->columns);
    return sum;
}

static double pearson_sum(const metric *m, const metric_rows *r)
{
    (void)m;
    return sum_of(r, pearson);
}

static double concordance_sum(const metric *m, const metric_rows *r)
{
    (void)m;
    return sum_of(r, concordance);
}

static void configure(metric *m, config_reader *r)
{
    (void)m;
    config_only_last_axis(r);
}

static void describe(const metric *m, config *c)
{
    (void)m;
    config_set_integer(c, "axis", -1);
}

const metric_class pearson_correlation_class = {
    .name = "PearsonCorrelation",
    .function_name = "pearson_correlation",
    .size = sizeof(metric),
    .targets = TARGET_ROWS,
    .configure = configure,
    .describe = describe,
    .sum = pearson_sum,
};

const metric_class concordance_correlation_class = {
    .name = "ConcordanceCorrelation",
    .function_name = "concordance_correlation",
    .size = sizeof(metric),
    .targets = TARGET_ROWS,
    .configure = configure,
    .describe = describe,
    .sum = concordance_sum,
};

horn_metric *horn_pearson_correlation(const horn_metric_options *options)
{
    return metric_construct(&pearson_correlation_class, metric_arguments(options ? options->name : NULL));
}

horn_metric *horn_concordance_correlation(const horn_metric_options *options)
{
    return metric_construct(&concordance_correlation_class, metric_arguments(options ? options->name : NULL));
}
