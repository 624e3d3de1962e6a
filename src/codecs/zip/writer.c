#include "codecs/zip/writer.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "base/memory.h"
#include "base/status.h"
#include "codecs/zip/file.h"

struct zip_writer {
    pieces *archive;
    /* Where the archive begins in `archive`. */
    size_t start;
    /* The central headers so far. */
    bytes directory;
    /* All names, each with its closing 0. */
    bytes names;
    size_t count;
    /* A hash table of them: 1 + where a name begins; 0: free. At least half of it is free. */
    size_t *places, place_count;
    bool is_torch;
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

static void put64(bytes *b, uint64_t value)
{
    put32(b, (uint32_t)value);
    put32(b, (uint32_t)(value >> 32));
}

horn_status zip_writer_new(zip_writer **out, pieces *archive)
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
    free(writer->places);
    free(writer);
}

void zip_writer_as_torch(zip_writer *writer)
{
    writer->is_torch = true;
}

/* ---- names ---- */

/* The place of a name, or the free one where it belongs. */
static size_t *find_place(const zip_writer *writer, const char *name)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (const char *c = name; *c; c++) hash = (hash ^ (unsigned char)*c) * UINT64_C(1099511628211);
    for (size_t i = hash % writer->place_count;; i = (i + 1) % writer->place_count) {
        size_t *place = &writer->places[i];
        if (!*place || strcmp((const char *)writer->names.data + *place - 1, name) == 0) return place;
    }
}

static horn_status grow_places(zip_writer *writer)
{
    zip_writer grown = *writer;
    if (2 * (writer->count + 1) <= writer->place_count) return HORN_OK;
    grown.place_count = writer->place_count ? 2 * writer->place_count + 1 : 61;
    horn_status status = memory_new(&grown.places, grown.place_count, sizeof *grown.places);
    if (status) return status;
    for (size_t i = 0; i < writer->place_count; i++)
        if (writer->places[i])
            *find_place(&grown, (const char *)writer->names.data + writer->places[i] - 1) = writer->places[i];
    free(writer->places);
    writer->places = grown.places;
    writer->place_count = grown.place_count;
    return HORN_OK;
}

static horn_status add_name(zip_writer *writer, const char *name)
{
    horn_status status = grow_places(writer);
    if (status) return status;
    size_t *place = find_place(writer, name);
    if (*place) return fail(HORN_ERROR_ARGUMENT, "zip: member '%s' is added twice", name);
    const size_t at = writer->names.size;
    bytes_append(&writer->names, name, strlen(name) + 1);
    status = bytes_status(&writer->names);
    if (status) return status;
    *place = at + 1;
    writer->count++;
    return HORN_OK;
}

/* ---- headers ---- */

enum { TORCH_FLAGS = 1 << 11, LATER = 1 << 3 };
#define WIDE UINT32_C(0xffffffff)

typedef struct member {
    const char *name;
    size_t size, offset;
    uint32_t crc;
} member;

static uint32_t narrow(size_t value)
{
    return value < WIDE ? (uint32_t)value : WIDE;
}

/* PyTorch writes a data descriptor behind what has bytes. */
static unsigned flags_of(const zip_writer *writer, const member *m)
{
    unsigned flags = 0;
    if (writer->is_torch) return TORCH_FLAGS | (m->size ? LATER : 0);
    /* The name is UTF-8. */
    for (const char *c = m->name; *c; c++)
        if ((unsigned char)*c >= 0x80) flags = 0x800;
    return flags;
}

/* Whether a header has a zip64 extra field, and of which numbers. */
typedef struct wide {
    bool sizes, offset;
} wide;

static wide wide_of(const zip_writer *writer, const member *m, bool is_central)
{
    return (wide){ m->size >= WIDE, m->offset >= WIDE && (is_central || writer->is_torch) };
}

static size_t wide_size(wide w)
{
    return w.sizes || w.offset ? 4 + (w.sizes ? 16 : 0) + (w.offset ? 8 : 0) : 0;
}

static void put_wide(bytes *b, const member *m, wide w)
{
    if (!wide_size(w)) return;
    put16(b, 1);
    put16(b, (unsigned)wide_size(w) - 4);
    if (w.sizes) put64(b, m->size);
    if (w.sizes) put64(b, m->size);
    if (w.offset) put64(b, m->offset);
}

/* The fields that local and central headers share: version, flags, method, date, CRC, sizes, length of the name. */
static void put_common(bytes *b, const zip_writer *writer, const member *m, bool is_central)
{
    const unsigned flags = flags_of(writer, m);
    const bool is_later = writer->is_torch && !is_central;
    const bool is_wide = wide_size(wide_of(writer, m, is_central));
    put16(b, writer->is_torch ? 0 : is_wide ? 45 : 20);
    put16(b, flags);
    put16(b, 0);                                 /* Stored. */
    put16(b, 0);                                 /* 00:00:00 */
    put16(b, writer->is_torch ? 0 : 1 << 5 | 1); /* 1980-01-01 */
    put32(b, is_later ? 0 : m->crc);
    put32(b, is_later ? 0 : narrow(m->size));
    put32(b, is_later ? 0 : narrow(m->size));
    put16(b, (unsigned)strlen(m->name));
}

/* Writes an extra field "FB" of `extra` bytes, of which 4 are its header. */
static void put_padding(bytes *b, size_t extra)
{
    unsigned padding = (unsigned)extra - 4;
    bytes_append(b, "FB", 2);
    put16(b, padding);
    for (unsigned i = 0; i < padding; i++) bytes_append(b, "Z", 1);
}

