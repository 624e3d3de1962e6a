#include "formats/torch_files/safetensors_header.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "base/utf8.h"
#include "codecs/byte_reader.h"

enum { MOST_HEADER = 100000000 };
static const char metadata_key[] = "__metadata__";

/* As the library orders tensors. */
static const safetensors_type types[] = {
    { "U64", { "uint64", 8, HORN_UINT64, false }, true },
    { "I64", { "int64", 8, HORN_INT64, false }, true },
    { "F64", { "float64", 8, HORN_FLOAT64, false }, true },
    { "C64", { "complex64", 8, 0, false }, false },
    { "F32", { "float32", 4, HORN_FLOAT32, false }, true },
    { "U32", { "uint32", 4, HORN_UINT32, false }, true },
    { "I32", { "int32", 4, HORN_INT32, false }, true },
    { "BF16", { "bfloat16", 2, HORN_FLOAT32, true }, true },
    { "F16", { "float16", 2, HORN_FLOAT32, false }, true },
    { "U16", { "uint16", 2, HORN_UINT16, false }, true },
    { "I16", { "int16", 2, HORN_INT16, false }, true },
    { "F8_E4M3", { "float8_e4m3fn", 1, 0, false }, false },
    { "F8_E5M2", { "float8_e5m2", 1, 0, false }, false },
    { "I8", { "int8", 1, HORN_INT8, false }, true },
    { "U8", { "uint8", 1, HORN_UINT8, false }, true },
    { "BOOL", { "bool", 1, HORN_BOOL, false }, true },
};
enum { TYPES = sizeof types / sizeof *types };

/* ---- reading ---- */

/* Its first bytes: a length below 2^40, then an object of JSON. A length beyond the file is an error of such a file. */
bool safetensors_recognizes(const source *from)
{
    byte_reader r = byte_reader_of(from->data, from->size);
    const uint64_t length = byte_reader_number(&r, 8);
    if (r.failed || length >> 40) return false;
    while (r.at < r.end && strchr(" \t\r\n", *r.at) && *r.at) r.at++;
    return r.at < r.end && *r.at == '{';
}

static horn_status refuse(const char *where, const char *name, const char *what)
{
    return fail(HORN_ERROR_FORMAT, "%s: tensor '%.200s' %s", where, name, what);
}

static horn_status read_type(safetensors_tensor *t, const config *entry, const char *where)
{
    const char *code = config_get_string(entry, "dtype");
    if (!code) return refuse(where, t->name, "has no dtype");
    for (size_t i = 0; i < TYPES; i++)
        if (strcmp(types[i].code, code) == 0) t->type = &types[i];
    return t->type ? HORN_OK
                   : fail(HORN_ERROR_FORMAT, "%s: tensor '%.200s' has dtype '%.40s', which is not known",
                          where, t->name, code);
}

static bool read_size(const config *value, size_t *out)
{
    int64_t number;
    if (config_is_float(value) || !config_integer(value, &number) || number < 0) return false;
    *out = (size_t)number;
    return true;
}

static horn_status read_shape(safetensors_tensor *t, const config *entry, size_t *size, const char *where)
{
    const config *list = config_get(entry, "shape");
    const size_t rank = config_count(list);
    if (!config_is_list(list)) return refuse(where, t->name, "has no shape");
    t->rank = rank > HORN_MAX_RANK ? -1 : (int)rank;
    *size = 1;
    for (size_t i = 0; i < rank; i++) {
        size_t n;
        if (!read_size(config_at(list, i), &n))
            return refuse(where, t->name, "has a shape that is no list of sizes");
        if (!memory_multiply(size, n)) return refuse(where, t->name, "has a shape that is too large");
        if (t->rank >= 0) t->shape[i] = n;
    }
    t->count = *size;
    return memory_multiply(size, t->type->type.size)
               ? HORN_OK
               : refuse(where, t->name, "has a shape that is too large");
}

