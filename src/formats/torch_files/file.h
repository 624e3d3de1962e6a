/* Files of torch.save: objects of Python, and the storages that their tensors are views of.
 *
 * Since PyTorch 1.6 a zip archive; R is the file's name without directory and suffix, or "archive":
 *
 *     R/data.pkl                  the pickle of the object
 *     R/byteorder                 "little"; missing before PyTorch 2.1
 *     R/data/0, R/data/1, ...     the bytes of each storage
 *     R/version                   "3\n"; 1 to 10 are read
 *     R/.format_version, R/.storage_alignment, R/.data/serialization_id      since PyTorch 2.6; not needed
 *
 * Before that, and by an option until today, five pickles and the storages, one behind the other:
 *
 *     0x1950a86a20f9469cfc6c      1001      {"protocol_version": 1001, "little_endian": True, ...}
 *     the object                  the list of the storages' keys
 *     i64 number of elements, the elements                                    for each key, in the list's order
 *
 * A tensor is `_rebuild_tensor_v2` of a persistent object and a view of it; the object's id is
 *
 *     ("storage", torch.FloatStorage, key, "cpu", number of elements [, None])
 *
 * Everything is checked when a file is opened: names, each tensor's view, each storage's length, type and, in an archive, CRC.
 * Nothing of Python is ever called. */
#ifndef FORMATS_TORCH_FILES_FILE_H
#define FORMATS_TORCH_FILES_FILE_H

#include "codecs/zip/file.h"
#include "formats/source.h"
#include "formats/torch_files/types.h"

typedef struct torch_storage {
    /* Borrowed from the pickle. */
    const char *key;
    const torch_type *type;
    size_t count;
    /* In the source, or in `own`, if it was packed. */
    const unsigned char *data;
    bytes own;
} torch_storage;

/* A view of a storage; all numbers count elements. */
typedef struct torch_array {
    const torch_storage *storage;
    size_t offset;
    /* Up to 64; shape and stride have the first HORN_MAX_RANK axes. */
    size_t rank, shape[HORN_MAX_RANK], stride[HORN_MAX_RANK];
    size_t count;
} torch_array;

typedef struct torch_file {
    const source *from;
    pickle *values;
    /* The object. */
    pickle_value *root;
    /* By key. */
    torch_storage *storages;
    size_t storage_count;
    /* NULL: of the older form. */
    zip_file *zip;
    /* "R/"; owned. */
    char *prefix;
} torch_file;

/* True for an archive with R/data.pkl that is none of TorchScript's, and for the older form. */
bool torch_file_recognizes(const source *);

/* The source must outlive the file. The caller frees *out. */
HORN_CHECKED horn_status torch_file_open(torch_file **out, const source *);
void torch_file_close(torch_file *);
/* The member R/NAME; NULL: there is none. */
const zip_member *torch_file_member(const torch_file *, const char *name);

/* True for a tensor or a parameter, which have views. */
bool torch_is_tensor(const pickle_value *);
/* The view of a tensor of the file; it was checked when the file was opened. */
torch_array torch_file_array(const torch_file *, const pickle_value *tensor);
/* Type and shape as they are read, without data; fails for more than HORN_MAX_RANK axes, and for a tensor that takes much more
 * memory than the file, because its elements are the same ones many times. `name` is the tensor's, for the error line. */
HORN_CHECKED horn_status torch_array_view(horn_view *out, const torch_file *, const torch_array *,
                                          const char *name);
/* Copies the elements, row-major. */
void torch_array_read(void *out, const torch_array *);

#endif
