#include "codecs/flatbuffers.h"

#include <string.h>

enum { MOST_FIELDS = 32 };

/* ---- writing ---- */

static void put(bytes *out, uint32_t value, size_t size)
{
    bytes_append(out, &value, size); /* little-endian */
}

/* Zeros, until the place behind `ahead` more bytes is a multiple. */
static void align(bytes *out, size_t ahead, size_t multiple)
{
    static const unsigned char zeros[16];
    const size_t over = (out->size + ahead) % multiple;
    if (over) bytes_append(out, zeros, multiple - over);
}

static void set(bytes *out, size_t at, size_t target)
{
    const uint32_t distance = (uint32_t)(target - at);
    if (!out->failed) memcpy(out->data + at, &distance, sizeof distance);
}

void flatbuffers_begin(bytes *out, const char identifier[4])
{
    put(out, 0, 4);
    bytes_append(out, identifier, 4);
}

/* Behind the vtable, fields of 4 bytes stand in front of those of one. */
size_t flatbuffers_table(bytes *out, const flatbuffers_field *fields, size_t count)
{
    uint16_t places[2 + MOST_FIELDS] = { 0 };
    const size_t entries = 2 + (count ? fields[count - 1].number + 1 : 0);
    size_t size = 4;
    for (unsigned width = 4; width; width = width == 4 ? 1 : 0)
        for (size_t i = 0; i < count; i++) {
            if (fields[i].size != width) continue;
            places[2 + fields[i].number] = (uint16_t)size;
            size += width;
        }
    places[0] = (uint16_t)(entries * sizeof *places);
    places[1] = (uint16_t)size;
    align(out, places[0], 4);
    const bool is_root = out->size <= 12;
    bytes_append(out, places, places[0]);
    const size_t table = out->size;
    put(out, places[0], 4);
    for (unsigned width = 4; width; width = width == 4 ? 1 : 0)
        for (size_t i = 0; i < count; i++)
            if (fields[i].size == width) put(out, fields[i].value, width);
    if (is_root) set(out, 0, table);
    return table;
}

size_t flatbuffers_vector(bytes *out, const void *data, size_t count, size_t width, size_t alignment)
{
    align(out, 4, alignment);
    const size_t vector = out->size;
    put(out, (uint32_t)count, 4);
    if (count) bytes_append(out, data, count * width);
    return vector;
}

size_t flatbuffers_places(bytes *out, size_t count)
{
    align(out, 0, 4);
    const size_t vector = out->size;
    put(out, (uint32_t)count, 4);
    for (size_t i = 0; i < count; i++) put(out, 0, 4);
    return vector;
}

size_t flatbuffers_text(bytes *out, const char *text)
{
    const size_t place = flatbuffers_vector(out, text, strlen(text), 1, 4);
    put(out, 0, 1);
    return place;
}

void flatbuffers_point(bytes *out, size_t table, unsigned number, size_t target)
{
    uint32_t back;
    uint16_t place;
    if (out->failed) return;
    memcpy(&back, out->data + table, sizeof back);
    memcpy(&place, out->data + table - back + 4 + 2 * number, sizeof place);
    set(out, table + place, target);
}

void flatbuffers_point_element(bytes *out, size_t vector, size_t index, size_t target)
{
    set(out, vector + 4 + 4 * index, target);
}

/* ---- reading ---- */

static uint64_t number_at(flatbuffers_reader *r, size_t at, size_t size)
{
    uint64_t value = 0;
    if (at > r->size || r->size - at < size) r->failed = true;
    if (!r->failed) memcpy(&value, r->data + at, size);
    return r->failed ? 0 : value;
}

flatbuffers_reader flatbuffers_read(const void *data, size_t size, const char identifier[4], size_t *root)
{
    flatbuffers_reader r = { .data = data, .size = size };
    r.failed = size < 8 || memcmp(r.data + 4, identifier, 4) != 0;
    *root = (size_t)number_at(&r, 0, 4);
    return r;
}

/* Where a field stands; 0: it is absent. */
static size_t place_of(flatbuffers_reader *r, size_t table, unsigned number)
{
    const int64_t back = (int32_t)number_at(r, table, 4), vtable = (int64_t)table - back;
    if (vtable < 0 || (uint64_t)vtable > r->size) r->failed = true;
    if (r->failed) return 0;
    const size_t size = (size_t)number_at(r, (size_t)vtable, 2), entry = 4 + 2 * (size_t)number;
    if (r->failed || entry + 2 > size) return 0;
    const size_t place = (size_t)number_at(r, (size_t)vtable + entry, 2);
    return place ? table + place : 0;
}

uint64_t flatbuffers_number(flatbuffers_reader *r, size_t table, unsigned number, size_t size,
                            uint64_t otherwise)
{
    const size_t at = place_of(r, table, number);
    return at ? number_at(r, at, size) : r->failed ? 0 : otherwise;
}

static size_t object_at(flatbuffers_reader *r, size_t at)
{
    const size_t target = at + (size_t)number_at(r, at, 4);
    if (target >= r->size) r->failed = true;
    return r->failed ? 0 : target;
}

size_t flatbuffers_object(flatbuffers_reader *r, size_t table, unsigned number)
{
    const size_t at = place_of(r, table, number);
    return at ? object_at(r, at) : 0;
}

size_t flatbuffers_count(flatbuffers_reader *r, size_t vector, size_t width)
{
    const size_t count = vector ? (size_t)number_at(r, vector, 4) : 0;
    if (!r->failed && vector && count > (r->size - vector - 4) / width) r->failed = true;
    return r->failed ? 0 : count;
}

int32_t flatbuffers_integer_at(flatbuffers_reader *r, size_t vector, size_t index)
{
    return (int32_t)number_at(r, vector + 4 + 4 * index, 4);
}

size_t flatbuffers_object_at(flatbuffers_reader *r, size_t vector, size_t index)
{
    return object_at(r, vector + 4 + 4 * index);
}

const char *flatbuffers_bytes(flatbuffers_reader *r, size_t vector, size_t *size)
{
    *size = flatbuffers_count(r, vector, 1);
    return *size ? (const char *)r->data + vector + 4 : NULL;
}
