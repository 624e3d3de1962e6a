/* Compiling sets the model's optimizer, loss and metrics and allocates slots for the optimizer's variables. */
#include "model/heads.h"
#include "model/train/progress.h"
#include "model/use.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

horn_status model_need_compiled(const horn_model *m)
{
    if (m->heads) return HORN_OK;
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
    for (size_t i = 0; !status && i < m->output_count; i++)
        if (m->heads[i].loss && m->heads[i].loss->reduction == REDUCTION_NONE)
            status =
                fail(HORN_ERROR_UNSUPPORTED, "loss '%s': training with the reduction 'none' is not supported",
                     m->heads[i].loss->class->name);
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
    return m && m->heads;
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
    heads_free(m->heads, m->output_count);
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
    m->heads = NULL;
    m->metric_count = m->metric_states = m->figure_count = m->slot_count = 0;
    m->iteration = 0;
}

static horn_status new_slot(float **out, const optimizer *o, size_t index, size_t n)
{
    horn_status status = memory_new_aligned(out, n, sizeof **out);
    const float start = optimizer_slot_start(o, index);
    for (size_t i = 0; !status && start != 0 && i < n; i++) (*out)[i] = start;
    return status;
}

horn_status model_compile_with(horn_model *m, optimizer *o, model_head *heads)
{
    horn_status status = HORN_OK;
    float *slots[OPTIMIZER_ALL_SLOTS] = { 0 };
    const char *names[OPTIMIZER_ALL_SLOTS];
    char *log_names[HORN_MAX_LOGS] = { 0 }, *loss_text = NULL;
    size_t figures = 0;
    TRY(heads_check(m, heads));
    TRY(heads_print_loss(&loss_text, m, heads));
    TRY(heads_name_logs(log_names, &figures, m, heads));
    size_t count = optimizer_slot_names(o, names);
    for (size_t s = 0; s < count; s++) TRY(new_slot(&slots[s], o, s, m->trainable_floats));
    model_forget_compiled(m);
    m->optimizer = o;
    m->heads = heads;
    m->loss_text = loss_text;
    m->figure_count = figures;
    heads_lay_out(m);
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
    heads_free(heads, m->output_count);
    return status;
}

/* Takes ownership of the optimizer, the losses and the metrics, also on failure. */
static horn_status compile(horn_model *m, const horn_compile_options *given)
{
    model_head *heads = NULL;
    horn_optimizer *o = given->optimizer ? given->optimizer : horn_rmsprop(NULL);
    horn_status status = failure_status(o->failure);
    if (!status) status = heads_given_status(given);
    if (!status) status = model_build(m);
    if (!status) status = heads_of_options(&heads, m, given);
    if (!status) return model_compile_with(m, o, heads);
    optimizer_free(o);
    if (!heads) heads_free_given(given);
    return status;
}

horn_status horn_model_compile(horn_model *m, const horn_compile_options *options)
{
    const horn_compile_options given = options ? *options : (horn_compile_options){ 0 };
    horn_status status = model_enter(m, __func__, true);
    if (status) {
        optimizer_free(given.optimizer);
        heads_free_given(&given);
        return status;
    }
    status = compile(m, &given);
    return model_leave(m, status);
}
