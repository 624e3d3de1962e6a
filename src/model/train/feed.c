#include "model/train/feed.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "model/train/feed_views.h"

horn_status feed_need(horn_model *m)
{
    return m->data ? HORN_OK : memory_new(&m->data, 1, sizeof *m->data);
}

/* The shape of one sample: the view's without its first axis. */
static shape sample_shape(const horn_view *v)
{
    shape s = { .rank = v->rank - 1 };
    memcpy(s.dim, v->shape + 1, (size_t)s.rank * sizeof *s.dim);
    return s;
}

static shape without_ones(const shape *s)
{
    shape out = { 0 };
    for (int i = 0; i < s->rank; i++)
        if (s->dim[i] != 1) out.dim[out.rank++] = s->dim[i];
    return out;
}

static horn_status check_view(const horn_view *v, const char *name)
{
    if (!v || !v->data) return fail(HORN_ERROR_ARGUMENT, "%s is missing", name);
    if (v->rank < 1 || v->rank > HORN_MAX_RANK)
        return fail(HORN_ERROR_SHAPE, "%s has rank %d, expected 1 to %d", name, v->rank, HORN_MAX_RANK);
    if (v->shape[0] == 0) return fail(HORN_ERROR_SHAPE, "%s has no samples", name);
    if (v->shape[0] > UINT32_MAX) return fail(HORN_ERROR_SHAPE, "%s has more than 2^32 samples", name);
    return HORN_OK;
}

/* Fills the open axes of `wanted` from `given`, which has as many axes. */
static bool fill(const shape *given, shape *wanted)
{
    if (given->rank != wanted->rank) return false;
    for (int i = 0; i < wanted->rank; i++) {
        if (wanted->dim[i] == SHAPE_OPEN) wanted->dim[i] = given->dim[i];
        if (wanted->dim[i] != given->dim[i]) return false;
    }
    return true;
}

/* Samples may leave out the model's axes of size 1. */
static bool fill_without_ones(const shape *given, shape *wanted)
{
    shape a = *given, b = without_ones(wanted);
    if (!shape_is_open(wanted)) a = without_ones(given);
    if (!fill(&a, &b)) return false;
    for (int i = 0, next = 0; i < wanted->rank; i++)
        if (wanted->dim[i] != 1) wanted->dim[i] = b.dim[next++];
    return true;
}

/* The input whose data a value has as they are: it is that input, or there are only views between. NO_INPUT: there is none. */
static size_t input_of(const call_list *calls, size_t value)
{
    while (value && calls->at[value - 1]->input_count &&
           calls->at[value - 1]->layer->class->flags & LAYER_IS_VIEW &&
           !calls->at[value - 1]->layer->activation)
        value = calls->at[value - 1]->values[0];
    size_t i = 0;
    while (i < calls->input_count && calls->inputs[i] != value) i++;
    return i;
}

static feed_ends inputs_of(const horn_model *m)
{
    return (feed_ends){ .model = m, .ends = m->inputs, .count = m->input_count, .what = "x" };
}

/* The layers that compute with the data check them. */
static horn_status check_data(const feed *data, const horn_model *m, const call_list *calls)
{
    horn_status status = HORN_OK;
    char name[FEED_NAME];
    const feed_ends ends = inputs_of(m);
    for (size_t i = 0; i < calls->count && !status; i++) {
        const call *c = calls->at[i];
        if (!c->layer->class->check_data) continue;
        const size_t input = input_of(calls, c->values[0]);
        if (input < data->input_count)
            status = c->layer->class->check_data(c, &data->x[input], feed_name(name, &ends, input));
    }
    return status;
}

/* Places the model's calls for the inputs, which must fit. */
static horn_status find_outputs(feed *out, const horn_model *m)
{
    call_list *calls;
    horn_status status = plan_calls_new(&calls, m, out->inputs);
    if (status) return status;
    out->output_count = calls->output_count;
    for (size_t i = 0; i < calls->output_count; i++)
        out->outputs[i] = *call_list_shape(calls, calls->outputs[i]);
    status = check_data(out, m, calls);
    plan_calls_free(calls, m);
    return status;
}

