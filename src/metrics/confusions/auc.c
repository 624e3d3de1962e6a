/* The area under the curve of true over false positives (ROC), of precision over recall (PR), or of their gains (PRGAIN), as Keras
 * approximates it from a number of thresholds.
 *
 * With multi_label each column has a curve, and the areas' mean counts; label_weights weigh it, else they weigh the outputs.
 *
 * State, for each curve: for the positive and for the negative targets the weight in each bucket. Bucket i has the outputs that are above i
 * thresholds. If thresholds are evenly spaced, Keras computes the bucket from the output, which rounds otherwise than
 * a comparison does. */
#include <math.h>
#include <stdlib.h>
#include <strings.h>
#include "base/memory.h"
#include "base/status.h"
#include "metrics/metric.h"
#include "metrics/numbers.h"
#include "tensor/float_math.h"

typedef enum auc_curve { CURVE_ROC, CURVE_PR, CURVE_PR_GAIN } auc_curve;
typedef enum auc_summation { SUM_INTERPOLATION, SUM_MINORING, SUM_MAJORING } auc_summation;

typedef struct auc {
    metric base;
    auc_curve curve;
    auc_summation summation;
    bool from_logits, is_multi_label;
    /* 0: not given. */
    size_t num_labels;
    numbers label_weights;
    /* Thresholds, with one below 0 and one above 1 at the ends. */
    size_t count;
    double *thresholds;
    /* They were given. */
    bool is_given, is_even;
} auc;

static const char *const curves[] = { "ROC", "PR", "PRGAIN", NULL };
static const char *const summations[] = { "interpolation", "minoring", "majoring", NULL };

enum { MOST_THRESHOLDS = 100000 };

/* ---- arguments ---- */

/* Keras also takes these with capitals. */
static int read_choice(config_reader *r, const char *key, const char *const *names)
{
    const char *name = names[0];
    config_read_string(r, key, &name);
    for (int i = 0; names[i]; i++)
        if (strcasecmp(names[i], name) == 0) return i;
    config_reader_fail(r, HORN_ERROR_FORMAT, key, "is '%.100s', expected '%s', '%s' or '%s'", name, names[0],
                       names[1], names[2]);
    return 0;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* As numpy's allclose with an absolute tolerance of 1e-7. */
static bool are_even(const auc *a)
{
    const double steps = (double)a->count - 1;
    for (size_t i = 1; i + 1 < a->count; i++)
        if (fabs(a->thresholds[i] - (double)i / steps) > 1e-7 + 1e-5 * (double)i / steps) return false;
    return a->count >= 3;
}

static void fill(auc *a, config_reader *r, const config *given)
{
    a->thresholds[0] = -1e-7;
    a->thresholds[a->count - 1] = 1 + 1e-7;
    for (size_t i = 1; i + 1 < a->count; i++) {
        double number = (double)i / ((double)a->count - 1);
        if (given && !config_number(config_at(given, i - 1), &number))
            config_reader_fail(r, HORN_ERROR_FORMAT, "thresholds", "has a member that is no number");
        a->thresholds[i] = number;
    }
    if (given) qsort(a->thresholds + 1, a->count - 2, sizeof *a->thresholds, compare);
    a->is_even = !given || are_even(a);
}

static void read_thresholds(auc *a, config_reader *r)
{
    const config *given;
    a->count = 200;
    config_read_count(r, "num_thresholds", 2, &a->count);
    config_read_value(r, "thresholds", &given);
    a->is_given = given != NULL;
    if (given && !config_is_list(given)) config_reader_fail(r, HORN_ERROR_FORMAT, "thresholds", "is no list");
    if (given) a->count = config_count(given) + 2;
    if (a->count > MOST_THRESHOLDS)
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "num_thresholds",
                           "is %zu: more than %d are not supported", a->count, MOST_THRESHOLDS);
    if (!r->status) r->status = memory_new(&a->thresholds, a->count, sizeof *a->thresholds);
    if (!r->status) fill(a, r, given);
}

