#include "model/train/feed.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/status.h"

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

/* Whether a value has the data as they are: it is the input, or there are only views between. */
static bool has_data(const call_list *calls, size_t value)
{
    while (value && calls->at[value - 1]->layer->class->flags & LAYER_IS_VIEW &&
           !calls->at[value - 1]->layer->activation)
        value = calls->at[value - 1]->values[0];
    return !value;
}

/* The layers that compute with the data check them. */
static horn_status check_data(const horn_view *x, const call_list *calls)
{
    horn_status status = HORN_OK;
    for (size_t i = 0; i < calls->count && !status; i++) {
        const call *c = calls->at[i];
        if (c->layer->class->check_data && has_data(calls, c->values[0]))
            status = c->layer->class->check_data(c, x, "x");
    }
    return status;
}

/* Places the model's calls for the input, which must fit. */
static horn_status find_output(feed *out, const horn_model *m)
{
    call_list *calls;
    horn_status status = plan_calls_new(&calls, m, &out->input);
    if (status) return status;
    out->output = *call_list_shape(calls, calls->output);
    status = check_data(&out->x, calls);
    plan_calls_free(calls, m);
    return status;
}

horn_status feed_check_x(feed *out, const horn_model *m, const horn_view *x)
{
    horn_status status = model_need_weights(m);
    if (!status) status = check_view(x, "x");
    if (status) return status;
    const shape given = sample_shape(x);
    *out = (feed){ .x = *x, .input = *model_input(m) };
    const bool fits = fill(&given, &out->input);
    if (!fits) out->input = *model_input(m);
    if ((fits || fill_without_ones(&given, &out->input)) && !shape_is_open(&out->input))
        return find_output(out, m);
    char found[SHAPE_TEXT], expected[SHAPE_TEXT];
    return fail(HORN_ERROR_SHAPE, "x has samples of shape %s, model '%s' takes %s",
                shape_print(found, &given), m->name, shape_print(expected, model_input(m)));
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

static horn_status check_label(const horn_model *m, const horn_view *y, size_t i, size_t classes)
{
    const size_t sample = i / (horn_view_count(y) / y->shape[0]);
    const int64_t label = label_at(y, i);
    if (is_real(y->dtype) && !(real_at(y, i) == floor(real_at(y, i))))
        return fail(HORN_ERROR_ARGUMENT,
                    "y: label %g of sample %zu, loss '%s' takes whole numbers of classes", real_at(y, i),
                    sample, m->loss->class->function_name);
    if (label >= 0 && (uint64_t)label < classes) return HORN_OK;
    if (m->loss->ignores && label == m->loss->ignored_label) return HORN_OK;
    if (is_real(y->dtype))
        return fail(HORN_ERROR_ARGUMENT, "y: label %g of sample %zu, model '%s' has the classes 0 to %zu",
                    real_at(y, i), sample, m->name, classes - 1);
    return fail(HORN_ERROR_ARGUMENT, "y: label %lld of sample %zu, model '%s' has the classes 0 to %zu",
                (long long)label, sample, m->name, classes - 1);
}

static horn_status check_labels(const horn_model *m, const horn_view *y, const shape *output)
{
    const size_t classes = output->dim[output->rank - 1], count = horn_view_count(y);
    horn_status status = HORN_OK;
    shape positions = *output, given = sample_shape(y);
    positions.rank--;
    if (given.rank == output->rank && given.dim[given.rank - 1] == 1) given.rank--;
    if (!shape_equal(&given, &positions)) {
        char found[SHAPE_TEXT], expected[SHAPE_TEXT];
        return fail(
            HORN_ERROR_SHAPE, "y has samples of shape %s, loss '%s' takes one class number for each of %s",
            shape_print(found, &given), m->loss->class->function_name, shape_print(expected, &positions));
    }
    for (size_t i = 0; !status && i < count; i++) status = check_label(m, y, i, classes);
    return status;
}

/* Targets have the shape of the outputs; if the last axis of the outputs is 1, it may be missing, as in Keras. */
static horn_status check_rows(const horn_model *m, const horn_view *y, const shape *output)
{
    shape given = sample_shape(y), wanted = *output;
    char found[SHAPE_TEXT], expected[SHAPE_TEXT];
    if (shape_equal(&given, &wanted)) return HORN_OK;
    if (wanted.rank && wanted.dim[wanted.rank - 1] == 1) wanted.rank--;
    if (shape_equal(&given, &wanted)) return HORN_OK;
    return fail(HORN_ERROR_SHAPE, "y has samples of shape %s, loss '%s' takes rows as the outputs, %s",
                shape_print(found, &given), m->loss->class->function_name, shape_print(expected, output));
}

horn_status feed_check(feed *out, horn_model *m, const horn_view *x, const horn_view *y)
{
    horn_status status = model_need_compiled(m);
    if (!status) status = feed_check_x(out, m, x);
    if (!status) status = check_view(y, "y");
    if (status) return status;
    if (x->shape[0] != y->shape[0])
        return fail(HORN_ERROR_SHAPE, "x has %zu samples, y has %zu", x->shape[0], y->shape[0]);
    status = m->loss->class->targets == TARGET_LABELS ? check_labels(m, y, &out->output)
                                                      : check_rows(m, y, &out->output);
    out->y = *y;
    shape target = sample_shape(y);
    for (size_t i = 0; !status && i < m->metric_count; i++) {
        status = metric_resolve(m->metrics[i], &out->output, &target);
        if (!status && metric_targets(m->metrics[i]) != m->loss->class->targets)
            status = fail(HORN_ERROR_ARGUMENT, "metric '%s' (%s) does not take the targets of loss '%s'",
                          m->metrics[i]->name, metric_class_of(m->metrics[i])->name,
                          m->loss->class->function_name);
    }
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

horn_status feed_check_weights(const feed *data, const horn_view *weights)
{
    if (!weights) return HORN_OK;
    horn_status status = check_view(weights, "sample_weight");
    if (status) return status;
    shape given = sample_shape(weights), positions = data->output;
    if (weights->shape[0] != data->y.shape[0])
        return fail(HORN_ERROR_SHAPE, "y has %zu samples, sample_weight has %zu", data->y.shape[0],
                    weights->shape[0]);
    positions.rank--;
    if (given.rank == positions.rank + 1 && given.dim[given.rank - 1] == 1) given.rank--;
    if (given.rank == 0 || shape_equal(&given, &positions)) return HORN_OK;
    char found[SHAPE_TEXT], expected[SHAPE_TEXT];
    return fail(HORN_ERROR_SHAPE,
                "sample_weight has samples of shape %s, expected one weight for each, or for each of %s",
                shape_print(found, &given), shape_print(expected, &positions));
}

horn_status feed_check_class_weights(const feed *data, const horn_class_weight *weights, size_t count)
{
    const shape *output = &data->output;
    if (!count) return HORN_OK;
    if (!weights) return fail(HORN_ERROR_ARGUMENT, "class_weight is NULL, of %zu", count);
    if (output->rank == 1) return HORN_OK;
    char found[SHAPE_TEXT];
    return fail(HORN_ERROR_SHAPE, "class_weight: outputs of shape %s have more rows than one a sample",
                shape_print(found, output));
}
