/* R2Score: 1 - sum (t - y)^2 / sum (t - mean t)^2 of each column; then the mean over columns, or weighted by the columns' variance.
 *
 * Without an aggregation Keras gives a score for each column; logs have one number here, their mean. With num_regressors the score
 * is adjusted for so many variables of the model. State, for each column: the sums of the weights, of t, of t^2 and of (t - y)^2;
 * then the number of targets. */
#include <math.h>
#include <string.h>
#include "metrics/metric.h"

enum { WEIGHTS, TARGETS, SQUARES, RESIDUALS, SUMS };

typedef struct r2_score {
    metric base;
    const char *aggregation;
    size_t regressors;
} r2_score;

static const char *const aggregations[] = { "uniform_average", "variance_weighted_average" };

static void configure(metric *m, config_reader *r)
{
    r2_score *s = (r2_score *)m;
    const char *name = aggregations[0];
    const config *given = config_get(r->object, "class_aggregation");
    config_read_string(r, "class_aggregation", &name);
    for (size_t i = 0; i < 2; i++)
        if (strcmp(name, aggregations[i]) == 0) s->aggregation = aggregations[i];
    if (!s->aggregation)
        config_reader_fail(r, HORN_ERROR_FORMAT, "class_aggregation", "is '%.100s', expected '%s' or '%s'",
                           name, aggregations[0], aggregations[1]);
    if (given && config_is_null(given)) s->aggregation = NULL;
    config_read_count(r, "num_regressors", 0, &s->regressors);
}

static void describe(const metric *m, config *c)
{
    const r2_score *s = (const r2_score *)m;
    if (s->aggregation)
        config_set_string(c, "class_aggregation", s->aggregation);
    else
        config_set_null(c, "class_aggregation");
    config_set_integer(c, "num_regressors", (int64_t)s->regressors);
}

static size_t states(const metric *m, size_t columns)
{
    (void)m;
    return SUMS * columns + 1;
}

static void update(const metric *m, const metric_rows *r, double *state)
{
    (void)m;
    for (size_t i = 0; i < r->rows * r->columns; i++) {
        const double w = r->weights ? (double)r->weights[i / r->columns] : 1, t = (double)r->targets->rows[i],
                     far = t - (double)r->outputs[i];
        double *s = state + i % r->columns * SUMS;
        s[WEIGHTS] += w;
        s[TARGETS] += w * t;
        s[SQUARES] += w * t * t;
        s[RESIDUALS] += w * far * far;
    }
    state[SUMS * r->columns] += (double)(r->rows * r->columns);
}

/* A column whose targets are all the same has the score 0. */
static double result(const metric *m, size_t columns, const double *state)
{
    const r2_score *s = (const r2_score *)m;
    const bool by_variance = s->aggregation == aggregations[1];
    const double samples = state[SUMS * columns], regressors = (double)s->regressors;
    double sum = 0, weights = 0;
    for (size_t i = 0; i < columns; i++) {
        const double *c = state + i * SUMS, total = c[SQUARES] - c[TARGETS] * (c[TARGETS] / c[WEIGHTS]),
                     score = 1 - c[RESIDUALS] / total;
        if (c[WEIGHTS] == 0) return 0;
        sum += (isinf(score) ? 0 : score) * (by_variance ? total : 1);
        weights += by_variance ? total : 1;
    }
    const double score = sum / weights;
    if (!s->regressors || regressors >= samples - 1) return score;
    return 1 - (1 - score) * (samples - 1) / (samples - regressors - 1);
}

const metric_class r2_score_class = {
    .name = "R2Score",
    .function_name = "r2_score",
    .size = sizeof(r2_score),
    .targets = TARGET_ROWS,
    .configure = configure,
    .describe = describe,
    .states = states,
    .update = update,
    .result = result,
};

horn_metric *horn_r2_score(const horn_r2_score_options *o)
{
    config *arguments = metric_arguments(o ? o->name : NULL);
    if (o && o->class_aggregation) config_set_string(arguments, "class_aggregation", o->class_aggregation);
    if (o && o->num_regressors) config_set_integer(arguments, "num_regressors", (int64_t)o->num_regressors);
    return metric_construct(&r2_score_class, arguments);
}
