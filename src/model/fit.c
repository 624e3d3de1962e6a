/* Training: epochs of shuffled batches, validation, callbacks, history. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/memory.h"
#include "base/status.h"
#include "model/feed.h"
#include "model/logs.h"
#include "model/step.h"

struct horn_history {
    horn_logs *logs;
    size_t count, capacity;
};

size_t horn_history_epochs(const horn_history *h)
{
    return h->count;
}

const horn_logs *horn_history_logs(const horn_history *h, size_t epoch)
{
    return epoch < h->count ? &h->logs[epoch] : NULL;
}

void horn_history_free(horn_history *h)
{
    if (!h) return;
    free(h->logs);
    free(h);
}

/* Where a run is, and what it works on. */
typedef struct training {
    horn_model *model;
    horn_fit_options options; /* with the defaults put in */
    horn_view x, y, x_validation, y_validation;
    bool validates, stopped;
    uint32_t *order; /* of this epoch's samples */
    horn_history *history;
    horn_progress progress;
    struct timespec began;
    running epoch; /* its sums so far */
} training;

/* ---- what to train on ---- */

static horn_status split(training *t)
{
    size_t n = t->x.shape[0];
    double share = t->options.validation_split;
    if (t->options.x_validation) {
        t->validates = true;
        t->x_validation = *t->options.x_validation;
        if (!t->options.y_validation)
            return fail(HORN_ERROR_ARGUMENT, "x_validation is given without y_validation");
        t->y_validation = *t->options.y_validation;
        return feed_check(t->model, &t->x_validation, &t->y_validation);
    }
    if (!(share >= 0 && share < 1))
        return fail(HORN_ERROR_ARGUMENT, "validation_split is %g, expected 0 to below 1", share);
    if (share == 0) return HORN_OK;
    size_t kept = (size_t)floor((double)n * (1 - share));
    if (kept == 0 || kept == n)
        return fail(HORN_ERROR_ARGUMENT,
                    "validation_split %g of %zu samples leaves %zu to train on and %zu to validate", share, n,
                    kept, n - kept);
    t->validates = true;
    t->x_validation = horn_view_samples(&t->x, kept, n - kept);
    t->y_validation = horn_view_samples(&t->y, kept, n - kept);
    t->x = horn_view_samples(&t->x, 0, kept);
    t->y = horn_view_samples(&t->y, 0, kept);
    return HORN_OK;
}

static horn_status prepare(training *t, const horn_view *x, const horn_view *y,
                           const horn_fit_options *options)
{
    horn_status status = feed_check(t->model, x, y);
    if (status) return status;
    if (options) t->options = *options;
    if (!t->options.batch_size) t->options.batch_size = 32;
    if (!t->options.epochs) t->options.epochs = 1;
    if (!t->options.validation_batch_size) t->options.validation_batch_size = t->options.batch_size;
    t->x = *x;
    t->y = *y;
    status = split(t);
    if (status) return status;
    size_t n = t->x.shape[0], size = t->options.batch_size;
    t->progress =
        (horn_progress){ .model = t->model, .epochs = t->options.epochs, .batches = (n + size - 1) / size };
    status = memory_new(&t->order, n, sizeof *t->order);
    if (!status) status = memory_new(&t->history, 1, sizeof *t->history);
    if (!status) status = step_prepare(t->model, true, n < size ? n : size);
    return status;
}

/* ---- callbacks ---- */

enum event { TRAIN_BEGIN, EPOCH_BEGIN, BATCH_END, EPOCH_END, TRAIN_END };

static horn_status call(horn_callback *c, enum event event, const horn_progress *p, const horn_logs *logs)
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

static horn_status tell(training *t, enum event event, const horn_logs *logs)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    t->progress.seconds =
        (double)(now.tv_sec - t->began.tv_sec) + 1e-9 * (double)(now.tv_nsec - t->began.tv_nsec);
    for (size_t i = 0; i < t->options.callback_count; i++) {
        horn_status status = call(t->options.callbacks[i], event, &t->progress, logs);
        if (status && status != HORN_STOPPED) return status;
        if (status) t->stopped = true;
    }
    return HORN_OK;
}

/* ---- the loop ---- */

static void shuffle(training *t)
{
    size_t n = t->x.shape[0];
    if (t->options.no_shuffle)
        for (size_t i = 0; i < n; i++) t->order[i] = (uint32_t)i;
    else
        random_permutation(random_key_make(t->model->seed, RANDOM_SHUFFLE, 0), (uint64_t)t->model->iteration,
                           t->order, n);
}

static horn_status train_batches(training *t)
{
    horn_status status = HORN_OK;
    size_t n = t->x.shape[0], size = t->options.batch_size;
    while (t->progress.batch < t->progress.batches && !t->stopped && !status) {
        size_t first = t->progress.batch * size;
        batch b = { &t->x, &t->y, t->order, first, n - first < size ? n - first : size };
        plan_sums sums;
        horn_logs logs = { 0 };
        step_train(t->model, &b, &sums);
        running_add(&t->epoch, t->model, &sums, b.count);
        t->progress.batch++;
        if (!t->options.callback_count) continue;
        running_report(&t->epoch, t->model, &logs);
        status = tell(t, BATCH_END, &logs);
    }
    return status;
}

static horn_status train_epoch(training *t)
{
    horn_status status;
    horn_logs logs = { 0 }, validation;
    clock_gettime(CLOCK_MONOTONIC, &t->began);
    t->progress.batch = 0;
    t->epoch = (running){ 0 };
    shuffle(t);
    status = tell(t, EPOCH_BEGIN, NULL);
    if (!status) status = train_batches(t);
    if (status) return status;
    running_report(&t->epoch, t->model, &logs);
    if (t->validates) {
        horn_evaluate_options options = { t->options.validation_batch_size };
        status = horn_model_evaluate(t->model, &t->x_validation, &t->y_validation, &options, &validation);
        if (status) return status;
        running_report_validation(&validation, t->model, &logs);
    }
    status = memory_grow(&t->history->logs, t->history->count, &t->history->capacity, sizeof logs);
    if (status) return status;
    t->history->logs[t->history->count++] = logs;
    return tell(t, EPOCH_END, &logs);
}

horn_status horn_model_fit(horn_model *m, const horn_view *x, const horn_view *y,
                           const horn_fit_options *options, horn_history **history)
{
    training t = { .model = m };
    horn_status status = HORN_OK;
    clock_gettime(CLOCK_MONOTONIC, &t.began);
    TRY(prepare(&t, x, y, options));
    TRY(tell(&t, TRAIN_BEGIN, NULL));
    for (; t.progress.epoch < t.progress.epochs && !t.stopped; t.progress.epoch++) TRY(train_epoch(&t));
    TRY(tell(&t, TRAIN_END, NULL));
    if (history) {
        *history = t.history;
        t.history = NULL;
    }
done:
    horn_history_free(t.history);
    free(t.order);
    return status;
}

horn_status horn_model_train_on_batch(horn_model *m, const horn_view *x, const horn_view *y, horn_logs *logs)
{
    running r = { 0 };
    plan_sums sums;
    horn_status status = feed_check(m, x, y);
    if (!status) status = step_prepare(m, true, x->shape[0]);
    if (status) return status;
    batch b = { x, y, NULL, 0, x->shape[0] };
    step_train(m, &b, &sums);
    running_add(&r, m, &sums, b.count);
    if (logs) {
        logs->count = 0;
        running_report(&r, m, logs);
    }
    return HORN_OK;
}
