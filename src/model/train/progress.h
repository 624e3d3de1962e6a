/* Where a run is: what a checkpoint holds beside weights and optimizer, so that a run that was stopped at any
 * batch ends with the same bytes as one that was not.
 *
 * As a config: {"epoch": 7, "batch": 0, "sums": {...}, "history": [[loss, accuracy, ...], ...], "states":
 * {callback: text}, "identity": {...}, "kernels": text, "cut": CUT_VERSION, "name":
 * "ckpt-0007"}. The name is the one under which a checkpoint was saved: a copy under another name is no checkpoint of the run. The order of the samples is no part of it: it is a
 * function of the seed and the step at which the epoch began. Figures that are no numbers are written as
 * strings, as JSON has none. */
#ifndef MODEL_TRAIN_PROGRESS_H
#define MODEL_TRAIN_PROGRESS_H

#include "model/train/logs.h"

struct horn_history {
    horn_logs *logs;
    size_t count, capacity;
};

typedef struct progress {
    size_t epoch, batch; /* epochs that are complete, and batches of the one under way */
    running sums;        /* of the epoch under way */
    horn_history history;
    horn_callback *const *callbacks; /* of the fit under way: their states are part of it; borrowed */
    size_t callback_count;
    config *states;   /* {name: text}: what a checkpoint held for callbacks */
    config *identity; /* what makes this run this run; NULL where nobody asked */
    const char *name; /* of the checkpoint that is being saved; borrowed; NULL: it is none */
} progress;

void progress_clear(progress *); /* frees what it owns, back to the start; keeps the identity */
HORN_CHECKED horn_status progress_describe(const horn_model *, config **out);
/* Fills the progress of a model that is about to stand at `iteration`; as it was on failure. A model without
 * an identity takes that too. `name` begins the message. */
HORN_CHECKED horn_status progress_read(horn_model *, const config *, int64_t iteration, const char *name);
/* Gives each callback its state back. */
HORN_CHECKED horn_status progress_restore_callbacks(const progress *, horn_callback *const *callbacks,
                                                    size_t count);

/* Doubles as they are, "nan", "inf" and "-inf" included. */
void progress_append_figure(config *list, double value);
bool progress_read_figure(const config *value, double *out);

#endif
