/* Makes a changed file's checksums right again, in place, so that a test gets past them. What is too broken to find a
 * checksum in stays as it is. */
#ifndef TESTS_MEND_H
#define TESTS_MEND_H

#include <stdbool.h>
#include <string.h>
#include <zlib.h>
#include "base/bytes.h"
#include "codecs/crc32c.h"
#include "codecs/protobuf.h"

static inline void mend_put(unsigned char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++) at[i] = (unsigned char)(value >> 8 * i);
}

static inline uint32_t mend_get(const unsigned char *at, int size)
{
    uint32_t value = 0;
    for (int i = 0; i < size; i++) value |= (uint32_t)at[i] << 8 * i;
    return value;
}

/* ---- TensorFlow's tables and bundles ---- */

typedef struct mend_bundle_files {
    bytes *index, *data; /* data is the first shard; NULL: the index alone */
} mend_bundle_files;

/* Lengths as 4 bytes each, their masked CRC as it stands behind them, the texts: what the CRC of strings is of. */
static inline uint32_t mend_strings(unsigned char *data, size_t size, size_t count)
{
    byte_reader r = byte_reader_of(data, size);
    uint32_t crc = 0;
    for (size_t i = 0; i < count && !r.failed; i++) {
        unsigned char number[4];
        mend_put(number, (uint32_t)varint_read(&r));
        crc = crc32c_extend(crc, number, 4);
    }
    if (r.failed || byte_reader_left(&r) < 4) return 0;
    unsigned char *stored = data + (r.at - data);
    mend_put(stored, crc32c_mask(crc));
    return crc32c_extend(crc, stored, byte_reader_left(&r));
}

static inline size_t mend_count(protobuf_text message)
{
    protobuf_reader r = protobuf_read(message.at, message.size);
    protobuf_field f, inner;
    size_t count = 1;
    while (protobuf_next(&r, &f)) {
        if (f.number != 2 || f.type != PROTOBUF_BYTES) continue;
        protobuf_reader dimension = protobuf_enter(&r, &f);
        size_t size = 0;
        while (protobuf_next(&dimension, &inner))
            if (inner.number == 1) size = (size_t)inner.value;
        if (__builtin_mul_overflow(count, size, &count)) return 0;
    }
    return count;
}

/* The CRC in an entry of a tensor in the first shard. */
static inline void mend_entry(const mend_bundle_files *files, unsigned char *value, size_t size)
{
    protobuf_reader r = protobuf_read(value, size);
    protobuf_field f;
    uint64_t numbers[6] = { 0 };
    size_t count = 1;
    unsigned char *stored = NULL;
    while (protobuf_next(&r, &f)) {
        if (f.number < 6 && f.type == PROTOBUF_VARINT) numbers[f.number] = f.value;
        if (f.number == 2 && f.type == PROTOBUF_BYTES) count = mend_count(f.text);
        if (f.number == 6 && f.type == PROTOBUF_FIXED32) stored = value + (r.in.at - value) - 4;
    }
    const bytes *data = files->data;
    if (!stored || !data || numbers[3] || numbers[4] > data->size || numbers[5] > data->size - numbers[4])
        return;
    unsigned char *at = data->data + numbers[4];
    mend_put(stored,
             crc32c_mask(numbers[1] == 7 ? mend_strings(at, numbers[5], count) : crc32c(at, numbers[5])));
}

static inline void mend_block(bytes *index, uint64_t start, uint64_t size)
{
    if (size > index->size || start > index->size - size || index->size - size - start < 5) return;
    unsigned char *block = index->data + start;
    mend_put(block + size + 1, crc32c_mask(crc32c(block, size + 1)));
}

/* Of the index block (`is_index`) or of another one. Packed blocks are left alone. */
static inline void mend_entries(const mend_bundle_files *files, uint64_t start, uint64_t size, bool is_index)
{
    bytes *b = files->index;
    if (size < 4 || size >= b->size || start >= b->size - size || b->data[start + size]) return;
    const uint64_t tail = 4 * ((uint64_t)mend_get(b->data + start + size - 4, 4) + 1);
    if (tail > size) return;
    byte_reader r = byte_reader_of(b->data + start, size - tail);
    while (!r.failed && byte_reader_left(&r)) {
        (void)varint_read(&r);
        const uint64_t own = varint_read(&r), length = varint_read(&r);
        (void)byte_reader_skip(&r, own);
        const unsigned char *value = byte_reader_skip(&r, length);
        if (!value) return;
        if (!is_index) {
            mend_entry(files, b->data + (value - b->data), length);
            continue;
        }
        byte_reader handle = byte_reader_of(value, length);
        const uint64_t from = varint_read(&handle), bytes_of = varint_read(&handle);
        mend_entries(files, from, bytes_of, false);
        mend_block(b, from, bytes_of);
    }
}

static inline void mend_bundle(bytes *index, bytes *data)
{
    if (index->size < 48) return;
    const mend_bundle_files files = { index, data };
    byte_reader footer = byte_reader_of(index->data + index->size - 48, 40);
    uint64_t handles[4];
    for (int i = 0; i < 4; i++) handles[i] = varint_read(&footer);
    if (footer.failed) return;
    mend_entries(&files, handles[2], handles[3], true);
    mend_block(index, handles[0], handles[1]);
    mend_block(index, handles[2], handles[3]);
}

/* ---- HDF5 ---- */

