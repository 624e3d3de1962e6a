#include "codecs/hdf5/survey_parts.h"

#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

/* Version 1: version 1, rank 1, flags 1, reserved 5, sizes. Version 2: version 1, rank 1, flags 1, kind 1, sizes. */
horn_status survey_read_space(const survey *s, survey_space *out, byte_reader *r)
{
    int version = (int)byte_reader_number(r, 1), rank = (int)byte_reader_number(r, 1);
    int flags = (int)byte_reader_number(r, 1), kind = version == 2 ? (int)byte_reader_number(r, 1) : rank > 0;
    if (version == 1) byte_reader_skip(r, 5);
    if (version < 1 || version > 2 || kind > 2 || flags & 2 || (kind == 1) != (rank > 0))
        return survey_refuse(s, HORN_ERROR_FORMAT, "data space of version %d, kind %d, rank %d", version,
                             kind, rank);
    if (rank > HORN_MAX_RANK)
        return survey_refuse(s, HORN_ERROR_UNSUPPORTED, "has rank %d, expected at most %d", rank,
                             HORN_MAX_RANK);
    out->rank = rank;
    out->count = kind == 2 ? 0 : 1;
    /* The product of all sizes but 0: libhdf5 may multiply them in any order. */
    size_t volume = 1;
    for (int i = 0; i < rank; i++) {
        out->shape[i] = byte_reader_number(r, 8);
        out->count *= out->shape[i];
        if (out->shape[i] && !memory_multiply(&volume, out->shape[i]))
            return survey_refuse(s, HORN_ERROR_FORMAT, "has more elements than can be counted");
    }
    /* Maximal sizes. */
    if (flags & 1) byte_reader_skip(r, 8 * (uint64_t)rank);
    return HORN_OK;
}

/* ---- types: class and version 1, bits 3, size 4, properties ---- */

static horn_status read_integer(const survey *s, size_t size, byte_reader *r)
{
    uint64_t offset = byte_reader_number(r, 2), precision = byte_reader_number(r, 2);
    if ((size == 1 || size == 2 || size == 4 || size == 8) && offset == 0 && precision == 8 * size)
        return HORN_OK;
    return survey_refuse(s, HORN_ERROR_UNSUPPORTED, "integers of %zu bytes with %d bits at bit %d", size,
                         (int)precision, (int)offset);
}

/* IEEE formats only: libhdf5's conversions trust any position of sign, exponent and mantissa. */
static horn_status read_float(const survey *s, size_t size, unsigned bits, byte_reader *r)
{
    static const struct {
        size_t size;
        unsigned sign;
        unsigned char properties[12];
    } known[] = {
        { 2, 15, { 0, 0, 16, 0, 10, 5, 0, 10, 15, 0, 0, 0 } },
        { 4, 31, { 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0 } },
        { 8, 63, { 0, 0, 64, 0, 52, 11, 0, 52, 0xff, 3, 0, 0 } },
    };
    const unsigned char *found = byte_reader_skip(r, 12);
    for (int i = 0; found && i < 3; i++)
        if (known[i].size == size && memcmp(found, known[i].properties, 12) == 0 &&
            bits >> 8 == known[i].sign && (bits & 0xfe) == 0x20)
            return HORN_OK;
    return survey_refuse(s, HORN_ERROR_UNSUPPORTED, "floats of %zu bytes that are not IEEE's", size);
}

static horn_status read_base(const survey *s, survey_type *base, byte_reader *r);

