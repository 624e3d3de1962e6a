/* Keras' progress bar (verbose=1) and lines (verbose=2), as Keras 2.15 prints them. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <horn/callback.h>
#include "base/arithmetic.h"
#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"
#include "callbacks/failed.h"

enum { BAR_WIDTH = 30 };

/* Seconds: drawing must not slow training down. */
static const double redraw_interval = 0.05;

typedef struct bar {
    horn_callback base;
    horn_progress_bar_options options;
    /* Time of the last drawing; < 0: not in this epoch. */
    double drawn;
    /* Time at the end of the first step; < 0: not seen. */
    double first_step;
    /* Columns of the text on the line. */
    size_t width;
    /* The host program's arithmetic, for the functions in the options. */
    arithmetic host;
} bar;

static horn_status flush(bar *self, bytes *text)
{
    horn_status status = bytes_status(text);
    arithmetic_end(self->host);
    if (!status) self->options.write((const char *)text->data, text->size, self->options.context);
    self->host = arithmetic_begin();
    bytes_free(text);
    return status;
}

static void print_log(bytes *text, const char *name, double value)
{
    bytes_print(text, " - %s: ", name);
    /* C may print "-nan". */
    if (isnan(value))
        bytes_print(text, "nan");
    else
        bytes_print(text, fabs(value) > 1e-3 ? "%.4f" : "%.4e", value);
}

static void print_logs(bytes *text, const horn_logs *logs)
{
    for (size_t i = 0; logs && i < logs->count; i++) print_log(text, logs->names[i], logs->values[i]);
}

static void print_duration(bytes *text, double seconds, const char *unit)
{
    if (seconds >= 1 || seconds == 0)
        bytes_print(text, " %.0fs/%s", seconds, unit);
    else if (seconds >= 1e-3)
        bytes_print(text, " %.0fms/%s", seconds * 1e3, unit);
    else
        bytes_print(text, " %.0fus/%s", seconds * 1e6, unit);
}

static void print_remaining(bytes *text, double seconds)
{
    unsigned long s = (unsigned long)seconds;
    if (seconds > 3600)
        bytes_print(text, " - ETA: %lu:%02lu:%02lu", s / 3600, s % 3600 / 60, s % 60);
    else if (seconds > 60)
        bytes_print(text, " - ETA: %lu:%02lu", s / 60, s % 60);
    else
        bytes_print(text, " - ETA: %lus", s);
}

static int count_digits(size_t n)
{
    int digits = 1;
    while (n >= 10) n /= 10, digits++;
    return digits;
}

/* " [========>.....................]" */
static void print_track(bytes *text, size_t batch, size_t batches, size_t length)
{
    char track[BAR_WIDTH + 1];
    size_t filled = batches ? (size_t)((double)length * ((double)batch / (double)batches)) : length;
    memset(track, '.', length);
    memset(track, '=', filled);
    if (filled > 0 && batch < batches) track[filled - 1] = '>';
    track[length] = '\0';
    bytes_print(text, " [%s]", track);
}

/* The first step is slower than the others: it counts only while it is the only one. */
static double step_duration(bar *self, const horn_progress *p)
{
    if (p->batch == 0) return 0;
    double duration = self->first_step >= 0 && p->batch > 1
                          ? (p->seconds - self->first_step) / (double)(p->batch - 1)
                          : p->seconds / (double)p->batch;
    if (p->batch == 1) self->first_step = p->seconds;
    return duration;
}

static size_t count_columns(bar *self)
{
    const horn_progress_bar_options *o = &self->options;
    arithmetic_end(self->host);
    const size_t columns = o->columns ? o->columns(o->context) : 0;
    self->host = arithmetic_begin();
    return columns;
}

/* ---- fitting a line into the terminal ---- */

/* The parts of a line, in this order. */
typedef struct line {
    const horn_progress *progress;
    const horn_logs *logs;
    /* Seconds of a step. */
    double duration;
    /* The last line of the epoch. */
    bool last;
    bool has_count, has_seconds, has_steps;
    /* Columns of the bar; 0: none. */
    size_t track;
    bool has_log[HORN_MAX_LOGS];
} line;

static void print_line(bytes *text, const line *l)
{
    const horn_progress *p = l->progress;
    bytes_print(text, "\r");
    const size_t start = text->size;
    if (l->has_count) bytes_print(text, " - %*zu/%zu", count_digits(p->batches), p->batch, p->batches);
    if (l->track) print_track(text, p->batch, p->batches, l->track);
    if (l->has_seconds && l->last) bytes_print(text, " - %.0fs", p->seconds);
    if (l->has_steps && l->last) print_duration(text, l->duration, "step");
    if (l->has_steps && !l->last) print_remaining(text, l->duration * (double)(p->batches - p->batch));
    for (size_t i = 0; l->logs && i < l->logs->count; i++)
        if (l->has_log[i]) print_log(text, l->logs->names[i], l->logs->values[i]);
    /* The line must not begin with " - ". */
    if (text->failed || text->size < start + 3) return;
    text->size -= 3;
    memmove(text->data + start, text->data + start + 3, text->size - start);
}

