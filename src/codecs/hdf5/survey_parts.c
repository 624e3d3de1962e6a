#include "codecs/hdf5/survey_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

horn_status survey_refuse(const survey *s, horn_status status, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return fail(status, "%s: %s%s: %s", s->name, *s->path == '/' ? "" : "/", s->path, text);
}

horn_status survey_claim(survey *s, uint64_t address, uint64_t size, const char *what)
{
    if (address > s->size || size > s->size - address)
        return survey_refuse(s, HORN_ERROR_FORMAT, "%s of %llu bytes at byte %llu, the file has %zu", what,
                             (unsigned long long)size, (unsigned long long)address, s->size);
    if (size == 0) return HORN_OK;
    /* This limit also ends every cycle. */
    s->claimed += size;
    if (s->claimed > s->size)
        return survey_refuse(s, HORN_ERROR_FORMAT, "%s at byte %llu is reached twice, expected once", what,
                             (unsigned long long)address);
    horn_status status = memory_grow(&s->extents, s->extent_count, &s->extent_capacity, sizeof *s->extents);
    if (!status) s->extents[s->extent_count++] = (survey_extent){ address, size };
    return status;
}

horn_status survey_open(survey *s, byte_reader *out, uint64_t address, uint64_t size, const char *signature)
{
    horn_status status = survey_claim(s, address, size, signature);
    if (status) return status;
    *out = byte_reader_of(s->data + address, (size_t)size);
    const unsigned char *found = byte_reader_skip(out, 4);
    if (!found || memcmp(found, signature, 4) != 0)
        return survey_refuse(s, HORN_ERROR_FORMAT, "no '%s' at byte %llu", signature,
                             (unsigned long long)address);
    return HORN_OK;
}

static uint32_t turn(uint32_t x, int bits)
{
    return x << bits | x >> (32 - bits);
}

/* Bob Jenkins' lookup3 (hashlittle) with initial value 0. */
static uint32_t lookup3(const unsigned char *at, size_t size)
{
    static const int mix[6] = { 4, 6, 8, 16, 19, 4 }, final[7] = { 14, 11, 25, 16, 4, 14, 24 };
    uint32_t w[3];
    for (int i = 0; i < 3; i++) w[i] = 0xdeadbeef + (uint32_t)size;
    for (; size > 12; at += 12, size -= 12) {
        for (int i = 0; i < 12; i++) w[i / 4] += (uint32_t)at[i] << 8 * (i % 4);
        for (int i = 0; i < 6; i++) {
            uint32_t *a = &w[i % 3], *b = &w[(i + 1) % 3], *c = &w[(i + 2) % 3];
            *a -= *c;
            *a ^= turn(*c, mix[i]);
            *c += *b;
        }
    }
    if (size == 0) return w[2];
    for (size_t i = 0; i < size; i++) w[i / 4] += (uint32_t)at[i] << 8 * (i % 4);
    for (int i = 0; i < 7; i++) {
        uint32_t *to = &w[(i + 2) % 3], from = w[(i + 1) % 3];
        *to ^= from;
        *to -= turn(from, final[i]);
    }
    return w[2];
}

horn_status survey_checksum(const survey *s, uint64_t address, uint64_t size)
{
    byte_reader r = byte_reader_of(s->data + address + size, 4);
    uint32_t stored = (uint32_t)byte_reader_number(&r, 4),
             computed = lookup3(s->data + address, (size_t)size);
    if (stored == computed) return HORN_OK;
    return survey_refuse(s, HORN_ERROR_FORMAT, "checksum %08x at byte %llu, expected %08x", stored,
                         (unsigned long long)address, computed);
}

static int by_start(const void *a, const void *b)
{
    const survey_extent *x = a, *y = b;
    return (x->start > y->start) - (x->start < y->start);
}

horn_status survey_check_overlaps(survey *s)
{
    if (s->extent_count) qsort(s->extents, s->extent_count, sizeof *s->extents, by_start);
    for (size_t i = 1; i < s->extent_count; i++)
        if (s->extents[i].start - s->extents[i - 1].start < s->extents[i - 1].size)
            return survey_refuse(s, HORN_ERROR_FORMAT, "byte %llu belongs to two structures, expected one",
                                 (unsigned long long)s->extents[i].start);
    return HORN_OK;
}
