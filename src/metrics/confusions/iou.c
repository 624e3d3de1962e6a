/* IoU and its kin, intersection over union: of class c, with the weights of the confusion matrix of all classes,
 *
 *     true positives / (row of c + column of c - true positives)
 *
 * then the mean over the wanted classes that occur. Outputs and targets are class numbers, cut to whole ones (sparse), or rows whose
 * greatest value is at the class. BinaryIoU has the classes 0 and 1: an output of at least the threshold is 1. Pairs with a number
 * that is no class do not count. With a dtype of integers, Keras 3's default, weights are cut to whole numbers, too.
 *
 * State: [classes, classes] of targets by outputs. */
#include <math.h>
#include <stdlib.h>
#include "base/memory.h"
#include "metrics/argmax.h"
#include "metrics/metric.h"

enum { MOST_CLASSES = 1000 };

typedef struct overlap {
    metric base;
    size_t classes;
    /* The classes of the mean; owned. */
    bool *is_wanted;
    bool ignores;
    int64_t ignored;
    bool sparse_targets, sparse_outputs;
    /* Of BinaryIoU alone. */
    bool has_threshold;
    double threshold;
} overlap;

/* ---- arguments ---- */

static void read_classes(overlap *o, config_reader *r)
{
    config_require(r, "num_classes");
    config_read_count(r, "num_classes", 1, &o->classes);
    if (o->classes > MOST_CLASSES)
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "num_classes", "is %zu: more than %d are not supported",
                           o->classes, MOST_CLASSES);
    if (!r->status) r->status = memory_new(&o->is_wanted, o->classes, sizeof *o->is_wanted);
}

static void want_all(overlap *o, const config_reader *r)
{
    for (size_t i = 0; !r->status && i < o->classes; i++) o->is_wanted[i] = true;
}

static void read_wanted(overlap *o, config_reader *r)
{
    const config *list;
    int64_t id;
    config_read_value(r, "target_class_ids", &list);
    if (!config_is_list(list) || config_count(list) == 0)
        config_reader_fail(r, HORN_ERROR_FORMAT, "target_class_ids", "is no list of classes");
    for (size_t i = 0; !r->status && i < config_count(list); i++) {
        if (config_integer(config_at(list, i), &id) && id >= 0 && id < (int64_t)o->classes)
            o->is_wanted[id] = true;
        else
            config_reader_fail(r, HORN_ERROR_FORMAT, "target_class_ids",
                               "has a member that is none of %zu classes", o->classes);
    }
}

static void read_ignored(overlap *o, config_reader *r)
{
    const config *value;
    config_read_value(r, "ignore_class", &value);
    o->ignores = value != NULL;
    if (value && !config_integer(value, &o->ignored))
        config_reader_fail(r, HORN_ERROR_FORMAT, "ignore_class", "is no whole number");
}

/* One-hot targets are as wide as the outputs, so that the outputs are rows, too. */
static void settle(overlap *o, config_reader *r)
{
    if (o->sparse_outputs && !o->sparse_targets)
        config_reader_fail(r, HORN_ERROR_UNSUPPORTED, "sparse_y_pred",
                           "is true: outputs that are class numbers are not supported for one-hot targets");
    o->base.targets = o->sparse_targets && !o->sparse_outputs ? TARGET_LABELS : TARGET_ROWS;
}

static void configure(overlap *o, config_reader *r, bool by_ids, bool one_hot)
{
    o->sparse_targets = o->sparse_outputs = !one_hot;
    read_classes(o, r);
    if (by_ids)
        read_wanted(o, r);
    else
        want_all(o, r);
    read_ignored(o, r);
    if (!one_hot) config_read_boolean(r, "sparse_y_true", &o->sparse_targets);
    config_read_boolean(r, "sparse_y_pred", &o->sparse_outputs);
    config_only_last_axis(r);
    settle(o, r);
}

