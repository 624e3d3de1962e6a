#include "codecs/npy.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

static const char magic[6] = "\x93NUMPY";
static const bool host_is_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;

/* numpy's type codes: the kind and the bytes of an element. */
static const struct {
    horn_dtype dtype;
    char code[3];
} types[] = {
    { HORN_FLOAT32, "f4" }, { HORN_FLOAT64, "f8" }, { HORN_INT8, "i1" },  { HORN_INT16, "i2" },
    { HORN_INT32, "i4" },   { HORN_INT64, "i8" },   { HORN_UINT8, "u1" }, { HORN_UINT16, "u2" },
    { HORN_UINT32, "u4" },  { HORN_UINT64, "u8" },  { HORN_BOOL, "b1" },
};
enum { TYPES = sizeof types / sizeof types[0] };

/* What a header holds. */
typedef struct header {
    char descr[16];
    bool swapped, fortran;
    horn_dtype dtype;
    int rank;
    size_t shape[HORN_MAX_RANK];
} header;

/* Scans the Python literal: moves forward only past what it expects. */
typedef struct scanner {
    const char *at, *end, *start, *name;
} scanner;

bool npy_array_size(size_t *size, horn_dtype dtype, int rank, const size_t *shape)
{
    size_t total = horn_dtype_size(dtype);
    bool empty = false;
    for (int i = 0; i < rank; i++) {
        if (shape[i] == 0)
            empty = true;
        else if (!memory_multiply(&total, shape[i]))
            return false;
    }
    *size = empty ? 0 : total;
    return true;
}

horn_status npy_array_new(npy_array *out, horn_dtype dtype, int rank, const size_t *shape, const char *name)
{
    npy_array array = { .dtype = dtype, .rank = rank };
    size_t size;
    if (!npy_array_size(&size, dtype, rank, shape))
        return fail(HORN_ERROR_FORMAT, "%s: the shape overflows, expected a size that memory has", name);
    memcpy(array.shape, shape, (size_t)rank * sizeof *shape);
    horn_status status = memory_new_aligned(&array.data, size, 1);
    if (status) return fail_in(status, name);
    array.block = array.data;
    *out = array;
    return HORN_OK;
}

void npy_array_free(npy_array *array)
{
    free(array->block);
    *array = (npy_array){ 0 };
}

void npy_array_swap(npy_array *array)
{
    size_t width = horn_dtype_size(array->dtype), size = 0;
    if (width == 1 || !npy_array_size(&size, array->dtype, array->rank, array->shape)) return;
    unsigned char *at = array->data;
    for (unsigned char *end = at + size; at < end; at += width) {
        for (size_t i = 0; i < width / 2; i++) {
            unsigned char byte = at[i];
            at[i] = at[width - 1 - i];
            at[width - 1 - i] = byte;
        }
    }
}

horn_view npy_array_view(const npy_array *array)
{
    horn_view view = { .data = array->data, .dtype = array->dtype, .rank = array->rank };
    memcpy(view.shape, array->shape, sizeof view.shape);
    return view;
}

bool npy_recognizes(const void *data, size_t size)
{
    return size >= sizeof magic && memcmp(data, magic, sizeof magic) == 0;
}

static void skip_spaces(scanner *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\t' || *s->at == '\r')) s->at++;
}

static bool take(scanner *s, const char *text)
{
    size_t length = strlen(text);
    skip_spaces(s);
    if ((size_t)(s->end - s->at) < length || memcmp(s->at, text, length) != 0) return false;
    s->at += length;
    return true;
}

static horn_status unexpected(const scanner *s, const char *expected)
{
    size_t at = (size_t)(s->at - s->start);
    if (s->at == s->end)
        return fail(HORN_ERROR_FORMAT, "%s: header ends after %zu bytes, expected %s", s->name, at, expected);
    return fail(HORN_ERROR_FORMAT, "%s: header has '%c' at byte %zu, expected %s", s->name, *s->at, at,
                expected);
}

/* A quoted string without escapes, at most 15 bytes; no type code of numbers is longer. */
static horn_status scan_text(char text[16], scanner *s, const char *expected)
{
    skip_spaces(s);
    char quote = s->at < s->end ? *s->at : 0;
    if (quote != '\'' && quote != '"') return unexpected(s, expected);
    size_t length = 0;
    for (s->at++; s->at < s->end && *s->at != quote; s->at++) {
        if (length == 15 || *s->at == '\\') return unexpected(s, expected);
        text[length++] = *s->at;
    }
    text[length] = 0;
    return take(s, (char[2]){ quote, 0 }) ? HORN_OK : unexpected(s, "a closing quote");
}

/* A length; Python 2 wrote some as 3L. */
static horn_status scan_length(size_t *length, scanner *s)
{
    skip_spaces(s);
    if (s->at == s->end || *s->at < '0' || *s->at > '9') return unexpected(s, "a length in 'shape'");
    size_t value = 0;
    for (; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++)
        if (!memory_multiply(&value, 10) || __builtin_add_overflow(value, (size_t)(*s->at - '0'), &value))
            return unexpected(s, "a length of at most 64 bits");
    if (s->at < s->end && *s->at == 'L') s->at++;
    *length = value;
    return HORN_OK;
}

