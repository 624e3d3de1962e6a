/* The header of a file of safetensors:
 *
 *     u64      N, little-endian
 *     N bytes  JSON: {"__metadata__": {"format": "pt"},
 *                     "0.weight": {"dtype": "F32", "shape": [3, 5], "data_offsets": [0, 60]}, ...}
 *     then     the tensors, row-major, little-endian; offsets count from here
 *
 * The writer orders tensors by dtype and name, and pads the JSON with spaces to a multiple of 8, as the library does. The reader
 * refuses all that the library refuses: tensors that overlap, leave a gap or do not end with the file, sizes that do not fit shape
 * and dtype, unknown dtypes; and two tensors of one name, which the library takes. */
#ifndef FORMATS_TORCH_FILES_SAFETENSORS_HEADER_H
#define FORMATS_TORCH_FILES_SAFETENSORS_HEADER_H

#include "formats/source.h"
#include "formats/torch/state.h"
#include "formats/torch_files/types.h"

typedef struct safetensors_type {
    /* "F32". */
    const char *code;
    torch_type type;
    /* Horn reads it. */
    bool is_readable;
} safetensors_type;

typedef struct safetensors_tensor {
    /* Borrowed from the header. */
    const char *name;
    const safetensors_type *type;
    /* -1: more than HORN_MAX_RANK axes. */
    int rank;
    size_t shape[HORN_MAX_RANK];
    const unsigned char *data;
    /* size: as it is stored. */
    size_t count, size, begin;
} safetensors_tensor;

typedef struct safetensors_header {
    config *json;
    /* In the order of the header. */
    safetensors_tensor *tensors;
    size_t count;
} safetensors_header;

bool safetensors_recognizes(const source *);
/* Checks everything. Borrows the source. Free it after a failure, too. */
HORN_CHECKED horn_status safetensors_open(safetensors_header *out, const source *);
void safetensors_close(safetensors_header *);
/* The text of a key of the metadata; NULL: there is none. Borrowed. */
const char *safetensors_metadata(const safetensors_header *, const char *key);

/* All of it, an object of texts; NULL: there is none. Borrowed. */
const config *safetensors_all_metadata(const safetensors_header *);

/* Appends a whole file. `note`: what the metadata's key "horn" holds; `asides`: an object whose texts become metadata, but for the keys
 * "format" and "horn". Both may be NULL. */
HORN_CHECKED horn_status safetensors_write(bytes *out, const torch_state *, const config *note,
                                           const config *asides);

#endif