static void configure_iou(metric *m, config_reader *r)
{
    configure((overlap *)m, r, true, false);
}

static void configure_mean_iou(metric *m, config_reader *r)
{
    configure((overlap *)m, r, false, false);
}

static void configure_one_hot(metric *m, config_reader *r)
{
    configure((overlap *)m, r, true, true);
}

static void configure_one_hot_mean(metric *m, config_reader *r)
{
    configure((overlap *)m, r, false, true);
}

static void configure_binary(metric *m, config_reader *r)
{
    overlap *o = (overlap *)m;
    o->classes = 2;
    o->sparse_targets = o->sparse_outputs = true;
    o->has_threshold = true;
    o->threshold = 0.5;
    if (!r->status) r->status = memory_new(&o->is_wanted, o->classes, sizeof *o->is_wanted);
    if (config_get(r->object, "target_class_ids"))
        read_wanted(o, r);
    else
        want_all(o, r);
    config_read_number(r, "threshold", -INFINITY, INFINITY, &o->threshold);
    settle(o, r);
}

static void describe_wanted(const overlap *o, config *c)
{
    config *list = config_list();
    for (size_t i = 0; i < o->classes; i++)
        if (o->is_wanted[i]) config_append_integer(list, (int64_t)i);
    config_set(c, "target_class_ids", list);
}

static void describe_mean_iou(const metric *m, config *c)
{
    const overlap *o = (const overlap *)m;
    config_set_integer(c, "num_classes", (int64_t)o->classes);
    if (o->ignores)
        config_set_integer(c, "ignore_class", o->ignored);
    else
        config_set_null(c, "ignore_class");
    config_set_boolean(c, "sparse_y_true", o->sparse_targets);
    config_set_boolean(c, "sparse_y_pred", o->sparse_outputs);
    config_set_integer(c, "axis", -1);
}

static void describe_iou(const metric *m, config *c)
{
    describe_wanted((const overlap *)m, c);
    describe_mean_iou(m, c);
}

static void describe_one_hot_mean(const metric *m, config *c)
{
    describe_mean_iou(m, c);
    config_remove(c, "sparse_y_true");
}

static void describe_one_hot(const metric *m, config *c)
{
    describe_iou(m, c);
    config_remove(c, "sparse_y_true");
}

static void describe_binary(const metric *m, config *c)
{
    describe_wanted((const overlap *)m, c);
    config_set_number(c, "threshold", ((const overlap *)m)->threshold);
}

static void destroy(metric *m)
{
    free(((overlap *)m)->is_wanted);
}

/* ---- accumulating ---- */

static size_t states(const metric *m, size_t columns)
{
    (void)columns;
    return ((const overlap *)m)->classes * ((const overlap *)m)->classes;
}

/* The class number, -1 if there is no such class. */
static int64_t class_of(const overlap *o, double number)
{
    return number > -1 && number < (double)o->classes ? (int64_t)number : -1;
}

static void add(const overlap *o, double target, double output, double weight, double *state)
{
    const int64_t t = class_of(o, target), y = class_of(o, output);
    if (t < 0 || y < 0 || (o->ignores && target == (double)o->ignored)) return;
    state[(size_t)t * o->classes + (size_t)y] += metric_has_integers(&o->base) ? trunc(weight) : weight;
}

static void update(const metric *m, const metric_rows *r, double *state)
{
    const overlap *o = (const overlap *)m;
    for (size_t row = 0; row < r->rows; row++) {
        const float *y = r->outputs + row * r->columns;
        const float *t = m->targets == TARGET_ROWS ? r->targets->rows + row * r->columns : NULL;
        const double weight = r->weights ? (double)r->weights[row] : 1;
        for (size_t i = 0; o->sparse_outputs && i < r->columns; i++)
            add(o, (double)t[i], o->has_threshold ? (double)(y[i] >= (float)o->threshold) : (double)y[i],
                weight, state);
        if (!o->sparse_outputs)
            add(o, t ? (double)argmax(r->columns, t) : (double)r->targets->labels[row],
                (double)argmax(r->columns, y), weight, state);
    }
}

