/* Inside of tensor_bundle_*.c: a bundle's index, its entries and the shards that were given. */
#ifndef CODECS_TENSORFLOW_TENSOR_BUNDLE_PARTS_H
#define CODECS_TENSORFLOW_TENSOR_BUNDLE_PARTS_H

#include "codecs/tensorflow/table.h"
#include "codecs/tensorflow/tensor_bundle.h"

enum { BUNDLE_STRING = 7, BUNDLE_VARIANT = 21, BUNDLE_LAST_DTYPE = 32 };

struct tensor_bundle {
    char *name;
    table index;
    bundle_entry *entries; /* in the order of the table, behind the header */
    size_t count, shards;
    const bundle_entry **by_place; /* by shard, then offset: for finding overlaps and a shard's entries */
    bytes *data;                   /* of each shard below `held` */
    size_t held;
};

/* tensor_bundle_tensors.c: bytes of one element of a dtype; 0 where that is not known. */
size_t bundle_dtype_size(unsigned dtype);

/* tensor_bundle_slices.c: whether the slices of an entry are there, fit its dtype and shape, and fill it. Marks them, and
 * sets the entry's size. */
HORN_CHECKED horn_status bundle_slices_check(tensor_bundle *b, bundle_entry *e);
/* Puts them together, into e->size bytes. */
HORN_CHECKED horn_status bundle_slices_read(const tensor_bundle *b, const bundle_entry *e, void *data);

#endif