/* bits: the number of members. Then the base type, names, values; versions 1 and 2 pad names to 8 bytes. */
static horn_status read_enumeration(const survey *s, unsigned version, size_t size, unsigned bits,
                                    byte_reader *r)
{
    survey_type base;
    horn_status status = read_base(s, &base, r);
    if (status) return status;
    if (base.class != 0 || base.size != size || (bits & 0xffff) == 0)
        return survey_refuse(s, HORN_ERROR_FORMAT, "enumeration of %zu bytes over %zu-byte values", size,
                             base.size);
    for (unsigned i = 0; i < (bits & 0xffff); i++) {
        const unsigned char *end = byte_reader_left(r) ? memchr(r->at, 0, byte_reader_left(r)) : NULL;
        if (!end) return survey_refuse(s, HORN_ERROR_FORMAT, "an enumeration's name has no end");
        size_t length = (size_t)(end - r->at) + 1;
        byte_reader_skip(r, version < 3 ? (length + 7) / 8 * 8 : length);
    }
    byte_reader_skip(r, (bits & 0xffff) * (uint64_t)size);
    return HORN_OK;
}

/* As PyTables stores booleans: one byte, of which all bits count. */
static horn_status read_bits(const survey *s, size_t size, unsigned bits, byte_reader *r)
{
    const uint64_t offset = byte_reader_number(r, 2), precision = byte_reader_number(r, 2);
    if (s->is_pytables && size == 1 && offset == 0 && precision == 8 && !(bits & ~7u)) return HORN_OK;
    return survey_refuse(s, HORN_ERROR_UNSUPPORTED, "holds bit fields");
}

/* Version 1: name, offset 4, rank 1, reserved 3, order 4, reserved 4, sizes 16, type; version 3: name, offset in as few bytes as
 * hold it, type. Complex numbers alone: floats r and i. */
static horn_status read_compound(const survey *s, unsigned version, size_t size, unsigned bits,
                                 byte_reader *r)
{
    bool is_complex = s->is_pytables && version != 2 && (bits & 0xffff) == 2 && size <= 16;
    for (size_t i = 0; i < 2 && is_complex; i++) {
        survey_type part = { 0 };
        const unsigned char *name = byte_reader_skip(r, version == 1 ? 8 : 2);
        is_complex = name && name[0] == "ri"[i] && name[1] == 0 &&
                     byte_reader_number(r, version == 1 ? 4 : 1) == i * size / 2;
        if (version == 1) is_complex &= byte_reader_number(r, 1) == 0;
        if (version == 1) byte_reader_skip(r, 27);
        if (!is_complex) break;
        const horn_status status = read_base(s, &part, r);
        if (status) return status;
        is_complex = part.class == 1 && part.size == size / 2;
    }
    return is_complex ? HORN_OK : survey_refuse(s, HORN_ERROR_UNSUPPORTED, "holds compound types");
}

static horn_status read_variable(const survey *s, size_t size, unsigned bits, byte_reader *r)
{
    survey_type base;
    if ((bits & 15) != 1)
        return survey_refuse(s, HORN_ERROR_UNSUPPORTED,
                             s->is_pytables ? "holds a pickled object (VLArray), which is code"
                                            : "sequences of variable length");
    horn_status status = read_base(s, &base, r);
    if (status) return status;
    if ((base.class != 0 && base.class != 3) || base.size != 1 || size != 16 || (bits >> 4 & 15) > 2 ||
        (bits >> 8 & 15) > 1)
        return survey_refuse(s, HORN_ERROR_FORMAT, "texts of variable length in %zu bytes, expected 16",
                             size);
    return HORN_OK;
}

