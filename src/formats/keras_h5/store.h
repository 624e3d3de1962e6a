/* Keras' layout of variables since 2.12: the member model.weights.h5 of a .keras, or a file x.weights.h5.
 *
 *     /vars                          of the model itself: empty
 *     /layers/CLASS[_i]/vars/0,1..   of each layer, also without variables: dense, dense_1, ... count the
 *                                    layers of a class in the model's order, whatever their names are
 *     GROUP/cell/vars, GROUP/forward_layer/cell/vars, GROUP/layers/CLASS[_i]/vars     of layers inside one
 *     /optimizer/vars/0,1..          keras/optimizer_variables.h
 *     /metrics/CLASS[_i]/vars/0,1    Keras 2: total and count of the loss and of each metric
 *
 * Each vars has an attribute `name`, which nobody reads. The numbers give the order, which is that of weights.h. Keras 2.12 and
 * 2.13 wrote _layer_checkpoint_dependencies for layers. Unknown groups are ignored, except groups below /layers that hold
 * variables: a layer of an unknown class gets them as layers inside it, any other layer refuses them.
 *
 * Dialects: keras3 (default); keras2; both, from which Keras 2 and Keras 3 restore the same optimizer: its learning rate is
 * written as a schedule that never changes, because then neither has a variable for it. */
#ifndef FORMATS_KERAS_H5_STORE_H
#define FORMATS_KERAS_H5_STORE_H

#include "codecs/hdf5/file.h"
#include "formats/keras/dialect.h"
#include "snapshot/schema.h"

typedef enum keras_store_dialect { KERAS_STORE_3, KERAS_STORE_2, KERAS_STORE_BOTH } keras_store_dialect;

HORN_CHECKED horn_status keras_store_dialect_read(keras_store_dialect *out, const char *name,
                                                  const char *format);

/* The group of a layer inside another, relative to that: "cell", or in a list "layers/dense_1". The caller owns *out. */
HORN_CHECKED horn_status keras_store_inner_place(char **out, const snapshot_layer *layer, size_t index,
                                                 bool keras2, const char *where);
/* The groups of the layers below /layers, one for each layer; freed by keras_store_places_free. */
HORN_CHECKED horn_status keras_store_places(char ***out, const snapshot *s, const char *where);
void keras_store_places_free(char **places, const snapshot *s);

/* Whether the file has groups of layers, with '/' or, as Keras wrote them on Windows, with '\\'. */
bool keras_store_has_layers(const hdf5_file *file);

/* store_read.c: fills layers that have their classes. Weights of unknown classes have numbers for names. The schema may be NULL.
 */
HORN_CHECKED horn_status keras_store_read_weights(snapshot *out, const hdf5_file *file, const schema *,
                                                  const char *where);

/* Counts the variables 0, 1, ... of a group; 0 if there is no such group. */
HORN_CHECKED horn_status keras_store_count(size_t *count, const hdf5_file *file, const char *group,
                                           const char *where);
HORN_CHECKED horn_status keras_store_describe(const hdf5_file *file, const char *path, horn_view *like,
                                              const char *where);

/* Reads the variables of the snapshot's optimizer; the snapshot has its weights. `lenient` ignores the variables of another
 * optimizer, as Keras does. */
HORN_CHECKED horn_status keras_store_read_optimizer(snapshot *out, const hdf5_file *file, bool lenient,
                                                    const char *where);

bool keras_store_has_optimizer(const hdf5_file *file);

/* store_write.c: writes the weights, and the optimizer's variables if `parts` has them. */
HORN_CHECKED horn_status keras_store_write(hdf5_file *file, const snapshot *s, unsigned parts,
                                           keras_store_dialect dialect, const char *where);
/* Writes zeros for the metrics: without them Keras 2 refuses x.weights.h5 for a model whose metrics are built. */
HORN_CHECKED horn_status keras_store_write_metrics(hdf5_file *file, const snapshot *s);

#endif