/* (), (3,), (2, 3) or (2, 3,). (3) is a number in parentheses, not a tuple. */
static horn_status scan_shape(header *h, scanner *s)
{
    if (!take(s, "(")) return unexpected(s, "a tuple as 'shape'");
    for (bool comma = true; !take(s, ")"); comma = take(s, ",")) {
        if (!comma) return unexpected(s, "',' or ')' in 'shape'");
        if (h->rank == HORN_MAX_RANK)
            return fail(HORN_ERROR_UNSUPPORTED, "%s: array of more than %d axes", s->name, HORN_MAX_RANK);
        horn_status status = scan_length(&h->shape[h->rank++], s);
        if (status) return status;
        skip_spaces(s);
        if (h->rank == 1 && s->at < s->end && *s->at == ')')
            return unexpected(s, "',' in the tuple of 'shape'");
    }
    return HORN_OK;
}

static horn_status scan_type(header *h, scanner *s)
{
    skip_spaces(s);
    if (s->at < s->end && (*s->at == '[' || *s->at == '(' || *s->at == '{'))
        return fail(HORN_ERROR_UNSUPPORTED, "%s: structured dtype, expected plain numbers", s->name);
    horn_status status = scan_text(h->descr, s, "a dtype of at most 15 characters");
    if (status) return status;
    char order = h->descr[0];
    const char *code = order && strchr("<>=|", order) ? h->descr + 1 : h->descr;
    for (int i = 0; i < TYPES; i++) {
        if (strcmp(code, types[i].code) != 0) continue;
        if (order == '|' && code[1] != '1')
            return fail(HORN_ERROR_FORMAT, "%s: dtype '%s' has no byte order", s->name, h->descr);
        h->dtype = types[i].dtype;
        h->swapped = (order == '>' && !host_is_big) || (order == '<' && host_is_big);
        return HORN_OK;
    }
    return fail(HORN_ERROR_UNSUPPORTED, "%s: dtype '%s', expected bool, integers, float32 or float64",
                s->name, h->descr);
}

static horn_status scan_order(header *h, scanner *s)
{
    h->fortran = take(s, "True");
    return h->fortran || take(s, "False") ? HORN_OK : unexpected(s, "True or False as 'fortran_order'");
}

/* The three keys in any order, each once. */
static horn_status scan_header(header *h, scanner *s)
{
    static const char *const keys[] = { "descr", "fortran_order", "shape" };
    static horn_status (*const scan[])(header *, scanner *) = { scan_type, scan_order, scan_shape };
    horn_status status = HORN_OK;
    unsigned seen = 0;
    if (!take(s, "{")) return unexpected(s, "'{'");
    for (bool comma = true; !take(s, "}"); comma = take(s, ",")) {
        char key[16];
        int i = 0;
        if (!comma) return unexpected(s, "',' or '}'");
        TRY(scan_text(key, s, "a key"));
        while (i < 3 && strcmp(key, keys[i]) != 0) i++;
        if (i == 3 || seen & 1u << i)
            return fail(HORN_ERROR_FORMAT, "%s: header has %s key '%s'", s->name,
                        i == 3 ? "an unknown" : "twice the", key);
        if (!take(s, ":")) return unexpected(s, "':'");
        TRY(scan[i](h, s));
        seen |= 1u << i;
    }
    for (int i = 0; i < 3; i++)
        if (!(seen & 1u << i))
            return fail(HORN_ERROR_FORMAT, "%s: header lacks the key '%s'", s->name, keys[i]);
    skip_spaces(s);
    if (s->at != s->end) return unexpected(s, "only spaces behind '}'");
done:
    return status;
}

/* Finds the header; *body is the offset of the elements. */
static horn_status read_header(header *h, size_t *body, const unsigned char *data, size_t size,
                               const char *name)
{
    if (!npy_recognizes(data, size))
        return fail(HORN_ERROR_FORMAT, "%s: does not begin with \\x93NUMPY", name);
    if (size < 12) return fail(HORN_ERROR_FORMAT, "%s: ends after %zu bytes, inside its header", name, size);
    if (data[6] < 1 || data[6] > 3 || data[7] != 0)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: .npy version %d.%d, expected 1.0, 2.0 or 3.0", name, data[6],
                    data[7]);
    size_t start = data[6] == 1 ? 10 : 12, length = data[8] | (size_t)data[9] << 8;
    if (data[6] > 1) length |= (size_t)data[10] << 16 | (size_t)data[11] << 24;
    if (length > size - start)
        return fail(HORN_ERROR_FORMAT, "%s: header of %zu bytes, %zu are left", name, length, size - start);
    const char *text = (const char *)data + start;
    *body = start + length;
    return scan_header(h, &(scanner){ .at = text, .end = text + length, .start = text, .name = name });
}

/* Copies from column-major to row-major order: goes through the output in order; `from` is the offset of its
 * element. */
