#include "codecs/hdf5/survey_parts.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>
#include "base/memory.h"
#include "base/status.h"
#include "codecs/inflater.h"

/* Versions 3 and 4: version 1, class 1; compact: size 2, data; contiguous: address 8, size 8; chunked: rank + 1 1,
 * B-tree 8, sizes of a chunk and of an element 4 each; class 3 is virtual. */
horn_status survey_read_layout(const survey *s, survey_object *o, byte_reader *r)
{
    int version = (int)byte_reader_number(r, 1), class = (int)byte_reader_number(r, 1);
    if (version == 1 || version == 2)
        return survey_refuse(s, HORN_ERROR_UNSUPPORTED, "data layout of version %d", version);
    if (class == 3)
        return survey_refuse(s, HORN_ERROR_FORMAT,
                             "its data is put together from other datasets (virtual layout)");
    if (version < 3 || version > 4 || class > 3)
        return survey_refuse(s, HORN_ERROR_FORMAT, "data layout of version %d, class %d", version, class);
    if (version == 4 && class == SURVEY_CHUNKED)
        return survey_refuse(s, HORN_ERROR_UNSUPPORTED, "chunks of the newest layout");
    o->layout = class;
    if (class == SURVEY_COMPACT) {
        o->stored = byte_reader_number(r, 2);
        byte_reader_skip(r, o->stored);
        return HORN_OK;
    }
    if (class == SURVEY_CHUNKED) o->chunk_rank = (int)byte_reader_number(r, 1);
    o->address = byte_reader_number(r, 8);
    if (class == SURVEY_CONTIGUOUS) o->stored = byte_reader_number(r, 8);
    if (o->chunk_rank > HORN_MAX_RANK + 1)
        return survey_refuse(s, HORN_ERROR_FORMAT, "chunks of rank %d", o->chunk_rank);
    for (int i = 0; i < o->chunk_rank; i++) o->chunk[i] = byte_reader_number(r, 4);
    return HORN_OK;
}

static horn_status add_filter(const survey *s, survey_object *o, int id, size_t values, size_t first_value)
{
    bool last = id == 1   ? o->deflate || o->fletcher
                : id == 2 ? o->shuffle || o->deflate || o->fletcher
                          : o->fletcher;
    if (last)
        return survey_refuse(s, HORN_ERROR_UNSUPPORTED,
                             "filters in another order than shuffle, deflate, fletcher32");
    if (id == 2 && values != 1)
        return survey_refuse(s, HORN_ERROR_FORMAT, "shuffle with %zu values, expected 1", values);
    if (id == 2) o->shuffle_size = first_value;
    o->shuffle |= id == 2;
    o->deflate |= id == 1;
    o->fletcher |= id == 3;
    return HORN_OK;
}

/* Version 1, filters 1, [reserved 6]; each: id 2, [length of name 2], flags 2, values 2, [name], values 4 each,
 * [padding]. */
horn_status survey_read_filters(const survey *s, survey_object *o, byte_reader *r)
{
    int version = (int)byte_reader_number(r, 1), count = (int)byte_reader_number(r, 1);
    if (version < 1 || version > 2)
        return survey_refuse(s, HORN_ERROR_FORMAT, "filters of version %d", version);
    if (version == 1) byte_reader_skip(r, 6);
    for (int i = 0; i < count; i++) {
        int id = (int)byte_reader_number(r, 2);
        if (r->failed || id < 1 || id > 3)
            return survey_refuse(s, HORN_ERROR_UNSUPPORTED,
                                 "filter %d%s, expected deflate, shuffle or fletcher32", id,
                                 id == 305     ? " (lzo)"
                                 : id == 307   ? " (bzip2)"
                                 : id == 32001 ? " (blosc)"
                                               : "");
        uint64_t length = version == 1 ? byte_reader_number(r, 2) : 0;
        byte_reader_skip(r, 2);
        uint64_t values = byte_reader_number(r, 2);
        const unsigned char *name = byte_reader_skip(r, (length + 7) / 8 * 8);
        if (length && (!name || !memchr(name, 0, length)))
            return survey_refuse(s, HORN_ERROR_FORMAT, "a filter's name has no end");
        uint64_t first = values ? byte_reader_number(r, 4) : 0;
        byte_reader_skip(r, values ? 4 * (values - 1) : 0);
        if (version == 1 && values % 2) byte_reader_skip(r, 4);
        horn_status status = add_filter(s, o, id, (size_t)values, (size_t)first);
        if (status) return status;
    }
    return HORN_OK;
}