static inline uint32_t mend_turn(uint32_t value, int bits)
{
    return value << bits | value >> (32 - bits);
}

/* Jenkins' lookup3, as HDF5 sums its metadata. */
static inline uint32_t mend_lookup3(const unsigned char *data, size_t size)
{
    static const int turns[] = { 4, 6, 8, 16, 19, 4 }, last[] = { 14, 11, 25, 16, 4, 14, 24 };
    uint32_t v[3];
    v[0] = v[1] = v[2] = 0xdeadbeef + (uint32_t)size;
    for (; size > 12; data += 12, size -= 12) {
        for (int i = 0; i < 3; i++) v[i] += mend_get(data + 4 * i, 4);
        for (int i = 0; i < 6; i++) {
            v[i % 3] -= v[(i + 2) % 3];
            v[i % 3] ^= mend_turn(v[(i + 2) % 3], turns[i]);
            v[(i + 2) % 3] += v[(i + 1) % 3];
        }
    }
    if (!size) return v[2];
    for (int i = 0; i < 3; i++)
        if (size > 4 * (size_t)i)
            v[i] += mend_get(data + 4 * i, size - 4 * (size_t)i < 4 ? (int)(size % 4) : 4);
    for (int i = 0; i < 7; i++) {
        uint32_t *to = &v[(i + 2) % 3], from = v[(i + 1) % 3];
        *to ^= from;
        *to -= mend_turn(from, last[i]);
    }
    return v[2];
}

/* The sums of superblocks and object headers of newer kinds. */
static inline void mend_hdf5_sums(unsigned char *data, size_t size)
{
    if (size >= 48 && memcmp(data, "\x89HDF\r\n\x1a\n", 8) == 0 && (data[8] == 2 || data[8] == 3))
        mend_put(data + 44, mend_lookup3(data, 44));
    unsigned char *end = data + size, *at = data;
    while (at < end && (at = memmem(at, (size_t)(end - at), "OHDR", 4))) {
        const size_t left = (size_t)(end - at), width = left > 5 ? (size_t)1 << (at[5] & 3) : 1,
                     start = left > 5 ? 6 + (at[5] & 0x20 ? 16 : 0) + (at[5] & 0x10 ? 4 : 0) : 6;
        const size_t length = left > start + width ? mend_get(at + start, width > 4 ? 4 : (int)width) : left;
        if (length < left && start + width + length + 4 <= left)
            mend_put(at + start + width + length, mend_lookup3(at, start + width + length));
        at += 4;
    }
}

/* With Horn's trailer, if it is there. */
static inline void mend_hdf5(unsigned char *data, size_t size)
{
    mend_hdf5_sums(data, size);
    if (size < 20 || memcmp(data + size - 20, "HORNSUM\n", 8) != 0) return;
    mend_put(data + size - 12, (uint32_t)(size - 20));
    mend_put(data + size - 8, (uint32_t)((uint64_t)(size - 20) >> 32));
    mend_put(data + size - 4, crc32c(data, size - 4));
}

/* ---- zip ---- */

static inline uint32_t mend_crc_of(const unsigned char *data, size_t size, unsigned method)
{
    unsigned char room[4096];
    uint32_t crc = (uint32_t)crc32(0, NULL, 0);
    z_stream z = { .next_in = (unsigned char *)data, .avail_in = (unsigned)size };
    if (method == 0) return (uint32_t)crc32(crc, data, (unsigned)size);
    if (method != 8 || inflateInit2(&z, -15) != Z_OK) return crc;
    for (int state = Z_OK, rounds = 0; state == Z_OK && rounds < 1 << 14; rounds++) {
        z.next_out = room;
        z.avail_out = sizeof room;
        state = inflate(&z, Z_NO_FLUSH);
        crc = (uint32_t)crc32(crc, room, (unsigned)(sizeof room - z.avail_out));
    }
    (void)inflateEnd(&z);
    return crc;
}

/* Of a member whose CRC and sizes stand behind it: what its headers say of them. */
static inline void mend_descriptor(const unsigned char *central, unsigned char *header, unsigned char *behind)
{
    memset(header + 14, 0, 12);
    memmove(behind, "PK\7\10", 4);
    memmove(behind + 4, central + 16, 12);
}

/* Archives below 4 GiB. */
static inline void mend_zip(bytes *zip)
{
    for (size_t at = 0; zip->size >= 46 && at <= zip->size - 46; at++) {
        unsigned char *central = zip->data + at;
        if (memcmp(central, "PK\1\2", 4) != 0) continue;
        const size_t packed = mend_get(central + 20, 4), local = mend_get(central + 42, 4);
        if (local > zip->size - 30 || memcmp(zip->data + local, "PK\3\4", 4) != 0) continue;
        unsigned char *header = zip->data + local;
        const size_t data = local + 30 + mend_get(header + 26, 2) + mend_get(header + 28, 2);
        if (packed > zip->size || data > zip->size - packed) continue;
        if (mend_get(central + 10, 2) == 0) mend_hdf5(zip->data + data, packed);
        const uint32_t crc = mend_crc_of(zip->data + data, packed, mend_get(central + 10, 2));
        mend_put(central + 16, crc);
        unsigned char *behind = zip->data + data + packed;
        if (!(central[8] & 8)) mend_put(header + 14, crc);
        if (central[8] & 8 && zip->size - data - packed >= 16) mend_descriptor(central, header, behind);
    }
}

#endif
