/* The callback's state: "loss 2.40625 accuracy 0.08203125", each number exact. */
#include "programs/training/before.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "programs/shared/terminal.h"

void print_result(const char *when, const horn_logs *logs)
{
    static const char dashes[] = "-------------------------";
    printf("%s%s%s\n", dashes, when, dashes);
    print_figures(logs);
    flush_output();
}

static void print_resumed(const before *b, const horn_progress *p)
{
    if (p->epoch >= p->epochs) {
        fprintf(stderr,
                "the run is complete in %s: %zu of %zu epochs; --epochs %zu goes on, --restart begins anew\n",
                b->resumed, p->epoch, p->epochs, 2 * p->epoch);
        return;
    }
    fprintf(stderr, "resuming from %s: epoch %zu of %zu, ", b->resumed, p->epoch + (p->batch > 0), p->epochs);
    if (p->batch) fprintf(stderr, "batch %zu of %zu, ", p->batch, p->batches);
    fprintf(stderr, "optimizer %s at step %lld\n", horn_model_optimizer(p->model),
            (long long)horn_model_step(p->model));
}

static horn_status begin(horn_callback *callback, const horn_progress *p)
{
    const before *b = (const before *)callback;
    horn_logs logs = { .count = b->count };
    flush_output();
    if (b->resumed) print_resumed(b, p);
    if (!b->resumed && b->others && *b->others) fprintf(stderr, "%s\n", b->others);
    if (p->epoch < p->epochs) fprintf(stderr, "%s\n", b->samples);
    for (size_t i = 0; i < b->count; i++) {
        logs.names[i] = b->names[i];
        logs.values[i] = b->values[i];
    }
    if (b->count) print_result("Before Training", &logs);
    return HORN_OK;
}

static horn_status save_state(char **text, horn_callback *callback)
{
    const before *b = (const before *)callback;
    size_t size;
    FILE *out = open_memstream(text, &size);
    if (!out) return HORN_ERROR_MEMORY;
    for (size_t i = 0; i < b->count; i++) fprintf(out, "%s%s %.17g", i ? " " : "", b->names[i], b->values[i]);
    return fclose(out) ? HORN_ERROR_MEMORY : HORN_OK;
}

static bool is_plain(const char *name)
{
    for (; *name; name++)
        if (*name <= ' ' || *name > '~') return false;
    return true;
}

/* Invalid state is ignored: it is only printed. */
static horn_status restore_state(horn_callback *callback, const char *text)
{
    before *b = (before *)callback;
    int used;
    b->count = 0;
    while (b->count < HORN_MAX_LOGS / 2 &&
           sscanf(text, "%63s %lf%n", b->names[b->count], &b->values[b->count], &used) == 2 &&
           is_plain(b->names[b->count])) {
        b->count++;
        text += used;
    }
    return HORN_OK;
}

void before_init(before *b)
{
    *b = (before){ .callback = { .name = "before",
                                 .on_train_begin = begin,
                                 .save_state = save_state,
                                 .restore_state = restore_state } };
}

void before_set(before *b, const horn_logs *logs)
{
    b->count = logs->count < HORN_MAX_LOGS / 2 ? logs->count : HORN_MAX_LOGS / 2;
    for (size_t i = 0; i < b->count; i++) {
        snprintf(b->names[i], FIGURE_NAME, "%s", logs->names[i]);
        b->values[i] = logs->values[i];
    }
}
