/* Reads tensors from a bundle's shards. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "codecs/crc32c.h"
#include "codecs/tensorflow/tensor_bundle_parts.h"

enum { BLOCK = 1 << 20 };

static bool is_number(const bundle_entry *e)
{
    return !e->sliced && e->dtype != BUNDLE_STRING && e->dtype != BUNDLE_VARIANT;
}

static bool is_in_file(const tensor_bundle *b, const bundle_entry *e)
{
    return e->shard < b->held && b->data[e->shard].file;
}

/* Fewer bytes are copied as fast. */
enum { LEAST_BORROWED = 1 << 16 };

const void *bundle_entry_borrow(const tensor_bundle *b, const bundle_entry *e)
{
    if (!is_number(e) || e->shard >= b->held || b->data[e->shard].file || e->size < LEAST_BORROWED)
        return NULL;
    const unsigned char *at = b->data[e->shard].content.data + e->offset;
    return (uintptr_t)at % bundle_dtype_size(e->dtype) == 0 ? at : NULL;
}

horn_status bundle_entry_read(const tensor_bundle *b, const bundle_entry *e, void *data, size_t size)
{
    if (e->sliced && size == e->size && e->dtype != BUNDLE_STRING) return bundle_slices_read(b, e, data);
    if (!e->sliced && (size != e->size || e->dtype == BUNDLE_STRING))
        return fail(HORN_ERROR_FORMAT, "%s: tensor '%s' has %zu bytes, expected %zu", b->name, e->key.at,
                    e->size, size);
    horn_status status = bundle_entry_part(b, e, 0, data, size);
    return status ? status : bundle_check_crc(b, e, crc32c(data, size));
}

/* Verifies numbers in a file, block by block. */
static horn_status verify_in_file(const tensor_bundle *b, const bundle_entry *e, unsigned char *block)
{
    uint32_t crc = 0;
    horn_status status = HORN_OK;
    for (size_t at = 0; at < e->size && !status; at += BLOCK) {
        const size_t size = e->size - at < BLOCK ? e->size - at : BLOCK;
        status = bundle_entry_part(b, e, at, block, size);
        if (!status) crc = crc32c_extend(crc, block, size);
    }
    return status ? status : bundle_check_crc(b, e, crc);
}

horn_status tensor_bundle_verify(const tensor_bundle *b)
{
    horn_status status = HORN_OK;
    const void *stored;
    unsigned char *block = NULL;
    TRY(memory_new(&block, 1, BLOCK));
    for (size_t i = 0; i < b->count; i++) {
        const bundle_entry *e = &b->entries[i];
        if (e->sliced) continue;
        if (is_number(e) && is_in_file(b, e))
            TRY(verify_in_file(b, e, block));
        else
            TRY(bundle_entry_bytes(b, e, &stored));
    }
done:
    free(block);
    return status;
}
