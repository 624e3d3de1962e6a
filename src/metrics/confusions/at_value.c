/* SensitivityAtSpecificity and its sisters: the greatest of one share over the thresholds at which another share is at least a
 * given value. Of true and false positives and negatives at a threshold:
 *
 *     sensitivity = recall = TP / (TP + FN), specificity = TN / (TN + FP), precision = TP / (TP + FP)
 *
 * State: for the positive and for the negative targets the weight in each bucket. Thresholds are even, from 0 to 1, and bucket i has
 * the outputs that are above i of them, as Keras rounds them; one threshold is 0.5. */
#include <math.h>
#include "metrics/confusions/confusion.h"

enum { MOST_THRESHOLDS = 100000 };

typedef struct at_value {
    metric base;
    double value;
    size_t thresholds;
    bool of_class;
    size_t class_id;
} at_value;

static void read(metric *m, config_reader *r, const char *key)
{
    at_value *a = (at_value *)m;
    const config *class_id;
    a->thresholds = 200;
    config_require(r, key);
    config_read_number(r, key, 0, 1, &a->value);
    config_read_count(r, "num_thresholds", 1, &a->thresholds);
    if (a->thresholds > MOST_THRESHOLDS)
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "num_thresholds",
                           "is %zu: more than %d are not supported", a->thresholds, MOST_THRESHOLDS);
    config_read_value(r, "class_id", &class_id);
    a->of_class = class_id != NULL;
    config_read_count(r, "class_id", 0, &a->class_id);
}

static void write(const metric *m, config *c, const char *key)
{
    const at_value *a = (const at_value *)m;
    if (a->of_class)
        config_set_integer(c, "class_id", (int64_t)a->class_id);
    else
        config_set_null(c, "class_id");
    config_set_integer(c, "num_thresholds", (int64_t)a->thresholds);
    config_set_number(c, key, a->value);
}

static size_t states(const metric *m, size_t columns)
{
    (void)columns;
    return 2 * (((const at_value *)m)->thresholds + 1);
}

/* The number of thresholds that the output is above. */
static size_t bucket_of(const at_value *a, float y)
{
    if (a->thresholds == 1) return y > 0.5f;
    if (!(y > 0)) return 0;
    const float at = ceilf((y > 1 ? 1 : y) * ((float)a->thresholds - 1)) - 1;
    return at < 0 ? 1 : (size_t)at + 1;
}

static void update(const metric *m, const metric_rows *r, double *state)
{
    const at_value *a = (const at_value *)m;
    for (size_t i = 0; i < r->rows * r->columns; i++) {
        if (a->of_class && i % r->columns != a->class_id) continue;
        double *side = state + (r->targets->rows[i] != 0 ? 0 : a->thresholds + 1);
        side[bucket_of(a, r->outputs[i])] += r->weights ? (double)r->weights[i / r->columns] : 1;
    }
}

typedef double share_of(const double counts[CONFUSION_STATES]);

static double recall_of(const double *c)
{
    return confusion_share(c[TRUE_POSITIVES], c[FALSE_NEGATIVES]);
}

static double specificity_of(const double *c)
{
    return confusion_share(c[TRUE_NEGATIVES], c[FALSE_POSITIVES]);
}

static double precision_of(const double *c)
{
    return confusion_share(c[TRUE_POSITIVES], c[FALSE_POSITIVES]);
}

/* Keras compares float32. */
static double find(const metric *m, const double *state, share_of *bound, share_of *wanted)
{
    const at_value *a = (const at_value *)m;
    const double *positive = state, *negative = state + a->thresholds + 1;
    double counts[CONFUSION_STATES] = { 0 }, most = 0;
    for (size_t i = 0; i <= a->thresholds; i++)
        counts[FALSE_NEGATIVES] += positive[i], counts[TRUE_NEGATIVES] += negative[i];
    for (size_t i = a->thresholds; i > 0; i--) {
        counts[TRUE_POSITIVES] += positive[i], counts[FALSE_NEGATIVES] -= positive[i];
        counts[FALSE_POSITIVES] += negative[i], counts[TRUE_NEGATIVES] -= negative[i];
        const double share = wanted(counts);
        if ((float)bound(counts) >= (float)a->value && share > most) most = share;
    }
    return most;
}

static config *arguments_of(const horn_at_value_options *o, const char *key)
{
    config *arguments = metric_arguments(o ? o->name : NULL);
    if (!o) return arguments;
    config_set_number(arguments, key, o->value);
    if (o->num_thresholds) config_set_integer(arguments, "num_thresholds", (int64_t)o->num_thresholds);
    if (o->of_class) config_set_integer(arguments, "class_id", (int64_t)o->class_id);
    return arguments;
}

#define AT_VALUE(NAME, CLASS, KEY, BOUND, WANTED)                                     \
    static void configure_##NAME(metric *m, config_reader *r)                         \
    {                                                                                 \
        read(m, r, KEY);                                                              \
    }                                                                                 \
    static void describe_##NAME(const metric *m, config *c)                           \
    {                                                                                 \
        write(m, c, KEY);                                                             \
    }                                                                                 \
    static double result_##NAME(const metric *m, size_t columns, const double *state) \
    {                                                                                 \
        (void)columns;                                                                \
        return find(m, state, BOUND, WANTED);                                         \
    }                                                                                 \
    const metric_class NAME##_class = { .name = CLASS,                                \
                                        .function_name = #NAME,                       \
                                        .size = sizeof(at_value),                     \
                                        .targets = TARGET_ROWS,                       \
                                        .configure = configure_##NAME,                \
                                        .describe = describe_##NAME,                  \
                                        .states = states,                             \
                                        .update = update,                             \
                                        .result = result_##NAME };                    \
    horn_metric *horn_##NAME(const horn_at_value_options *options)                    \
    {                                                                                 \
        return metric_construct(&NAME##_class, arguments_of(options, KEY));           \
    }

AT_VALUE(sensitivity_at_specificity, "SensitivityAtSpecificity", "specificity", specificity_of, recall_of)
AT_VALUE(specificity_at_sensitivity, "SpecificityAtSensitivity", "sensitivity", recall_of, specificity_of)
AT_VALUE(precision_at_recall, "PrecisionAtRecall", "recall", recall_of, precision_of)
AT_VALUE(recall_at_precision, "RecallAtPrecision", "precision", precision_of, recall_of)
