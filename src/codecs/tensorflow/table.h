/* TensorFlow's table, a sorted map from keys to values in one file (LevelDB's, without filters): the .index
 * of a checkpoint.
 *
 *     data block, trailer | ... | metaindex block, trailer | index block, trailer | footer
 *     trailer  1  0 raw, 1 snappy      4  masked CRC32C of block and type
 *     footer  40  varints: offset and size of the metaindex, then of the index; zeros     8  57 fb 80 8b 24
 * 75 47 db block    entries, u32 restarts[n], u32 n entry    varints: bytes shared with the key before, bytes
 * of its own, bytes of the value; the own bytes; the value index    for each data block: a key from its last
 * to before the next one's first; varints: offset and size
 *
 * Blocks must lie without gaps, so that a checksum or the footer's check covers every byte. Restarts are not
 * needed for reading. The writer gives TensorFlow's own bytes: blocks of 256 KiB, a restart every 16 entries,
 * nothing packed. */
#ifndef CODECS_TENSORFLOW_TABLE_H
#define CODECS_TENSORFLOW_TABLE_H

#include "codecs/protobuf.h"

typedef struct table_entry {
    protobuf_text key, value; /* the key is ended by a 0 that is not counted */
} table_entry;

typedef struct table {
    table_entry *entries; /* keys strictly increasing, as unsigned bytes, then by length */
    size_t count;
    struct table_memory *memory;
} table;

/* Copies what it needs; `name` begins messages. Free it after a failure too. */
HORN_CHECKED horn_status table_read(table *out, const void *data, size_t size, const char *name);
bool table_ends(const void *data, size_t size); /* whether these are a table's last bytes */
void table_free(table *t);
const table_entry *table_find(const table *t, protobuf_text key); /* NULL where it is not */

int table_compare(protobuf_text a, protobuf_text b); /* <0, 0, >0 */

/* The file of these entries, which are in order. */
HORN_CHECKED horn_status table_write(bytes *out, const table_entry *entries, size_t count);

#endif
