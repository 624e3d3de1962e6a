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
 * This codec knows no paths: the caller reads the files and gives it their content. Entries of one shard must not overlap. A
 * tensor in slices (a partitioned variable) has no bytes of its own: each slice has an entry whose key is made of the tensor's
 * name and the slice (tensor_bundle_slices.c). Reading joins the slices. */
#ifndef CODECS_TENSORFLOW_TENSOR_BUNDLE_H
#define CODECS_TENSORFLOW_TENSOR_BUNDLE_H

#include <horn/view.h>
#include "base/files/large_file.h"
#include "base/pieces.h"
#include "codecs/protobuf.h"

typedef struct tensor_bundle tensor_bundle;

typedef struct bundle_entry {
    /* A 0 follows the key. */
    protobuf_text key;
    /* TensorFlow's number. */
    unsigned dtype;
    int rank;
    size_t shape[HORN_MAX_RANK];
    /* Elements. */
    size_t count;
    /* The data file; offset and size are bytes. */
    size_t shard, offset, size;
    uint32_t crc;
    /* Its tensor is stored in slices. */
    bool sliced;
    /* It is a slice of such a tensor. */
    bool slice;
    /* The entry's message. */
    protobuf_text value;
} bundle_entry;

/* ---- reading ---- */

/* Parses an index, and checks each entry by itself and against the others. Copies what it needs. `name` begins messages. */
HORN_CHECKED horn_status tensor_bundle_open(tensor_bundle **out, const void *index, size_t size,
                                            const char *name);
void tensor_bundle_close(tensor_bundle *b);

size_t tensor_bundle_shards(const tensor_bundle *b);
/* False if no entry names the shard: its file may be missing. */
bool tensor_bundle_needs(const tensor_bundle *b, size_t shard);
/* ".data-00000-of-00001". */
void tensor_bundle_suffix(char out[32], size_t shard, size_t shards);

/* Takes a shard's content, also on failure, and leaves *content empty. Fails if an entry leaves it. */
HORN_CHECKED horn_status tensor_bundle_give(tensor_bundle *b, size_t shard, bytes *content);
/* The same of a file, from which each tensor is read when it is needed. */
HORN_CHECKED horn_status tensor_bundle_give_file(tensor_bundle *b, size_t shard, large_file *file);
/* Verifies every checksum. Needs all shards that entries name. */
HORN_CHECKED horn_status tensor_bundle_verify(const tensor_bundle *b);

size_t tensor_bundle_count(const tensor_bundle *b);
const bundle_entry *tensor_bundle_at(const tensor_bundle *b, size_t index);
/* NULL if there is no such key. */
const bundle_entry *tensor_bundle_find(const tensor_bundle *b, protobuf_text key);

/* Gives type and shape as a view without data; UNSUPPORTED for strings, half precision and other types that Horn lacks. */
HORN_CHECKED horn_status bundle_entry_describe(const tensor_bundle *b, const bundle_entry *e,
                                               horn_view *like);
/* Gives the bytes of a number that are in a shard's memory as its type needs them; NULL if they are not, or are few. They are not
 * verified: tensor_bundle_verify does that. Borrowed; tensor_bundle_take moves a shard, or leaves *out empty. */
const void *bundle_entry_borrow(const tensor_bundle *b, const bundle_entry *e);
void tensor_bundle_take(tensor_bundle *b, size_t shard, bytes *out);
/* Copies the bytes and verifies them; `size` must be the entry's. */
HORN_CHECKED horn_status bundle_entry_read(const tensor_bundle *b, const bundle_entry *e, void *data,
                                           size_t size);
/* Copies `size` of the stored bytes, from `offset` on, without verifying them. A tensor in slices is refused. */
HORN_CHECKED horn_status bundle_entry_part(const tensor_bundle *b, const bundle_entry *e, size_t offset,
                                           void *data, size_t size);
/* Gives the bytes as they are stored, of any type, and verifies them. Borrowed, if its shard is a file until the next tensor is
 * read. Refuses a tensor in slices. */
HORN_CHECKED horn_status bundle_entry_bytes(const tensor_bundle *b, const bundle_entry *e, const void **out);
/* Gives the entry->count texts of a tensor of strings, borrowed as above; the caller frees the array. */
HORN_CHECKED horn_status bundle_entry_texts(const tensor_bundle *b, const bundle_entry *e,
                                            protobuf_text **out);

/* ---- writing ---- */

typedef struct bundle_writer bundle_writer;

/* As a shard: the one that has the fewest bytes so far. */
#define BUNDLE_SMALLEST SIZE_MAX
enum { BUNDLE_MOST_SHARDS = 1024 };

HORN_CHECKED horn_status bundle_writer_new(bundle_writer **out, size_t shards);
void bundle_writer_free(bundle_writer *w);

/* Copy a tensor or a text; the shard may borrow the data of a tensor that is lent (base/pieces.h). Keys come in any order, each
 * once. */
HORN_CHECKED horn_status bundle_writer_add(bundle_writer *w, size_t shard, const char *key,
                                           const horn_view *view);
HORN_CHECKED horn_status bundle_writer_lend(bundle_writer *w, size_t shard, const char *key,
                                            const horn_view *view);
HORN_CHECKED horn_status bundle_writer_add_text(bundle_writer *w, size_t shard, const char *key,
                                                const void *text, size_t size);
/* After all additions: the index, and the bytes of each shard, which the caller may take. `shards` is the number of data files
 * that the index names. It may be larger than the real number: no reader opens a shard that no entry names. */
HORN_CHECKED horn_status bundle_writer_index(bundle_writer *w, size_t shards, bytes *index);
pieces *bundle_writer_shard(bundle_writer *w, size_t shard);

#endif