static horn_status read_any(const survey *s, survey_type *out, byte_reader *r, bool is_base)
{
    static const char *const refused[] = {
        [2] = "times", [5] = "opaque data", [7] = "references", [10] = "arrays as elements"
    };
    unsigned first = (unsigned)byte_reader_number(r, 1), bits = (unsigned)byte_reader_number(r, 3);
    unsigned class = first & 15, version = first >> 4;
    size_t size = (size_t)byte_reader_number(r, 4);
    *out = (survey_type){ class, size };
    if (version < 1 || version > 3 || size == 0 || class > 10)
        return survey_refuse(s, HORN_ERROR_FORMAT, "type of class %u, version %u, size %zu", class, version,
                             size);
    if (refused[class]) return survey_refuse(s, HORN_ERROR_UNSUPPORTED, "holds %s", refused[class]);
    switch (class) {
    case 0:
        return bits & ~0xfu ? survey_refuse(s, HORN_ERROR_FORMAT, "integers of a strange kind")
                            : read_integer(s, size, r);
    case 1:
        return read_float(s, size, bits, r);
    case 3:
        return (bits & 15) > 2 || (bits >> 4) > 1
                   ? survey_refuse(s, HORN_ERROR_FORMAT, "texts of a strange kind")
                   : HORN_OK;
    case 4:
        if (!is_base) return read_bits(s, size, bits, r);
        break;
    case 6:
        if (!is_base) return read_compound(s, version, size, bits, r);
        break;
    case 8:
        if (!is_base) return read_enumeration(s, version, size, bits, r);
        break;
    case 9:
        if (!is_base) return read_variable(s, size, bits, r);
        break;
    }
    return survey_refuse(s, HORN_ERROR_FORMAT, "a type built on class %u", class);
}

static horn_status read_base(const survey *s, survey_type *base, byte_reader *r)
{
    return read_any(s, base, r, true);
}

horn_status survey_read_type(const survey *s, survey_type *out, byte_reader *r)
{
    horn_status status = read_any(s, out, r, false);
    if (!status && r->failed) return survey_refuse(s, HORN_ERROR_FORMAT, "a type is cut short");
    return status;
}

/* ---- global heap: "GCOL", version 1, reserved 3, size 8, objects; object: index 2, references 2, reserved 4, size
 * 8, data ---- */

static horn_status read_heap_objects(const survey *s, survey_collection *c, byte_reader *r)
{
    while (byte_reader_left(r) >= 16) {
        uint64_t left = byte_reader_left(r), index = byte_reader_number(r, 2);
        byte_reader_skip(r, 6);
        uint64_t size = byte_reader_number(r, 8), start = (uint64_t)(r->at - s->data);
        /* The free space, always last. */
        if (index == 0) {
            if (size == left) return HORN_OK;
            return survey_refuse(s, HORN_ERROR_FORMAT,
                                 "a global heap's free space is %llu bytes, expected %llu",
                                 (unsigned long long)size, (unsigned long long)left);
        }
        if (index >= c->count || c->objects[index].start || size > byte_reader_left(r))
            return survey_refuse(s, HORN_ERROR_FORMAT, "a global heap's object %d of %llu bytes does not fit",
                                 (int)index, (unsigned long long)size);
        byte_reader_skip(r, (size + 7) / 8 * 8);
        if (r->failed)
            return survey_refuse(s, HORN_ERROR_FORMAT, "a global heap's object %d is cut short", (int)index);
        c->objects[index] = (survey_extent){ start, size };
    }
    return HORN_OK;
}

static horn_status open_collection(survey *s, size_t place, uint64_t address)
{
    horn_status status = HORN_OK;
    byte_reader r = { 0 };
    survey_collection added = { .address = address };
    /* 4096 is the smallest size of a collection. */
    if (address > s->size || s->size - address < 4096)
        return survey_refuse(s, HORN_ERROR_FORMAT, "global heap at byte %llu, the file has %zu",
                             (unsigned long long)address, s->size);
    r = byte_reader_of(s->data + address + 8, 8);
    uint64_t size = byte_reader_number(&r, 8);
    if (size < 4096)
        return survey_refuse(s, HORN_ERROR_FORMAT, "global heap of %d bytes, expected 4096", (int)size);
    TRY(survey_open(s, &r, address, size, "GCOL"));
    if ((byte_reader_number(&r, 4) & 255) != 1)
        TRY(survey_refuse(s, HORN_ERROR_FORMAT, "global heap of another version than 1"));
    byte_reader_skip(&r, 8);
    added.count = size / 16 < 65536 ? (size_t)size / 16 : 65536;
    TRY(memory_grow(&s->collections, s->collection_count, &s->collection_capacity, sizeof added));
    TRY(memory_new(&added.objects, added.count, sizeof *added.objects));
    memmove(s->collections + place + 1, s->collections + place, (s->collection_count - place) * sizeof added);
    s->collections[place] = added;
    s->collection_count++;
    TRY(read_heap_objects(s, &s->collections[place], &r));
done:
    return status;
}