static void configure(metric *m, config_reader *r)
{
    auc *a = (auc *)m;
    a->curve = (auc_curve)read_choice(r, "curve", curves);
    a->summation = (auc_summation)read_choice(r, "summation_method", summations);
    config_read_boolean(r, "multi_label", &a->is_multi_label);
    config_read_count(r, "num_labels", 0, &a->num_labels);
    if (a->num_labels && !a->is_multi_label)
        config_reader_fail(r, HORN_ERROR_FORMAT, "num_labels", "is of no use without multi_label");
    numbers_read(&a->label_weights, r, "label_weights");
    config_read_boolean(r, "from_logits", &a->from_logits);
    read_thresholds(a, r);
}

static void describe(const metric *m, config *c)
{
    const auc *a = (const auc *)m;
    config_set_integer(c, "num_thresholds", (int64_t)a->count);
    config_set_string(c, "curve", curves[a->curve]);
    config_set_string(c, "summation_method", summations[a->summation]);
    config_set_boolean(c, "multi_label", a->is_multi_label);
    if (a->num_labels)
        config_set_integer(c, "num_labels", (int64_t)a->num_labels);
    else
        config_set_null(c, "num_labels");
    numbers_describe(&a->label_weights, c, "label_weights");
    config_set_boolean(c, "from_logits", a->from_logits);
    if (!a->is_given) return;
    config *list = config_list();
    for (size_t i = 1; i + 1 < a->count; i++) config_append_number(list, a->thresholds[i]);
    config_set(c, "thresholds", list);
}

static void destroy(metric *m)
{
    free(((auc *)m)->thresholds);
    numbers_free(&((auc *)m)->label_weights);
}

static horn_status check(const metric *m, size_t columns)
{
    const auc *a = (const auc *)m;
    if (a->num_labels && a->num_labels != columns)
        return fail(HORN_ERROR_SHAPE, "metric '%s' (AUC): num_labels is %zu, outputs have %zu", m->name,
                    a->num_labels, columns);
    if (a->label_weights.count && a->label_weights.count != columns)
        return fail(HORN_ERROR_SHAPE, "metric '%s' (AUC): label_weights has %zu numbers, outputs have %zu",
                    m->name, a->label_weights.count, columns);
    return HORN_OK;
}

/* ---- accumulating ---- */

static size_t buckets_of(const auc *a)
{
    return a->count + 1;
}

static size_t states(const metric *m, size_t columns)
{
    const auc *a = (const auc *)m;
    return 2 * buckets_of(a) * (a->is_multi_label ? columns : 1);
}