/* Old: size 4, value. New: version 1, [allocation 1, writing 1, defined 1] or flags 1, [size 4, value]. */
horn_status survey_read_fill(const survey *s, survey_object *o, byte_reader *r, bool old)
{
    bool defined = true;
    if (!old) {
        int version = (int)byte_reader_number(r, 1);
        if (version < 1 || version > 3)
            return survey_refuse(s, HORN_ERROR_FORMAT, "fill value of version %d", version);
        /* In version 3; in earlier versions the time of allocation. */
        int flags = (int)byte_reader_number(r, 1);
        if (version == 3) defined = flags & 32;
        if (version < 3) byte_reader_skip(r, 1);
        if (version < 3) defined = byte_reader_number(r, 1) || version == 1;
    }
    uint64_t size = defined ? byte_reader_number(r, 4) : 0;
    /* Negative: undefined. */
    if (size > INT32_MAX) size = 0;
    byte_reader_skip(r, size);
    if (size) o->fill_size = (size_t)size;
    return HORN_OK;
}

/* ---- chunks: a B-tree of kind 1; key: stored size 4, skipped filters 4, offset 8 for each axis and for the element
 * ---- */

typedef struct chunks {
    /* Of one unpacked chunk. */
    size_t bytes;
    /* Chunks along each axis. */
    size_t counts[HORN_MAX_RANK];
    size_t seen, expected;
} chunks;

/* zlib's header 2, deflate's stream, Adler-32 4. The stream must hold exactly this many bytes: libhdf5 would unpack
 * all of it, however long it is. */
static horn_status check_deflated(const survey *s, const unsigned char *packed, size_t size, size_t expected)
{
    horn_status status = HORN_OK;
    unsigned char buffer[1 << 12];
    char where[1024];
    inflater *in = NULL;
    uLong sum = adler32(0, NULL, 0), stored = 0;
    if (size < 6 || !inflater_can_hold(size, expected))
        return survey_refuse(s, HORN_ERROR_FORMAT, "a chunk of %zu bytes cannot hold %zu", size, expected);
    for (int i = 0; i < 4; i++) stored = stored << 8 | packed[size - 4 + (size_t)i];
    if ((packed[0] & 15) != 8 || packed[0] > 0x78 || packed[1] & 32 || (packed[0] * 256 + packed[1]) % 31)
        return survey_refuse(s, HORN_ERROR_FORMAT, "a chunk does not begin as zlib packs");
    snprintf(where, sizeof where, "%s: %s", s->name, s->path);
    TRY(inflater_open(&in, packed + 2, size - 6, INFLATER_RAW, where));
    while (expected > 0) {
        size_t part = expected < sizeof buffer ? expected : sizeof buffer;
        TRY(inflater_read(in, buffer, part));
        sum = adler32(sum, buffer, (uInt)part);
        expected -= part;
    }
    TRY(inflater_finish(in));
    if (sum != stored)
        TRY(survey_refuse(s, HORN_ERROR_FORMAT, "a chunk's checksum is %08lx, expected %08lx", stored, sum));
done:
    inflater_close(in);
    return status;
}

/* Chunks are stored in row-major order without gaps, so the offset of the next one is known. */
static horn_status check_place(const survey *s, const survey_object *o, chunks *c, byte_reader *key)
{
    size_t index = 0;
    for (int i = 0; i < o->space.rank; i++) {
        uint64_t place = byte_reader_number(key, 8);
        if (place % o->chunk[i] || place >= o->space.shape[i])
            return survey_refuse(s, HORN_ERROR_FORMAT, "a chunk lies at %llu, off the grid",
                                 (unsigned long long)place);
        index = index * c->counts[i] + place / o->chunk[i];
    }
    if (byte_reader_number(key, 8) != 0 || index != c->seen++)
        return survey_refuse(s, HORN_ERROR_FORMAT, "chunk %zu stands where chunk %zu was expected", index,
                             c->seen - 1);
    return HORN_OK;
}

static horn_status check_chunk(survey *s, const survey_object *o, chunks *c, byte_reader *key,
                               uint64_t address)
{
    uint64_t size = byte_reader_number(key, 4), left_out = byte_reader_number(key, 4);
    horn_status status = check_place(s, o, c, key);
    if (!status) status = survey_claim(s, address, size, "chunk");
    if (status) return status;
    if (left_out) return survey_refuse(s, HORN_ERROR_UNSUPPORTED, "a chunk with filters left out");
    if (o->fletcher && size < 4) return survey_refuse(s, HORN_ERROR_FORMAT, "a chunk without its checksum");
    if (o->fletcher) size -= 4;
    if (o->deflate) return check_deflated(s, s->data + address, (size_t)size, c->bytes);
    if (size == c->bytes) return HORN_OK;
    return survey_refuse(s, HORN_ERROR_FORMAT, "a chunk of %llu bytes, expected %zu",
                         (unsigned long long)size, c->bytes);
}

