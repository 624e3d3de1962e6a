/* evaluate and predict: inference in batches. */
#include "model/train/evaluate.h"

#include <string.h>
#include "base/status.h"
#include "model/train/feed.h"
#include "model/train/logs.h"
#include "model/step/step.h"
#include "model/use.h"

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static horn_status run_batches(running *epoch, horn_model *m, const feed *data, size_t size)
{
    plan_sums sums;
    horn_status status = HORN_OK;
    for (size_t first = 0; !status && first < data->samples; first += size) {
        batch b = { .data = data, .first = first, .count = smaller(size, data->samples - first) };
        status = step_infer(m, &b, &sums, NULL);
        if (!status) status = running_add(epoch, m, &sums);
    }
    return status;
}

horn_status model_evaluate(horn_model *m, const feed *data, size_t size, horn_logs *logs)
{
    running epoch = { 0 };
    horn_status status = feed_batch_size(&size, m, data->samples);
    if (!status) status = step_prepare(m, false, data->inputs, smaller(size, data->samples));
    if (!status) status = run_batches(&epoch, m, data, size);
    if (!status && logs) {
        logs->count = 0;
        running_report(&epoch, m, logs);
    }
    running_clear(&epoch);
    return status;
}

static horn_status evaluate(horn_model *m, const horn_view *x, const horn_view *y,
                            const horn_evaluate_options *options, horn_logs *logs)
{
    horn_status status = model_need_loss(m);
    if (!status) status = feed_need(m);
    if (!status) status = feed_check(m->data, m, x, y);
    if (!status && options) status = feed_check_weights(m->data, m, options->sample_weight);
    if (!status) status = model_evaluate(m, m->data, options ? options->batch_size : 0, logs);
    return status;
}

horn_status horn_model_evaluate(horn_logs *logs, horn_model *m, const horn_view *x, const horn_view *y,
                                const horn_evaluate_options *options)
{
    horn_status status = model_enter_to_read(m, __func__);
    if (status) return status;
    status = evaluate(m, x, y, options, logs);
    return model_leave(m, status);
}

/* Of all outputs, for a sample. */
static size_t count_outputs(const feed *data)
{
    size_t count = 0;
    for (size_t i = 0; i < data->output_count; i++) count += shape_count(&data->outputs[i]);
    return count;
}

/* The outputs' blocks stand one behind the other in `out`. */
static horn_status predict_batches(horn_model *m, const feed *data, size_t size, float *out)
{
    horn_status status = HORN_OK;
    plan_sums sums;
    for (size_t first = 0; !status && first < data->samples; first += size) {
        float *outs[HORN_MAX_OUTPUTS], *block = out;
        for (size_t i = 0; i < data->output_count; i++) {
            const size_t count = shape_count(&data->outputs[i]);
            outs[i] = block + first * count;
            block += data->samples * count;
        }
        batch b = { .data = data, .first = first, .count = smaller(size, data->samples - first) };
        status = step_infer(m, &b, &sums, outs);
    }
    return status;
}

static horn_status predict_on(horn_model *m, const feed *data, const horn_predict_options *options,
                              float *out, size_t count)
{
    size_t size = options ? options->batch_size : 0;
    const size_t outputs = count_outputs(data);
    horn_status status = feed_batch_size(&size, m, data->samples);
    if (!status) status = step_prepare(m, false, data->inputs, smaller(size, data->samples));
    if (!status && count != data->samples * outputs)
        status = fail(HORN_ERROR_SHAPE, "out has room for %zu numbers, %zu samples give %zu", count,
                      data->samples, data->samples * outputs);
    return status ? status : predict_batches(m, data, size, out);
}

static horn_status predict(horn_model *m, const horn_view *x, const horn_predict_options *options, float *out,
                           size_t count)
{
    horn_status status = model_build(m);
    if (!status) status = feed_need(m);
    if (!status) status = feed_check_x(m->data, m, x);
    return status ? status : predict_on(m, m->data, options, out, count);
}

static horn_status find_shape(horn_view *out, const horn_model *m, const feed *data, size_t index)
{
    if (index >= data->output_count)
        return fail(HORN_ERROR_ARGUMENT, "output %zu: model '%s' has %zu", index, m->name,
                    data->output_count);
    const shape *output = &data->outputs[index];
    if (output->rank == HORN_MAX_RANK)
        return fail(HORN_ERROR_SHAPE, "model '%s' gives samples of %d axes, a view has room for %d", m->name,
                    output->rank, HORN_MAX_RANK - 1);
    *out = (horn_view){ .dtype = HORN_FLOAT32,
                        .rank = output->rank + 1,
                        .shape = { data->samples },
                        .name = m->outputs[index].name };
    memcpy(out->shape + 1, output->dim, (size_t)output->rank * sizeof *out->shape);
    return HORN_OK;
}

static horn_status predict_shape(horn_view *out, horn_model *m, const horn_view *x, size_t index)
{
    horn_status status = feed_need(m);
    if (!status) status = feed_check_x(m->data, m, x);
    return status ? status : find_shape(out, m, m->data, index);
}

horn_status horn_model_predict_shape(horn_view *out, horn_model *m, const horn_view *x, size_t output)
{
    NEED(out, "out");
    horn_status status = model_enter_to_read(m, __func__);
    if (status) return status;
    status = model_build(m);
    if (!status) status = predict_shape(out, m, x, output);
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
