/* TensorFlow's table: a sorted map from keys to values in one file (LevelDB's, without filters). A checkpoint's .index is one.
 *
 *     file     data block, trailer | ... | metaindex block, trailer | index block, trailer | footer
 *     trailer  1  0 raw, 1 snappy      4  masked CRC32C of block and type
 *     footer   40  varints: offset and size of the metaindex, then of the index; zeros     8  57 fb 80 8b 24 75 47 db
 *     block    entries, u32 restarts[n], u32 n
 *     entry    varints: bytes shared with the key before, bytes of its own, bytes of the value; the own bytes; the value
 *     index    for each data block: a key from its last to before the next one's first; varints: offset and size
 *
 * Blocks must lie without gaps, so that a checksum or the footer's check covers every byte. Reading needs no restarts. The
 * writer gives TensorFlow's own bytes: blocks of 256 KiB, a restart every 16 entries, nothing compressed. */
#ifndef CODECS_TENSORFLOW_TABLE_H
#define CODECS_TENSORFLOW_TABLE_H

#include "codecs/protobuf.h"

typedef struct table_entry {
    /* A 0 follows the key. */
    protobuf_text key, value;
} table_entry;

typedef struct table {
    /* Keys strictly increase, as unsigned bytes, then by length. */
    table_entry *entries;
    size_t count;
    struct table_memory *memory;
} table;

/* Copies what it needs; `name` begins messages. Free *out after a failure, too. */
HORN_CHECKED horn_status table_read(table *out, const void *data, size_t size, const char *name);
/* True if these bytes end as a table does. */
bool table_ends(const void *data, size_t size);
void table_free(table *t);
/* NULL if there is no such key. */
const table_entry *table_find(const table *t, protobuf_text key);

/* <0, 0, >0. */
int table_compare(protobuf_text a, protobuf_text b);

/* Appends the file of these entries, which must be in order. */
HORN_CHECKED horn_status table_write(bytes *out, const table_entry *entries, size_t count);

#endif
