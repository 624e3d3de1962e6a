/* Tables written byte by byte, with any fault. */
#ifndef TESTS_MADE_TABLE_H
#define TESTS_MADE_TABLE_H

#include "codecs/crc32c.h"
#include "codecs/tensorflow/table.h"
#include "test.h"

/* From a block of exactly that size, so that a read past it shows. */
static inline horn_status read_exactly(table *t, const void *data, size_t size)
{
    unsigned char *copy = malloc(size ? size : 1);
    if (size) memcpy(copy, data, size);
    horn_status status = table_read(t, copy, size, "made.index");
    free(copy);
    return status;
}

/* ---- tables made by hand ---- */

typedef struct maker {
    bytes file;
    bytes index; /* entries of the index block */
    bool gap;    /* something stands between metaindex and index */
} maker;

static inline void put_u32(bytes *b, uint32_t value)
{
    for (int i = 0; i < 4; i++) bytes_append(b, &(unsigned char){ (unsigned char)(value >> 8 * i) }, 1);
}

/* Bytes and trailer; returns where it begins. */
static inline size_t put_block(maker *m, const void *data, size_t size, unsigned char type)
{
    size_t start = m->file.size;
    bytes_append(&m->file, data, size);
    bytes_append(&m->file, &type, 1);
    put_u32(&m->file, crc32c_mask(crc32c(m->file.data + start, size + 1)));
    return start;
}

static inline void put_entry(bytes *block, size_t shared, const char *key, const char *value)
{
    varint_append(block, shared);
    varint_append(block, strlen(key));
    varint_append(block, strlen(value));
    bytes_print(block, "%s%s", key, value);
}

static inline void put_restart(bytes *block)
{
    put_u32(block, 0);
    put_u32(block, 1);
}

static inline void put_place(bytes *out, size_t offset, size_t size)
{
    varint_append(out, offset);
    varint_append(out, size);
}

/* A data block that is there already, under a key in the index. */
static inline void put_index(maker *m, const char *key, size_t offset, size_t size)
{
    bytes place = { 0 };
    put_place(&place, offset, size);
    varint_append(&m->index, 0);
    varint_append(&m->index, strlen(key));
    varint_append(&m->index, place.size);
    bytes_append(&m->index, key, strlen(key));
    bytes_append(&m->index, place.data, place.size);
    bytes_free(&place);
}

/* Metaindex (its entries, usually none), index and footer. */
static inline bytes close_table(maker *m, const char *meta_key, unsigned char padding)
{
    bytes meta = { 0 }, footer = { 0 }, file;
    if (meta_key) put_entry(&meta, 0, meta_key, "x");
    put_restart(&meta);
    put_restart(&m->index);
    put_place(&footer, put_block(m, meta.data, meta.size, 0), meta.size);
    if (m->gap) bytes_append(&m->file, "gap", 3);
    put_place(&footer, put_block(m, m->index.data, m->index.size, 0), m->index.size);
    while (footer.size < 40) bytes_append(&footer, footer.size == 39 ? &padding : (unsigned char *)"", 1);
    bytes_append(&footer, "\x57\xfb\x80\x8b\x24\x75\x47\xdb", 8);
    bytes_append(&m->file, footer.data, footer.size);
    file = m->file;
    bytes_free(&meta);
    bytes_free(&footer);
    bytes_free(&m->index);
    *m = (maker){ 0 };
    return file;
}

/* The same, and reads it. */
static inline horn_status finish(maker *m, const char *meta_key, unsigned char padding)
{
    table t;
    bytes file = close_table(m, meta_key, padding);
    horn_status status = read_exactly(&t, file.data, file.size);
    table_free(&t);
    bytes_free(&file);
    return status;
}

/* One data block of these bytes. */
static inline horn_status read_block(bytes *block, unsigned char type)
{
    maker m = { 0 };
    size_t start = put_block(&m, block->data, block->size, type);
    put_index(&m, "z", start, block->size);
    bytes_free(block);
    return finish(&m, NULL, 0);
}

static inline bytes block_of(const char *first, const char *second)
{
    bytes b = { 0 };
    if (first) put_entry(&b, 0, first, "1");
    if (second) put_entry(&b, 0, second, "2");
    put_restart(&b);
    return b;
}

#endif
