#include "codecs/protobuf.h"

#include <string.h>

uint64_t varint_read(byte_reader *in)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        const unsigned char *byte = byte_reader_skip(in, 1);
        if (!byte) return 0;
        if (shift == 63 && *byte > 1) break;
        value |= (uint64_t)(*byte & 127) << shift;
        if (*byte < 128) return value;
    }
    in->failed = true;
    return 0;
}

void varint_append(bytes *out, uint64_t value)
{
    unsigned char text[10];
    size_t size = 0;
    for (; value > 127; value >>= 7) text[size++] = (unsigned char)(value | 128);
    text[size++] = (unsigned char)value;
    bytes_append(out, text, size);
}

/* ---- reading ---- */

protobuf_reader protobuf_read(const void *data, size_t size)
{
    return (protobuf_reader){ .in = byte_reader_of(data, size) };
}

bool protobuf_next(protobuf_reader *r, protobuf_field *out)
{
    *out = (protobuf_field){ 0 };
    if (r->failed || byte_reader_left(&r->in) == 0) return false;
    uint64_t tag = varint_read(&r->in);
    out->number = (uint32_t)(tag >> 3);
    out->type = (protobuf_type)(tag & 7);
    if (tag >> 3 == 0 || tag >> 32) r->failed = true;
    switch (tag & 7) {
    case PROTOBUF_VARINT:
        out->value = varint_read(&r->in);
        break;
    case PROTOBUF_FIXED64:
        out->value = byte_reader_number(&r->in, 8);
        break;
    case PROTOBUF_FIXED32:
        out->value = byte_reader_number(&r->in, 4);
        break;
    case PROTOBUF_BYTES: {
        uint64_t size = varint_read(&r->in);
        out->text.at = (const char *)byte_reader_skip(&r->in, size);
        out->text.size = out->text.at ? (size_t)size : 0;
        break;
    }
    default:
        r->failed = true;
    }
    r->failed |= r->in.failed;
    return !r->failed;
}

int64_t protobuf_integer(protobuf_reader *r, const protobuf_field *f)
{
    r->failed |= f->type != PROTOBUF_VARINT;
    return r->failed ? 0 : (int64_t)f->value;
}

uint32_t protobuf_fixed32(protobuf_reader *r, const protobuf_field *f)
{
    r->failed |= f->type != PROTOBUF_FIXED32;
    return r->failed ? 0 : (uint32_t)f->value;
}

protobuf_text protobuf_bytes(protobuf_reader *r, const protobuf_field *f)
{
    r->failed |= f->type != PROTOBUF_BYTES;
    return r->failed ? (protobuf_text){ "", 0 } : f->text;
}

protobuf_reader protobuf_enter(protobuf_reader *r, const protobuf_field *f)
{
    protobuf_text text = protobuf_bytes(r, f);
    protobuf_reader inner = protobuf_read(text.at, text.size);
    inner.depth = r->depth + 1;
    if (inner.depth > PROTOBUF_MAX_DEPTH) r->failed = true;
    inner.failed = r->failed;
    return inner;
}

void protobuf_leave(protobuf_reader *r, const protobuf_reader *inner)
{
    r->failed |= inner->failed;
}

bool protobuf_text_is(protobuf_text text, const char *expected)
{
    return strlen(expected) == text.size && memcmp(text.at, expected, text.size) == 0;
}

int protobuf_text_shown(protobuf_text text)
{
    enum { MOST = 160 };
    return text.size < MOST ? (int)text.size : MOST;
}

/* ---- writing ---- */

static void put_tag(bytes *out, uint32_t number, protobuf_type type)
{
    varint_append(out, (uint64_t)number << 3 | type);
}

void protobuf_put_integer(bytes *out, uint32_t number, uint64_t value)
{
    put_tag(out, number, PROTOBUF_VARINT);
    varint_append(out, value);
}

void protobuf_put_fixed32(bytes *out, uint32_t number, uint32_t value)
{
    unsigned char text[4] = { (unsigned char)value, (unsigned char)(value >> 8), (unsigned char)(value >> 16),
                              (unsigned char)(value >> 24) };
    put_tag(out, number, PROTOBUF_FIXED32);
    bytes_append(out, text, sizeof text);
}

void protobuf_put_fixed64(bytes *out, uint32_t number, uint64_t value)
{
    unsigned char text[8];
    for (int i = 0; i < 8; i++) text[i] = (unsigned char)(value >> 8 * i);
    put_tag(out, number, PROTOBUF_FIXED64);
    bytes_append(out, text, sizeof text);
}

void protobuf_put_bytes(bytes *out, uint32_t number, const void *data, size_t size)
{
    put_tag(out, number, PROTOBUF_BYTES);
    varint_append(out, size);
    bytes_append(out, data, size);
}

void protobuf_put_text(bytes *out, uint32_t number, const char *text)
{
    protobuf_put_bytes(out, number, text, strlen(text));
}

void protobuf_put_message(bytes *out, uint32_t number, bytes *message)
{
    out->failed |= message->failed;
    protobuf_put_bytes(out, number, message->data, message->size);
    bytes_free(message);
}
