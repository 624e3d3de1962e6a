/* Keras' list of metrics between its dialects and the neutral form: one flat list of strings and {class_name,
 * config}.
 *
 * Keras 2 resolves "accuracy" anew when it loads an .h5, by the outputs' shape alone, and takes class numbers
 * for one-hot rows: evaluate then reports an accuracy that is wrong. So where the loss takes class numbers,
 * Keras 2's dialects say SparseCategoricalAccuracy named "accuracy" instead, and reading turns that back. */
#ifndef FORMATS_KERAS_METRICS_H
#define FORMATS_KERAS_METRICS_H

#include "formats/keras/dialect.h"
#include "snapshot/snapshot.h"

/* Those of one output, however they are nested; appends to *out, where that is not NULL. `loss` in neutral form. */
HORN_CHECKED horn_status keras_metrics_read(config **out, const config *value, const config *loss,
                                            const char *where);
/* The snapshot's metrics, or those of them that are weighted. */
config *keras_metrics_write(const snapshot *s, bool weighted, keras_dialect dialect);

#endif
