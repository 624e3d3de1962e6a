/* Training: epochs of shuffled batches, validation, callbacks, history. The model's progress is up to date whenever a callback
 * runs, so that a checkpoint saved by a callback resumes from there. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/memory.h"
#include "base/option.h"
#include "base/status.h"
#include "model/train/evaluate.h"
#include "model/train/feed.h"
#include "model/step/profile.h"
#include "model/train/progress.h"
#include "model/step/step.h"
#include "model/step/update.h"
#include "model/use.h"

size_t horn_history_epochs(const horn_history *h)
{
    return h ? h->count : 0;
}

const horn_logs *horn_history_logs(const horn_history *h, size_t epoch)
{
    return h && epoch < h->count ? &h->logs[epoch] : NULL;
}

const horn_history *horn_model_history(const horn_model *m)
{
    return m ? &m->progress->history : NULL;
}

int64_t horn_model_step(const horn_model *m)
{
    return m ? m->iteration : 0;
}

void horn_history_free(horn_history *h)
{
    if (!h) return;
    free(h->logs);
    free(h);
}

/* State of one run of fit. */
typedef struct training {
    horn_model *model;
    progress *at;
    /* With the defaults filled in. */
    horn_fit_options options;
    feed *data, *validation;
    bool validates, stopped;
    /* Order of this epoch's samples. */
    uint32_t *order;
    /* What callbacks get. */
    horn_progress seen;
    /* Start of this epoch, and of the run. */
    struct timespec began, profile_began;
} training;

/* ---- data and options ---- */

static horn_status take_validation(training *t)
{
    const horn_fit_options *o = &t->options;
    t->validates = true;
    if (!o->y_validation) return fail(HORN_ERROR_ARGUMENT, "x_validation is given without y_validation");
    const horn_status status = feed_check(t->validation, t->model, o->x_validation, o->y_validation);
    return status ? status : feed_check_weights(t->validation, t->model, o->sample_weight_validation);
}

static horn_status split(training *t)
{
    const size_t n = t->data->samples;
    const double share = option_number(t->options.validation_split, 0);
    if (t->options.x_validation) return take_validation(t);
    if (!(share >= 0 && share < 1))
        return fail(HORN_ERROR_ARGUMENT, "validation_split is %g, expected 0 to below 1", share);
    if (share == 0) return HORN_OK;
    size_t kept = (size_t)floor((double)n * (1 - share));
    if (kept == 0 || kept == n)
        return fail(HORN_ERROR_ARGUMENT,
                    "validation_split %g of %zu samples leaves %zu to train on and %zu to validate", share, n,
                    kept, n - kept);
    t->validates = true;
    feed_samples(t->validation, t->data, kept, n - kept);
    feed_samples(t->data, t->data, 0, kept);
    return HORN_OK;
}

static horn_status find_start(training *t)
{
    progress *at = t->at;
    if (!t->options.resume) progress_clear(at);
    at->callbacks = t->options.callbacks;
    at->callback_count = t->options.callback_count;
    t->seen.epoch = at->epoch;
    t->seen.batch = at->batch;
    if (at->batch > t->seen.batches)
        return fail(HORN_ERROR_ARGUMENT, "the run to resume is at batch %zu, this one has %zu an epoch",
                    at->batch, t->seen.batches);
    if (!t->options.resume) return HORN_OK;
    model_lend(t->model, true);
    horn_status status = progress_restore_callbacks(at, at->callbacks, at->callback_count);
    model_lend(t->model, false);
    return status;
}

static horn_status check_callbacks(const horn_fit_options *o)
{
    if (o->callback_count && !o->callbacks)
        return fail(HORN_ERROR_ARGUMENT, "callbacks is NULL, of %zu", o->callback_count);
    horn_status status = HORN_OK;
    for (size_t i = 0; !status && i < o->callback_count; i++) {
        const horn_callback *c = o->callbacks[i];
        if (!c)
            status = fail(HORN_ERROR_ARGUMENT, "callback %zu is NULL", i);
        else if (c->check)
            status = c->check(c);
    }
    return status;
}