static horn_status take_input(feed *out, const horn_model *m, size_t index, const horn_view *x,
                              const char *name)
{
    const shape *wanted = model_input(m, index);
    horn_status status = check_view(x, name);
    if (status) return status;
    if (index && x->shape[0] != out->samples)
        return fail(HORN_ERROR_SHAPE, "%s has %zu samples, x '%s' has %zu", name, x->shape[0],
                    m->inputs[0].name, out->samples);
    out->samples = x->shape[0];
    const shape given = sample_shape(x);
    shape *placed = &out->inputs[index];
    out->x[index] = *x;
    out->x[index].next = NULL;
    *placed = *wanted;
    const bool fits = fill(&given, placed);
    if (!fits) *placed = *wanted;
    if ((fits || fill_without_ones(&given, placed)) && !shape_is_open(placed)) return HORN_OK;
    char found[SHAPE_TEXT], expected[SHAPE_TEXT];
    return fail(HORN_ERROR_SHAPE, "%s has samples of shape %s, model '%s' takes %s", name,
                shape_print(found, &given), m->name, shape_print(expected, wanted));
}

horn_status feed_check_x(feed *out, const horn_model *m, const horn_view *x)
{
    const horn_view *sorted[HORN_MAX_INPUTS];
    char name[FEED_NAME];
    const feed_ends ends = inputs_of(m);
    horn_status status = model_need_weights(m);
    memset(out, 0, sizeof *out);
    out->input_count = m->input_count;
    if (!status && !x) status = fail(HORN_ERROR_ARGUMENT, "x is missing");
    if (!status) status = feed_sort(sorted, &ends, x);
    for (size_t i = 0; !status && i < m->input_count; i++)
        status = take_input(out, m, i, sorted[i], feed_name(name, &ends, i));
    return status ? status : find_outputs(out, m);
}

static bool is_real(horn_dtype dtype)
{
    return dtype == HORN_FLOAT32 || dtype == HORN_FLOAT64;
}

static double real_at(const horn_view *y, size_t i)
{
    return y->dtype == HORN_FLOAT32 ? (double)((const float *)y->data)[i] : ((const double *)y->data)[i];
}

/* The value of one label; -1 if no class has it. Floats were checked to be whole numbers. */
static int64_t label_at(const horn_view *y, size_t i)
{
    switch (y->dtype) {
    case HORN_FLOAT32:
    case HORN_FLOAT64:
        return real_at(y, i) >= 0 && real_at(y, i) <= INT32_MAX ? (int64_t)real_at(y, i) : -1;
    case HORN_INT8:
        return ((const int8_t *)y->data)[i];
    case HORN_INT16:
        return ((const int16_t *)y->data)[i];
    case HORN_INT32:
        return ((const int32_t *)y->data)[i];
    case HORN_INT64:
        return ((const int64_t *)y->data)[i];
    case HORN_UINT16:
        return ((const uint16_t *)y->data)[i];
    case HORN_UINT32:
        return ((const uint32_t *)y->data)[i];
    case HORN_UINT64:
        return ((const uint64_t *)y->data)[i] > INT64_MAX ? -1 : (int64_t)((const uint64_t *)y->data)[i];
    default:
        return ((const uint8_t *)y->data)[i];
    }
}

/* The targets of one output. */
typedef struct target {
    const horn_model *model;
    const loss *loss;
    const horn_view *y;
    const shape *output;
    const char *name;
} target;

/* Of the loss, or, without one, of the metrics. */
static const char *taker_of(const target *t)
{
    return t->loss ? t->loss->class->function_name : "metrics";
}

static horn_status check_label(const target *t, size_t i, size_t classes)
{
    const horn_view *y = t->y;
    const size_t sample = i / (horn_view_count(y) / y->shape[0]);
    const int64_t label = label_at(y, i);
    if (is_real(y->dtype) && !(real_at(y, i) == floor(real_at(y, i))))
        return fail(HORN_ERROR_ARGUMENT,
                    "%s: label %g of sample %zu, loss '%s' takes whole numbers of classes", t->name,
                    real_at(y, i), sample, taker_of(t));
    if (label >= 0 && (uint64_t)label < classes) return HORN_OK;
    if (t->loss && t->loss->ignores && label == t->loss->ignored_label) return HORN_OK;
    if (is_real(y->dtype))
        return fail(HORN_ERROR_ARGUMENT, "%s: label %g of sample %zu, model '%s' has the classes 0 to %zu",
                    t->name, real_at(y, i), sample, t->model->name, classes - 1);
    return fail(HORN_ERROR_ARGUMENT, "%s: label %lld of sample %zu, model '%s' has the classes 0 to %zu",
                t->name, (long long)label, sample, t->model->name, classes - 1);
}

