/* Compiling sets the model's optimizer, loss and metrics and allocates slots for the optimizer's variables. */
#include "model/train/progress.h"
#include "model/use.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "config/python_text.h"

horn_status model_need_compiled(const horn_model *m)
{
    if (m->loss) return HORN_OK;
    if (m->no_settings)
        return fail(HORN_ERROR_UNSUPPORTED,
                    "model '%s' is not compiled: its compile settings were left out: %s", m->name,
                    m->no_settings);
    return fail(HORN_ERROR_ARGUMENT, "model '%s' is not compiled: it has no loss and no optimizer", m->name);
}

horn_status model_need_weights(const horn_model *m)
{
    const weight *w;
    for (size_t i = 0; (w = model_weight(m, i)); i++)
        if (w->is_missing)
            return fail(HORN_ERROR_UNSUPPORTED, "weight '%s' of layer '%s' has no value: %s", w->name,
                        w->layer->name, w->layer->unknown[LACKS_START]);
    return HORN_OK;
}

static horn_status need_known(const horn_model *m, layer_lack lack)
{
    for (size_t i = 0; i < m->layer_count; i++)
        if (layer_find_unknown(m->layers[i], lack))
            return fail(HORN_ERROR_UNSUPPORTED, "%s", layer_find_unknown(m->layers[i], lack));
    return HORN_OK;
}

horn_status model_need_loss(const horn_model *m)
{
    return need_known(m, LACKS_LOSS);
}

horn_status horn_model_check_trainable(const horn_model *m)
{
    NEED(m, "model");
    horn_status status = model_need_weights(m);
    if (!status) status = need_known(m, LACKS_TRAINING);
    if (!status) status = need_known(m, LACKS_LOSS);
    if (!status) status = model_need_compiled(m);
    if (!status && m->loss->reduction == REDUCTION_NONE)
        status = fail(HORN_ERROR_UNSUPPORTED,
                      "loss '%s': training with the reduction 'none' is not supported", m->loss->class->name);
    if (!status && m->no_settings)
        status = fail(HORN_ERROR_UNSUPPORTED, "model '%s' has no optimizer that is known: %s", m->name,
                      m->no_settings);
    if (!status && m->no_state)
        status = fail(HORN_ERROR_UNSUPPORTED, "model '%s' has lost its optimizer's state: %s", m->name,
                      m->no_state);
    return status;
}

const char *horn_model_left_out(const horn_model *m, unsigned part)
{
    if (!m) return NULL;
    return part == HORN_PART_COMPILE     ? m->no_settings
           : part == HORN_PART_OPTIMIZER ? m->no_state
           : part == HORN_PART_WEIGHTS   ? m->no_weights
                                         : NULL;
}

bool horn_model_is_compiled(const horn_model *m)
{
    return m && m->loss;
}

const char *horn_model_optimizer(const horn_model *m)
{
    return m && m->optimizer ? optimizer_name(m->optimizer) : NULL;
}

static horn_status set_learning_rate(horn_model *m, double learning_rate)
{
    horn_status status = model_need_compiled(m);
    if (!status && m->optimizer->unknown)
        status = fail(HORN_ERROR_UNSUPPORTED, "model '%s' has no optimizer that is known: %s", m->name,
                      m->no_settings);
    if (!status && !(learning_rate >= 0 && learning_rate <= 1e30))
        status = fail(HORN_ERROR_ARGUMENT, "learning_rate is %g, expected 0 or more", learning_rate);
    if (!status && m->optimizer->schedule.class)
        status = fail(HORN_ERROR_ARGUMENT, "the learning rate of model '%s' follows a schedule (%s)", m->name,
                      schedule_name(&m->optimizer->schedule));
    if (!status) m->optimizer->learning_rate = (float)learning_rate;
    return status;
}

horn_status horn_model_set_learning_rate(horn_model *m, double learning_rate)
{
    horn_status status = model_enter(m, __func__, false);
    if (status) return status;
    status = set_learning_rate(m, learning_rate);
    return model_leave(m, status);
}

double horn_model_learning_rate(const horn_model *m)
{
    if (!m || !m->optimizer || m->optimizer->unknown) return NAN;
    return (double)optimizer_learning_rate(m->optimizer, m->iteration);
}

const char *horn_model_loss(const horn_model *m)
{
    return m ? m->loss_text : NULL;
}