static horn_status prepare(training *t, const horn_view *x, const horn_view *y,
                           const horn_fit_options *options)
{
    horn_status status = horn_model_check_trainable(t->model);
    if (!status) status = feed_check(t->data, t->model, x, y);
    if (!status && options) status = check_callbacks(options);
    if (!status && options) status = feed_check_weights(t->data, t->model, options->sample_weight);
    if (!status && options)
        status = feed_check_class_weights(t->data, options->class_weight, options->class_weight_count);
    if (status) return status;
    if (options) t->options = *options;
    if (!t->options.epochs) t->options.epochs = 1;
    status = split(t);
    if (!status) status = feed_batch_size(&t->options.batch_size, t->model, t->data->samples);
    if (!status && !t->options.validation_batch_size)
        t->options.validation_batch_size = t->options.batch_size;
    if (!status && t->validates)
        status = feed_batch_size(&t->options.validation_batch_size, t->model, t->validation->samples);
    if (status) return status;
    size_t n = t->data->samples, size = t->options.batch_size;
    t->seen = (horn_progress){ .model = t->model,
                               .epochs = t->options.epochs,
                               .batches = n / size + (n % size > 0) };
    status = memory_new(&t->order, n, sizeof *t->order);
    if (!status) status = step_prepare(t->model, true, t->data->inputs, n < size ? n : size);
    return status ? status : find_start(t);
}

/* ---- callbacks ---- */

enum event { TRAIN_BEGIN, EPOCH_BEGIN, BATCH_END, EPOCH_END, TRAIN_END };

static horn_status call_back(horn_callback *c, enum event event, const horn_progress *p,
                             const horn_logs *logs)
{
    switch (event) {
    case TRAIN_BEGIN:
        return c->on_train_begin ? c->on_train_begin(c, p) : HORN_OK;
    case EPOCH_BEGIN:
        return c->on_epoch_begin ? c->on_epoch_begin(c, p) : HORN_OK;
    case BATCH_END:
        return c->on_batch_end ? c->on_batch_end(c, p, logs) : HORN_OK;
    case EPOCH_END:
        return c->on_epoch_end ? c->on_epoch_end(c, p, logs) : HORN_OK;
    default:
        return c->on_train_end ? c->on_train_end(c, p) : HORN_OK;
    }
}

static double seconds_since(const struct timespec *began)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - began->tv_sec) + 1e-9 * (double)(now.tv_nsec - began->tv_nsec);
}

static horn_status tell(training *t, enum event event, const horn_logs *logs)
{
    t->seen.seconds = seconds_since(&t->began);
    for (size_t i = 0; i < t->options.callback_count; i++) {
        model_lend(t->model, true);
        horn_status status = call_back(t->options.callbacks[i], event, &t->seen, logs);
        model_lend(t->model, false);
        if (status == HORN_STOPPED)
            t->stopped = true;
        else if (status == HORN_INTERRUPTED)
            t->seen.interrupted = true;
        else if (status)
            return status;
    }
    return t->seen.interrupted ? HORN_INTERRUPTED : HORN_OK;
}

/* ---- the loop ---- */

/* The order of an epoch is keyed by the step at which the epoch began, so that a resumed epoch has the same order. */
static void shuffle(training *t)
{
    size_t n = t->data->samples;
    uint64_t began = (uint64_t)t->model->iteration - t->at->batch;
    if (t->options.no_shuffle)
        for (size_t i = 0; i < n; i++) t->order[i] = (uint32_t)i;
    else
        random_permutation(random_key_make(t->model->seed, RANDOM_SHUFFLE, 0), began, t->order, n);
}

static horn_status train_batches(training *t)
{
    horn_status status = HORN_OK;
    size_t n = t->data->samples, size = t->options.batch_size;
    while (t->at->batch < t->seen.batches && !t->stopped && !status) {
        size_t first = t->at->batch * size;
        batch b = { .data = t->data,
                    .order = t->order,
                    .first = first,
                    .count = n - first < size ? n - first : size,
                    .class_weights = t->options.class_weight,
                    .class_weight_count = t->options.class_weight_count };
        plan_sums sums;
        horn_logs logs = { 0 };
        status = step_train(t->model, &b, &sums);
        if (status) return status;
        status = running_add(&t->at->sums, t->model, &sums);
        if (status) return status;
        t->seen.batch = ++t->at->batch;
        if (!t->options.callback_count) continue;
        running_report(&t->at->sums, t->model, &logs);
        status = tell(t, BATCH_END, &logs);
    }
    return status;
}

static horn_status end_epoch(training *t)
{
    horn_logs logs = { 0 }, validation;
    horn_status status = HORN_OK;
    horn_history *h = &t->at->history;
    running_report(&t->at->sums, t->model, &logs);
    if (t->validates) {
        status = model_evaluate(t->model, t->validation, t->options.validation_batch_size, &validation);
        if (status) return status;
        running_report_validation(&validation, t->model, &logs);
    }
    status = memory_grow(&h->logs, h->count, &h->capacity, sizeof logs);
    if (status) return status;
    h->logs[h->count++] = logs;
    t->at->epoch++;
    t->at->batch = 0;
    running_clear(&t->at->sums);
    status = tell(t, EPOCH_END, &logs);
    t->seen.epoch = t->at->epoch;
    return status;
}

