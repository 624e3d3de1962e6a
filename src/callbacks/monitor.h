/* A log that a callback watches, as the monitors of Keras' callbacks are. */
#ifndef CALLBACKS_MONITOR_H
#define CALLBACKS_MONITOR_H

#include <horn/callback.h>
#include "base/bytes.h"

typedef struct monitor {
    /* "val_loss"; owned. */
    char *name;
    /* Greater values are better. */
    bool grows;
    /* A value counts as better if it is better by more than this. */
    double min_delta;
    /* NaN: none yet. */
    double best;
} monitor;

/* Copies the name; NULL: "val_loss". Free with monitor_free, also after a failure. */
HORN_CHECKED horn_status monitor_init(monitor *, const char *name, horn_monitor_mode, double min_delta);
void monitor_free(monitor *);

/* Whether greater values of a log are better: true of accuracies, areas under curves, precision, recall, F1 and IoU, true
 * positives and negatives; false of losses and all others. */
bool monitor_grows(const char *name);
/* Fails if there is no such log, and lists those there are. `who` begins the error line. */
HORN_CHECKED horn_status monitor_value(double *out, const monitor *, const horn_logs *, const char *who);
/* Against `reference`; any number is better than NaN. */
bool monitor_is_better(const monitor *, double value, double reference);

/* How a callback's state begins: "val_loss 0.5". */
void monitor_print(bytes *state, const monitor *);
/* Reads that and returns what follows. NULL if the state is of another log: the best value is then looked for anew. */
const char *monitor_parse(monitor *, const char *state);

#endif