static horn_status read_tensor(safetensors_tensor *t, const config *entry, const byte_reader *data,
                               const char *where)
{
    const config *offsets = config_get(entry, "data_offsets");
    size_t size, end;
    if (!config_is_object(entry)) return refuse(where, t->name, "is no object");
    horn_status status = read_type(t, entry, where);
    if (!status) status = read_shape(t, entry, &size, where);
    if (status) return status;
    if (!config_is_list(offsets) || config_count(offsets) != 2 ||
        !read_size(config_at(offsets, 0), &t->begin) || !read_size(config_at(offsets, 1), &end))
        return refuse(where, t->name, "has no two data_offsets");
    if (end < t->begin || end > byte_reader_left(data))
        return refuse(where, t->name, "has data_offsets beyond the file's end, or in the wrong order");
    t->size = end - t->begin;
    t->data = data->at + t->begin;
    return t->size == size ? HORN_OK : refuse(where, t->name, "has another size than its shape and dtype");
}

static horn_status read_metadata(const config *metadata, const char *where)
{
    if (!config_is_object(metadata)) return fail(HORN_ERROR_FORMAT, "%s: __metadata__ is no object", where);
    for (const config *item = config_at(metadata, 0); item; item = config_next(item))
        if (!config_string(item))
            return fail(HORN_ERROR_FORMAT, "%s: __metadata__: '%.200s' is no text", where, config_key(item));
    return HORN_OK;
}

static int by_begin(const void *a, const void *b)
{
    const safetensors_tensor *x = *(const safetensors_tensor *const *)a,
                             *y = *(const safetensors_tensor *const *)b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return x->size < y->size ? -1 : x->size > y->size;
}

/* One behind the other, and nothing beside them. */
static horn_status check_cover(const safetensors_header *h, size_t size, const char *where)
{
    horn_status status = HORN_OK;
    const safetensors_tensor **sorted = NULL;
    size_t at = 0;
    TRY(memory_new(&sorted, h->count, sizeof *sorted));
    for (size_t i = 0; i < h->count; i++) sorted[i] = &h->tensors[i];
    qsort(sorted, h->count, sizeof *sorted, by_begin);
    for (size_t i = 0; i < h->count; i++) {
        if (sorted[i]->begin != at)
            TRY(refuse(where, sorted[i]->name,
                       sorted[i]->begin < at ? "overlaps another one" : "stands behind a gap"));
        at += sorted[i]->size;
    }
    if (at != size)
        TRY(fail(HORN_ERROR_FORMAT, "%s: holds %zu bytes of data, its tensors %zu", where, size, at));
done:
    free(sorted);
    return status;
}

static horn_status read_json(safetensors_header *out, byte_reader *r, const char *where)
{
    const uint64_t length = byte_reader_number(r, 8);
    if (r->failed || length > byte_reader_left(r))
        return fail(HORN_ERROR_FORMAT, "%s: ends in its header, of %llu bytes", where,
                    (unsigned long long)length);
    if (length > MOST_HEADER)
        return fail(HORN_ERROR_FORMAT, "%s: has a header of %llu bytes, expected at most %d", where,
                    (unsigned long long)length, MOST_HEADER);
    const char *text = (const char *)byte_reader_skip(r, length);
    if (!utf8_is_valid(text, (size_t)length, false))
        return fail(HORN_ERROR_FORMAT, "%s: its header is not UTF-8", where);
    horn_status status = config_parse(&out->json, text, (size_t)length, where);
    if (!status && !config_is_object(out->json))
        status = fail(HORN_ERROR_FORMAT, "%s: its header is no object of JSON", where);
    return status;
}

horn_status safetensors_open(safetensors_header *out, const source *from)
{
    horn_status status = HORN_OK;
    byte_reader r = byte_reader_of(from->data, from->size);
    TRY(read_json(out, &r, from->path));
    TRY(memory_new(&out->tensors, config_count(out->json), sizeof *out->tensors));
    for (const config *entry = config_at(out->json, 0); entry; entry = config_next(entry)) {
        const char *name = config_key(entry);
        if (strcmp(name, metadata_key) == 0) {
            TRY(read_metadata(entry, from->path));
            continue;
        }
        out->tensors[out->count] = (safetensors_tensor){ .name = name };
        TRY(read_tensor(&out->tensors[out->count], entry, &r, from->path));
        out->count++;
    }
    status = check_cover(out, byte_reader_left(&r), from->path);
done:
    return status;
}

void safetensors_close(safetensors_header *h)
{
    free(h->tensors);
    config_free(h->json);
    *h = (safetensors_header){ 0 };
}

const config *safetensors_all_metadata(const safetensors_header *h)
{
    return config_get(h->json, metadata_key);
}

