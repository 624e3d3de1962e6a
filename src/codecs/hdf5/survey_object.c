#include "codecs/hdf5/survey_parts.h"

#include <string.h>
#include "base/status.h"

/* Of one object header. */
#define MAX_BLOCKS 1024

static horn_status read_block(survey *s, survey_object *o, byte_reader r, int version, int flags);

static horn_status read_symbol_table(survey_object *o, byte_reader *r)
{
    o->has_table = true;
    o->tree = byte_reader_number(r, 8);
    o->heap = byte_reader_number(r, 8);
    return HORN_OK;
}

/* Larger new-style objects keep links and attributes in a "fractal heap"; here its address must be undefined. */
static horn_status read_dense(const survey *s, byte_reader *r, int index_size, const char *what)
{
    byte_reader_skip(r, 1);
    if (byte_reader_number(r, 1) & 1) byte_reader_skip(r, (uint64_t)index_size);
    if (byte_reader_number(r, 8) != SURVEY_UNDEFINED && !r->failed)
        return survey_refuse(s, HORN_ERROR_UNSUPPORTED, "%s in dense storage", what);
    return HORN_OK;
}

/* version 1, flags 1, kind 1 if flag 8, order 8 if flag 4, characters of the name (ASCII, UTF-8) 1 if flag 16, length of the name 1/2/4/8,
 * name, address 8. libhdf5 checks them too, but frees what it has not yet filled in if it refuses one of a group's. */
static horn_status read_link(survey *s, survey_object *o, byte_reader *r)
{
    o->has_links = true;
    int version = (int)byte_reader_number(r, 1);
    int flags = (int)byte_reader_number(r, 1), kind = flags & 8 ? (int)byte_reader_number(r, 1) : 0;
    if (flags & 4) byte_reader_skip(r, 8);
    uint64_t characters = flags & 16 ? byte_reader_number(r, 1) : 0;
    uint64_t length = byte_reader_number(r, 1 << (flags & 3));
    const unsigned char *name = byte_reader_skip(r, length);
    if (version != 1 || flags > 31 || characters > 1)
        return survey_refuse(s, HORN_ERROR_FORMAT, "a link of version %d, flags 0x%02x, characters %d",
                             version, flags, (int)characters);
    if (!name) return survey_refuse(s, HORN_ERROR_FORMAT, "a link's name leaves its message");
    if (kind != 0)
        return survey_refuse(s, HORN_ERROR_FORMAT, "'%.*s' is a%s link, expected a hard link",
                             length < 256 ? (int)length : 256, (const char *)name,
                             kind == 1    ? " soft"
                             : kind == 64 ? "n external"
                                          : " user-defined");
    uint64_t address = byte_reader_number(r, 8);
    if (r->failed) return survey_refuse(s, HORN_ERROR_FORMAT, "a link without an address");
    return survey_child(s, (const char *)name, (size_t)length, address, NULL);
}

static horn_status read_continuation(survey *s, survey_object *o, byte_reader *r, int version, int flags)
{
    uint64_t address = byte_reader_number(r, 8), size = byte_reader_number(r, 8);
    byte_reader block = { 0 };
    if (r->failed || ++o->blocks > MAX_BLOCKS)
        return survey_refuse(s, HORN_ERROR_FORMAT, "object header in more than %d blocks", MAX_BLOCKS);
    if (size == 0) return survey_refuse(s, HORN_ERROR_FORMAT, "an empty object header block");
    if (version == 2) {
        horn_status status = survey_open(s, &block, address, size, "OCHK");
        if (!status && byte_reader_left(&block) < 4)
            status = survey_refuse(s, HORN_ERROR_FORMAT, "object header block too short");
        if (!status) status = survey_checksum(s, address, size - 4);
        if (status) return status;
        block.end -= 4;
    } else {
        horn_status status = survey_claim(s, address, size, "object header block");
        if (status) return status;
        block = byte_reader_of(s->data + address, (size_t)size);
    }
    return read_block(s, o, block, version, flags);
}

static horn_status read_once(const survey *s, bool *seen, const char *what)
{
    if (*seen)
        return survey_refuse(s, HORN_ERROR_FORMAT, "has two messages about its %s, expected one", what);
    *seen = true;
    return HORN_OK;
}

/* Messages that hold nothing to check: sizes to expect in a group, times, the number of links. */
static horn_status skip_message(const survey *s, unsigned type, byte_reader *r)
{
    switch (type) {
    case 0x00:
        return HORN_OK;
    case 0x0a:
        byte_reader_skip(r, 1);
        byte_reader_skip(r, (uint64_t[]){ 0, 4, 4, 8 }[byte_reader_number(r, 1) & 3]);
        return HORN_OK;
    case 0x12:
        byte_reader_skip(r, 8);
        return HORN_OK;
    case 0x16:
        byte_reader_skip(r, 5);
        return HORN_OK;
    default:
        return survey_refuse(s, HORN_ERROR_UNSUPPORTED, "object header message 0x%02x", type);
    }
}