/* How many thresholds the output is above. NaN is above none. */
static size_t bucket_of(const auc *a, float y)
{
    size_t first = 0, end = a->count;
    if (a->is_even && y == y) {
        const float at = ceilf((y < 0 ? 0 : y > 1 ? 1 : y) * ((float)a->count - 1)) - 1;
        return at < 0 ? 1 : (size_t)at + 1;
    }
    while (first < end) {
        const size_t middle = first + (end - first) / 2;
        if (y > (float)a->thresholds[middle])
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

static void update(const metric *m, const metric_rows *r, double *state)
{
    const auc *a = (const auc *)m;
    for (size_t i = 0; i < r->rows * r->columns; i++) {
        const float y = a->from_logits ? 1 / (1 + float_exp(-r->outputs[i])) : r->outputs[i];
        const size_t column = i % r->columns, curve = a->is_multi_label ? column * 2 * buckets_of(a) : 0;
        double weight = r->weights ? (double)r->weights[i / r->columns] : 1;
        if (a->label_weights.count && !a->is_multi_label) weight *= a->label_weights.values[column];
        state[curve + (r->targets->rows[i] != 0 ? 0 : buckets_of(a)) + bucket_of(a, y)] += weight;
    }
}

/* ---- the result ---- */

/* At one threshold. */
typedef struct counts {
    double tp, fp, tn, fn;
} counts;

static double ratio(double a, double b)
{
    return b == 0 ? 0 : a / b;
}

static void place(const auc *a, const counts *c, double *x, double *y)
{
    if (a->curve == CURVE_ROC) {
        *x = ratio(c->fp, c->fp + c->tn);
        *y = ratio(c->tp, c->tp + c->fn);
    } else if (a->curve == CURVE_PR) {
        *x = ratio(c->tp, c->tp + c->fn);
        *y = ratio(c->tp, c->tp + c->fp);
    } else {
        const double factor = ratio(c->tp + c->fn, c->tn + c->fp), gain = 1 - factor * ratio(c->fn, c->tp);
        *x = c->tp == 0 || gain < 0 ? 0 : gain;
        *y = c->tp == 0 ? 1 : 1 - factor * ratio(c->fp, c->tp);
    }
}

/* The area between two neighbouring thresholds, `a` the lower one, under the curve of precision over recall: true positives are
 * interpolated, not precision (Davis and Goadrich, 2006). */
static double interpolated(const counts *a, const counts *b)
{
    const double dtp = a->tp - b->tp, p = a->tp + a->fp, q = b->tp + b->fp, dp = p - q;
    const double slope = ratio(dtp, dp > 0 ? dp : 0), intercept = b->tp - slope * q;
    const double log_ratio = p > 0 && q > 0 ? log(p / q) : 0;
    return ratio(slope * (dtp + intercept * log_ratio), b->tp + b->fn);
}

static double area(const auc *a, const counts *low, const counts *high)
{
    double x, y, next_x, next_y;
    if (a->curve == CURVE_PR && a->summation == SUM_INTERPOLATION) return interpolated(low, high);
    place(a, low, &x, &y);
    place(a, high, &next_x, &next_y);
    const double least = y < next_y ? y : next_y, most = y < next_y ? next_y : y;
    return (x - next_x) * (a->summation == SUM_INTERPOLATION ? (y + next_y) / 2
                           : a->summation == SUM_MINORING    ? least
                                                             : most);
}

static double area_of(const auc *a, const double *state)
{
    const double *positive = state, *negative = state + buckets_of(a);
    counts high = { 0 };
    double sum = 0;
    for (size_t i = 0; i < buckets_of(a); i++) high.fn += positive[i], high.tn += negative[i];
    const double positives = high.fn, negatives = high.tn;
    /* From the highest threshold to the lowest: outputs of bucket i are above threshold i - 1. */
    for (size_t i = a->count; i > 0; i--) {
        counts low = { .tp = high.tp + positive[i], .fp = high.fp + negative[i] };
        low.fn = positives - low.tp;
        low.tn = negatives - low.fp;
        if (i < a->count) sum += area(a, &low, &high);
        high = low;
    }
    return sum;
}

static double result(const metric *m, size_t columns, const double *state)
{
    const auc *a = (const auc *)m;
    double sum = 0, weights = 0;
    if (!a->is_multi_label) return area_of(a, state);
    for (size_t i = 0; i < columns; i++) {
        const double weight = a->label_weights.count ? a->label_weights.values[i] : 1;
        sum += weight * area_of(a, state + i * 2 * buckets_of(a));
        weights += weight;
    }
    return ratio(sum, weights);
}

const metric_class auc_class = {
    .name = "AUC",
    .function_name = "auc",
    .size = sizeof(auc),
    .targets = TARGET_ROWS,
    .configure = configure,
    .describe = describe,
    .destroy = destroy,
    .check = check,
    .states = states,
    .update = update,
    .result = result,
};

horn_metric *horn_auc(const horn_auc_options *o)
{
    config *arguments = metric_arguments(o ? o->name : NULL);
    if (o && o->num_thresholds) config_set_integer(arguments, "num_thresholds", (int64_t)o->num_thresholds);
    if (o && o->curve) config_set_string(arguments, "curve", o->curve);
    if (o && o->summation_method) config_set_string(arguments, "summation_method", o->summation_method);
    config_set_boolean(arguments, "from_logits", o && o->from_logits);
    config_set_boolean(arguments, "multi_label", o && o->multi_label);
    if (o) numbers_set(arguments, "label_weights", o->label_weights, o->label_weight_count);
    return metric_construct(&auc_class, arguments);
}
