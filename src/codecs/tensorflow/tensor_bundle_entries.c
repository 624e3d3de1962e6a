/* A bundle's entries, and the bytes of each as they are stored. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "codecs/crc32c.h"
#include "codecs/tensorflow/tensor_bundle_parts.h"

size_t tensor_bundle_count(const tensor_bundle *b)
{
    return b->count;
}

const bundle_entry *tensor_bundle_at(const tensor_bundle *b, size_t index)
{
    return index < b->count ? &b->entries[index] : NULL;
}

const bundle_entry *tensor_bundle_find(const tensor_bundle *b, protobuf_text key)
{
    const table_entry *found = key.size ? table_find(&b->index, key) : NULL;
    return found ? &b->entries[found - b->index.entries - 1] : NULL;
}

/* ---- types ---- */

static const struct {
    unsigned dtype;
    size_t size;
    bool known;
    horn_dtype own;
} dtypes[] = {
    { 1, 4, true, HORN_FLOAT32 }, { 2, 8, true, HORN_FLOAT64 }, { 3, 4, true, HORN_INT32 },
    { 4, 1, true, HORN_UINT8 },   { 5, 2, true, HORN_INT16 },   { 6, 1, true, HORN_INT8 },
    { 9, 8, true, HORN_INT64 },   { 10, 1, true, HORN_BOOL },   { 17, 2, true, HORN_UINT16 },
    { 22, 4, true, HORN_UINT32 }, { 23, 8, true, HORN_UINT64 }, { 14, 2, false, 0 }, /* bfloat16 */
    { 19, 2, false, 0 },                                                             /* half */
    { 8, 8, false, 0 },                                                              /* complex */
    { 18, 16, false, 0 },
};
enum { DTYPES = sizeof dtypes / sizeof *dtypes };

size_t bundle_dtype_size(unsigned dtype)
{
    for (size_t i = 0; i < DTYPES; i++)
        if (dtypes[i].dtype == dtype) return dtypes[i].size;
    return 0;
}

horn_status bundle_entry_describe(const tensor_bundle *b, const bundle_entry *e, horn_view *like)
{
    if (e->rank > HORN_MAX_RANK)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: tensor '%s' has rank %d, expected at most %d", b->name,
                    e->key.at, e->rank, HORN_MAX_RANK);
    for (size_t i = 0; i < DTYPES; i++)
        if (dtypes[i].dtype == e->dtype && dtypes[i].known) {
            *like = (horn_view){ .dtype = dtypes[i].own, .rank = e->rank };
            memcpy(like->shape, e->shape, sizeof e->shape);
            return HORN_OK;
        }
    return fail(HORN_ERROR_UNSUPPORTED, "%s: tensor '%s' has TensorFlow's dtype %u, which is not supported",
                b->name, e->key.at, e->dtype);
}

/* ---- bytes ---- */

/* Reads the bytes of an entry from the file of its shard. */
static horn_status load(const tensor_bundle *b, const bundle_entry *e, const unsigned char **out)
{
    unsigned char *room = NULL;
    bytes_free(b->loaded);
    horn_status status = memory_new(&room, 1, e->size);
    if (status) return status;
    *b->loaded = (bytes){ .data = room, .size = e->size, .capacity = e->size };
    *out = room;
    return large_file_read(b->data[e->shard].file, e->offset, room, e->size);
}

horn_status bundle_stored_bytes(const tensor_bundle *b, const bundle_entry *e, const unsigned char **out)
{
    if (e->sliced)
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: tensor '%s' is stored in slices, which is not supported for it", b->name, e->key.at);
    if (e->shard >= b->held || (!b->data[e->shard].file && e->size > b->data[e->shard].content.size))
        return fail(HORN_ERROR_ARGUMENT, "%s: shard %zu of tensor '%s' was not given", b->name, e->shard,
                    e->key.at);
    *out = (const unsigned char *)"";
    if (!e->size) return HORN_OK;
    if (b->data[e->shard].file) return load(b, e, out);
    *out = b->data[e->shard].content.data + e->offset;
    return HORN_OK;
}

horn_status bundle_entry_part(const tensor_bundle *b, const bundle_entry *e, size_t offset, void *data,
                              size_t size)
{
    const unsigned char *from = NULL;
    if (offset > e->size || size > e->size - offset)
        return fail(HORN_ERROR_ARGUMENT, "%s: tensor '%s' has %zu bytes, not %zu", b->name, e->key.at,
                    e->size, offset + size);
    if (!e->sliced && e->shard < b->held && b->data[e->shard].file)
        return large_file_read(b->data[e->shard].file, e->offset + offset, data, size);
    horn_status status = bundle_stored_bytes(b, e, &from);
    if (!status && size) memcpy(data, from + offset, size);
    return status;
}