static horn_status train_epoch(training *t)
{
    clock_gettime(CLOCK_MONOTONIC, &t->began);
    t->seen.batch = t->at->batch;
    shuffle(t);
    horn_status status = tell(t, EPOCH_BEGIN, NULL);
    if (!status) status = train_batches(t);
    return status ? status : end_epoch(t);
}

/* ---- profile, history, the API ---- */

static horn_status begin_profile(training *t)
{
    clock_gettime(CLOCK_MONOTONIC, &t->profile_began);
    return t->options.profile ? profile_new(&t->model->profile, t->model) : HORN_OK;
}

/* Prints the profile, also of an interrupted run, and frees it. */
static horn_status end_profile(training *t, horn_status status)
{
    horn_model *m = t->model;
    char *text = NULL;
    if (m->profile && (!status || status == HORN_INTERRUPTED)) {
        horn_status printed = profile_print(&text, m->profile, m, seconds_since(&t->profile_began));
        if (printed) status = printed;
    }
    if (text) {
        free(m->profile_text);
        m->profile_text = text;
    }
    profile_free(m->profile);
    m->profile = NULL;
    return status;
}

horn_status horn_model_profile(char **text, horn_model *m)
{
    NEED(text, "text");
    horn_status status = model_enter(m, __func__, false);
    if (status) return status;
    if (m->profile_text)
        status = memory_copy_string(text, m->profile_text);
    else
        status = fail(HORN_ERROR_ARGUMENT, "model '%s' was not profiled: no fit of it had .profile", m->name);
    return model_leave(m, status);
}

static horn_status give_history(const progress *at, horn_history **out)
{
    horn_history *h = NULL;
    horn_status status = memory_new(&h, 1, sizeof *h);
    if (!status) status = memory_new(&h->logs, at->history.count, sizeof *h->logs);
    if (status) {
        free(h);
        return status;
    }
    h->count = h->capacity = at->history.count;
    if (h->count) memcpy(h->logs, at->history.logs, h->count * sizeof *h->logs);
    *out = h;
    return HORN_OK;
}

static horn_status fit(horn_model *m, const horn_view *x, const horn_view *y, const horn_fit_options *options,
                       horn_history **history)
{
    training t = { .model = m, .at = m->progress };
    horn_status status = HORN_OK;
    clock_gettime(CLOCK_MONOTONIC, &t.began);
    TRY(memory_new(&t.data, 1, sizeof *t.data));
    TRY(memory_new(&t.validation, 1, sizeof *t.validation));
    TRY(prepare(&t, x, y, options));
    TRY(begin_profile(&t));
    TRY(tell(&t, TRAIN_BEGIN, NULL));
    while (t.at->epoch < t.options.epochs && !t.stopped) TRY(train_epoch(&t));
    update_take_average(m);
    TRY(tell(&t, TRAIN_END, NULL));
    if (history) TRY(give_history(t.at, history));
done:
    status = end_profile(&t, status);
    t.at->callbacks = NULL;
    t.at->callback_count = 0;
    free(t.order);
    free(t.data);
    free(t.validation);
    return status;
}

horn_status horn_model_fit(horn_history **history, horn_model *m, const horn_view *x, const horn_view *y,
                           const horn_fit_options *options)
{
    horn_status status = model_enter(m, __func__, true);
    if (status) return status;
    status = fit(m, x, y, options, history);
    return model_leave(m, status);
}

static horn_status train_on_batch(horn_model *m, const horn_view *x, const horn_view *y, horn_logs *logs)
{
    plan_sums sums;
    horn_status status = horn_model_check_trainable(m);
    if (!status) status = feed_need(m);
    if (!status) status = feed_check(m->data, m, x, y);
    size_t size = status ? 0 : m->data->samples;
    if (!status) status = feed_batch_size(&size, m, size);
    if (!status) status = step_train(m, &(batch){ .data = m->data, .count = size }, &sums);
    if (status || !logs) return status;
    const running r = running_of(&sums);
    logs->count = 0;
    running_report(&r, m, logs);
    return HORN_OK;
}

horn_status horn_model_train_on_batch(horn_logs *logs, horn_model *m, const horn_view *x, const horn_view *y)
{
    horn_status status = model_enter(m, __func__, false);
    if (status) return status;
    status = train_on_batch(m, x, y, logs);
    return model_leave(m, status);
}
