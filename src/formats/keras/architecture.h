/* Keras' model config <-> the snapshot's layers.
 *
 *     {"class_name": "Sequential", "config": {"name": "sequential", "layers": [
 *         {"class_name": "InputLayer", "config": {"batch_input_shape": [null, 28, 28], ...}},
 *         {"class_name": "Dense", "config": {"name": "dense", "units": 10, ...}}, ...]}}
 *
 * A Functional, which old files call Model, says what each layer is called on (functional.h).
 *
 * Reading takes every spelling of Keras 2 and 3: bare lists of layers, batch_shape, an input shape on the
 * first layer or on the model, policies for dtypes, initializers with axes, module and build_config anywhere.
 * Reading removes what belongs to one dialect alone, and writing adds it again. Any other argument is kept, so that
 * layers of unknown classes pass through. */
#ifndef FORMATS_KERAS_ARCHITECTURE_H
#define FORMATS_KERAS_ARCHITECTURE_H

#include "formats/keras/dialect.h"
#include "snapshot/snapshot.h"

/* Fills a snapshot that has no layers: name, input shape and layers. `where` begins error lines. */
HORN_CHECKED horn_status keras_architecture_read(snapshot *out, const config *model, const char *where);

/* {class_name, config}; the caller owns *out. */
HORN_CHECKED horn_status keras_architecture_write(config **out, const snapshot *s, keras_dialect dialect,
                                                  const char *where);
/* The same for a file of Horn's own: in Keras 2's dialect, or in Keras 3's if Keras 2 has no such operations. */
HORN_CHECKED horn_status keras_architecture_write_own(config **out, const snapshot *, const char *where);

/* [null, sizes...]: the batch, then the input; null for an open size. The caller owns it. */
config *keras_batch_shape(const snapshot *s);

#endif
