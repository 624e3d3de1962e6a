#include "codecs/zip/writer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "base/memory.h"
#include "base/status.h"
#include "codecs/zip/file.h"

struct zip_writer {
    bytes *archive;
    /* Where the archive begins in `archive`. */
    size_t start;
    /* The central headers so far. */
    bytes directory;
    /* All names, each with its closing 0. */
    bytes names;
    size_t count;
};

static void put16(bytes *b, unsigned value)
{
    bytes_append(b, (unsigned char[]){ value & 0xff, value >> 8 & 0xff }, 2);
}

static void put32(bytes *b, uint32_t value)
{
    put16(b, value & 0xffff);
    put16(b, value >> 16);
}

horn_status zip_writer_new(zip_writer **out, bytes *archive)
{
    zip_writer *writer = NULL;
    horn_status status = memory_new(&writer, 1, sizeof *writer);
    if (status) return status;
    writer->archive = archive;
    writer->start = archive->size;
    *out = writer;
    return HORN_OK;
}

void zip_writer_free(zip_writer *writer)
{
    if (!writer) return;
    bytes_free(&writer->directory);
    bytes_free(&writer->names);
    free(writer);
}

/* The fields that local and central headers share: version, flags, method, date, CRC, sizes, length of the name. */
static void put_common(bytes *b, const char *name, uint32_t crc, size_t size)
{
    unsigned flags = 0;
    /* The name is UTF-8. */
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c >= 0x80) flags = 0x800;
    put16(b, 20);
    put16(b, flags);
    put16(b, 0);          /* Stored. */
    put16(b, 0);          /* 00:00:00 */
    put16(b, 1 << 5 | 1); /* 1980-01-01 */
    put32(b, crc);
    put32(b, (uint32_t)size);
    put32(b, (uint32_t)size);
    put16(b, (unsigned)strlen(name));
}

/* Writes an extra field "FB" of `extra` bytes, of which 4 are its header. */
static void put_padding(bytes *b, size_t extra)
{
    unsigned padding = (unsigned)extra - 4;
    bytes_append(b, "FB", 2);
    put16(b, padding);
    for (unsigned i = 0; i < padding; i++) bytes_append(b, "Z", 1);
}

static horn_status check_member(const zip_writer *writer, const char *name, size_t size)
{
    if (!zip_file_name_is_safe(name) || strlen(name) > 0xffff)
        return fail(HORN_ERROR_ARGUMENT, "zip: '%s' is no name for a member", name);
    const char *at = (const char *)writer->names.data;
    for (size_t i = 0; i < writer->count; i++, at += strlen(at) + 1)
        if (strcmp(at, name) == 0) return fail(HORN_ERROR_ARGUMENT, "zip: member '%s' is added twice", name);
    /* Two headers of at most 128 KiB and the end fit into the 2 MiB kept free. */
    size_t used = writer->archive->size - writer->start + writer->directory.size;
    if (size > 0xffffffff - (2u << 20) || used > 0xffffffff - (2u << 20) - size || writer->count >= 0xfffe)
        return fail(HORN_ERROR_UNSUPPORTED, "zip: archive of 4 GiB or 65,535 members, expected less");
    return HORN_OK;
}

horn_status zip_writer_add(zip_writer *writer, const char *name, const void *data, size_t size,
                           size_t alignment)
{
    bytes *b = writer->archive, *c = &writer->directory;
    horn_status status = check_member(writer, name, size);
    if (status) return status;
    if (alignment > 32768 || alignment & (alignment - 1))
        return fail(HORN_ERROR_ARGUMENT, "zip: alignment %zu, expected a power of two up to 32768",
                    alignment);
    size_t offset = b->size - writer->start, body = offset + 30 + strlen(name) + 4;
    size_t extra = alignment > 1 ? 4 + (-body & (alignment - 1)) : 0;
    uint32_t crc = (uint32_t)crc32_z(0, data, size);
    bytes_append(b, "PK\3\4", 4);
    put_common(b, name, crc, size);
    put16(b, (unsigned)extra);
    bytes_append(b, name, strlen(name));
    if (extra) put_padding(b, extra);
    bytes_append(b, data, size);

    bytes_append(c, "PK\1\2", 4);
    put16(c, 3 << 8 | 20); /* Made on Unix: names are used as they are. */
    put_common(c, name, crc, size);
    put16(c, 0);                       /* extra field */
    put16(c, 0);                       /* comment */
    put16(c, 0);                       /* disk */
    put16(c, 0);                       /* attributes inside */
    put32(c, (uint32_t)0100644 << 16); /* a regular file, mode 0644 */
    put32(c, (uint32_t)offset);
    bytes_append(c, name, strlen(name));
    bytes_append(&writer->names, name, strlen(name) + 1);
    writer->count++;
    TRY(bytes_status(b));
    TRY(bytes_status(c));
    TRY(bytes_status(&writer->names));
done:
    return status;
}

horn_status zip_writer_finish(zip_writer *writer)
{
    bytes *b = writer->archive;
    size_t offset = b->size - writer->start;
    bytes_append(b, writer->directory.data, writer->directory.size);
    bytes_append(b, "PK\5\6", 4);
    put32(b, 0); /* Disks. */
    put16(b, (unsigned)writer->count);
    put16(b, (unsigned)writer->count);
    put32(b, (uint32_t)writer->directory.size);
    put32(b, (uint32_t)offset);
    put16(b, 0); /* Comment. */
    return bytes_status(b);
}
