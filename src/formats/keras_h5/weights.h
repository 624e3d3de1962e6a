/* Keras' legacy layout of weights: the group model_weights of a whole-model .h5, or the root of a file of
 * weights alone.
 *
 *     GROUP                           @layer_names [n]   @backend "tensorflow"   @keras_version
 *     GROUP/<layer>                   @weight_names [k]; k = 0: float64 of shape (0,)
 *     GROUP/<layer>/<weight name>     dataset: dense/kernel:0, in keras3 sequential/dense/kernel
 *     GROUP/top_level_model_weights   @weight_names, empty
 *
 * The order alone pairs weights with layers: names of layers and weights are free. Floats are read as float32. */
#ifndef FORMATS_KERAS_H5_WEIGHTS_H
#define FORMATS_KERAS_H5_WEIGHTS_H

#include "codecs/hdf5/file.h"
#include "formats/keras/dialect.h"
#include "snapshot/schema.h"

/* Fills the layers of a snapshot that has an architecture, else adds layers without classes. The schema may be NULL. `where`
 * begins error lines. */
HORN_CHECKED horn_status keras_weights_read(snapshot *out, const hdf5_file *file, const char *group,
                                            const schema *known, const char *where);
HORN_CHECKED horn_status keras_weights_write(hdf5_file *file, const char *group, const snapshot *s,
                                             keras_dialect dialect);

/* Refuses files of Keras 1 and Theano: their kernels have another layout. */
HORN_CHECKED horn_status keras_weights_check_origin(const hdf5_file *file, const char *group,
                                                    const char *where);

/* A weight's name in a file without the name of its layer and without ":0". The caller owns *out. */
HORN_CHECKED horn_status keras_weight_name(char **out, const char *name, const char *layer);

/* The path of a dataset: path/name; the caller owns *out. Refuses empty and "." parts, which would give one dataset many names. */
HORN_CHECKED horn_status keras_path(char **out, const char *path, const char *name, const char *where);

#endif
