/* Keras' list of metrics between its dialects and the neutral form: a list of strings and {class_name,
 * config}, or of several outputs a list of such lists.
 *
 * When Keras 2 loads an .h5 it chooses the class of "accuracy" by the output's shape alone, and takes labels for one-hot rows:
 * evaluate then reports a wrong accuracy. If the loss takes labels, Keras 2's dialects therefore write
 * SparseCategoricalAccuracy named "accuracy", which reading turns back into the string. */
#ifndef FORMATS_KERAS_TRAINING_METRICS_H
#define FORMATS_KERAS_TRAINING_METRICS_H

#include "formats/keras/dialect.h"
#include "snapshot/snapshot.h"

/* Makes the neutral list of the metrics of a snapshot, which has its outputs and their losses; the caller owns it. `where` begins
 * error lines. */
HORN_CHECKED horn_status keras_metrics_read(config **out, const config *value, const snapshot *,
                                            const char *where);
/* Fails if one of them is unknown to the dialect. `where` begins the error line. */
HORN_CHECKED horn_status keras_metrics_check(const snapshot *s, keras_dialect dialect, const char *where);
/* The snapshot's metrics, or its weighted ones; of several outputs a list for each. The caller owns the list. */
config *keras_metrics_write(const snapshot *s, bool weighted, keras_dialect dialect);
/* Takes a list of metrics and returns it as Keras 2's .h5 has it: short strings are wrapped functions. */
config *keras_metrics_wrap(config *metrics);

#endif