static horn_status check_member(const char *name, size_t alignment)
{
    if (!zip_file_name_is_safe(name) || strlen(name) > 0xffff)
        return fail(HORN_ERROR_ARGUMENT, "zip: '%s' is no name for a member", name);
    if (alignment > 32768 || alignment & (alignment - 1))
        return fail(HORN_ERROR_ARGUMENT, "zip: alignment %zu, expected a power of two up to 32768",
                    alignment);
    return HORN_OK;
}

static void put_local(bytes *b, const zip_writer *writer, const member *m, size_t alignment)
{
    const wide w = wide_of(writer, m, false);
    const size_t body = m->offset + 30 + strlen(m->name) + wide_size(w) + 4;
    const size_t padding = alignment > 1 ? 4 + (-body & (alignment - 1)) : 0;
    bytes_append(b, "PK\3\4", 4);
    put_common(b, writer, m, false);
    put16(b, (unsigned)(wide_size(w) + padding));
    bytes_append(b, m->name, strlen(m->name));
    put_wide(b, m, w);
    if (padding) put_padding(b, padding);
}

static void put_descriptor(bytes *b, const member *m, wide w)
{
    bytes_append(b, "PK\7\10", 4);
    put32(b, m->crc);
    for (int i = 0; i < 2; i++) {
        if (wide_size(w))
            put64(b, m->size);
        else
            put32(b, (uint32_t)m->size);
    }
}

static void put_central(bytes *b, const zip_writer *writer, const member *m)
{
    const wide w = wide_of(writer, m, true);
    bytes_append(b, "PK\1\2", 4);
    put16(b, writer->is_torch ? 0 : 3 << 8 | 20); /* Made on Unix: names are used as they are. */
    put_common(b, writer, m, true);
    put16(b, (unsigned)wide_size(w));                         /* extra field */
    put16(b, 0);                                              /* comment */
    put16(b, 0);                                              /* disk */
    put16(b, 0);                                              /* attributes inside */
    put32(b, writer->is_torch ? 0 : (uint32_t)0100644 << 16); /* a regular file, mode 0644 */
    put32(b, narrow(m->offset));
    bytes_append(b, m->name, strlen(m->name));
    put_wide(b, m, w);
}

/* Appends what the put functions made. */
static horn_status append_made(zip_writer *writer, bytes *made)
{
    horn_status status = bytes_status(made);
    pieces_append(writer->archive, made->data, made->size);
    bytes_free(made);
    return status ? status : pieces_status(writer->archive);
}

static uint32_t crc_of(const pieces *p)
{
    uint32_t crc = 0;
    for (size_t at = 0, size; at < p->size; at += size) {
        const unsigned char *from = pieces_at(p, at, &size);
        crc = (uint32_t)crc32_z(crc, from, size);
    }
    return crc;
}

horn_status zip_writer_add_pieces(zip_writer *writer, const char *name, const pieces *content,
                                  size_t alignment)
{
    bytes made = { 0 };
    horn_status status = check_member(name, alignment);
    if (!status) status = add_name(writer, name);
    if (status) return status;
    const member m = { name, content->size, writer->archive->size - writer->start, crc_of(content) };
    put_local(&made, writer, &m, alignment);
    status = append_made(writer, &made);
    pieces_join(writer->archive, content);
    if (flags_of(writer, &m) & LATER) put_descriptor(&made, &m, wide_of(writer, &m, false));
    put_central(&writer->directory, writer, &m);
    if (!status) status = append_made(writer, &made);
    bytes_free(&made);
    return status ? status : bytes_status(&writer->directory);
}

horn_status zip_writer_add(zip_writer *writer, const char *name, const void *data, size_t size,
                           size_t alignment)
{
    /* Borrowed for this call; the archive gets a copy. */
    const pieces content = { .own = { .data = (unsigned char *)data, .size = size }, .size = size };
    return zip_writer_add_pieces(writer, name, &content, alignment);
}

/* ---- the end ---- */

static void put_end64(bytes *b, const zip_writer *writer, size_t offset)
{
    const size_t at = offset + writer->directory.size;
    bytes_append(b, "PK\6\6", 4);
    put64(b, 44);
    put16(b, 3 << 8 | 30);
    put16(b, 45);
    put32(b, 0); /* Disks. */
    put32(b, 0);
    put64(b, writer->count);
    put64(b, writer->count);
    put64(b, writer->directory.size);
    put64(b, offset);
    bytes_append(b, "PK\6\7", 4);
    put32(b, 0);
    put64(b, at);
    put32(b, 1);
}

horn_status zip_writer_finish(zip_writer *writer)
{
    bytes made = { 0 }, *b = &made;
    const size_t offset = writer->archive->size - writer->start, size = writer->directory.size,
                 count = writer->count;
    const unsigned few = count < 0xffff ? (unsigned)count : 0xffff;
    bytes_append(b, writer->directory.data, size);
    if (writer->is_torch || count >= 0xffff || size >= WIDE || offset >= WIDE) put_end64(b, writer, offset);
    bytes_append(b, "PK\5\6", 4);
    put32(b, 0); /* Disks. */
    put16(b, few);
    put16(b, few);
    put32(b, narrow(size));
    put32(b, narrow(offset));
    put16(b, 0); /* Comment. */
    return append_made(writer, b);
}
