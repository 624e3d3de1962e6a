#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "codecs/crc32c.h"
#include "codecs/tensorflow/table.h"

enum { BLOCK = 262144, INTERVAL = 16 };

typedef struct block {
    /* Restarts are u32. */
    bytes entries, restarts;
    size_t restart_count, since, interval;
    protobuf_text last;
} block;

typedef struct writer {
    bytes *out;
    block data, index;
    /* Of the last written block, if it is not in the index yet; else empty. */
    bytes place;
} writer;

static void append_u32(bytes *b, uint32_t value)
{
    unsigned char text[4] = { (unsigned char)value, (unsigned char)(value >> 8), (unsigned char)(value >> 16),
                              (unsigned char)(value >> 24) };
    bytes_append(b, text, sizeof text);
}

static void begin(block *b, size_t interval)
{
    bytes_free(&b->entries);
    bytes_free(&b->restarts);
    *b = (block){ .interval = interval, .restart_count = 1 };
    append_u32(&b->restarts, 0);
}

static void add(block *b, protobuf_text key, protobuf_text value)
{
    size_t shared = 0, most = b->last.size < key.size ? b->last.size : key.size;
    if (b->since == b->interval) {
        append_u32(&b->restarts, (uint32_t)b->entries.size);
        b->restart_count++;
        b->since = 0;
    } else
        while (shared < most && b->last.at[shared] == key.at[shared]) shared++;
    varint_append(&b->entries, shared);
    varint_append(&b->entries, key.size - shared);
    varint_append(&b->entries, value.size);
    bytes_append(&b->entries, key.at + shared, key.size - shared);
    bytes_append(&b->entries, value.at, value.size);
    b->last = key;
    b->since++;
}

static size_t size_of(const block *b)
{
    return b->entries.size + 4 * b->restart_count + 4;
}

/* Writes a block, empties it, and appends its place. */
static void emit(writer *w, block *b, bytes *place)
{
    bytes *out = w->out;
    size_t start = out->size, size = size_of(b);
    varint_append(place, start);
    varint_append(place, size);
    out->failed |= b->entries.failed | b->restarts.failed;
    bytes_append(out, b->entries.data, b->entries.size);
    bytes_append(out, b->restarts.data, b->restarts.size);
    append_u32(out, (uint32_t)b->restart_count);
    bytes_append(out, "", 1);
    if (!out->failed) append_u32(out, crc32c_mask(crc32c(out->data + start, size + 1)));
    begin(b, b->interval);
}

static void flush(writer *w)
{
    if (w->data.entries.size || w->data.entries.failed) emit(w, &w->data, &w->place);
}

/* A short key from `last` to before `next`; without a next one, any that is not before `last`. `room` holds
 * it. */
static protobuf_text separate(protobuf_text last, const protobuf_text *next, char *room)
{
    size_t at = 0;
    if (next) {
        while (at < last.size && at < next->size && last.at[at] == next->at[at]) at++;
        unsigned own = at < last.size ? (unsigned char)last.at[at] : 255;
        if (at == last.size || at == next->size || own >= 255 || own + 1 >= (unsigned char)next->at[at])
            return last;
    } else
        while (at < last.size && (unsigned char)last.at[at] == 255) at++;
    if (at == last.size) return last;
    memcpy(room, last.at, at + 1);
    room[at]++;
    return (protobuf_text){ room, at + 1 };
}

static horn_status add_place(writer *w, protobuf_text last, const protobuf_text *next)
{
    char *room;
    if (w->place.size == 0) return bytes_status(&w->place);
    horn_status status = memory_new(&room, last.size + 1, 1);
    if (status) return status;
    w->index.entries.failed |= w->place.failed;
    add(&w->index, separate(last, next, room), (protobuf_text){ (const char *)w->place.data, w->place.size });
    w->index.last = (protobuf_text){ "", 0 }; /* not needed: each entry there is a restart */
    free(room);
    bytes_free(&w->place);
    return HORN_OK;
}

static void finish(writer *w)
{
    static const unsigned char magic[8] = { 0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb };
    bytes footer = { 0 };
    begin(&w->data, INTERVAL);
    emit(w, &w->data, &footer); /* the metaindex, which is empty */
    emit(w, &w->index, &footer);
    while (footer.size < 40 && !footer.failed) bytes_append(&footer, "", 1);
    bytes_append(&footer, magic, sizeof magic);
    w->out->failed |= footer.failed;
    bytes_append(w->out, footer.data, footer.size);
    bytes_free(&footer);
}

horn_status table_write(bytes *out, const table_entry *entries, size_t count)
{
    horn_status status = HORN_OK;
    writer w = { .out = out };
    protobuf_text last = { "", 0 };
    begin(&w.data, INTERVAL);
    begin(&w.index, 1);
    for (size_t i = 0; i < count; i++) {
        protobuf_text key = entries[i].key, value = entries[i].value;
        if (i && table_compare(last, key) >= 0)
            TRY(fail(HORN_ERROR_ARGUMENT, "table: the key '%.*s' does not come after '%.*s'", (int)key.size,
                     key.at, (int)last.size, last.at));
        if (i && key.size + value.size >= 2 * BLOCK) flush(&w);
        TRY(add_place(&w, last, &key));
        last = key;
        add(&w.data, key, value);
        if (size_of(&w.data) >= BLOCK) flush(&w);
    }
    flush(&w);
    TRY(add_place(&w, last, NULL));
    finish(&w);
    status = bytes_status(out);
done:
    bytes_free(&w.place);
    begin(&w.data, 1);
    bytes_free(&w.data.restarts);
    begin(&w.index, 1);
    bytes_free(&w.index.restarts);
    return status;
}