static horn_status read_message(survey *s, survey_object *o, unsigned type, byte_reader *r)
{
    horn_status status = HORN_OK;
    bool filters = o->shuffle || o->deflate || o->fletcher;
    switch (type) {
    case 0x01:
        return (status = read_once(s, &o->has_space, "shape")) ? status : survey_read_space(s, &o->space, r);
    case 0x02:
        o->has_links = true;
        return read_dense(s, r, 8, "links");
    case 0x03:
        return (status = read_once(s, &o->has_type, "type")) ? status : survey_read_type(s, &o->type, r);
    case 0x04:
        return survey_read_fill(s, o, r, true);
    case 0x05:
        return survey_read_fill(s, o, r, false);
    case 0x06:
        return read_link(s, o, r);
    case 0x07:
        return survey_refuse(s, HORN_ERROR_FORMAT, "its data is in another file (external storage)");
    case 0x08:
        return (status = read_once(s, &o->has_layout, "layout")) ? status : survey_read_layout(s, o, r);
    case 0x0b:
        return (status = read_once(s, &filters, "filters")) ? status : survey_read_filters(s, o, r);
    case 0x0c:
        return survey_read_attribute(s, r);
    case 0x11:
        return (status = read_once(s, &o->has_table, "links")) ? status : read_symbol_table(o, r);
    case 0x15:
        return read_dense(s, r, 2, "attributes");
    default:
        return skip_message(s, type, r);
    }
}

/* Header version 1: type 2, size 2, flags 1, reserved 3. Version 2: type 1, size 2, flags 1, order 2 if the header's
 * flags say so. */
static horn_status read_block(survey *s, survey_object *o, byte_reader r, int version, int flags)
{
    size_t head = version == 1 ? 8 : flags & 4 ? 6 : 4;
    while (byte_reader_left(&r) > 0) {
        /* A gap. */
        if (version == 2 && byte_reader_left(&r) < head) break;
        unsigned type = (unsigned)byte_reader_number(&r, version == 1 ? 2 : 1);
        uint64_t size = byte_reader_number(&r, 2);
        bool shared = byte_reader_number(&r, 1) & 2;
        byte_reader_skip(&r, version == 1 ? 3 : head - 4);
        byte_reader message = byte_reader_part(&r, size);
        if (r.failed)
            return survey_refuse(s, HORN_ERROR_FORMAT, "object header message 0x%02x leaves its block", type);
        if (shared)
            return survey_refuse(s, HORN_ERROR_UNSUPPORTED, "shared object header message 0x%02x", type);
        horn_status status = type == 0x10 ? read_continuation(s, o, &message, version, flags)
                                          : read_message(s, o, type, &message);
        if (status) return status;
        if (message.failed)
            return survey_refuse(s, HORN_ERROR_FORMAT, "object header message 0x%02x is too short", type);
    }
    return HORN_OK;
}

/* Version 1: version 1, reserved 1, messages 2, references 4, size 4, padding 4, messages. */
static horn_status read_header_1(survey *s, survey_object *o, uint64_t address)
{
    byte_reader r;
    horn_status status = survey_claim(s, address, 16, "object header");
    if (status) return status;
    r = byte_reader_of(s->data + address, 16);
    byte_reader_skip(&r, 8);
    uint64_t size = byte_reader_number(&r, 4);
    status = survey_claim(s, address + 16, size, "object header");
    if (status) return status;
    return read_block(s, o, byte_reader_of(s->data + address + 16, (size_t)size), 1, 0);
}

/* Version 2: "OHDR" 4, version 1, flags 1, times 16 if flag 5, limits 4 if flag 4, size 1/2/4/8, messages, checksum
 * 4. */
static horn_status read_header_2(survey *s, survey_object *o, uint64_t address)
{
    byte_reader r = byte_reader_of(s->data + address, s->size - (size_t)address);
    byte_reader_skip(&r, 4);
    uint64_t version = byte_reader_number(&r, 1);
    int flags = (int)byte_reader_number(&r, 1);
    if (flags & 32) byte_reader_skip(&r, 16);
    if (flags & 16) byte_reader_skip(&r, 4);
    uint64_t size = byte_reader_number(&r, 1 << (flags & 3));
    byte_reader messages = byte_reader_part(&r, size);
    byte_reader_skip(&r, 4);
    if (r.failed || version != 2)
        return survey_refuse(s, HORN_ERROR_FORMAT, "object header of version %d leaves the file",
                             (int)version);
    uint64_t whole = (uint64_t)(r.at - (s->data + address));
    horn_status status = survey_claim(s, address, whole, "object header");
    if (!status) status = survey_checksum(s, address, whole - 4);
    return status ? status : read_block(s, o, messages, 2, flags);
}

horn_status survey_object_at(survey *s, uint64_t address, const uint64_t *cached)
{
    survey_object o = { 0 };
    if (address >= s->size || s->size - address < 16)
        return survey_refuse(s, HORN_ERROR_FORMAT, "object at byte %llu, the file has %zu",
                             (unsigned long long)address, s->size);
    const unsigned char *header = s->data + address;
    if (header[0] != 1 && memcmp(header, "OHDR", 4) != 0)
        return survey_refuse(s, HORN_ERROR_FORMAT, "no object header at byte %llu",
                             (unsigned long long)address);
    horn_status status = header[0] == 1 ? read_header_1(s, &o, address) : read_header_2(s, &o, address);
    if (status) return status;
    /* If a group has changed from a symbol table to links, libhdf5 leaves the old entry and reads only the header. */
    if (cached && !o.has_links && (!o.has_table || o.tree != cached[0] || o.heap != cached[1]))
        return survey_refuse(s, HORN_ERROR_FORMAT, "its link and its header name different symbol tables");
    bool group = o.has_table || o.has_links, data = o.has_space || o.has_layout;
    if (group && (data || o.has_type || (o.has_table && o.has_links)))
        return survey_refuse(s, HORN_ERROR_FORMAT, "is a group and something else at once");
    if (o.has_table) return survey_table(s, &o);
    if (group) return HORN_OK;
    if (!o.has_space || !o.has_layout || !o.has_type)
        return survey_refuse(s, o.has_type && !data ? HORN_ERROR_UNSUPPORTED : HORN_ERROR_FORMAT,
                             "is neither a group nor a whole dataset");
    return survey_data(s, &o);
}
