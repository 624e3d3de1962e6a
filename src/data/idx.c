#include "data/idx.h"

#include <string.h>
#include <stdint.h>
#include "base/status.h"
#include "codecs/inflater.h"

/* A source of bytes, plain or packed. */
typedef struct source {
    const unsigned char *data;
    size_t size, at;
    /* NULL: plain. */
    inflater *packed;
    const char *name;
} source;

static horn_status take(source *s, void *out, size_t size)
{
    if (s->packed) return inflater_read(s->packed, out, size);
    if (size > s->size - s->at)
        return fail(HORN_ERROR_FORMAT, "%s: ends after %zu bytes, expected %zu more", s->name, s->size,
                    size - (s->size - s->at));
    memcpy(out, s->data + s->at, size);
    s->at += size;
    return HORN_OK;
}

static uint32_t get32_big(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* *header is the number of bytes of the header. */
static horn_status read_header(npy_array *array, size_t *header, source *s)
{
    static const horn_dtype types[] = { HORN_UINT8, HORN_INT8, HORN_BOOL, HORN_INT16,
                                        /* 08 to 0E; 0A is no type. */
                                        HORN_INT32, HORN_FLOAT32, HORN_FLOAT64 };
    unsigned char start[4], length[4];
    horn_status status = take(s, start, sizeof start);
    if (status) return status;
    if (start[0] || start[1] || start[2] < 0x08 || start[2] > 0x0E || start[2] == 0x0A)
        return fail(HORN_ERROR_FORMAT,
                    "%s: begins with %02x %02x %02x, expected the 00 00 08 to 0e of an IDX file", s->name,
                    start[0], start[1], start[2]);
    if (start[3] < 1 || start[3] > HORN_MAX_RANK)
        return fail(start[3] ? HORN_ERROR_UNSUPPORTED : HORN_ERROR_FORMAT,
                    "%s: array of %d axes, expected 1 to %d", s->name, start[3], HORN_MAX_RANK);
    array->dtype = types[start[2] - 0x08];
    array->rank = start[3];
    for (int i = 0; i < array->rank; i++) {
        if ((status = take(s, length, sizeof length))) return status;
        array->shape[i] = get32_big(length);
    }
    *header = 4 + 4 * (size_t)array->rank;
    return HORN_OK;
}

/* The header announces `body` bytes. Plain files must hold exactly these. Packed files must be able to hold so many,
 * and the length in gzip's last 4 bytes must match: this also checks a file that is not unpacked to its end. */
static horn_status check_size(const source *s, size_t header, size_t body)
{
    if (!s->packed && body != s->size - s->at)
        return fail(HORN_ERROR_FORMAT, "%s: %zu bytes of elements, expected %zu", s->name, s->size - s->at,
                    body);
    if (!s->packed) return HORN_OK;
    if (!inflater_can_hold(s->size, body))
        return fail(HORN_ERROR_FORMAT, "%s: %zu packed bytes claim to hold %zu", s->name, s->size, body);
    const unsigned char *p = s->data + s->size - 4;
    uint32_t length = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
    if (length != (uint32_t)(header + body))
        return fail(HORN_ERROR_FORMAT, "%s: gzip's end says %u bytes, expected %zu", s->name, length,
                    header + body);
    return HORN_OK;
}

static horn_status read_array(npy_array *out, size_t *total, source *s, size_t samples)
{
    npy_array array = { 0 }, head = { 0 };
    size_t header = 0, body = 0, size = 0;
    horn_status status = HORN_OK;
    TRY(read_header(&head, &header, s));
    if (!npy_array_size(&body, head.dtype, head.rank, head.shape) || body > SIZE_MAX - header)
        return fail(HORN_ERROR_FORMAT, "%s: the product of its lengths overflows", s->name);
    TRY(check_size(s, header, body));
    *total = head.shape[0];
    if (samples && samples < head.shape[0]) head.shape[0] = samples;
    TRY(npy_array_new(&array, head.dtype, head.rank, head.shape, s->name));
    npy_array_size(&size, head.dtype, head.rank, head.shape);
    TRY(take(s, array.data, size));
    if (s->packed && size == body) TRY(inflater_finish(s->packed));
    if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) npy_array_swap(&array);
    *out = array;
    array = (npy_array){ 0 };
done:
    npy_array_free(&array);
    return status;
}

horn_status idx_read(npy_array *out, size_t *total, const void *data, size_t size, size_t samples,
                     const char *name)
{
    source s = { .data = data, .size = size, .name = name };
    horn_status status = HORN_OK;
    /* gzip: header and trailer have 18 bytes. */
    if (size >= 18 && s.data[0] == 0x1f && s.data[1] == 0x8b)
        TRY(inflater_open(&s.packed, data, size, INFLATER_GZIP, name));
    TRY(read_array(out, total, &s, samples));
done:
    inflater_close(s.packed);
    return status;
}
