#include "codecs/tensorflow/table.h"

#include <snappy-c.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "codecs/crc32c.h"

enum { FOOTER = 48, TRAILER = 5, MAX_KEY = 1 << 14 };
#define MAGIC 0xdb4775248b80fb57u

/* Owns what entries point to: decompressed blocks and complete keys. */
typedef struct table_memory {
    struct table_memory *next;
    char data[];
} table_memory;

typedef struct reader {
    const unsigned char *data;
    size_t size;
    const char *name;
    table *out;
    size_t capacity;
    /* Where the next block must begin. */
    size_t at;
    /* The bytes that further entries may take: a few bytes of a file can repeat a long key. */
    size_t room;
} reader;

typedef struct handle {
    uint64_t offset, size;
} handle;

int table_compare(protobuf_text a, protobuf_text b)
{
    size_t shorter = a.size < b.size ? a.size : b.size;
    int order = shorter ? memcmp(a.at, b.at, shorter) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

static horn_status get_memory(char **out, table *t, size_t size, const char *name)
{
    if (size > SIZE_MAX - sizeof(table_memory)) return fail_memory(name, size);
    table_memory *block = malloc(sizeof *block + size);
    if (!block) return fail_memory(name, size);
    block->next = t->memory;
    t->memory = block;
    *out = block->data;
    return HORN_OK;
}

void table_free(table *t)
{
    while (t->memory) {
        table_memory *next = t->memory->next;
        free(t->memory);
        t->memory = next;
    }
    free(t->entries);
    *t = (table){ 0 };
}

/* ---- blocks ---- */

/* Decompresses a block. Three bytes of a snappy stream give at most 64 bytes. */
static horn_status unpack(byte_reader *out, reader *r, const unsigned char *data, size_t size,
                          const char *what)
{
    size_t length = 0, most = 24 * size + 64;
    char *room = NULL;
    if (size > SIZE_MAX / 32 || snappy_uncompressed_length((const char *)data, size, &length) != SNAPPY_OK)
        return fail(HORN_ERROR_FORMAT, "%s: %s at byte %zu is packed wrong", r->name, what, r->at);
    if (length > most)
        return fail(HORN_ERROR_FORMAT,
                    "%s: %s at byte %zu says %zu bytes, expected at most %zu of its %zu packed ones", r->name,
                    what, r->at, length, most, size);
    horn_status status = get_memory(&room, r->out, length, r->name);
    if (status) return status;
    size_t found = length;
    if (snappy_uncompress((const char *)data, size, room, &found) != SNAPPY_OK || found != length)
        return fail(HORN_ERROR_FORMAT, "%s: %s at byte %zu is packed wrong", r->name, what, r->at);
    *out = byte_reader_of(room, length);
    return HORN_OK;
}

/* Verifies a block and copies its entries, without trailer and restarts, into the table's memory. */
static horn_status open_block(byte_reader *out, reader *r, handle h, const char *what)
{
    char *copy = NULL;
    if (h.offset != r->at)
        return fail(HORN_ERROR_FORMAT, "%s: %s begins at byte %llu, expected %zu", r->name, what,
                    (unsigned long long)h.offset, r->at);
    byte_reader file = byte_reader_of(r->data + r->at, r->size - FOOTER - r->at);
    const unsigned char *block = byte_reader_skip(&file, h.size);
    unsigned type = (unsigned)byte_reader_number(&file, 1);
    uint32_t crc = (uint32_t)byte_reader_number(&file, 4);
    if (file.failed)
        return fail(HORN_ERROR_FORMAT, "%s: %s at byte %zu says %llu bytes, %zu are left", r->name, what,
                    r->at, (unsigned long long)h.size, r->size - FOOTER - r->at);
    size_t size = (size_t)h.size;
    if (crc32c_mask(crc32c(block, size + 1)) != crc)
        return fail(HORN_ERROR_FORMAT, "%s: %s at byte %zu does not match its checksum", r->name, what,
                    r->at);
    if (type > 1)
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: %s at byte %zu is packed in way %u, expected 0 or 1 (snappy)", r->name, what, r->at,
                    type);
    horn_status status = type ? unpack(out, r, block, size, what) : get_memory(&copy, r->out, size, r->name);
    if (status) return status;
    if (!type) *out = byte_reader_of(memcpy(copy, block, size), size);
    size = byte_reader_left(out);
    byte_reader tail = byte_reader_of(size < 4 ? out->end : out->end - 4, size < 4 ? 0 : 4);
    uint64_t restarts = byte_reader_number(&tail, 4);
    if (tail.failed || restarts > (size - 4) / 4)
        return fail(HORN_ERROR_FORMAT, "%s: %s at byte %zu has more restarts than bytes", r->name, what,
                    r->at);
    out->end -= 4 * (restarts + 1);
    r->at += (size_t)h.size + TRAILER;
    return HORN_OK;
}

/* Reads the next entry of a block; `before` is the key of the entry before it. */
static horn_status read_entry(table_entry *out, reader *r, byte_reader *block, protobuf_text before,
                              const char *what)
{
    uint64_t shared = varint_read(block), own = varint_read(block), length = varint_read(block);
    const unsigned char *rest = byte_reader_skip(block, own);
    const unsigned char *value = byte_reader_skip(block, length);
    if (block->failed || shared > before.size)
        return fail(HORN_ERROR_FORMAT, "%s: %s has an entry that leaves it", r->name, what);
    size_t size = (size_t)(shared + own), cost = size + 64;
    if (size > MAX_KEY || cost > r->room)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: %s has a key of %zu bytes, more than is taken", r->name,
                    what, size);
    r->room -= cost;
    char *key = NULL;
    horn_status status = get_memory(&key, r->out, size + 1, r->name);
    if (status) return status;
    if (shared) memcpy(key, before.at, (size_t)shared);
    if (own) memcpy(key + shared, rest, (size_t)own);
    key[size] = 0;
    out->key = (protobuf_text){ key, size };
    out->value = (protobuf_text){ (const char *)value, (size_t)length };
    return HORN_OK;
}

