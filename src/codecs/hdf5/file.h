/* HDF5 files in memory, read and written. No other folder uses libhdf5.
 *
 * libhdf5 never opens a file on a disk: it reads the caller's bytes, or writes to memory; or, if the file is too large, it uses an
 * open file of the caller's (large.c). Before libhdf5 sees a file,
 * hdf5_trailer_check checks Horn's own checksum and hdf5_survey the whole structure. No plugin is loaded, libhdf5
 * prints nothing, and after each call its settings are the host program's again.
 *
 * Paths begin at the root, with or without a leading '/'. Lists of strings are one block: the caller frees the array
 * only. One thread at a time may use a file; several threads may use several files: one lock protects libhdf5. */
#ifndef CODECS_HDF5_FILE_H
#define CODECS_HDF5_FILE_H

#include <stdbool.h>
#include <horn/view.h>
#include "base/pieces.h"
#include "base/files/large_file.h"

typedef struct hdf5_file hdf5_file;

/* True if the bytes have HDF5's signature, at byte 0 or after a user block. */
bool hdf5_recognizes(const void *data, size_t size);

/* Opens a file to read it. Borrows `data` until the file is closed; copies `name`, which begins error lines. */
HORN_CHECKED horn_status hdf5_file_open(hdf5_file **out, const void *data, size_t size, const char *name);

/* The same of a file of PyTables, which may have soft links, booleans in bit fields and complex numbers. */
HORN_CHECKED horn_status hdf5_file_open_pytables(hdf5_file **out, const void *data, size_t size,
                                                 const char *name);

/* Closes the file; a new file is lost. Accepts NULL. */
void hdf5_file_close(hdf5_file *f);

bool hdf5_has_group(const hdf5_file *f, const char *path);
bool hdf5_has_dataset(const hdf5_file *f, const char *path);
bool hdf5_has_attribute(const hdf5_file *f, const char *path, const char *attribute);

/* Lists the names in a group, sorted by bytes. */
HORN_CHECKED horn_status hdf5_list(const hdf5_file *f, const char *path, char ***out, size_t *count);

/* Gives the path in a soft link, as it is stored; NULL if the link is a hard one. The caller frees it. */
HORN_CHECKED horn_status hdf5_read_link(const hdf5_file *f, const char *path, char **out);
/* Lists the names of an object's attributes, sorted by bytes. */
HORN_CHECKED horn_status hdf5_list_attributes(const hdf5_file *f, const char *path, char ***out,
                                              size_t *count);

/* Reads a string of fixed or variable length. The caller frees it. */
HORN_CHECKED horn_status hdf5_read_text(const hdf5_file *f, const char *path, const char *attribute,
                                        char **out);

/* Reads a list of strings; joins attribute0, attribute1, ... if Keras has split it. An empty list of numbers counts
 * as an empty list; so does a missing attribute if `optional`. */
HORN_CHECKED horn_status hdf5_read_names(const hdf5_file *f, const char *path, const char *attribute,
                                         bool optional, char ***out, size_t *count);

/* Gives the dtype and shape of a dataset. The dtype is the stored one, or the nearest: float16 becomes HORN_FLOAT32,
 * an enumeration of one byte HORN_BOOL. */
HORN_CHECKED horn_status hdf5_describe_dataset(const hdf5_file *f, const char *path, horn_dtype *dtype,
                                               int *rank, size_t shape[HORN_MAX_RANK]);

/* A dataset as it is stored, also if it cannot be read as numbers. */
typedef struct hdf5_stored {
    /* "float16", "int64", "bool", "enum", "string". */
    char type[16];
    /* -1: more than HORN_MAX_RANK axes, or no shape. */
    int rank;
    size_t shape[HORN_MAX_RANK];
    /* Bytes of all elements; for strings of variable length their bytes in the file. */
    size_t size;
    /* True if hdf5_describe_dataset can describe it. */
    bool is_readable;
} hdf5_stored;
HORN_CHECKED horn_status hdf5_look_at_dataset(const hdf5_file *f, const char *path, hdf5_stored *out);

/* The same of an attribute, which is readable if it holds numbers. */
HORN_CHECKED horn_status hdf5_look_at_attribute(const hdf5_file *f, const char *path, const char *attribute,
                                                hdf5_stored *out, horn_dtype *as);
