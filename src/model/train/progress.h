/* How far a run is: what a checkpoint holds besides weights and optimizer, so that a run that was stopped at any
 * batch ends with the same bytes as one that was not.
 *
 * As a config: {"epoch": 7, "batch": 0, "sums": {...}, "history": [[loss, accuracy, ...], ...], "states": {callback:
 * text}, "identity": {...}, "kernels": text, "cut": CUT_VERSION, "name": "ckpt-0007"}. The name is that under which the
 * checkpoint was saved: a copy under another name is no checkpoint of the run. The order of samples is not stored: it
 * is a function of the seed and the step at which the epoch began. NaN and infinities are strings, because JSON has no
 * numbers for them. */
#ifndef MODEL_TRAIN_PROGRESS_H
#define MODEL_TRAIN_PROGRESS_H

#include "model/train/logs.h"

struct horn_history {
    horn_logs *logs;
    size_t count, capacity;
};

typedef struct progress {
    /* Complete epochs, and batches of the current epoch. */
    size_t epoch, batch;
    /* Of the current epoch. */
    running sums;
    horn_history history;
    /* Of the current fit, whose states are part of the progress; borrowed. */
    horn_callback *const *callbacks;
    size_t callback_count;
    /* {name: text}: the states of callbacks from a checkpoint. */
    config *states;
    /* What makes runs the same; NULL if nobody asked for it. */
    config *identity;
    /* Of the checkpoint that is being saved; borrowed. NULL: it is no checkpoint. */
    const char *name;
} progress;

/* Frees and resets everything but the identity. */
void progress_clear(progress *);
HORN_CHECKED horn_status progress_describe(const horn_model *, config **out);
/* Sets the progress of a model that will be at step `iteration`; changes nothing on failure. A model without identity
 * takes that, too. `name` begins the error line. */
HORN_CHECKED horn_status progress_read(horn_model *, const config *, int64_t iteration, const char *name);
/* Gives each callback its state. */
HORN_CHECKED horn_status progress_restore_callbacks(const progress *, horn_callback *const *callbacks,
                                                    size_t count);

/* Appends a double; NaN and infinities as "nan", "inf" and "-inf". */
void progress_append_figure(config *list, double value);
bool progress_read_figure(const config *value, double *out);

#endif
