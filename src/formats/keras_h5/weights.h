/* Keras' legacy layout of weights: the group model_weights of a whole-model .h5, or the root of a file of
 * weights alone.
 *
 *     GROUP                           @layer_names [n]   @backend "tensorflow"   @keras_version
 *     GROUP/<layer>                   @weight_names [k]; k = 0: float64 of shape (0,)
 *     GROUP/<layer>/<weight name>     dataset: dense/kernel:0, in keras3 sequential/dense/kernel
 *     GROUP/top_level_model_weights   @weight_names, empty
 *
 * Order alone tells what belongs where: names of layers and weights are free. Floats are read as float32. */
#ifndef FORMATS_KERAS_H5_WEIGHTS_H
#define FORMATS_KERAS_H5_WEIGHTS_H

#include "codecs/hdf5/file.h"
#include "formats/keras/dialect.h"
#include "snapshot/schema.h"

/* Into the layers of a snapshot with an architecture, else into new layers without class. */
HORN_CHECKED horn_status keras_weights_read(snapshot *out, const hdf5_file *file, const char *group,
                                            const schema *known, const char *where);
HORN_CHECKED horn_status keras_weights_write(hdf5_file *file, const char *group, const snapshot *s,
                                             keras_dialect dialect);

/* Refuses what Keras 1 and Theano wrote: their kernels lie otherwise. */
HORN_CHECKED horn_status keras_weights_check_origin(const hdf5_file *file, const char *group,
                                                    const char *where);

/* What a file calls a weight, without the layer it belongs to and without ":0". For all of Keras' formats. */
HORN_CHECKED horn_status keras_weight_name(char **out, const char *name, const char *layer);

/* A dataset's place: path/name. Refuses empty and "." parts, which would name one dataset in many ways. */
HORN_CHECKED horn_status keras_path(char **out, const char *path, const char *name, const char *where);

#endif
