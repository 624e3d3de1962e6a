/* Keras' progress in its verbose=1 and verbose=2 forms, as Keras 2.15 prints them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <horn/callback.h>
#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"

enum { BAR_WIDTH = 30 };
static const double redraw_interval = 0.05; /* seconds: drawing must not slow training down */

typedef struct bar {
    horn_callback base;
    horn_progress_style style;
    void (*write)(const char *text, size_t size, void *context);
    void *context;
    double drawn;      /* when the bar was last drawn; < 0: not in this epoch */
    double first_step; /* when the first step ended; < 0: not seen */
    size_t width;      /* of what stands on the line */
} bar;

static horn_status flush(bar *self, bytes *text)
{
    horn_status status = bytes_status(text);
    if (!status) self->write((const char *)text->data, text->size, self->context);
    bytes_free(text);
    return status;
}

static void print_logs(bytes *text, const horn_logs *logs)
{
    for (size_t i = 0; logs && i < logs->count; i++) {
        double value = logs->values[i];
        bytes_print(text, " - %s: ", logs->names[i]);
        if (isnan(value))
            bytes_print(text, "nan"); /* C may print "-nan" */
        else
            bytes_print(text, fabs(value) > 1e-3 ? "%.4f" : "%.4e", value);
    }
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

/* "12/40 [========>.....................]" */
static void print_bar(bytes *text, size_t batch, size_t batches)
{
    char track[BAR_WIDTH + 1];
    size_t filled = batches ? (size_t)(BAR_WIDTH * ((double)batch / (double)batches)) : BAR_WIDTH;
    memset(track, '.', BAR_WIDTH);
    memset(track, '=', filled);
    if (filled > 0 && batch < batches) track[filled - 1] = '>';
    track[BAR_WIDTH] = '\0';
    bytes_print(text, "%*zu/%zu [%s]", count_digits(batches), batch, batches, track);
}

/* The first step is slower than the others, so it does not count once there is another. */
static double step_duration(bar *self, const horn_progress *p)
{
    if (p->batch == 0) return 0;
    double duration = self->first_step >= 0 && p->batch > 1
                          ? (p->seconds - self->first_step) / (double)(p->batch - 1)
                          : p->seconds / (double)p->batch;
    if (p->batch == 1) self->first_step = p->seconds;
    return duration;
}

static horn_status draw(bar *self, const horn_progress *p, const horn_logs *logs, bool last)
{
    bytes text = { 0 };
    double duration = step_duration(self, p);
    bytes_print(&text, "\r");
    print_bar(&text, p->batch, p->batches);
    if (last) {
        bytes_print(&text, " - %.0fs", p->seconds);
        print_duration(&text, duration, "step");
    } else {
        print_remaining(&text, duration * (double)(p->batches - p->batch));
    }
    print_logs(&text, logs);
    size_t width = text.size - 1, before = self->width;
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
    self->drawn = self->first_step = -1;
    self->width = 0;
    bytes_print(&text, "Epoch %zu/%zu\n", p->epoch + 1, p->epochs);
    return flush(self, &text);
}

static horn_status end_batch(horn_callback *callback, const horn_progress *p, const horn_logs *logs)
{
    bar *self = (bar *)callback;
    if (self->style != HORN_PROGRESS_BAR) return HORN_OK;
    if (self->drawn >= 0 && p->seconds - self->drawn < redraw_interval) return HORN_OK;
    return draw(self, p, logs, false);
}

static horn_status end_epoch(horn_callback *callback, const horn_progress *p, const horn_logs *logs)
{
    bar *self = (bar *)callback;
    bytes text = { 0 };
    if (self->style == HORN_PROGRESS_BAR) return draw(self, p, logs, true);
    bytes_print(&text, "%zu/%zu - %.0fs", p->batch, p->batches, p->seconds);
    print_logs(&text, logs);
    bytes_print(&text, " -");
    print_duration(&text, p->seconds, "epoch");
    bytes_print(&text, " -");
    print_duration(&text, p->batches ? p->seconds / (double)p->batches : 0, "step");
    bytes_print(&text, "\n");
    return flush(self, &text);
}

horn_callback *horn_progress_bar(horn_progress_style style,
                                 void (*write)(const char *text, size_t size, void *context), void *context)
{
    bar *self;
    if (!write) return fail_null(__func__, "write"), NULL;
    if (memory_new(&self, 1, sizeof *self)) return NULL;
    self->base = (horn_callback){ .on_epoch_begin = begin_epoch,
                                  .on_batch_end = end_batch,
                                  .on_epoch_end = end_epoch };
    self->style = style;
    self->write = write;
    self->context = context;
    return &self->base;
}