static void copy_fortran(npy_array *array, const unsigned char *from, size_t size)
{
    size_t width = horn_dtype_size(array->dtype), step[HORN_MAX_RANK], index[HORN_MAX_RANK] = { 0 },
           offset = 0;
    unsigned char *to = array->data;
    for (int i = 0; i < array->rank; i++) step[i] = i ? step[i - 1] * array->shape[i - 1] : width;
    for (unsigned char *end = to + size; to < end; to += width) {
        memcpy(to, from + offset, width);
        for (int i = array->rank - 1; i >= 0; i--) {
            offset += step[i];
            if (++index[i] < array->shape[i]) break;
            offset -= step[i] * array->shape[i];
            index[i] = 0;
        }
    }
}

/* Reads the header of a file of `size` bytes, of which *needed from *body on are elements. */
static horn_status read_start(header *h, size_t *body, size_t *needed, const void *data, size_t size,
                              const char *name)
{
    horn_status status = read_header(h, body, data, size, name);
    if (status) return status;
    if (!npy_array_size(needed, h->dtype, h->rank, h->shape))
        return fail(HORN_ERROR_FORMAT, "%s: the product of 'shape' overflows", name);
    if (*needed != size - *body)
        return fail(HORN_ERROR_FORMAT, "%s: %zu bytes of elements, expected %zu by shape and dtype", name,
                    size - *body, *needed);
    return HORN_OK;
}

/* Native byte order, and booleans that are 0 or 1. */
static void put_in_order(npy_array *array, const header *h, size_t size)
{
    if (h->swapped) npy_array_swap(array);
    if (h->dtype != HORN_BOOL) return;
    for (size_t i = 0; i < size; i++)
        ((unsigned char *)array->data)[i] = ((unsigned char *)array->data)[i] != 0;
}

horn_status npy_borrow(npy_array *out, void *data, size_t size, const char *name)
{
    header h = { 0 };
    size_t body = 0, needed = 0;
    horn_status status = read_start(&h, &body, &needed, data, size, name);
    if (status) return status;
    unsigned char *elements = (unsigned char *)data + body;
    const size_t shift = (uintptr_t)elements % 64;
    if (h.fortran || shift > body) return npy_read(out, data, size, name);
    npy_array array = { .data = elements - shift, .dtype = h.dtype, .rank = h.rank };
    memcpy(array.shape, h.shape, sizeof array.shape);
    /* Over the header, which nobody needs any more. */
    if (shift) memmove(array.data, elements, needed);
    put_in_order(&array, &h, needed);
    *out = array;
    return HORN_OK;
}

horn_status npy_read(npy_array *out, const void *data, size_t size, const char *name)
{
    header h = { 0 };
    npy_array array = { 0 };
    size_t body = 0, needed = 0;
    horn_status status = read_start(&h, &body, &needed, data, size, name);
    if (!status) status = npy_array_new(&array, h.dtype, h.rank, h.shape, name);
    if (status) return status;
    const unsigned char *elements = (const unsigned char *)data + body;
    if (h.fortran)
        copy_fortran(&array, elements, needed);
    else
        memcpy(array.data, elements, needed);
    put_in_order(&array, &h, needed);
    *out = array;
    return HORN_OK;
}

/* numpy.save leaves room for the first axis to grow to 21 digits, and pads the header to a multiple of 64. With at
 * most 8 axes whose product fits into 64 bits the header always ends at byte 128. */
static void print_header(bytes *b, const horn_view *view)
{
    int code = 0;
    while (types[code].dtype != view->dtype) code++;
    char order = types[code].code[1] == '1' ? '|' : host_is_big ? '>' : '<';
    bytes_print(b, "{'descr': '%c%s', 'fortran_order': False, 'shape': (", order, types[code].code);
    for (int i = 0; i < view->rank; i++) bytes_print(b, i ? ", %zu" : "%zu", view->shape[i]);
    bytes_print(b, "%s), }", view->rank == 1 ? "," : "");
    bytes_print(b, "%*s\n", (int)(128 - 10 - 1 - b->size), "");
}

horn_status npy_write(bytes *out, const horn_view *view)
{
    size_t size;
    bytes text = { 0 };
    if (view->rank < 0 || view->rank > HORN_MAX_RANK || (unsigned)view->dtype > HORN_BOOL)
        return fail(HORN_ERROR_ARGUMENT, "npy: rank %d, dtype %d is no array", view->rank, (int)view->dtype);
    if (!npy_array_size(&size, view->dtype, view->rank, view->shape))
        return fail(HORN_ERROR_ARGUMENT, "npy: the product of the shape overflows");
    print_header(&text, view);
    horn_status status = bytes_status(&text);
    if (!status) {
        unsigned char start[10] = {
            0, 0, 0, 0, 0, 0, 1, 0, text.size & 0xff, (unsigned char)(text.size >> 8)
        };
        memcpy(start, magic, sizeof magic);
        bytes_append(out, start, sizeof start);
        bytes_append(out, text.data, text.size);
        bytes_append(out, view->data, size);
        status = bytes_status(out);
    }
    bytes_free(&text);
    return status;
}