/* level < 0: the root, which may have any level. */
static horn_status read_chunk_node(survey *s, const survey_object *o, chunks *c, uint64_t address, int level)
{
    byte_reader r;
    uint64_t key_size = 8 + 8 * (uint64_t)o->chunk_rank;
    horn_status status =
        survey_open(s, &r, address, 24 + 2 * s->chunk_k * 8 + (2 * s->chunk_k + 1) * key_size, "TREE");
    if (status) return status;
    int kind = (int)byte_reader_number(&r, 1), found = (int)byte_reader_number(&r, 1);
    uint64_t count = byte_reader_number(&r, 2);
    byte_reader_skip(&r, 16);
    if (kind != 1 || found > 16 || (level >= 0 && found != level) || count > 2 * s->chunk_k)
        return survey_refuse(s, HORN_ERROR_FORMAT, "chunk tree node of kind %d, level %d with %d children",
                             kind, found, (int)count);
    for (; count > 0 && !status; count--) {
        byte_reader key = byte_reader_part(&r, key_size);
        uint64_t child = byte_reader_number(&r, 8);
        status = found == 0 ? check_chunk(s, o, c, &key, child) : read_chunk_node(s, o, c, child, found - 1);
    }
    return status;
}

static horn_status check_chunks(survey *s, const survey_object *o)
{
    chunks c = { .bytes = o->type.size, .expected = 1 };
    if (o->chunk_rank != o->space.rank + 1 || o->chunk[o->space.rank] != o->type.size)
        return survey_refuse(
            s, HORN_ERROR_FORMAT, "chunks of rank %d and %llu-byte elements, expected %d and %zu",
            o->chunk_rank - 1, (unsigned long long)o->chunk[o->space.rank], o->space.rank, o->type.size);
    if (o->shuffle && o->shuffle_size != o->type.size)
        return survey_refuse(s, HORN_ERROR_FORMAT, "shuffled by %zu bytes, expected %zu", o->shuffle_size,
                             o->type.size);
    for (int i = 0; i < o->space.rank; i++) {
        if (o->chunk[i] == 0 || !memory_multiply(&c.bytes, o->chunk[i]) || c.bytes > UINT32_MAX)
            return survey_refuse(s, HORN_ERROR_FORMAT, "chunks of no size or more than 4 GiB");
        c.counts[i] = o->space.shape[i] / o->chunk[i] + (o->space.shape[i] % o->chunk[i] != 0);
        c.expected *= c.counts[i];
    }
    if (o->address != SURVEY_UNDEFINED) {
        horn_status status = read_chunk_node(s, o, &c, o->address, -1);
        if (status) return status;
    }
    if (c.seen == c.expected) return HORN_OK;
    return survey_refuse(s, HORN_ERROR_FORMAT, "stores %zu chunks, expected %zu", c.seen, c.expected);
}

horn_status survey_data(survey *s, survey_object *o)
{
    size_t expected = o->space.count;
    if (!memory_multiply(&expected, o->type.size))
        return survey_refuse(s, HORN_ERROR_FORMAT, "has more bytes than can be counted");
    if (o->fill_size && o->fill_size != o->type.size)
        return survey_refuse(s, HORN_ERROR_FORMAT, "fill value of %zu bytes, expected %zu", o->fill_size,
                             o->type.size);
    if (o->layout == SURVEY_CHUNKED) return check_chunks(s, o);
    if (o->shuffle || o->deflate || o->fletcher)
        return survey_refuse(s, HORN_ERROR_FORMAT, "has filters and no chunks");
    if (o->layout == SURVEY_CONTIGUOUS && o->address == SURVEY_UNDEFINED) o->stored = 0;
    if (o->stored != expected)
        return survey_refuse(s, HORN_ERROR_FORMAT, "stores %llu bytes, its shape and type need %zu",
                             (unsigned long long)o->stored, expected);
    return o->layout == SURVEY_CONTIGUOUS && o->stored ? survey_claim(s, o->address, o->stored, "data")
                                                       : HORN_OK;
}