static horn_status check_order(const reader *r, protobuf_text before, protobuf_text key, const char *what)
{
    if (table_compare(before, key) < 0) return HORN_OK;
    return fail(HORN_ERROR_FORMAT, "%s: %s has the key '%s' after '%s'", r->name, what, key.at, before.at);
}

/* Appends all entries of one data block. */
static horn_status read_data(reader *r, handle h)
{
    horn_status status = HORN_OK;
    table *t = r->out;
    byte_reader block;
    protobuf_text before = { "", 0 };
    TRY(open_block(&block, r, h, "a data block"));
    if (byte_reader_left(&block) == 0) TRY(fail(HORN_ERROR_FORMAT, "%s: a data block is empty", r->name));
    while (byte_reader_left(&block)) {
        table_entry entry;
        TRY(read_entry(&entry, r, &block, before, "a data block"));
        before = entry.key;
        if (t->count) TRY(check_order(r, t->entries[t->count - 1].key, entry.key, "a data block"));
        TRY(memory_grow(&t->entries, t->count, &r->capacity, sizeof *t->entries));
        t->entries[t->count++] = entry;
    }
done:
    return status;
}

static horn_status read_blocks(reader *r, handle index, handle metaindex)
{
    horn_status status = HORN_OK;
    byte_reader list, meta;
    protobuf_text before = { "", 0 };
    table *t = r->out;
    r->at = index.offset <= r->size ? (size_t)index.offset : r->size;
    if (r->at > r->size - FOOTER) TRY(fail(HORN_ERROR_FORMAT, "%s: its index lies outside it", r->name));
    TRY(open_block(&list, r, index, "the index block"));
    if (r->at != r->size - FOOTER)
        TRY(fail(HORN_ERROR_FORMAT, "%s: its index ends at byte %zu, expected %zu", r->name, r->at,
                 r->size - FOOTER));
    r->at = 0;
    while (byte_reader_left(&list)) {
        table_entry entry;
        size_t first = t->count;
        TRY(read_entry(&entry, r, &list, before, "the index block"));
        byte_reader value = byte_reader_of(entry.value.at, entry.value.size);
        handle h = { .offset = varint_read(&value) };
        h.size = varint_read(&value);
        if (value.failed || byte_reader_left(&value))
            TRY(fail(HORN_ERROR_FORMAT, "%s: the index block has an entry that is no place", r->name));
        TRY(read_data(r, h));
        if (first && table_compare(before, t->entries[first].key) >= 0)
            TRY(fail(HORN_ERROR_FORMAT, "%s: a data block begins before its place in the index", r->name));
        if (table_compare(t->entries[t->count - 1].key, entry.key) > 0)
            TRY(fail(HORN_ERROR_FORMAT, "%s: a data block ends after its place in the index", r->name));
        before = entry.key;
    }
    TRY(open_block(&meta, r, metaindex, "the metaindex block"));
    if (byte_reader_left(&meta))
        TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: tables with a metaindex (filters) are not supported", r->name));
    if (r->at != index.offset)
        TRY(fail(HORN_ERROR_FORMAT, "%s: its index begins at byte %llu, expected %zu", r->name,
                 (unsigned long long)index.offset, r->at));
done:
    return status;
}

/* Reads a varint of the footer, which must have its shortest form: otherwise a flipped bit could be missed. */
static uint64_t read_shortest(byte_reader *footer)
{
    const unsigned char *start = footer->at;
    uint64_t value = varint_read(footer);
    if (!footer->failed && footer->at - start > 1 && footer->at[-1] == 0) footer->failed = true;
    return value;
}

static handle read_handle(byte_reader *footer)
{
    handle h = { .offset = read_shortest(footer) };
    h.size = read_shortest(footer);
    return h;
}

bool table_ends(const void *data, size_t size)
{
    if (size < FOOTER) return false;
    byte_reader magic = byte_reader_of((const unsigned char *)data + size - 8, 8);
    return byte_reader_number(&magic, 8) == MAGIC;
}

horn_status table_read(table *out, const void *data, size_t size, const char *name)
{
    *out = (table){ 0 };
    if (size < FOOTER) return fail(HORN_ERROR_FORMAT, "%s: has %zu bytes, too few for a table", name, size);
    reader r = { .data = data, .size = size, .name = name, .out = out, .room = 64 * size };
    byte_reader footer = byte_reader_of(r.data + size - FOOTER, FOOTER - 8);
    if (!table_ends(data, size)) return fail(HORN_ERROR_FORMAT, "%s: does not end as a table does", name);
    handle metaindex = read_handle(&footer), index = read_handle(&footer);
    while (byte_reader_left(&footer))
        if (byte_reader_number(&footer, 1)) footer.failed = true;
    if (footer.failed) return fail(HORN_ERROR_FORMAT, "%s: its footer is broken", name);
    return read_blocks(&r, index, metaindex);
}

const table_entry *table_find(const table *t, protobuf_text key)
{
    size_t low = 0, high = t->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = table_compare(t->entries[middle].key, key);
        if (order == 0) return &t->entries[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
