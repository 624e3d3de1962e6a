/* HDF5 files in memory, read and written: the only door to libhdf5.
 *
 * libhdf5 never touches a disk: an open file reads the caller's bytes, a new one becomes bytes. Before
 * libhdf5 sees a file, hdf5_trailer checks Horn's own checksum and hdf5_survey the whole structure; no plugin
 * is loaded, and libhdf5 prints nothing. Its settings are the host program's again after each call.
 *
 * Paths go from the root, with or without a first '/'. Lists of texts are one block: the caller frees the
 * array alone. A file is used by one thread at a time; several files by several: one lock stands around
 * libhdf5. */
#ifndef CODECS_HDF5_FILE_H
#define CODECS_HDF5_FILE_H

#include <stdbool.h>
#include <horn/view.h>
#include "base/bytes.h"

typedef struct hdf5_file hdf5_file;

/* By its signature, at byte 0 or behind a user block. */
bool hdf5_recognizes(const void *data, size_t size);

/* Borrows `data` until the file is closed. `name` is for error lines and is copied. */
HORN_CHECKED horn_status hdf5_file_open(hdf5_file **out, const void *data, size_t size, const char *name);
void hdf5_file_close(hdf5_file *f); /* of a new file: drops it */

bool hdf5_has_group(const hdf5_file *f, const char *path);
bool hdf5_has_dataset(const hdf5_file *f, const char *path);
bool hdf5_has_attribute(const hdf5_file *f, const char *path, const char *attribute);

/* The names in a group, sorted by bytes. */
HORN_CHECKED horn_status hdf5_list(const hdf5_file *f, const char *path, char ***out, size_t *count);

/* One text, of fixed or variable length. The caller frees it. */
HORN_CHECKED horn_status hdf5_read_text(const hdf5_file *f, const char *path, const char *attribute,
                                        char **out);

/* A list of texts, also where Keras split it into attribute0, attribute1, ... An empty list of numbers is an
 * empty list; so is a missing attribute where `optional`. */
HORN_CHECKED horn_status hdf5_read_names(const hdf5_file *f, const char *path, const char *attribute,
                                         bool optional, char ***out, size_t *count);

/* The type that is stored, or the nearest one; floats of 2 bytes are HORN_FLOAT32, enumerations of one byte
 * HORN_BOOL. */
HORN_CHECKED horn_status hdf5_describe_dataset(const hdf5_file *f, const char *path, horn_dtype *dtype,
                                               int *rank, size_t shape[HORN_MAX_RANK]);

/* What is stored, whether it can be read as numbers or not. */
typedef struct hdf5_stored {
    char type[16]; /* "float16", "int64", "bool", "enum", "string" */
    int rank;      /* -1: more than HORN_MAX_RANK axes, or no shape */
    size_t shape[HORN_MAX_RANK];
    size_t size;      /* of all elements in bytes; of texts of variable length what they take in the file */
    bool is_readable; /* hdf5_describe_dataset describes it */
} hdf5_stored;
HORN_CHECKED horn_status hdf5_look_at_dataset(const hdf5_file *f, const char *path, hdf5_stored *out);

/* Its elements as `wanted`, which must fill `size` bytes exactly. */
HORN_CHECKED horn_status hdf5_read_dataset(const hdf5_file *f, const char *path, horn_dtype wanted, void *out,
                                           size_t size);

/* A new file. Groups above what is written are made. Same calls, same bytes. */
HORN_CHECKED horn_status hdf5_file_create(hdf5_file **out);
HORN_CHECKED horn_status hdf5_write_group(hdf5_file *f, const char *path);
HORN_CHECKED horn_status hdf5_write_dataset(hdf5_file *f, const char *path,
                                            const horn_view *view); /* divisor not applied */

/* Attributes of a group or dataset that is there. Text: UTF-8 of variable length. Names: of fixed length, the
 * longest's, filled with zeros; split as Keras does where they need more than 64,512 bytes; an empty list is
 * float64 of shape (0,). */
HORN_CHECKED horn_status hdf5_write_text(hdf5_file *f, const char *path, const char *attribute,
                                         const char *text);
HORN_CHECKED horn_status hdf5_write_names(hdf5_file *f, const char *path, const char *attribute,
                                          const char *const *names, size_t count);

/* The whole file with its checksum trailer (trailer.h). Closes `f`, also on failure. */
HORN_CHECKED horn_status hdf5_file_finish(hdf5_file *f, bytes *out);

#endif