static horn_status find_collection(survey *s, const survey_collection **out, uint64_t address)
{
    size_t low = 0, high = s->collection_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (s->collections[middle].address < address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == s->collection_count || s->collections[low].address != address) {
        horn_status status = open_collection(s, low, address);
        if (status) return status;
    }
    *out = &s->collections[low];
    return HORN_OK;
}

/* Strings of variable length: length 4, collection 8, object 4. libhdf5 allocates the length and copies the object,
 * so both must be equal; many strings may share an object, so their sum is limited, too. */
static horn_status check_texts(survey *s, byte_reader *r, size_t count)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t length = byte_reader_number(r, 4), address = byte_reader_number(r, 8),
                 index = byte_reader_number(r, 4);
        const survey_collection *c = NULL;
        if (r->failed) return survey_refuse(s, HORN_ERROR_FORMAT, "texts are cut short");
        if (address == 0 && length == 0) continue;
        horn_status status = find_collection(s, &c, address);
        if (status) return status;
        total += length;
        if (index >= c->count || !c->objects[index].start || c->objects[index].size != length ||
            total > s->size)
            return survey_refuse(s, HORN_ERROR_FORMAT, "a text of %llu bytes is not what its heap holds",
                                 (unsigned long long)length);
    }
    return HORN_OK;
}

/* ---- attributes: version 1, flags 1, sizes of name, type, space 2 each, [character set 1], name, type, space, data
 * ---- */

static uint64_t padded(uint64_t size, int version)
{
    return version == 1 ? (size + 7) / 8 * 8 : size;
}

horn_status survey_read_attribute(survey *s, byte_reader *r)
{
    survey_space space = { 0 };
    survey_type type = { 0 };
    int version = (int)byte_reader_number(r, 1), flags = (int)byte_reader_number(r, 1);
    uint64_t name_size = byte_reader_number(r, 2), type_size = byte_reader_number(r, 2),
             space_size = byte_reader_number(r, 2);
    if (version < 1 || version > 3)
        return survey_refuse(s, HORN_ERROR_FORMAT, "attribute of version %d", version);
    if (version > 1 && flags) return survey_refuse(s, HORN_ERROR_UNSUPPORTED, "attribute of a named type");
    if (version == 3) byte_reader_skip(r, 1);
    const unsigned char *name = byte_reader_skip(r, padded(name_size, version));
    byte_reader type_part = byte_reader_part(r, padded(type_size, version));
    byte_reader space_part = byte_reader_part(r, padded(space_size, version));
    if (r->failed || name_size < 2 || memchr(name, 0, name_size) != name + name_size - 1)
        return survey_refuse(s, HORN_ERROR_FORMAT, "an attribute without a proper name");
    size_t here = strlen(s->path);
    snprintf(s->path + here, sizeof s->path - here, "@%s", (const char *)name);
    horn_status status = survey_read_type(s, &type, &type_part);
    if (!status) status = survey_read_space(s, &space, &space_part);
    if (status) return status;
    size_t size = space.count;
    if (space_part.failed || !memory_multiply(&size, type.size) || size > byte_reader_left(r))
        return survey_refuse(s, HORN_ERROR_FORMAT, "holds less than it declares");
    byte_reader data = byte_reader_part(r, size);
    if (type.class == 9) status = check_texts(s, &data, space.count);
    if (!status) s->path[here] = 0;
    return status;
}