const char *safetensors_metadata(const safetensors_header *h, const char *key)
{
    return config_get_string(safetensors_all_metadata(h), key);
}

/* ---- writing ---- */

static size_t type_of(horn_dtype dtype)
{
    size_t i = 0;
    while (i < TYPES && !(types[i].is_readable && types[i].type.dtype == dtype))
        i++; /* float32 before float16 */
    return i;
}

/* By dtype, then by the bytes of the name. */
static int by_type(const void *a, const void *b)
{
    const torch_tensor *x = *(const torch_tensor *const *)a, *y = *(const torch_tensor *const *)b;
    const size_t i = type_of(x->dtype), k = type_of(y->dtype);
    return i != k ? (i < k ? -1 : 1) : strcmp(x->name, y->name);
}

/* As serde_json writes texts: no byte above 127 is escaped. */
static void put_text(bytes *out, const char *text)
{
    static const char plain[] = "\b\f\n\r\t\"\\", letters[] = "bfnrt\"\\";
    bytes_append(out, "\"", 1);
    for (const char *c = text; *c; c++) {
        const char *found = strchr(plain, *c);
        if (found)
            bytes_print(out, "\\%c", letters[found - plain]);
        else if ((unsigned char)*c < ' ')
            bytes_print(out, "\\u%04x", (unsigned)*c);
        else
            bytes_append(out, c, 1);
    }
    bytes_append(out, "\"", 1);
}

static horn_status put_metadata(bytes *out, const config *note, const config *asides)
{
    const char *key;
    bytes text = { 0 };
    bytes_print(out, "{\"%s\":{\"format\":\"pt\"", metadata_key);
    horn_status status = note ? config_print(note, false, &text) : HORN_OK;
    if (!status) status = bytes_status(&text);
    if (!status && note) {
        bytes_print(out, ",\"horn\":");
        put_text(out, bytes_text(&text));
    }
    for (size_t i = 0; (key = config_key_at(asides, i)); i++) {
        const char *aside = config_string(config_at(asides, i));
        if (!aside || strcmp(key, "format") == 0 || strcmp(key, "horn") == 0) continue;
        bytes_print(out, ",");
        put_text(out, key);
        bytes_print(out, ":");
        put_text(out, aside);
    }
    bytes_print(out, "}");
    bytes_free(&text);
    return status;
}

static size_t bytes_of(const torch_tensor *t)
{
    size_t size = horn_dtype_size(t->dtype);
    for (int i = 0; i < t->rank; i++) size *= t->shape[i];
    return size;
}

static void put_entry(bytes *out, const torch_tensor *t, size_t *at)
{
    bytes_print(out, ",");
    put_text(out, t->name);
    bytes_print(out, ":{\"dtype\":\"%s\",\"shape\":[", types[type_of(t->dtype)].code);
    for (int i = 0; i < t->rank; i++) bytes_print(out, "%s%zu", i ? "," : "", t->shape[i]);
    bytes_print(out, "],\"data_offsets\":[%zu,%zu]}", *at, *at + bytes_of(t));
    *at += bytes_of(t);
}

horn_status safetensors_write(bytes *out, const torch_state *s, const config *note, const config *asides)
{
    horn_status status = HORN_OK;
    const torch_tensor **sorted = NULL;
    bytes header = { 0 };
    size_t at = 0;
    TRY(memory_new(&sorted, s->count, sizeof *sorted));
    for (size_t i = 0; i < s->count; i++) sorted[i] = &s->tensors[i];
    qsort(sorted, s->count, sizeof *sorted, by_type);
    TRY(put_metadata(&header, note, asides));
    for (size_t i = 0; i < s->count; i++) put_entry(&header, sorted[i], &at);
    bytes_print(&header, "}");
    while (header.size % 8) bytes_append(&header, " ", 1);
    TRY(bytes_status(&header));
    for (int i = 0; i < 8; i++) bytes_append(out, &(unsigned char){ header.size >> 8 * i & 255 }, 1);
    bytes_append(out, header.data, header.size);
    for (size_t i = 0; i < s->count; i++) bytes_append(out, sorted[i]->data, bytes_of(sorted[i]));
    status = bytes_status(out);
done:
    free(sorted);
    bytes_free(&header);
    return status;
}
