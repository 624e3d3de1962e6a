/* Keras' EarlyStopping. As in Keras 3, the best weights are put back at the end of training, also if it was not stopped early; as
 * in Keras 2, NaN is never the best value.
 *
 * State: "LOG BEST WAIT BEST_EPOCH STOPPED WEIGHTS": numbers, then the best weights' floats as hexadecimal bits, "-" if there
 * are none. */
#include <inttypes.h>
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

typedef struct early_stopping {
    horn_callback base;
    horn_early_stopping_options options;
    monitor monitor;
    /* NaN: none. */
    double baseline;
    /* Epochs without an improvement; the epoch of the best value, from 0. */
    size_t wait, best_epoch;
    bool stopped;
    /* [count], of all the model's weights; NULL: none yet. */
    float *best;
    size_t count;
    /* A checkpoint gave the state. */
    bool restored;
} early_stopping;

static const char who[] = "early stopping";

/* ---- the best weights ---- */

static horn_status count_floats(size_t *out, horn_model *m)
{
    horn_weight w;
    *out = 0;
    for (size_t i = 0; i < horn_model_weight_count(m); i++) {
        horn_status status = horn_model_get_weight(&w, m, i);
        if (status) return status;
        *out += horn_view_count(&w.view);
    }
    return HORN_OK;
}

static horn_status keep_weights(early_stopping *c, horn_model *m)
{
    horn_weight w;
    size_t count, at = 0;
    horn_status status = count_floats(&count, m);
    if (!status && !c->best) status = memory_new(&c->best, c->count = count, sizeof *c->best);
    for (size_t i = 0; !status && i < horn_model_weight_count(m); i++) {
        status = horn_model_get_weight(&w, m, i);
        if (status) break;
        memcpy(c->best + at, w.view.data, horn_view_count(&w.view) * sizeof *c->best);
        at += horn_view_count(&w.view);
    }
    return status;
}

static horn_status put_weights_back(const early_stopping *c, horn_model *m)
{
    horn_weight w;
    size_t count, at = 0;
    horn_status status = count_floats(&count, m);
    if (!status && count != c->count)
        status = fail(HORN_ERROR_FORMAT, "%s: its state has %zu values of weights, model '%s' has %zu", who,
                      c->count, horn_model_name(m), count);
    for (size_t i = 0; !status && i < horn_model_weight_count(m); i++) {
        status = horn_model_get_weight(&w, m, i);
        if (status) break;
        w.view.data = c->best + at;
        at += horn_view_count(&w.view);
        status = horn_model_set_weight(m, i, &w.view);
    }
    return status;
}

/* ---- events ---- */

static void say(const early_stopping *c, size_t epoch)
{
    char line[256];
    snprintf(line, sizeof line, "early stopping after epoch %zu: %.100s was best in epoch %zu, %.6g",
             epoch + 1, c->monitor.name, c->best_epoch + 1, c->monitor.best);
    if (c->options.say) c->options.say(line, c->options.context);
}

static void forget(early_stopping *c)
{
    free(c->best);
    c->best = NULL;
    c->count = c->wait = c->best_epoch = 0;
    c->stopped = false;
    c->monitor.best = NAN;
}

static horn_status on_train_begin(horn_callback *callback, const horn_progress *p)
{
    early_stopping *c = (early_stopping *)callback;
    (void)p;
    if (!c->restored) forget(c);
    c->restored = false;
    return c->stopped ? HORN_STOPPED : HORN_OK;
}

/* The value is better than all before it. */
static horn_status improve(early_stopping *c, const horn_progress *p, double value)
{
    c->monitor.best = value;
    c->best_epoch = p->epoch;
    if (isnan(c->baseline) || monitor_is_better(&c->monitor, value, c->baseline)) c->wait = 0;
    return c->options.restore_best_weights ? keep_weights(c, p->model) : HORN_OK;
}

static horn_status on_epoch_end(horn_callback *callback, const horn_progress *p, const horn_logs *logs)
{
    early_stopping *c = (early_stopping *)callback;
    double value;
    horn_status status = monitor_value(&value, &c->monitor, logs, who);
    if (status || p->epoch < c->options.start_from_epoch) return status;
    if (c->options.restore_best_weights && !c->best) {
        c->best_epoch = p->epoch;
        status = keep_weights(c, p->model);
    }
    if (status) return status;
    c->wait++;
    if (monitor_is_better(&c->monitor, value, c->monitor.best)) return improve(c, p, value);
    c->stopped = c->wait >= c->options.patience && p->epoch > 0;
    if (c->stopped) say(c, p->epoch);
    return c->stopped ? HORN_STOPPED : HORN_OK;
}

