#include "metrics/confusions/confusion.h"

#include <math.h>

void confusion_read_threshold(metric *m, config_reader *r)
{
    confusion *c = (confusion *)m;
    const config *value;
    c->threshold = 0.5;
    config_read_value(r, "thresholds", &value);
    if (!value) return;
    c->in_list = config_is_list(value);
    if (c->in_list && config_count(value) != 1) {
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "thresholds", "has %zu numbers: only one is supported",
                           config_count(value));
        return;
    }
    c->has_threshold = true;
    if (!config_number(c->in_list ? config_at(value, 0) : value, &c->threshold))
        config_reader_fail(r, HORN_ERROR_FORMAT, "thresholds", "is no number");
    else if (!(c->threshold >= 0 && c->threshold <= 1))
        config_reader_fail(r, HORN_ERROR_FORMAT, "thresholds", "is %g, expected 0 to 1", c->threshold);
}

void confusion_describe_threshold(const metric *m, config *out)
{
    const confusion *c = (const confusion *)m;
    if (c->in_list) {
        config *list = config_list();
        config_append_number(list, c->threshold);
        config_set(out, "thresholds", list);
    } else if (c->has_threshold) {
        config_set_number(out, "thresholds", c->threshold);
    } else {
        config_set_null(out, "thresholds");
    }
}

void confusion_configure(metric *m, config_reader *r)
{
    confusion *c = (confusion *)m;
    const config *class_id;
    confusion_read_threshold(m, r);
    config_read_count(r, "top_k", 1, &c->top_k);
    /* Any of the top k is positive, unless a threshold is given. */
    if (c->top_k && !c->has_threshold) c->threshold = -1e10;
    config_read_value(r, "class_id", &class_id);
    c->of_class = class_id != NULL;
    config_read_count(r, "class_id", 0, &c->class_id);
}

static void set_count(config *out, const char *key, bool is_given, size_t value)
{
    if (is_given)
        config_set_integer(out, key, (int64_t)value);
    else
        config_set_null(out, key);
}

void confusion_describe(const metric *m, config *out)
{
    const confusion *c = (const confusion *)m;
    confusion_describe_threshold(m, out);
    set_count(out, "top_k", c->top_k > 0, c->top_k);
    set_count(out, "class_id", c->of_class, c->class_id);
}

size_t confusion_states(const metric *m, size_t columns)
{
    (void)m, (void)columns;
    return CONFUSION_STATES;
}

/* Fewer than k outputs come before it: greater ones, and equal ones on its left. */
static bool is_in_top(size_t k, size_t columns, const float *y, size_t at)
{
    size_t before = 0;
    for (size_t i = 0; i < columns; i++) before += y[i] > y[at] || (y[i] == y[at] && i < at);
    return before < k;
}

static void update_row(const confusion *c, size_t columns, const float *y, const float *t, double weight,
                       double *state)
{
    const float threshold = (float)c->threshold;
    for (size_t i = c->of_class ? c->class_id : 0; i < columns; i++) {
        const bool above = y[i] > threshold && (!c->top_k || is_in_top(c->top_k, columns, y, i));
        state[above       ? t[i] != 0 ? TRUE_POSITIVES : FALSE_POSITIVES
              : t[i] != 0 ? FALSE_NEGATIVES
                          : TRUE_NEGATIVES] += weight;
        if (c->of_class) break;
    }
}

void confusion_update(const metric *m, const metric_rows *r, double *state)
{
    for (size_t row = 0; row < r->rows; row++)
        update_row((const confusion *)m, r->columns, r->outputs + row * r->columns,
                   r->targets->rows + row * r->columns, r->weights ? (double)r->weights[row] : 1, state);
}

double confusion_share(double a, double b)
{
    return a + b == 0 ? 0 : a / (a + b);
}

config *confusion_arguments(const horn_confusion_options *o)
{
    config *arguments = metric_arguments(o ? o->name : NULL);
    if (!o) return arguments;
    config_set_option(arguments, "thresholds", o->threshold);
    if (o->top_k) config_set_integer(arguments, "top_k", (int64_t)o->top_k);
    if (o->of_class) config_set_integer(arguments, "class_id", (int64_t)o->class_id);
    return arguments;
}

config *confusion_threshold_arguments(const horn_threshold_metric_options *o)
{
    return confusion_arguments(
        &(horn_confusion_options){ .name = o ? o->name : NULL, .threshold = o ? o->threshold : 0 });
}
