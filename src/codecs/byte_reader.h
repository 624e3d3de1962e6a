/* Reading little-endian numbers from bytes without leaving them.
 *
 * The first read past the end makes the reader `failed`, at its end, and every later read gives 0: read
 * straight through and ask once, but always before a value becomes a length or an index. */
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

/* The next `size` bytes; NULL past the end. */
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

/* A number of 1 to 8 bytes. */
static inline uint64_t byte_reader_number(byte_reader *r, int size)
{
    uint64_t value = 0;
    const unsigned char *from = byte_reader_skip(r, (uint64_t)size);
    for (int i = 0; from && i < size; i++) value |= (uint64_t)from[i] << 8 * i;
    return value;
}

/* A reader of the next `size` bytes alone, which are skipped. */
static inline byte_reader byte_reader_part(byte_reader *r, uint64_t size)
{
    const unsigned char *here = byte_reader_skip(r, size);
    if (here) return byte_reader_of(here, (size_t)size);
    return (byte_reader){ r->end, r->end, true };
}

#endif
