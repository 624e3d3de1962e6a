#include "codecs/hdf5/trailer.h"

#include <string.h>
#include "base/status.h"
#include "codecs/byte_reader.h"
#include "codecs/crc32c.h"

static const char magic[8] = "HORNSUM\n";
enum { TRAILER_SIZE = 20 };

static void append_number(pieces *p, uint64_t value, int size)
{
    unsigned char little[8];
    for (int i = 0; i < size; i++) little[i] = (unsigned char)(value >> 8 * i);
    pieces_append(p, little, (size_t)size);
}

static uint32_t crc_of(const pieces *p)
{
    uint32_t crc = 0;
    for (size_t at = 0, size; at < p->size; at += size) {
        const unsigned char *from = pieces_at(p, at, &size);
        crc = crc32c_extend(crc, from, size);
    }
    return crc;
}

void hdf5_trailer_append(pieces *file)
{
    size_t size = file->size;
    pieces_append(file, magic, sizeof magic);
    append_number(file, size, 8);
    append_number(file, crc_of(file), 4);
}

horn_status hdf5_trailer_check(const void *data, size_t size, const char *name, size_t *hdf5_size,
                               bool *found)
{
    *hdf5_size = size;
    *found = size >= TRAILER_SIZE &&
             memcmp((const unsigned char *)data + size - TRAILER_SIZE, magic, sizeof magic) == 0;
    if (!*found) return HORN_OK;
    size -= TRAILER_SIZE;
    byte_reader r =
        byte_reader_of((const unsigned char *)data + size + sizeof magic, TRAILER_SIZE - sizeof magic);
    uint64_t length = byte_reader_number(&r, 8), stored = byte_reader_number(&r, 4);
    uint32_t computed = crc32c(data, size + TRAILER_SIZE - 4);
    if (computed != stored)
        return fail(HORN_ERROR_FORMAT, "%s: its bytes have the checksum %08x, its trailer says %08x", name,
                    computed, (uint32_t)stored);
    if (length != size)
        return fail(HORN_ERROR_FORMAT, "%s: holds %zu bytes before its trailer, which says %llu", name, size,
                    (unsigned long long)length);
    *hdf5_size = size;
    return HORN_OK;
}
