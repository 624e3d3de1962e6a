/* Protocol Buffers' wire format, without schemas: reads and writes a message field by field. Source: protobuf.dev,
 * "Encoding".
 *
 *     message  = field...            field  = tag, content        tag = varint(number << 3 | type)
 *     content  = VARINT  varint: 7 bits a byte, low group first, at most 10 bytes
 *                FIXED64 8 bytes, FIXED32 4 bytes, little-endian
 *                BYTES   varint length, that many bytes: text, a message, packed numbers
 *
 * The reader is sticky: after the first broken byte it sets `failed` and returns no more fields. Check `failed` once
 * at the end. Unknown fields are skipped; groups (types 3 and 4) fail. */
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

/* Bytes within a message: borrowed, without a closing 0. */
typedef struct protobuf_text {
    const char *at;
    size_t size;
} protobuf_text;

typedef struct protobuf_reader {
    byte_reader in;
    /* How many messages enclose this one. */
    unsigned depth;
    bool failed;
} protobuf_reader;

typedef struct protobuf_field {
    uint32_t number;
    protobuf_type type;
    /* Of a number. */
    uint64_t value;
    /* Of BYTES. */
    protobuf_text text;
} protobuf_field;

/* Reads a varint of at most 10 bytes and 64 bits; returns 0 and sets `failed` if there is none. */
uint64_t varint_read(byte_reader *in);
void varint_append(bytes *out, uint64_t value);

protobuf_reader protobuf_read(const void *data, size_t size);

/* Returns false at the end and after a failure. */
bool protobuf_next(protobuf_reader *r, protobuf_field *out);

/* The content of a known field. A field of another type sets `failed`. An integer may be negative. */
int64_t protobuf_integer(protobuf_reader *r, const protobuf_field *f);
uint32_t protobuf_fixed32(protobuf_reader *r, const protobuf_field *f);
protobuf_text protobuf_bytes(protobuf_reader *r, const protobuf_field *f);

/* Returns a reader of the message in a field; sets r->failed if messages nest too deep. protobuf_leave passes the
 * inner reader's failure on to `r`. */
protobuf_reader protobuf_enter(protobuf_reader *r, const protobuf_field *f);
void protobuf_leave(protobuf_reader *r, const protobuf_reader *inner);

bool protobuf_text_is(protobuf_text text, const char *expected);
int protobuf_text_shown(protobuf_text text); /* how many characters of it an error line shows */

/* ---- writing: the caller leaves out what proto3 leaves out ---- */

void protobuf_put_integer(bytes *out, uint32_t number, uint64_t value);
void protobuf_put_fixed32(bytes *out, uint32_t number, uint32_t value);
void protobuf_put_fixed64(bytes *out, uint32_t number, uint64_t value);
void protobuf_put_bytes(bytes *out, uint32_t number, const void *data, size_t size);
void protobuf_put_text(bytes *out, uint32_t number, const char *text);
/* Writes a message that was built in `message`, and empties that. */
void protobuf_put_message(bytes *out, uint32_t number, bytes *message);

#endif