static bool is_validation(const char *name)
{
    return strncmp(name, "val_", 4) == 0;
}

/* Drops the last metric that is left, of training or of validation, but never the losses. */
static bool drop_metric(line *l, bool validation)
{
    for (size_t i = l->logs->count; i-- > 1;) {
        if (!l->has_log[i] || is_validation(l->logs->names[i]) != validation) continue;
        if (validation && !is_validation(l->logs->names[i - 1])) continue;
        l->has_log[i] = false;
        return true;
    }
    return false;
}

/* Drops the least important part; returns false if nothing may be dropped. */
static bool drop_part(line *l)
{
    bool *const parts[] = { &l->has_steps, &l->has_seconds, &l->has_count };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (!*parts[i]) continue;
        *parts[i] = false;
        return true;
    }
    if (!l->logs) return false;
    if (drop_metric(l, false) || drop_metric(l, true)) return true;
    for (size_t i = l->logs->count; i-- > 1;) {
        if (!l->has_log[i]) continue;
        l->has_log[i] = false;
        return true;
    }
    return false;
}

/* Puts the line into `text`: "\r" and at most `room` columns. */
static void fit_line(bytes *text, line *l, size_t room)
{
    enum { SHORTEST = 8 };
    print_line(text, l);
    while (!text->failed && text->size - 1 > room) {
        const size_t over = text->size - 1 - room;
        if (l->track)
            l->track = l->track >= over + SHORTEST ? l->track - over : 0;
        else if (!drop_part(l))
            break;
        text->size = 0;
        print_line(text, l);
    }
    if (!text->failed && text->size - 1 > room) text->size = 1 + room;
}

static horn_status draw(bar *self, const horn_progress *p, const horn_logs *logs, bool last)
{
    bytes text = { 0 };
    line l = { .progress = p,
               .logs = logs,
               .duration = step_duration(self, p),
               .last = last,
               .has_count = true,
               .has_seconds = true,
               .has_steps = true,
               .track = BAR_WIDTH };
    const size_t columns = count_columns(self);
    /* The last column stays free. */
    const size_t room = columns > 1 ? columns - 1 : SIZE_MAX;
    for (size_t i = 0; i < HORN_MAX_LOGS; i++) l.has_log[i] = true;
    fit_line(&text, &l, room);
    size_t width = text.size ? text.size - 1 : 0, before = self->width < room ? self->width : room;
    if (before > width) bytes_print(&text, "%*s", (int)(before - width), "");
    if (last) bytes_print(&text, "\n");
    self->width = last ? 0 : width;
    self->drawn = p->seconds;
    return flush(self, &text);
}

static horn_status begin_epoch(horn_callback *callback, const horn_progress *p)
{
    bar *self = (bar *)callback;
    bytes text = { 0 };
    self->host = arithmetic_begin();
    self->drawn = self->first_step = -1;
    self->width = 0;
    bytes_print(&text, "Epoch %zu/%zu\n", p->epoch + 1, p->epochs);
    horn_status status = flush(self, &text);
    arithmetic_end(self->host);
    return status;
}

static horn_status end_batch(horn_callback *callback, const horn_progress *p, const horn_logs *logs)
{
    bar *self = (bar *)callback;
    horn_status status = HORN_OK;
    if (self->options.style != HORN_PROGRESS_BAR) return HORN_OK;
    self->host = arithmetic_begin();
    if (self->drawn < 0 || p->seconds - self->drawn >= redraw_interval) status = draw(self, p, logs, false);
    arithmetic_end(self->host);
    return status;
}

static horn_status print_epoch(bar *self, const horn_progress *p, const horn_logs *logs)
{
    bytes text = { 0 };
    bytes_print(&text, "%zu/%zu - %.0fs", p->batch, p->batches, p->seconds);
    print_logs(&text, logs);
    bytes_print(&text, " -");
    print_duration(&text, p->seconds, "epoch");
    bytes_print(&text, " -");
    print_duration(&text, p->batches ? p->seconds / (double)p->batches : 0, "step");
    bytes_print(&text, "\n");
    return flush(self, &text);
}

static horn_status end_epoch(horn_callback *callback, const horn_progress *p, const horn_logs *logs)
{
    bar *self = (bar *)callback;
    self->host = arithmetic_begin();
    horn_status status =
        self->options.style == HORN_PROGRESS_BAR ? draw(self, p, logs, true) : print_epoch(self, p, logs);
    arithmetic_end(self->host);
    return status;
}

horn_callback *horn_progress_bar(const horn_progress_bar_options *options)
{
    bar *self;
    if (!options) return callback_failed(fail_null(__func__, "options"));
    if (!options->write) return callback_failed(fail_null(__func__, "options->write"));
    const horn_status status = memory_new(&self, 1, sizeof *self);
    if (status) return callback_failed(status);
    self->base = (horn_callback){ .on_epoch_begin = begin_epoch,
                                  .on_batch_end = end_batch,
                                  .on_epoch_end = end_epoch };
    self->options = *options;
    return &self->base;
}
