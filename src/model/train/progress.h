/* Progress of a run: what a checkpoint holds besides weights and optimizer, so that a run that was stopped at any batch ends
 * with the same bytes as one that was not.
 *
 * As a config: {"epoch": 7, "batch": 0, "sums": [rows, loss, metrics' states...], "history": [[loss, accuracy, ...], ...],
 * "states": {callback: text}, "identity": {...}, "kernels": text, "cut": CUT_VERSION, "name": "ckpt-0007"}, and "valid", the rows
 * that no mask takes out, if these are not all. Of several outputs there is "outputs": for each [loss, rows, valid]. The name is that under which the checkpoint was saved: a copy under another name is
 * no checkpoint of the run. The order of the samples is not stored: it follows from the seed and the step at which the epoch
 * began. NaN and infinities are written as strings, as JSON has no numbers for them. */
#ifndef MODEL_TRAIN_PROGRESS_H
#define MODEL_TRAIN_PROGRESS_H

#include "model/train/logs.h"

struct horn_history {
    horn_logs *logs;
    size_t count, capacity;
};

typedef struct progress {
    /* Complete epochs, and batches done of the current epoch. */
    size_t epoch, batch;
    /* Of the current epoch. */
    running sums;
    horn_history history;
    /* Of the current fit; their states are part of the progress; borrowed. */
    horn_callback *const *callbacks;
    size_t callback_count;
    /* {name: text}: the callbacks' states from a checkpoint. */
    config *states;
    /* Options and data that identify the run; NULL: not set. */
    config *identity;
    /* Of the checkpoint that is being saved; borrowed; NULL: no checkpoint. */
    const char *name;
} progress;

/* Frees what it owns and resets it to the start; keeps the identity. */
void progress_clear(progress *);
HORN_CHECKED horn_status progress_describe(const horn_model *, config **out);
/* Reads the progress of a model whose step number will be `iteration`; changes nothing on failure. A model without an identity
 * takes the config's. `name` begins the error line. */
HORN_CHECKED horn_status progress_read(horn_model *, const config *, int64_t iteration, const char *name);
/* Gives each callback its state. */
HORN_CHECKED horn_status progress_restore_callbacks(const progress *, horn_callback *const *callbacks,
                                                    size_t count);

#endif
