/* evaluate and predict: inference in batches. */
#include "model/train/evaluate.h"

#include <string.h>
#include "base/status.h"
#include "model/train/feed.h"
#include "model/train/logs.h"
#include "model/plan/step.h"
#include "model/use.h"

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static horn_status run_batches(running *epoch, horn_model *m, const feed *data,
                               const horn_evaluate_options *options, size_t size)
{
    plan_sums sums;
    horn_status status = HORN_OK;
    const size_t samples = data->x.shape[0];
    for (size_t first = 0; !status && first < samples; first += size) {
        batch b = { .data = data,
                    .first = first,
                    .count = smaller(size, samples - first),
                    .weights = options ? options->sample_weight : NULL };
        status = step_infer(m, &b, &sums, NULL);
        if (!status) status = running_add(epoch, m, &sums);
    }
    return status;
}

horn_status model_evaluate(horn_model *m, const horn_view *x, const horn_view *y,
                           const horn_evaluate_options *options, horn_logs *logs)
{
    size_t size = options ? options->batch_size : 0;
    running epoch = { 0 };
    feed data;
    horn_status status = model_need_loss(m);
    if (!status) status = feed_check(&data, m, x, y);
    if (!status) status = feed_batch_size(&size, m, x->shape[0]);
    if (!status && options) status = feed_check_weights(&data, options->sample_weight);
    if (!status) status = step_prepare(m, false, &data.input, smaller(size, x->shape[0]));
    if (!status) status = run_batches(&epoch, m, &data, options, size);
    if (!status && logs) {
        logs->count = 0;
        running_report(&epoch, m, logs);
    }
    running_clear(&epoch);
    return status;
}

horn_status horn_model_evaluate(horn_logs *logs, horn_model *m, const horn_view *x, const horn_view *y,
                                const horn_evaluate_options *options)
{
    horn_status status = model_enter_to_read(m, __func__);
    if (status) return status;
    status = model_evaluate(m, x, y, options, logs);
    return model_leave(m, status);
}

static horn_status predict(horn_model *m, const horn_view *x, const horn_predict_options *options, float *out,
                           size_t count)
{
    size_t size = options ? options->batch_size : 0;
    plan_sums sums;
    feed data;
    horn_status status = model_build(m);
    if (!status) status = feed_check_x(&data, m, x);
    if (!status) status = feed_batch_size(&size, m, x->shape[0]);
    if (!status) status = step_prepare(m, false, &data.input, smaller(size, x->shape[0]));
    if (status) return status;
    size_t outputs = shape_count(&data.output);
    if (count != x->shape[0] * outputs)
        return fail(HORN_ERROR_SHAPE, "out has room for %zu numbers, %zu samples give %zu", count,
                    x->shape[0], x->shape[0] * outputs);
    for (size_t first = 0; first < x->shape[0]; first += size) {
        batch b = { .data = &data, .first = first, .count = smaller(size, x->shape[0] - first) };
        status = step_infer(m, &b, &sums, out + first * outputs);
        if (status) return status;
    }
    return HORN_OK;
}

static horn_status predict_shape(horn_view *out, horn_model *m, const horn_view *x)
{
    feed data;
    horn_status status = feed_check_x(&data, m, x);
    if (status) return status;
    if (data.output.rank == HORN_MAX_RANK)
        return fail(HORN_ERROR_SHAPE, "model '%s' gives samples of %d axes, a view has room for %d", m->name,
                    data.output.rank, HORN_MAX_RANK - 1);
    *out = (horn_view){ .dtype = HORN_FLOAT32, .rank = data.output.rank + 1, .shape = { x->shape[0] } };
    memcpy(out->shape + 1, data.output.dim, (size_t)data.output.rank * sizeof *out->shape);
    return HORN_OK;
}

horn_status horn_model_predict_shape(horn_view *out, horn_model *m, const horn_view *x)
{
    NEED(out, "out");
    horn_status status = model_enter_to_read(m, __func__);
    if (status) return status;
    status = model_build(m);
    if (!status) status = predict_shape(out, m, x);
    return model_leave(m, status);
}

horn_status horn_model_predict(float *out, size_t count, horn_model *m, const horn_view *x,
                               const horn_predict_options *options)
{
    NEED(out, "out");
    horn_status status = model_enter_to_read(m, __func__);
    if (status) return status;
    status = predict(m, x, options, out, count);
    return model_leave(m, status);
}