/* Reads all elements of an attribute of numbers, as type `as`. They must fill `size` bytes exactly. */
HORN_CHECKED horn_status hdf5_read_attribute(const hdf5_file *f, const char *path, const char *attribute,
                                             horn_dtype as, void *out, size_t size);

/* Says that the bytes which the file is read from stay after it is closed. */
void hdf5_file_stays(hdf5_file *f);
/* Gives the place of the elements, `size` bytes, in those bytes; NULL if they do not stay, are few, or are not there in one piece
 * as the type needs them: then hdf5_read_dataset reads them. */
HORN_CHECKED horn_status hdf5_borrow_dataset(const hdf5_file *f, const char *path, horn_dtype wanted,
                                             size_t size, const void **out);

/* Reads all elements, converted to `wanted`. They must fill `size` bytes exactly. */
HORN_CHECKED horn_status hdf5_read_dataset(const hdf5_file *f, const char *path, horn_dtype wanted, void *out,
                                           size_t size);

/* Makes a new file. Writing makes missing groups on the way. The same calls give the same bytes. */
HORN_CHECKED horn_status hdf5_file_create(hdf5_file **out);
/* From here on booleans are written as bit fields, as PyTables does, not as enumerations. */
void hdf5_write_bit_fields(hdf5_file *f);
HORN_CHECKED horn_status hdf5_write_group(hdf5_file *f, const char *path);

/* Writes a dataset. The view's divisor is not applied. */
HORN_CHECKED horn_status hdf5_write_dataset(hdf5_file *f, const char *path, const horn_view *view);
/* The same, but the finished file may borrow the view's data (base/pieces.h). */
HORN_CHECKED horn_status hdf5_lend_dataset(hdf5_file *f, const char *path, const horn_view *view);

/* Write an attribute of an existing group or dataset. A string is UTF-8 of variable length. Names have the fixed
 * length of the longest, padded with zeros; lists of more than 64,512 bytes are split as Keras does; an empty list is
 * float64 of shape (0,). */
HORN_CHECKED horn_status hdf5_write_text(hdf5_file *f, const char *path, const char *attribute,
                                         const char *text);
HORN_CHECKED horn_status hdf5_write_names(hdf5_file *f, const char *path, const char *attribute,
                                          const char *const *names, size_t count);

/* Write an attribute of one fixed text, or of an int64, as PyTables does. */
HORN_CHECKED horn_status hdf5_write_fixed_text(hdf5_file *f, const char *path, const char *attribute,
                                               const char *text);
HORN_CHECKED horn_status hdf5_write_integer(hdf5_file *f, const char *path, const char *attribute,
                                            int64_t value);

/* Ends the file and moves it to *out, with its checksum trailer (trailer.h). Closes `f`, also on failure. */
HORN_CHECKED horn_status hdf5_file_finish(hdf5_file *f, pieces *out);
/* The same without the trailer and the group that announces it. */
HORN_CHECKED horn_status hdf5_file_finish_plain(hdf5_file *f, pieces *out);

/* ---- files that are too large for memory: the caller reads and writes the values itself, in an open file ---- */

/* Makes a new file in an open, empty file, or opens one that Horn has just written: nothing is checked. `name` begins error
 * lines. */
HORN_CHECKED horn_status hdf5_large_create(hdf5_file **out, int descriptor, const char *name);
HORN_CHECKED horn_status hdf5_large_open(hdf5_file **out, const large_file *file);
/* Makes a dataset without values, with the type and shape of `like`. *place is the byte at which its elements begin: row-major,
 * little-endian. */
HORN_CHECKED horn_status hdf5_large_add(hdf5_file *f, const char *path, const horn_view *like, size_t *place);
/* Finds that place again, and the shape. Fails if the dataset is missing, of another type, or not in one piece. */
HORN_CHECKED horn_status hdf5_large_find(const hdf5_file *f, const char *path, horn_view *like,
                                         size_t *place);
/* Ends a new file. Closes `f`, also on failure. */
HORN_CHECKED horn_status hdf5_large_finish(hdf5_file *f);

#endif