static horn_status check_labels(const target *t)
{
    const shape *output = t->output;
    const size_t classes = output->dim[output->rank - 1], count = horn_view_count(t->y);
    horn_status status = HORN_OK;
    shape positions = *output, given = sample_shape(t->y);
    positions.rank--;
    if (given.rank == output->rank && given.dim[given.rank - 1] == 1) given.rank--;
    if (!shape_equal(&given, &positions)) {
        char found[SHAPE_TEXT], expected[SHAPE_TEXT];
        return fail(HORN_ERROR_SHAPE,
                    "%s has samples of shape %s, loss '%s' takes one class number for each of %s", t->name,
                    shape_print(found, &given), taker_of(t), shape_print(expected, &positions));
    }
    for (size_t i = 0; !status && i < count; i++) status = check_label(t, i, classes);
    return status;
}

/* Targets have the shape of the outputs; if the last axis of the outputs is 1, it may be missing, as in Keras. */
static horn_status check_rows(const target *t)
{
    shape given = sample_shape(t->y), wanted = *t->output;
    char found[SHAPE_TEXT], expected[SHAPE_TEXT];
    if (shape_equal(&given, &wanted)) return HORN_OK;
    if (wanted.rank && wanted.dim[wanted.rank - 1] == 1) wanted.rank--;
    if (shape_equal(&given, &wanted)) return HORN_OK;
    return fail(HORN_ERROR_SHAPE, "%s has samples of shape %s, loss '%s' takes rows as the outputs, %s",
                t->name, shape_print(found, &given), taker_of(t), shape_print(expected, t->output));
}

/* Chooses what "accuracy" is, and finds the kind of the targets. */
static horn_status resolve_metrics(feed *out, const model_head *h, size_t index, const target *t)
{
    shape given = sample_shape(t->y);
    horn_status status = HORN_OK;
    bool known = h->loss;
    if (known) out->targets[index] = h->loss->class->targets;
    for (size_t i = 0; !status && i < h->metric_count; i++) {
        status = metric_resolve(h->metrics[i], t->output, &given);
        if (status) return status;
        const target_kind kind = metric_targets(h->metrics[i]);
        if (!known) out->targets[index] = kind;
        known = true;
        if (kind != out->targets[index])
            status = fail(HORN_ERROR_ARGUMENT, "metric '%s' (%s) does not take the targets of loss '%s'",
                          h->metrics[i]->name, metric_class_of(h->metrics[i])->name, taker_of(t));
    }
    return status;
}

static bool compares(const model_head *h)
{
    return h->loss || h->metric_count;
}

static feed_ends outputs_of(const horn_model *m, const bool *needed, const char *what)
{
    return (feed_ends){
        .model = m, .ends = m->outputs, .count = m->output_count, .needed = needed, .what = what
    };
}

static horn_status take_targets(feed *out, const horn_model *m, size_t index, const horn_view *y,
                                const char *name)
{
    const model_head *h = &m->heads[index];
    const target t = { m, h->loss, y, &out->outputs[index], name };
    horn_status status = check_view(y, name);
    if (status) return status;
    if (y->shape[0] != out->samples)
        return fail(HORN_ERROR_SHAPE, "x has %zu samples, %s has %zu", out->samples, name, y->shape[0]);
    out->y[index] = *y;
    out->y[index].next = NULL;
    out->compares = true;
    status = h->loss ? HORN_OK : resolve_metrics(out, h, index, &t);
    if (h->loss) out->targets[index] = h->loss->class->targets;
    if (!status) status = out->targets[index] == TARGET_LABELS ? check_labels(&t) : check_rows(&t);
    return status || !h->loss ? status : resolve_metrics(out, h, index, &t);
}

