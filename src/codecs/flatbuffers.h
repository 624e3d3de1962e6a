/* FlatBuffers, without schemas: writes and reads tables, vectors and texts. Source: flatbuffers.dev, "FlatBuffer Internals".
 *
 *     file     = u32 distance to the root table, 4 bytes of identifier, objects
 *     table    = i32 how far its vtable stands in front, fields: numbers, or u32 distances to other objects
 *     vtable   = u16 its own size, u16 the table's size, u16 for each field: where in the table; 0: the field has its default
 *     vector   = u32 count, elements: numbers, or u32 distances            text = u32 length, bytes, 0
 *
 * Numbers are little-endian and aligned to their size; a distance is from its own place forward. So an object is written in front
 * of those it points to, and its distances are set when these are written. All places are offsets from the file's first byte.
 *
 * The reader is sticky: a place outside the file sets `failed`, and later reads give 0. A field that is absent reads as 0. */
#ifndef CODECS_FLATBUFFERS_H
#define CODECS_FLATBUFFERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/bytes.h"

/* ---- writing ---- */

typedef struct flatbuffers_field {
    /* In the table, ascending. */
    unsigned number;
    /* 1 or 4 bytes. */
    unsigned size;
    /* Of a distance 0: flatbuffers_point sets it. */
    uint32_t value;
} flatbuffers_field;

/* The head of a file; the root is the table that is written next. */
void flatbuffers_begin(bytes *out, const char identifier[4]);
/* Each returns the object's place. */
size_t flatbuffers_table(bytes *out, const flatbuffers_field *, size_t count);
/* Elements of `width` bytes, of which the first stands at a multiple of `alignment`, at least 4. */
size_t flatbuffers_vector(bytes *out, const void *data, size_t count, size_t width, size_t alignment);
/* A vector of distances, to be set by flatbuffers_point_element. */
size_t flatbuffers_places(bytes *out, size_t count);
size_t flatbuffers_text(bytes *out, const char *text);
void flatbuffers_point(bytes *out, size_t table, unsigned number, size_t target);
void flatbuffers_point_element(bytes *out, size_t vector, size_t index, size_t target);

/* ---- reading ---- */

typedef struct flatbuffers_reader {
    const unsigned char *data;
    size_t size;
    bool failed;
} flatbuffers_reader;

/* Of a file with that identifier; else it has failed. *root is its table. */
flatbuffers_reader flatbuffers_read(const void *data, size_t size, const char identifier[4], size_t *root);
/* A number of 1, 2, 4 or 8 bytes of a table; `otherwise` if it is absent. */
uint64_t flatbuffers_number(flatbuffers_reader *, size_t table, unsigned number, size_t size,
                            uint64_t otherwise);
/* The object that a field points to; 0: none. */
size_t flatbuffers_object(flatbuffers_reader *, size_t table, unsigned number);
/* How many elements a vector has, which all are in the file; 0 for place 0. */
size_t flatbuffers_count(flatbuffers_reader *, size_t vector, size_t width);
/* An element: a signed number of 4 bytes, or the object that it points to. */
int32_t flatbuffers_integer_at(flatbuffers_reader *, size_t vector, size_t index);
size_t flatbuffers_object_at(flatbuffers_reader *, size_t vector, size_t index);
/* The bytes of a vector of bytes or of a text; NULL if it has none. */
const char *flatbuffers_bytes(flatbuffers_reader *, size_t vector, size_t *size);

#endif
