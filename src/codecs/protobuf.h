/* Protocol Buffers' wire format, without schemas: a message is read field by field, and written field by
 * field.
 *
 *     message  = field...            field  = tag, content        tag = varint(number << 3 | type)
 *     content  = VARINT  varint: 7 bits a byte, low group first, at most 10 bytes
 *                FIXED64 8 bytes, FIXED32 4 bytes, little-endian
 *                BYTES   varint length, that many bytes: text, a message, packed numbers
 *
 * The reader is sticky: after the first broken byte it has `failed` and gives no more fields. Ask it once, at
 * the end. Values of unknown fields are stepped over; groups (types 3 and 4) fail. */
#ifndef CODECS_PROTOBUF_H
#define CODECS_PROTOBUF_H

#include "base/bytes.h"
#include "codecs/byte_reader.h"

enum { PROTOBUF_MAX_DEPTH = 32 };

typedef enum protobuf_type {
    PROTOBUF_VARINT = 0,
    PROTOBUF_FIXED64 = 1,
    PROTOBUF_BYTES = 2,
    PROTOBUF_FIXED32 = 5
} protobuf_type;

/* Bytes of a message, borrowed; not ended by a 0. */
typedef struct protobuf_text {
    const char *at;
    size_t size;
} protobuf_text;

typedef struct protobuf_reader {
    byte_reader in;
    unsigned depth; /* how many messages it stands in */
    bool failed;
} protobuf_reader;

typedef struct protobuf_field {
    uint32_t number;
    protobuf_type type;
    uint64_t value;     /* of a number */
    protobuf_text text; /* of BYTES */
} protobuf_field;

/* The next varint of at most 10 bytes and 64 bits; 0 and `failed` where there is none. */
uint64_t varint_read(byte_reader *in);
void varint_append(bytes *out, uint64_t value);

protobuf_reader protobuf_read(const void *data, size_t size);
bool protobuf_next(protobuf_reader *r, protobuf_field *out); /* false at the end and after a failure */

/* What a known field holds; another type of field is a failure of `r`. A number may come back negative. */
int64_t protobuf_integer(protobuf_reader *r, const protobuf_field *f);
uint32_t protobuf_fixed32(protobuf_reader *r, const protobuf_field *f);
protobuf_text protobuf_bytes(protobuf_reader *r, const protobuf_field *f);

/* A reader of the message in a field, which fails `r` past the depth that is allowed. Its own failure is
 * handed on with protobuf_leave. */
protobuf_reader protobuf_enter(protobuf_reader *r, const protobuf_field *f);
void protobuf_leave(protobuf_reader *r, const protobuf_reader *inner);

bool protobuf_text_is(protobuf_text text, const char *expected);

/* ---- writing; the caller leaves out what proto3 leaves out ---- */

void protobuf_put_integer(bytes *out, uint32_t number, uint64_t value);
void protobuf_put_fixed32(bytes *out, uint32_t number, uint32_t value);
void protobuf_put_bytes(bytes *out, uint32_t number, const void *data, size_t size);
void protobuf_put_text(bytes *out, uint32_t number, const char *text);
/* A message that was built on its own; empties it. */
void protobuf_put_message(bytes *out, uint32_t number, bytes *message);

#endif