horn_status bundle_check_crc(const tensor_bundle *b, const bundle_entry *e, uint32_t found)
{
    if (crc32c_mask(found) == e->crc) return HORN_OK;
    return fail(HORN_ERROR_FORMAT,
                "%s: tensor '%s' (%zu bytes at byte %zu of shard %zu) does not match its checksum", b->name,
                e->key.at, e->size, e->offset, e->shard);
}

static uint32_t extend_length(uint32_t crc, uint64_t length)
{
    unsigned char text[8];
    for (int i = 0; i < 8; i++) text[i] = (unsigned char)(length >> 8 * i);
    return crc32c_extend(crc, text, length >> 32 ? 8 : 4);
}

horn_status bundle_entry_texts(const tensor_bundle *b, const bundle_entry *e, protobuf_text **out)
{
    horn_status status = HORN_OK;
    const unsigned char *from = NULL;
    protobuf_text *texts = NULL;
    uint32_t crc = 0;
    if (e->dtype != BUNDLE_STRING)
        TRY(fail(HORN_ERROR_FORMAT, "%s: tensor '%s' holds no text", b->name, e->key.at));
    TRY(bundle_stored_bytes(b, e, &from));
    byte_reader r = byte_reader_of(from, e->size);
    TRY(memory_new(&texts, e->count, sizeof *texts));
    for (size_t i = 0; i < e->count; i++) {
        uint64_t length = varint_read(&r);
        crc = extend_length(crc, length);
        texts[i].size = length > e->size ? e->size + 1 : (size_t)length;
    }
    const unsigned char *stored = byte_reader_skip(&r, 4);
    byte_reader number = byte_reader_of(stored, stored ? 4 : 0);
    if (!stored || crc32c_mask(crc) != (uint32_t)byte_reader_number(&number, 4))
        TRY(fail(HORN_ERROR_FORMAT, "%s: tensor '%s' has broken lengths", b->name, e->key.at));
    crc = crc32c_extend(crc, stored, 4);
    TRY(bundle_check_crc(b, e, crc32c_extend(crc, r.at, byte_reader_left(&r))));
    for (size_t i = 0; i < e->count; i++) texts[i].at = (const char *)byte_reader_skip(&r, texts[i].size);
    if (r.failed || byte_reader_left(&r))
        TRY(fail(HORN_ERROR_FORMAT, "%s: tensor '%s' has texts of other lengths than it says", b->name,
                 e->key.at));
    *out = texts;
    texts = NULL;
done:
    free(texts);
    return status;
}

/* Verifies the checksum of each variant and of all. Lengths count as u64 in the checksums; each checksum counts in the later
 * ones. */
static horn_status check_variants(const tensor_bundle *b, const bundle_entry *e, const unsigned char *from)
{
    byte_reader r = byte_reader_of(from, e->size);
    uint32_t crc = 0;
    for (size_t i = 0; i < e->count && !r.failed; i++) {
        unsigned char text[8];
        const uint64_t length = varint_read(&r);
        const unsigned char *at = byte_reader_skip(&r, length), *stored = byte_reader_skip(&r, 4);
        if (!stored) break;
        for (int k = 0; k < 8; k++) text[k] = (unsigned char)(length >> 8 * k);
        crc = crc32c_extend(crc32c_extend(crc, text, 8), at, (size_t)length);
        byte_reader number = byte_reader_of(stored, 4);
        if (crc32c_mask(crc) != (uint32_t)byte_reader_number(&number, 4)) r.failed = true;
        crc = crc32c_extend(crc, stored, 4);
    }
    if (r.failed || byte_reader_left(&r))
        return fail(HORN_ERROR_FORMAT, "%s: tensor '%s' holds variants of broken lengths or checksums",
                    b->name, e->key.at);
    return bundle_check_crc(b, e, crc);
}

horn_status bundle_entry_bytes(const tensor_bundle *b, const bundle_entry *e, const void **out)
{
    const unsigned char *from = NULL;
    protobuf_text *texts = NULL;
    /* The bytes that texts are checked in may be read from the file, and no longer there when they are asked for again. */
    horn_status status = e->dtype == BUNDLE_STRING ? bundle_entry_texts(b, e, &texts) : HORN_OK;
    if (!status) status = bundle_stored_bytes(b, e, &from);
    if (!status && e->dtype == BUNDLE_VARIANT)
        status = check_variants(b, e, from);
    else if (!status && e->dtype != BUNDLE_STRING)
        status = bundle_check_crc(b, e, crc32c(from, e->size));
    free(texts);
    if (!status) *out = from;
    return status;
}