static horn_status on_train_end(horn_callback *callback, const horn_progress *p)
{
    const early_stopping *c = (const early_stopping *)callback;
    return c->best ? put_weights_back(c, p->model) : HORN_OK;
}

/* ---- state ---- */

static horn_status save_state(char **text, horn_callback *callback)
{
    const early_stopping *c = (const early_stopping *)callback;
    bytes state = { 0 };
    monitor_print(&state, &c->monitor);
    bytes_print(&state, " %zu %zu %d ", c->wait, c->best_epoch, (int)c->stopped);
    if (!c->best) bytes_print(&state, "-");
    for (size_t i = 0; i < c->count; i++) {
        uint32_t bits;
        memcpy(&bits, c->best + i, sizeof bits);
        bytes_print(&state, "%08" PRIx32, bits);
    }
    horn_status status = bytes_status(&state);
    if (!status) status = memory_copy_string(text, bytes_text(&state));
    bytes_free(&state);
    return status;
}

static horn_status broken(void)
{
    return fail(HORN_ERROR_FORMAT, "%s: its state in the checkpoint is not valid", who);
}

static bool read_bits(uint32_t *out, const char *text)
{
    *out = 0;
    for (int i = 0; i < 8; i++) {
        static const char digits[] = "0123456789abcdef";
        const char *digit = text[i] ? strchr(digits, text[i]) : NULL;
        if (!digit) return false;
        *out = *out << 4 | (uint32_t)(digit - digits);
    }
    return true;
}

static horn_status read_weights(early_stopping *c, const char *text)
{
    const size_t length = strlen(text);
    if (strcmp(text, "-") == 0) return HORN_OK;
    if (!length || length % 8) return broken();
    horn_status status = memory_new(&c->best, length / 8, sizeof *c->best);
    if (status) return status;
    c->count = length / 8;
    for (size_t i = 0; i < c->count; i++) {
        uint32_t bits;
        if (!read_bits(&bits, text + 8 * i)) return broken();
        memcpy(c->best + i, &bits, sizeof bits);
    }
    return HORN_OK;
}

/* The state of another log is not taken: the best value is looked for anew. */
static horn_status restore_state(horn_callback *callback, const char *text)
{
    early_stopping *c = (early_stopping *)callback;
    int used = 0, stopped = 0;
    forget(c);
    c->restored = true;
    const char *end = monitor_parse(&c->monitor, text);
    if (!end) return HORN_OK;
    if (sscanf(end, " %zu %zu %d %n", &c->wait, &c->best_epoch, &stopped, &used) != 3 || !used)
        return broken();
    c->stopped = stopped != 0;
    return read_weights(c, end + used);
}

static void destroy(horn_callback *callback)
{
    early_stopping *c = (early_stopping *)callback;
    monitor_free(&c->monitor);
    free(c->best);
}

horn_callback *horn_early_stopping(const horn_early_stopping_options *options)
{
    const horn_early_stopping_options given = options ? *options : (horn_early_stopping_options){ 0 };
    early_stopping *c = NULL;
    horn_status status = HORN_OK;
    if (!isfinite(given.min_delta))
        status = fail(HORN_ERROR_ARGUMENT, "%s: min_delta is %g", who, given.min_delta);
    if (!status) status = memory_new(&c, 1, sizeof *c);
    if (!status) status = monitor_init(&c->monitor, given.monitor, given.mode, given.min_delta);
    if (status) {
        free(c);
        return callback_failed(status);
    }
    c->options = given;
    c->baseline = option_is_given(given.baseline) ? option_number(given.baseline, 0) : NAN;
    c->base = (horn_callback){ .on_train_begin = on_train_begin,
                               .on_epoch_end = on_epoch_end,
                               .on_train_end = on_train_end,
                               .name = "early_stopping",
                               .save_state = save_state,
                               .restore_state = restore_state,
                               .destroy = destroy };
    return &c->base;
}
