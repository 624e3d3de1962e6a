/* Keras' ReduceLROnPlateau. The learning rate itself is the optimizer's, and checkpoints hold it.
 *
 * State: "LOG BEST WAIT COOLDOWN". */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/bytes.h"
#include "base/memory.h"
#include "base/option.h"
#include "base/status.h"
#include "callbacks/failed.h"
#include "callbacks/monitor.h"

typedef struct reduce_lr {
    horn_callback base;
    horn_reduce_lr_options options;
    monitor monitor;
    double factor;
    size_t patience;
    /* Epochs without an improvement; epochs left in which nothing is counted. */
    size_t wait, cooldown;
    /* A checkpoint gave the state. */
    bool restored;
} reduce_lr;

static const char who[] = "reducing the learning rate";

static void forget(reduce_lr *c)
{
    c->monitor.best = NAN;
    c->wait = c->cooldown = 0;
}

static horn_status on_train_begin(horn_callback *callback, const horn_progress *p)
{
    reduce_lr *c = (reduce_lr *)callback;
    (void)p;
    if (!c->restored) forget(c);
    c->restored = false;
    return HORN_OK;
}

static horn_status reduce(reduce_lr *c, const horn_progress *p)
{
    char line[96];
    const double old = horn_model_learning_rate(p->model), new = fmax(old * c->factor, c->options.min_lr);
    if (!(old > (double)(float)c->options.min_lr)) return HORN_OK;
    c->cooldown = c->options.cooldown;
    c->wait = 0;
    snprintf(line, sizeof line, "epoch %zu: the learning rate is now %.6g", p->epoch + 1, new);
    if (c->options.say) c->options.say(line, c->options.context);
    return horn_model_set_learning_rate(p->model, new);
}

static horn_status on_epoch_end(horn_callback *callback, const horn_progress *p, const horn_logs *logs)
{
    reduce_lr *c = (reduce_lr *)callback;
    double value;
    horn_status status = monitor_value(&value, &c->monitor, logs, who);
    if (status) return status;
    if (c->cooldown) {
        c->cooldown--;
        c->wait = 0;
    }
    if (monitor_is_better(&c->monitor, value, c->monitor.best)) {
        c->monitor.best = value;
        c->wait = 0;
    } else if (!c->cooldown && ++c->wait >= c->patience) {
        return reduce(c, p);
    }
    return HORN_OK;
}

static horn_status save_state(char **text, horn_callback *callback)
{
    const reduce_lr *c = (const reduce_lr *)callback;
    bytes state = { 0 };
    monitor_print(&state, &c->monitor);
    bytes_print(&state, " %zu %zu", c->wait, c->cooldown);
    horn_status status = bytes_status(&state);
    if (!status) status = memory_copy_string(text, bytes_text(&state));
    bytes_free(&state);
    return status;
}

/* The state of another log is not taken. */
static horn_status restore_state(horn_callback *callback, const char *text)
{
    reduce_lr *c = (reduce_lr *)callback;
    forget(c);
    c->restored = true;
    const char *end = monitor_parse(&c->monitor, text);
    if (!end) return HORN_OK;
    if (sscanf(end, " %zu %zu", &c->wait, &c->cooldown) != 2)
        return fail(HORN_ERROR_FORMAT, "%s: its state in the checkpoint is not valid", who);
    return HORN_OK;
}

static void destroy(horn_callback *callback)
{
    monitor_free(&((reduce_lr *)callback)->monitor);
}

static horn_status check(const horn_reduce_lr_options *o, double factor)
{
    if (!(factor >= 0 && factor < 1))
        return fail(HORN_ERROR_ARGUMENT, "%s: factor is %g, expected 0 or more and less than 1", who, factor);
    if (!(o->min_lr >= 0))
        return fail(HORN_ERROR_ARGUMENT, "%s: min_lr is %g, expected 0 or more", who, o->min_lr);
    return HORN_OK;
}

horn_callback *horn_reduce_lr_on_plateau(const horn_reduce_lr_options *options)
{
    const horn_reduce_lr_options given = options ? *options : (horn_reduce_lr_options){ 0 };
    const double factor = option_number(given.factor, 0.1);
    reduce_lr *c = NULL;
    horn_status status = check(&given, factor);
    if (!status) status = memory_new(&c, 1, sizeof *c);
    if (!status)
        status = monitor_init(&c->monitor, given.monitor, given.mode, option_number(given.min_delta, 1e-4));
    if (status) {
        free(c);
        return callback_failed(status);
    }
    c->options = given;
    c->factor = factor;
    c->patience = given.patience ? given.patience : 10;
    c->base = (horn_callback){ .on_train_begin = on_train_begin,
                               .on_epoch_end = on_epoch_end,
                               .name = "reduce_lr_on_plateau",
                               .save_state = save_state,
                               .restore_state = restore_state,
                               .destroy = destroy };
    return &c->base;
}