horn_status feed_check(feed *out, horn_model *m, const horn_view *x, const horn_view *y)
{
    const horn_view *sorted[HORN_MAX_OUTPUTS];
    bool needed[HORN_MAX_OUTPUTS];
    char name[FEED_NAME];
    horn_status status = model_need_compiled(m);
    if (!status) status = feed_check_x(out, m, x);
    if (status) return status;
    for (size_t i = 0; i < m->output_count; i++) needed[i] = compares(&m->heads[i]);
    const feed_ends ends = outputs_of(m, needed, "y");
    status = y ? feed_sort(sorted, &ends, y) : fail(HORN_ERROR_ARGUMENT, "y is missing");
    for (size_t i = 0; !status && i < m->output_count; i++)
        if (needed[i]) status = take_targets(out, m, i, sorted[i], feed_name(name, &ends, i));
    return status;
}

horn_status feed_batch_size(size_t *size, const horn_model *m, size_t samples)
{
    enum { USUAL = 32 };
    if (!*size) *size = m->stateful ? m->input_batch : USUAL;
    if (!m->stateful || (*size == m->input_batch && samples % *size == 0)) return HORN_OK;
    return fail(HORN_ERROR_SHAPE,
                "model '%s' is stateful: it takes batches of %zu samples, not %zu samples by %zu", m->name,
                m->input_batch, samples, *size);
}

static horn_status take_weights(feed *out, size_t index, const horn_view *weights, const char *name)
{
    horn_status status = check_view(weights, name);
    if (status) return status;
    shape given = sample_shape(weights), positions = out->outputs[index];
    if (weights->shape[0] != out->samples)
        return fail(HORN_ERROR_SHAPE, "y has %zu samples, %s has %zu", out->samples, name, weights->shape[0]);
    out->weights[index] = *weights;
    out->weights[index].next = NULL;
    positions.rank--;
    if (given.rank == positions.rank + 1 && given.dim[given.rank - 1] == 1) given.rank--;
    if (given.rank == 0 || shape_equal(&given, &positions)) return HORN_OK;
    char found[SHAPE_TEXT], expected[SHAPE_TEXT];
    return fail(HORN_ERROR_SHAPE,
                "%s has samples of shape %s, expected one weight for each, or for each of %s", name,
                shape_print(found, &given), shape_print(expected, &positions));
}

horn_status feed_check_weights(feed *out, const horn_model *m, const horn_view *weights)
{
    static const bool none[HORN_MAX_OUTPUTS];
    const horn_view *sorted[HORN_MAX_OUTPUTS];
    char name[FEED_NAME];
    horn_status status = HORN_OK;
    const feed_ends ends = outputs_of(m, none, "sample_weight");
    const bool is_of_all = weights && !weights->name && !weights->next;
    if (!weights) return HORN_OK;
    if (!is_of_all) status = feed_sort(sorted, &ends, weights);
    for (size_t i = 0; !status && i < m->output_count; i++) {
        const horn_view *own = is_of_all ? weights : sorted[i];
        if (own && out->y[i].data)
            status = take_weights(out, i, own, is_of_all ? ends.what : feed_name(name, &ends, i));
    }
    return status;
}

horn_status feed_check_class_weights(const feed *data, const horn_class_weight *weights, size_t count)
{
    const shape *output = &data->outputs[0];
    if (!count) return HORN_OK;
    if (!weights) return fail(HORN_ERROR_ARGUMENT, "class_weight is NULL, of %zu", count);
    if (data->output_count > 1)
        return fail(HORN_ERROR_ARGUMENT, "class_weight: the model has %zu outputs, expected one",
                    data->output_count);
    if (output->rank == 1) return HORN_OK;
    char found[SHAPE_TEXT];
    return fail(HORN_ERROR_SHAPE, "class_weight: outputs of shape %s have more rows than one a sample",
                shape_print(found, output));
}

void feed_samples(feed *out, const feed *data, size_t first, size_t count)
{
    *out = *data;
    out->samples = count;
    for (size_t i = 0; i < out->input_count; i++) out->x[i] = horn_view_samples(&data->x[i], first, count);
    for (size_t i = 0; i < out->output_count; i++) {
        if (data->y[i].data) out->y[i] = horn_view_samples(&data->y[i], first, count);
        if (data->weights[i].data) out->weights[i] = horn_view_samples(&data->weights[i], first, count);
    }
}
