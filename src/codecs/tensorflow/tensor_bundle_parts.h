/* Shared by tensor_bundle*.c: a bundle's index, its entries and the shards that it was given. Who needs whom: tensor_bundle.c
 * (opening) slices and entries; _tensors.c (reading) slices and entries; _slices.c entries. */
#ifndef CODECS_TENSORFLOW_TENSOR_BUNDLE_PARTS_H
#define CODECS_TENSORFLOW_TENSOR_BUNDLE_PARTS_H

#include "codecs/tensorflow/table.h"
#include "codecs/tensorflow/tensor_bundle.h"

enum { BUNDLE_STRING = 7, BUNDLE_VARIANT = 21, BUNDLE_LAST_DTYPE = 32 };

/* A data file in memory, or an open one. */
typedef struct bundle_shard {
    bytes content;
    large_file *file;
} bundle_shard;

struct tensor_bundle {
    char *name;
    table index;
    /* In the table's order, without the header. */
    bundle_entry *entries;
    size_t count, shards;
    /* By shard, then offset: to find overlaps and the entries of a shard. */
    const bundle_entry **by_place;
    /* Of each shard below `held`. */
    bundle_shard *data;
    size_t held;
    /* The bytes of the last tensor that was read from a file. */
    bytes *loaded;
};

/* ---- tensor_bundle_entries.c ---- */

/* Bytes of one element; 0 if the type is unknown. */
size_t bundle_dtype_size(unsigned dtype);
/* Gives the bytes of an entry without verifying them. Borrowed. Fails if its shard was not given. */
HORN_CHECKED horn_status bundle_stored_bytes(const tensor_bundle *b, const bundle_entry *e,
                                             const unsigned char **out);
/* Fails unless `found`, the unmasked checksum of an entry's bytes, is the entry's. */
HORN_CHECKED horn_status bundle_check_crc(const tensor_bundle *b, const bundle_entry *e, uint32_t found);

/* ---- tensor_bundle_slices.c ---- */

/* Fails unless the slices of an entry are there, fit its type and shape, and fill it. Marks them, and sets the entry's size. */
HORN_CHECKED horn_status bundle_slices_check(tensor_bundle *b, bundle_entry *e);
/* Joins the slices into e->size bytes. */
HORN_CHECKED horn_status bundle_slices_read(const tensor_bundle *b, const bundle_entry *e, void *data);

#endif
