/* F1Score: the harmonic mean of precision and recall; FBetaScore: with recall weighing beta^2. Both of each column, then averaged:
 * "micro" counts all columns as one, "macro" takes the mean, "weighted" weighs each by its positive targets.
 *
 * Without an average Keras gives a score for each column; logs have one number here, their mean. Without a threshold the greatest
 * outputs of a row are positive. */
#include <math.h>
#include <string.h>
#include "metrics/confusions/confusion.h"

typedef enum average { AVERAGE_NONE, AVERAGE_MICRO, AVERAGE_MACRO, AVERAGE_WEIGHTED } average;

typedef struct f_score {
    metric base;
    average average;
    double beta, threshold;
    bool has_threshold;
} f_score;

static const char *const averages[] = { NULL, "micro", "macro", "weighted" };

static void configure_f1(metric *m, config_reader *r)
{
    f_score *f = (f_score *)m;
    const char *name = NULL;
    f->beta = 1;
    config_read_string(r, "average", &name);
    for (int i = AVERAGE_MICRO; name && i <= AVERAGE_WEIGHTED; i++)
        if (strcmp(averages[i], name) == 0) f->average = (average)i;
    if (name && f->average == AVERAGE_NONE)
        config_reader_fail(r, HORN_ERROR_FORMAT, "average",
                           "is '%.100s', expected 'micro', 'macro' or 'weighted'", name);
    f->threshold = NAN;
    config_read_number(r, "threshold", 0, 1, &f->threshold);
    f->has_threshold = !isnan(f->threshold);
}

static void configure_f_beta(metric *m, config_reader *r)
{
    configure_f1(m, r);
    config_read_number(r, "beta", 1e-30, 1e30, &((f_score *)m)->beta);
}

static void describe_f1(const metric *m, config *c)
{
    const f_score *f = (const f_score *)m;
    config_set_string(c, "average", averages[f->average]);
    if (f->has_threshold)
        config_set_number(c, "threshold", f->threshold);
    else
        config_set_null(c, "threshold");
}

static void describe_f_beta(const metric *m, config *c)
{
    describe_f1(m, c);
    config_set_number(c, "beta", ((const f_score *)m)->beta);
}

/* A confusion matrix for each column, or for all. */
static size_t states(const metric *m, size_t columns)
{
    return CONFUSION_STATES * (((const f_score *)m)->average == AVERAGE_MICRO ? 1 : columns);
}

/* Targets between 0 and 1 count in part. */
static void update_row(const f_score *f, size_t columns, const float *y, const float *t, double weight,
                       double *state)
{
    float most = y[0];
    for (size_t i = 1; i < columns; i++) most = y[i] > most ? y[i] : most;
    for (size_t i = 0; i < columns; i++) {
        double *s = f->average == AVERAGE_MICRO ? state : state + i * CONFUSION_STATES;
        const bool above =
            f->has_threshold ? y[i] > (float)f->threshold : y[i] >= most && fabsf(y[i]) > 1e-9f;
        s[above ? TRUE_POSITIVES : FALSE_NEGATIVES] += weight * (double)t[i];
        s[above ? FALSE_POSITIVES : TRUE_NEGATIVES] += weight * (1 - (double)t[i]);
    }
}

static void update(const metric *m, const metric_rows *r, double *state)
{
    for (size_t row = 0; row < r->rows; row++)
        update_row((const f_score *)m, r->columns, r->outputs + row * r->columns,
                   r->targets->rows + row * r->columns, r->weights ? (double)r->weights[row] : 1, state);
}

static double score(const f_score *f, const double *s)
{
    const double precision = confusion_share(s[TRUE_POSITIVES], s[FALSE_POSITIVES]),
                 recall = confusion_share(s[TRUE_POSITIVES], s[FALSE_NEGATIVES]), square = f->beta * f->beta,
                 sum = square * precision + recall;
    return sum == 0 ? 0 : precision * recall / sum * (1 + square);
}

static double result(const metric *m, size_t columns, const double *state)
{
    const f_score *f = (const f_score *)m;
    const size_t count = f->average == AVERAGE_MICRO ? 1 : columns;
    double sum = 0, weights = 0;
    for (size_t i = 0; i < count; i++) {
        const double *s = state + i * CONFUSION_STATES;
        const double weight = f->average == AVERAGE_WEIGHTED ? s[TRUE_POSITIVES] + s[FALSE_NEGATIVES] : 1;
        sum += weight * score(f, s);
        weights += weight;
    }
    return weights == 0 ? 0 : sum / weights;
}

#define F_SCORE \
    .size = sizeof(f_score), .targets = TARGET_ROWS, .states = states, .update = update, .result = result

const metric_class f1_score_class = { .name = "F1Score",
                                      .function_name = "f1_score",
                                      .configure = configure_f1,
                                      .describe = describe_f1,
                                      F_SCORE };

const metric_class fbeta_score_class = { .name = "FBetaScore",
                                         .function_name = "fbeta_score",
                                         .configure = configure_f_beta,
                                         .describe = describe_f_beta,
                                         F_SCORE };

static config *arguments_of(const horn_f_score_options *o)
{
    config *arguments = metric_arguments(o ? o->name : NULL);
    if (!o) return arguments;
    if (o->average) config_set_string(arguments, "average", o->average);
    config_set_option(arguments, "threshold", o->threshold);
    config_set_option(arguments, "beta", o->beta);
    return arguments;
}

horn_metric *horn_f1_score(const horn_f_score_options *options)
{
    return metric_construct(&f1_score_class, arguments_of(options));
}

horn_metric *horn_fbeta_score(const horn_f_score_options *options)
{
    return metric_construct(&fbeta_score_class, arguments_of(options));
}
