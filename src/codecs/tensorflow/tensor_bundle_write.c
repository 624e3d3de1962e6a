#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "codecs/crc32c.h"
#include "codecs/tensorflow/table.h"
#include "codecs/tensorflow/tensor_bundle.h"

typedef struct added {
    char *key;
    bytes entry;
} added;

struct bundle_writer {
    pieces *shards;
    size_t shard_count;
    added *items;
    size_t count, capacity;
};

horn_status bundle_writer_new(bundle_writer **out, size_t shards)
{
    horn_status status = HORN_OK;
    bundle_writer *w = NULL;
    TRY(memory_new(&w, 1, sizeof *w));
    TRY(memory_new(&w->shards, shards, sizeof *w->shards));
    w->shard_count = shards;
    *out = w;
    w = NULL;
done:
    bundle_writer_free(w);
    return status;
}

void bundle_writer_free(bundle_writer *w)
{
    if (!w) return;
    for (size_t i = 0; i < w->count; i++) {
        free(w->items[i].key);
        bytes_free(&w->items[i].entry);
    }
    for (size_t i = 0; i < w->shard_count; i++) pieces_free(&w->shards[i]);
    free(w->items);
    free(w->shards);
    free(w);
}

pieces *bundle_writer_shard(bundle_writer *w, size_t shard)
{
    return &w->shards[shard];
}

static unsigned number_of(horn_dtype dtype)
{
    static const unsigned char numbers[] = {
        [HORN_FLOAT32] = 1, [HORN_FLOAT64] = 2, [HORN_INT8] = 6,  [HORN_INT16] = 5,
        [HORN_INT32] = 3,   [HORN_INT64] = 9,   [HORN_UINT8] = 4, [HORN_UINT16] = 17,
        [HORN_UINT32] = 22, [HORN_UINT64] = 23, [HORN_BOOL] = 10
    };
    return numbers[dtype];
}

/* Chooses the smallest shard, of equal ones the first. */
static size_t choose(const bundle_writer *w, size_t shard)
{
    if (shard != BUNDLE_SMALLEST) return shard;
    shard = 0;
    for (size_t i = 1; i < w->shard_count; i++)
        if (w->shards[i].size < w->shards[shard].size) shard = i;
    return shard;
}

/* Adds the entry of the bytes from `start` to the shard's end. */
static horn_status add(bundle_writer *w, size_t shard, const char *key, unsigned dtype,
                       const horn_view *shape, size_t start, uint32_t crc)
{
    horn_status status = HORN_OK;
    bytes dimensions = { 0 }, size = { 0 };
    const pieces *data = &w->shards[shard];
    TRY(pieces_status(data));
    TRY(memory_grow(&w->items, w->count, &w->capacity, sizeof *w->items));
    TRY(memory_copy_string(&w->items[w->count].key, key));
    bytes *entry = &w->items[w->count++].entry;
    for (int i = 0; i < shape->rank; i++) {
        if (shape->shape[i]) protobuf_put_integer(&size, 1, shape->shape[i]);
        protobuf_put_message(&dimensions, 2, &size);
    }
    protobuf_put_integer(entry, 1, dtype);
    protobuf_put_message(entry, 2, &dimensions);
    if (shard) protobuf_put_integer(entry, 3, shard);
    if (start) protobuf_put_integer(entry, 4, start);
    if (data->size > start) protobuf_put_integer(entry, 5, data->size - start);
    protobuf_put_fixed32(entry, 6, crc32c_mask(crc));
    TRY(bytes_status(entry));
done:
    return status;
}

typedef void append(pieces *, const void *data, size_t size);

static horn_status add_tensor(bundle_writer *w, size_t shard, const char *key, const horn_view *view,
                              append *put)
{
    shard = choose(w, shard);
    size_t start = w->shards[shard].size, size = horn_view_count(view) * horn_dtype_size(view->dtype);
    put(&w->shards[shard], view->data, size);
    return add(w, shard, key, number_of(view->dtype), view, start, crc32c(view->data, size));
}

horn_status bundle_writer_add(bundle_writer *w, size_t shard, const char *key, const horn_view *view)
{
    return add_tensor(w, shard, key, view, pieces_append);
}

horn_status bundle_writer_lend(bundle_writer *w, size_t shard, const char *key, const horn_view *view)
{
    return add_tensor(w, shard, key, view, pieces_lend);
}

horn_status bundle_writer_add_text(bundle_writer *w, size_t shard, const char *key, const void *text,
                                   size_t size)
{
    shard = choose(w, shard);
    pieces *data = &w->shards[shard];
    bytes length = { 0 };
    size_t start = data->size;
    unsigned char number[8];
    for (int i = 0; i < 8; i++) number[i] = (unsigned char)((uint64_t)size >> 8 * i);
    uint32_t crc = crc32c(number, (uint64_t)size >> 32 ? 8 : 4), masked = crc32c_mask(crc);
    for (int i = 0; i < 4; i++) number[i] = (unsigned char)(masked >> 8 * i);
    varint_append(&length, size);
    bytes_append(&length, number, 4);
    horn_status status = bytes_status(&length);
    pieces_append(data, length.data, length.size);
    pieces_append(data, text, size);
    bytes_free(&length);
    if (status) return status;
    crc = crc32c_extend(crc32c_extend(crc, number, 4), text, size);
    return add(w, shard, key, 7, &(horn_view){ .rank = 0 }, start, crc);
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(((const added *)a)->key, ((const added *)b)->key);
}

horn_status bundle_writer_index(bundle_writer *w, size_t shards, bytes *index)
{
    horn_status status = HORN_OK;
    table_entry *entries = NULL;
    bytes header = { 0 }, version = { 0 };
    protobuf_put_integer(&version, 1, 1);
    protobuf_put_integer(&header, 1, shards);
    protobuf_put_message(&header, 3, &version);
    TRY(bytes_status(&header));
    TRY(memory_new(&entries, w->count + 1, sizeof *entries));
    qsort(w->items, w->count, sizeof *w->items, compare_keys);
    entries[0] = (table_entry){ { "", 0 }, { (const char *)header.data, header.size } };
    for (size_t i = 0; i < w->count; i++) {
        const added *item = &w->items[i];
        entries[i + 1] = (table_entry){ { item->key, strlen(item->key) },
                                        { (const char *)item->entry.data, item->entry.size } };
    }
    TRY(table_write(index, entries, w->count + 1));
done:
    free(entries);
    bytes_free(&header);
    return status;
}
