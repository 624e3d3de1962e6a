/* Reads little-endian numbers from a block of bytes, with bounds checks.
 *
 * The reader is sticky: the first read past the end sets `failed` and moves to the end, and every later read returns
 * 0. Check `failed` once after a run of reads, and always before a value is used as a length or an index. */
#ifndef CODECS_BYTE_READER_H
#define CODECS_BYTE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct byte_reader {
    const unsigned char *at, *end;
    bool failed;
} byte_reader;

static inline byte_reader byte_reader_of(const void *data, size_t size)
{
    const unsigned char *at = data;
    return (byte_reader){ at, size ? at + size : at, false };
}

static inline size_t byte_reader_left(const byte_reader *r)
{
    return (size_t)(r->end - r->at);
}

/* Returns the next `size` bytes and moves past them; NULL past the end. */
static inline const unsigned char *byte_reader_skip(byte_reader *r, uint64_t size)
{
    const unsigned char *here = r->at;
    if (r->failed || size > byte_reader_left(r)) {
        r->failed = true;
        r->at = r->end;
        return NULL;
    }
    if (size) r->at += size;
    return here;
}

/* Reads a number of 1 to 8 bytes. */
static inline uint64_t byte_reader_number(byte_reader *r, int size)
{
    uint64_t value = 0;
    const unsigned char *from = byte_reader_skip(r, (uint64_t)size);
    for (int i = 0; from && i < size; i++) value |= (uint64_t)from[i] << 8 * i;
    return value;
}

/* Returns a reader of the next `size` bytes, and moves past them. */
static inline byte_reader byte_reader_part(byte_reader *r, uint64_t size)
{
    const unsigned char *here = byte_reader_skip(r, size);
    if (here) return byte_reader_of(here, (size_t)size);
    return (byte_reader){ r->end, r->end, true };
}

#endif