void model_forget_compiled(horn_model *m)
{
    model_forget_plans(m);
    /* Its history borrows the names freed below. */
    if (m->progress) progress_clear(m->progress);
    optimizer_free(m->optimizer);
    loss_free(m->loss);
    for (size_t i = 0; i < m->metric_count; i++) metric_free(m->metrics[i]);
    for (size_t s = 0; s < OPTIMIZER_ALL_SLOTS; s++) {
        free(m->slots[s]);
        m->slots[s] = NULL;
    }
    for (size_t i = 0; i < HORN_MAX_LOGS; i++) {
        free(m->log_names[i]);
        m->log_names[i] = NULL;
    }
    free(m->no_settings);
    free(m->no_state);
    free(m->loss_text);
    m->no_settings = m->no_state = m->loss_text = NULL;
    m->optimizer = NULL;
    m->loss = NULL;
    m->metric_count = m->weighted_metrics = m->metric_states = m->slot_count = 0;
    m->iteration = 0;
}

/* Names as Keras 3 tells equal ones apart: "auc", "auc_1"; a weighted metric is "weighted_auc" first. */
static void name_metric(char *text, size_t size, metric *const *metrics, size_t index)
{
    const char *name = metrics[index]->name;
    const bool is_weighted = metrics[index]->is_weighted;
    size_t plain = 0, weighted = 0;
    for (size_t i = 0; i < index; i++)
        if (strcmp(metrics[i]->name, name) == 0)
            ++*(is_weighted && metrics[i]->is_weighted ? &weighted : &plain);
    if (is_weighted && !plain && weighted) plain = 1, weighted--;
    const size_t number = is_weighted ? weighted : plain;
    const char *prefix = is_weighted && plain ? "weighted_" : "";
    if (number)
        snprintf(text, size, "%s%.90s_%zu", prefix, name, number);
    else
        snprintf(text, size, "%s%.90s", prefix, name);
}

/* Makes the names, for instance "loss", "accuracy", "val_loss", "val_accuracy". */
static horn_status name_logs(char *names[HORN_MAX_LOGS], metric *const *metrics, size_t count)
{
    char name[128], text[160];
    for (size_t i = 0; i < 2 * (count + 1); i++) {
        const size_t figure = i % (count + 1);
        strcpy(name, "loss");
        if (figure) name_metric(name, sizeof name, metrics, figure - 1);
        snprintf(text, sizeof text, "%s%s", i > count ? "val_" : "", name);
        horn_status status = memory_copy_string(&names[i], text);
        if (status) return status;
    }
    return HORN_OK;
}

/* Losses and metrics need the number of outputs of a row. */
static horn_status check_output(const horn_model *m)
{
    const shape *output = model_output(m);
    char found[SHAPE_TEXT];
    if (!output->rank || output->dim[output->rank - 1] != SHAPE_OPEN) return HORN_OK;
    return fail(HORN_ERROR_UNSUPPORTED, "model '%s' gives outputs of shape %s: a loss needs the last size",
                m->name, shape_print(found, output));
}

static horn_status check_metrics(const horn_model *m, metric *const *metrics, size_t count)
{
    const shape *output = model_output(m);
    const size_t columns = output->rank ? output->dim[output->rank - 1] : 1;
    horn_status status = HORN_OK;
    for (size_t i = 0; !status && i < count; i++) status = metric_check(metrics[i], columns);
    return status;
}

/* Marks weighted metrics and lays out the states of all. */
static void lay_out_metrics(horn_model *m)
{
    const shape *output = model_output(m);
    const size_t columns = output->rank ? output->dim[output->rank - 1] : 1;
    m->metric_states = 0;
    for (size_t i = 0; i < m->metric_count; i++) {
        m->metric_first[i] = m->metric_states;
        m->metric_states += metric_states(m->metrics[i], columns);
    }
}

static horn_status describe_loss(char **text, const loss *l)
{
    config *description = NULL;
    horn_status status = loss_describe(l, &description);
    if (!status) status = python_text(text, description);
    config_free(description);
    return status;
}

static horn_status new_slot(float **out, const optimizer *o, size_t index, size_t n)
{
    horn_status status = memory_new_aligned(out, n, sizeof **out);
    const float start = optimizer_slot_start(o, index);
    for (size_t i = 0; !status && start != 0 && i < n; i++) (*out)[i] = start;
    return status;
}

