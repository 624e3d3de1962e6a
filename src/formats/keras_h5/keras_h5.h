/* What Keras' formats in HDF5 share: opening, refusing what is another layout, and finishing. */
#ifndef FORMATS_KERAS_H5_KERAS_H5_H
#define FORMATS_KERAS_H5_KERAS_H5_H

#include "codecs/hdf5/file.h"
#include "formats/format.h"

typedef enum keras_h5_kind {
    KERAS_H5_NONE,    /* no HDF5 */
    KERAS_H5_BROKEN,  /* HDF5 that does not open */
    KERAS_H5_MODEL,   /* model_config: a whole model */
    KERAS_H5_WEIGHTS, /* layer_names: Keras 2's layout of weights */
    KERAS_H5_KERAS3,  /* /layers: Keras 3's layout of weights */
    KERAS_H5_OTHER
} keras_h5_kind;

keras_h5_kind keras_h5_kind_of(const source *from);

/* Opens the source, and fails unless it is of that kind. The caller closes *out. */
HORN_CHECKED horn_status keras_h5_open(hdf5_file **out, const source *from, keras_h5_kind kind);

/* Adds a tensor of this type and shape and reads its values, or borrows them from the file's bytes, if those stay. */
HORN_CHECKED horn_status keras_h5_read_tensor(const hdf5_file *file, const char *path, snapshot_layer *layer,
                                              const char *name, const horn_view *like);

/* list.c: of any HDF5 file. */
HORN_CHECKED horn_status keras_h5_list(contents *out, const source *from);
/* Of an HDF5 file inside another one. *own, which holds `data` or is empty, is taken on success. `version`: Keras', or NULL. */
HORN_CHECKED horn_status keras_h5_list_inside(contents *out, const void *data, size_t size, bytes *own,
                                              const char *name, const char *version);

/* Refuses a file name whose suffix makes Keras expect another layout than this format's. */
HORN_CHECKED horn_status keras_check_target(const transaction *t, const char *const *suffixes,
                                            const char *name);
/* Closes `file`, also on failure, and adds its bytes to the transaction. */
HORN_CHECKED horn_status keras_h5_commit(hdf5_file *file, transaction *t);

#endif
