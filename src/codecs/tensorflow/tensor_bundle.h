/* TensorFlow's tensor bundle: named tensors in a table and data files, the bytes of a checkpoint ("V2").
 *
 *     PREFIX.index                 table.h: "" -> header, key -> entry
 *     PREFIX.data-SSSSS-of-NNNNN   the tensors' bytes, row-major, little-endian, back to back
 *     header   1 shards, 2 byte order (0 little), 3 {1 producer, 2 least reader}
 *     entry    1 dtype, 2 {2 {1 size}...} shape, 3 shard, 4 offset, 5 size,
 *              6 masked CRC32C of the stored bytes, 7 slices
 *     strings  varint lengths, masked CRC32C of the lengths (each as u32, or u64 from 2^32 on), the bytes
 *     variants for each: varint length, bytes, masked CRC32C of all up to here; an iterator over a dataset is one
 *
 * This file knows no paths: whoever opens a bundle hands its files over. Entries of one shard must not
 * overlap. A tensor in slices (a partitioned variable) has no place of its own; each slice has an entry whose key is made of
 * the tensor's name and the slice, as tensor_bundle_slices.c says. It is put together when it is read. */
#ifndef CODECS_TENSORFLOW_TENSOR_BUNDLE_H
#define CODECS_TENSORFLOW_TENSOR_BUNDLE_H

#include <horn/view.h>
#include "codecs/protobuf.h"

typedef struct tensor_bundle tensor_bundle;

typedef struct bundle_entry {
    protobuf_text key; /* ended by a 0 */
    unsigned dtype;    /* TensorFlow's number */
    int rank;
    size_t shape[HORN_MAX_RANK];
    size_t count; /* the shape's product */
    size_t shard, offset, size;
    uint32_t crc;
    bool sliced;         /* stands in slices elsewhere */
    bool slice;          /* is one of such a tensor */
    protobuf_text value; /* the entry as it stands */
} bundle_entry;

/* ---- reading ---- */

/* Takes the index's bytes apart, checking every entry against itself and the others. `name` begins messages.
 */
HORN_CHECKED horn_status tensor_bundle_open(tensor_bundle **out, const void *index, size_t size,
                                            const char *name);
void tensor_bundle_close(tensor_bundle *b);

size_t tensor_bundle_shards(const tensor_bundle *b);
bool tensor_bundle_needs(const tensor_bundle *b,
                         size_t shard); /* false: no entry names it, its file may be missing */
void tensor_bundle_suffix(char out[32], size_t shard, size_t shards); /* ".data-00000-of-00001" */

/* Takes a shard's content, also on failure, and leaves it empty. Every entry in it must lie inside. */
HORN_CHECKED horn_status tensor_bundle_give(tensor_bundle *b, size_t shard, bytes *content);
/* Every checksum. Needs all shards that entries name. */
HORN_CHECKED horn_status tensor_bundle_verify(const tensor_bundle *b);

size_t tensor_bundle_count(const tensor_bundle *b);
const bundle_entry *tensor_bundle_at(const tensor_bundle *b, size_t index);
const bundle_entry *tensor_bundle_find(const tensor_bundle *b, protobuf_text key); /* NULL where it is not */

/* Dtype and shape as a view without data; UNSUPPORTED for strings, half precision and the like. */
HORN_CHECKED horn_status bundle_entry_describe(const tensor_bundle *b, const bundle_entry *e,
                                               horn_view *like);
/* The bytes, checked; `size` must be the entry's. */
HORN_CHECKED horn_status bundle_entry_read(const tensor_bundle *b, const bundle_entry *e, void *data,
                                           size_t size);
/* The bytes as they stand in the shard, of any dtype, checked; borrowed. Not of a tensor in slices. */
HORN_CHECKED horn_status bundle_entry_bytes(const tensor_bundle *b, const bundle_entry *e, const void **out);
/* A tensor of strings: *out has entry->count texts, borrowed from the bundle; the caller frees the array. */
HORN_CHECKED horn_status bundle_entry_texts(const tensor_bundle *b, const bundle_entry *e,
                                            protobuf_text **out);

/* ---- writing ---- */

typedef struct bundle_writer bundle_writer;

#define BUNDLE_SMALLEST SIZE_MAX /* as a shard: the one that has the fewest bytes so far */
enum { BUNDLE_MOST_SHARDS = 1024 };

HORN_CHECKED horn_status bundle_writer_new(bundle_writer **out, size_t shards);
void bundle_writer_free(bundle_writer *w);

/* Copies. Keys come in any order, each once. */
HORN_CHECKED horn_status bundle_writer_add(bundle_writer *w, size_t shard, const char *key,
                                           const horn_view *view);
HORN_CHECKED horn_status bundle_writer_add_text(bundle_writer *w, size_t shard, const char *key,
                                                const void *text, size_t size);
/* At the end: the index of what was added, and each shard's bytes, which the caller may take. `shards` is what the
 * index says of the number of files: more than there are is allowed, nobody opens a shard that no entry names. */
HORN_CHECKED horn_status bundle_writer_index(bundle_writer *w, size_t shards, bytes *index);
bytes *bundle_writer_shard(bundle_writer *w, size_t shard);

#endif