horn_status model_compile_with(horn_model *m, optimizer *o, loss *l, metric *const *metrics,
                               size_t metric_count, size_t weighted)
{
    horn_status status = HORN_OK;
    float *slots[OPTIMIZER_ALL_SLOTS] = { 0 };
    const char *names[OPTIMIZER_ALL_SLOTS];
    char *log_names[HORN_MAX_LOGS] = { 0 }, *loss_text = NULL;
    TRY(model_build(m));
    TRY(check_output(m));
    TRY(check_metrics(m, metrics, metric_count));
    TRY(describe_loss(&loss_text, l));
    for (size_t i = 0; i < metric_count; i++) metrics[i]->is_weighted = i + weighted >= metric_count;
    TRY(name_logs(log_names, metrics, metric_count));
    size_t count = optimizer_slot_names(o, names);
    for (size_t s = 0; s < count; s++) TRY(new_slot(&slots[s], o, s, m->trainable_floats));
    model_forget_compiled(m);
    m->optimizer = o;
    m->loss = l;
    m->loss_text = loss_text;
    memcpy(m->metrics, metrics, metric_count * sizeof *metrics);
    m->metric_count = metric_count;
    m->weighted_metrics = weighted;
    lay_out_metrics(m);
    memcpy(m->slots, slots, sizeof slots);
    memcpy(m->slot_names, names, count * sizeof *names);
    m->slot_count = count;
    m->product = 1;
    memcpy(m->log_names, log_names, sizeof log_names);
    return HORN_OK;
done:
    free(loss_text);
    for (size_t i = 0; i < HORN_MAX_LOGS; i++) free(log_names[i]);
    for (size_t s = 0; s < OPTIMIZER_ALL_SLOTS; s++) free(slots[s]);
    optimizer_free(o);
    loss_free(l);
    for (size_t i = 0; i < metric_count; i++) metric_free(metrics[i]);
    return status;
}

static void free_metrics(horn_metric *const metrics[HORN_MAX_METRICS])
{
    for (size_t i = 0; i < HORN_MAX_METRICS && metrics[i]; i++) metric_free(metrics[i]);
}

static void free_given(const horn_compile_options *given)
{
    optimizer_free(given->optimizer);
    loss_free(given->loss);
    free_metrics(given->metrics);
    free_metrics(given->weighted_metrics);
}

/* Appends the metrics to `all`, up to twice the most. */
static horn_status list_metrics(horn_metric **all, size_t *count, horn_metric *const given[HORN_MAX_METRICS])
{
    horn_status status = HORN_OK;
    for (size_t i = 0; !status && i < HORN_MAX_METRICS && given[i]; i++) {
        status = failure_status(given[i]->failure);
        all[(*count)++] = given[i];
    }
    return status;
}

static horn_status check_given(const horn_model *m, const horn_compile_options *given, horn_metric **all,
                               size_t *count, size_t *weighted)
{
    if (!given->loss) return fail(HORN_ERROR_ARGUMENT, "model '%s' is compiled without a loss", m->name);
    horn_status status = failure_status(given->optimizer->failure);
    if (!status) status = failure_status(given->loss->failure);
    if (!status) status = list_metrics(all, count, given->metrics);
    const size_t plain = *count;
    if (!status) status = list_metrics(all, count, given->weighted_metrics);
    *weighted = *count - plain;
    if (!status && *count > HORN_MAX_METRICS)
        status = fail(HORN_ERROR_ARGUMENT, "%zu metrics, expected at most %d", *count, HORN_MAX_METRICS);
    return status;
}

/* Takes ownership of the optimizer, the loss and the metrics, also on failure. */
static horn_status compile(horn_model *m, horn_compile_options given)
{
    horn_metric *all[2 * HORN_MAX_METRICS];
    size_t count = 0, weighted = 0;
    if (!given.optimizer) given.optimizer = horn_rmsprop(NULL);
    const horn_status status = check_given(m, &given, all, &count, &weighted);
    if (!status) return model_compile_with(m, given.optimizer, given.loss, all, count, weighted);
    free_given(&given);
    return status;
}

horn_status horn_model_compile(horn_model *m, const horn_compile_options *options)
{
    const horn_compile_options given = options ? *options : (horn_compile_options){ 0 };
    horn_status status = model_enter(m, __func__, true);
    if (status) {
        free_given(&given);
        return status;
    }
    status = compile(m, given);
    return model_leave(m, status);
}
