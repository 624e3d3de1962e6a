/* Keras' layout of variables since 2.12: the member model.weights.h5 of a .keras, or a file x.weights.h5.
 *
 *     /vars                          of the model itself: empty
 *     /layers/CLASS[_i]/vars/0,1..   of each layer, also where it has none: dense, dense_1, ... count the
 *                                    layers of a class in the model's order, whatever their names are
 *     GROUP/cell/vars, GROUP/forward_layer/cell/vars, GROUP/layers/CLASS[_i]/vars     of layers inside one
 *     /optimizer/vars/0,1..          keras/optimizer_variables.h
 *     /metrics/CLASS[_i]/vars/0,1    Keras 2: total and count of the loss and of each metric
 *
 * Each vars has an attribute `name` (Keras 3's, for people). Numbers tell the order, which is that of
 * weights.h. Keras 2.12 and 2.13 said _layer_checkpoint_dependencies for layers. Groups that nobody
 * knows are overlooked, but none below /layers that holds variables: a class that is not known has them as layers inside, any
 * other refuses them.
 *
 * Dialects: keras3 (default); keras2; both, in which Keras 2 and 3 restore the optimizer alike: its learning
 * rate is written as a schedule that never changes, for then neither has a variable for it. */
#ifndef FORMATS_KERAS_H5_STORE_H
#define FORMATS_KERAS_H5_STORE_H

#include "codecs/hdf5/file.h"
#include "formats/keras/dialect.h"
#include "snapshot/schema.h"

typedef enum keras_store_dialect { KERAS_STORE_3, KERAS_STORE_2, KERAS_STORE_BOTH } keras_store_dialect;

HORN_CHECKED horn_status keras_store_dialect_read(keras_store_dialect *out, const char *name,
                                                  const char *format);

/* The place of a layer inside: "cell", or in a list "layers/dense_1". */
HORN_CHECKED horn_status keras_store_inner_place(char **out, const snapshot_layer *, size_t index,
                                                 const char *where);
/* The places of the layers below /layers, one for each: an array of texts and each text are the caller's. */
HORN_CHECKED horn_status keras_store_places(char ***out, const snapshot *s, const char *where);
void keras_store_places_free(char **places, const snapshot *s);

/* Whether there are groups of layers, as Keras wrote them on Windows too. */
bool keras_store_has_layers(const hdf5_file *file);

/* store_read.c: into layers that have their classes; names of weights are Keras' for classes that are known, else
 * numbers. */
HORN_CHECKED horn_status keras_store_read_weights(snapshot *out, const hdf5_file *file, const schema *,
                                                  const char *where);

/* Counts the variables 0, 1, ... of a group; none where it is not there. */
HORN_CHECKED horn_status keras_store_count(size_t *count, const hdf5_file *file, const char *group,
                                           const char *where);
HORN_CHECKED horn_status keras_store_describe(const hdf5_file *file, const char *path, horn_view *like,
                                              const char *where);

/* For the optimizer in the snapshot, which has its weights. As Keras does, `lenient` leaves variables of
 * another optimizer where they are. */
HORN_CHECKED horn_status keras_store_read_optimizer(snapshot *out, const hdf5_file *file, bool lenient,
                                                    const char *where);

bool keras_store_has_optimizer(const hdf5_file *file);

/* store_write.c: the weights, and of `parts` the optimizer's variables. */
HORN_CHECKED horn_status keras_store_write(hdf5_file *file, const snapshot *s, unsigned parts,
                                           keras_store_dialect dialect, const char *where);
/* Zeros, without which Keras 2 refuses x.weights.h5 for a model whose metrics are built. */
HORN_CHECKED horn_status keras_store_write_metrics(hdf5_file *file, const snapshot *s);

#endif
