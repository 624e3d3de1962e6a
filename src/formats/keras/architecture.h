/* Keras' model config <-> the snapshot's layers.
 *
 *     {"class_name": "Sequential", "config": {"name": "sequential", "layers": [
 *         {"class_name": "InputLayer", "config": {"batch_input_shape": [null, 28, 28], ...}},
 *         {"class_name": "Dense", "config": {"name": "dense", "units": 10, ...}}, ...]}}
 *
 * Reading takes every spelling of Keras 2 and 3: bare lists of layers, batch_shape, an input shape on the
 * first layer or on the model, policies for dtypes, initializers with axes, module and build_config anywhere.
 * What belongs to a dialect alone is taken off and put back by writing; any other argument is kept as it is,
 * so that layers unknown here survive. */
#ifndef FORMATS_KERAS_ARCHITECTURE_H
#define FORMATS_KERAS_ARCHITECTURE_H

#include "formats/keras/dialect.h"
#include "snapshot/snapshot.h"

/* Into a snapshot without layers: its name, input shape and layers. `where` begins the message. */
HORN_CHECKED horn_status keras_architecture_read(snapshot *out, const config *model, const char *where);

/* {class_name, config}, owned by the caller. */
HORN_CHECKED horn_status keras_architecture_write(config **out, const snapshot *s, keras_dialect dialect,
                                                  const char *where);

/* [null, sizes...], with null for an open one. */
config *keras_batch_shape(const snapshot *s);

#endif
