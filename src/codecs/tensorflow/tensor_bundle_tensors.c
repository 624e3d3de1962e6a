/* Reads tensors from a bundle's shards. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "codecs/crc32c.h"
#include "codecs/tensorflow/tensor_bundle_parts.h"

horn_status bundle_entry_read(const tensor_bundle *b, const bundle_entry *e, void *data, size_t size)
{
    const unsigned char *from = NULL;
    if (e->sliced && size == e->size && e->dtype != BUNDLE_STRING) return bundle_slices_read(b, e, data);
    horn_status status = bundle_stored_bytes(b, e, &from);
    if (!status && (size != e->size || e->dtype == BUNDLE_STRING))
        status = fail(HORN_ERROR_FORMAT, "%s: tensor '%s' has %zu bytes, expected %zu", b->name, e->key.at,
                      e->size, size);
    if (!status) status = bundle_check_crc(b, e, crc32c(from, size));
    if (!status && size) memcpy(data, from, size);
    return status;
}

horn_status tensor_bundle_verify(const tensor_bundle *b)
{
    horn_status status = HORN_OK;
    const void *stored;
    for (size_t i = 0; !status && i < b->count; i++)
        if (!b->entries[i].sliced) status = bundle_entry_bytes(b, &b->entries[i], &stored);
    return status;
}