static double result(const metric *m, size_t columns, const double *state)
{
    const overlap *o = (const overlap *)m;
    const size_t n = o->classes;
    double sum = 0, found = 0;
    (void)columns;
    for (size_t i = 0; i < n; i++) {
        const double right = state[i * n + i];
        double all = -right;
        for (size_t k = 0; k < n; k++) all += state[i * n + k] + state[k * n + i];
        if (!o->is_wanted[i] || fabs(all) <= 1e-9) continue;
        sum += right / all;
        found++;
    }
    return found == 0 ? 0 : sum / found;
}

#define OVERLAP                                                                                              \
    .size = sizeof(overlap), .takes_integers = true, .destroy = destroy, .states = states, .update = update, \
    .result = result

const metric_class iou_class = {
    .name = "IoU", .function_name = "io_u", .configure = configure_iou, .describe = describe_iou, OVERLAP
};
const metric_class binary_iou_class = { .name = "BinaryIoU",
                                        .function_name = "binary_io_u",
                                        .configure = configure_binary,
                                        .describe = describe_binary,
                                        OVERLAP };
const metric_class mean_iou_class = { .name = "MeanIoU",
                                      .function_name = "mean_io_u",
                                      .configure = configure_mean_iou,
                                      .describe = describe_mean_iou,
                                      OVERLAP };
const metric_class one_hot_iou_class = { .name = "OneHotIoU",
                                         .function_name = "one_hot_io_u",
                                         .configure = configure_one_hot,
                                         .describe = describe_one_hot,
                                         OVERLAP };
const metric_class one_hot_mean_iou_class = { .name = "OneHotMeanIoU",
                                              .function_name = "one_hot_mean_io_u",
                                              .configure = configure_one_hot_mean,
                                              .describe = describe_one_hot_mean,
                                              OVERLAP };

/* ---- constructors ---- */

static config *arguments_of(const horn_iou_options *o, bool has_ids)
{
    config *arguments = metric_arguments(o ? o->name : NULL);
    if (!o) return arguments;
    config_set_integer(arguments, "num_classes", (int64_t)o->num_classes);
    if (has_ids) config_set_sizes(arguments, "target_class_ids", o->target_class_ids, o->target_class_count);
    if (o->ignores) config_set_integer(arguments, "ignore_class", o->ignore_class);
    return arguments;
}

static config *sparse_arguments(const horn_iou_options *o, bool has_ids)
{
    config *arguments = arguments_of(o, has_ids);
    if (!o) return arguments;
    config_set_boolean(arguments, "sparse_y_true", !o->one_hot_y_true);
    config_set_boolean(arguments, "sparse_y_pred", !o->rows_y_pred);
    return arguments;
}

horn_metric *horn_iou(const horn_iou_options *options)
{
    return metric_construct(&iou_class, sparse_arguments(options, true));
}

horn_metric *horn_mean_iou(const horn_iou_options *options)
{
    return metric_construct(&mean_iou_class, sparse_arguments(options, false));
}

horn_metric *horn_one_hot_iou(const horn_iou_options *options)
{
    return metric_construct(&one_hot_iou_class, arguments_of(options, true));
}

horn_metric *horn_one_hot_mean_iou(const horn_iou_options *options)
{
    return metric_construct(&one_hot_mean_iou_class, arguments_of(options, false));
}

horn_metric *horn_binary_iou(const horn_binary_iou_options *o)
{
    config *arguments = metric_arguments(o ? o->name : NULL);
    if (o) config_set_option(arguments, "threshold", o->threshold);
    if (o && o->target_class_count)
        config_set_sizes(arguments, "target_class_ids", o->target_class_ids, o->target_class_count);
    return metric_construct(&binary_iou_class, arguments);
}
