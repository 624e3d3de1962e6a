#include "codecs/torch7/torch7.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "codecs/byte_reader.h"
#include "codecs/torch7/types.h"

enum { MOST_DEPTH = 100 };

typedef struct reading {
    torch7_file *file;
    byte_reader r;
    const char *name;
    size_t size;
    int depth;
    /* By index in the file; NULL: not seen yet, or not complete. */
    const torch7_value **seen;
    size_t seen_count;
} reading;

static size_t place_of(const reading *r)
{
    return r->size - byte_reader_left(&r->r);
}

static horn_status refuse(const reading *r, const char *what)
{
    return fail(HORN_ERROR_FORMAT, "%s: byte %zu: %s", r->name, place_of(r), what);
}

static horn_status cut_short(const reading *r)
{
    return fail(HORN_ERROR_FORMAT, "%s: ends in the middle of an object", r->name);
}

static horn_status read_object(reading *r, const torch7_value **out);

/* ---- parts ---- */

static horn_status add_value(reading *r, torch7_kind kind, torch7_value **out)
{
    torch7_file *f = r->file;
    torch7_value *v = NULL;
    horn_status status = memory_grow(&f->values, f->count, &f->capacity, sizeof *f->values);
    if (!status) status = memory_new(&v, 1, sizeof *v);
    if (status) return status;
    v->kind = kind;
    f->values[f->count++] = v;
    *out = v;
    return HORN_OK;
}

static int32_t read_int(reading *r)
{
    return (int32_t)(uint32_t)byte_reader_number(&r->r, 4);
}

static horn_status read_text(reading *r, const char **text, size_t *length)
{
    const int32_t size = read_int(r);
    const unsigned char *found = size >= 0 ? byte_reader_skip(&r->r, (uint64_t)size) : NULL;
    if (size < 0) return refuse(r, "a string of a negative size");
    if (!found) return cut_short(r);
    *text = (const char *)found;
    *length = (size_t)size;
    return HORN_OK;
}

/* ---- tables ---- */

static horn_status read_table(reading *r, torch7_value *v)
{
    const int32_t count = read_int(r);
    if (r->r.failed) return cut_short(r);
    /* The shortest pair has 8 bytes. */
    if (count < 0 || (size_t)count > byte_reader_left(&r->r) / 8)
        return refuse(r, "a table of more pairs than the file has room for");
    horn_status status = memory_new(&v->pairs, (size_t)count, sizeof *v->pairs);
    for (int32_t i = 0; i < count && !status; i++) {
        torch7_pair *pair = &v->pairs[i];
        status = read_object(r, &pair->key);
        if (!status && pair->key->kind != TORCH7_NUMBER && pair->key->kind != TORCH7_STRING &&
            pair->key->kind != TORCH7_BOOLEAN)
            status = refuse(r, "a key that is no number, string or boolean");
        if (!status) status = read_object(r, &pair->value);
        v->count += !status;
    }
    return status;
}

/* ---- tensors ---- */

static horn_status misfit(const reading *r)
{
    return refuse(
        r, "a tensor or storage that does not fit into the file; files of 32-bit machines are not supported");
}

static horn_status read_storage(reading *r, torch7_value *v)
{
    const uint64_t count = byte_reader_number(&r->r, 8);
    const size_t element = horn_dtype_size(v->dtype);
    if (r->r.failed) return cut_short(r);
    if (count > byte_reader_left(&r->r) / element) return misfit(r);
    v->data = byte_reader_skip(&r->r, count * element);
    v->count = (size_t)count;
    return HORN_OK;
}

static bool read_sizes(reading *r, size_t *out, int count)
{
    for (int i = 0; i < count; i++) {
        const uint64_t size = byte_reader_number(&r->r, 8);
        if (r->r.failed || size > INT64_MAX / 2) return false;
        out[i] = (size_t)size;
    }
    return true;
}

/* So that no product of its sizes overflows. */
static bool is_countable(const torch7_value *v)
{
    size_t count = horn_dtype_size(v->dtype);
    for (int i = 0; i < v->rank; i++)
        if (!memory_multiply(&count, v->shape[i] ? v->shape[i] : 1)) return false;
    return true;
}

/* Every element lies in the storage. */
static bool fits(const torch7_value *v, size_t elements)
{
    size_t last = v->offset;
    if (!torch7_count(v)) return true;
    for (int i = 0; i < v->rank; i++) {
        size_t reach = v->shape[i] - 1;
        if (!memory_multiply(&reach, v->stride[i]) || reach > elements || last > elements) return false;
        last += reach;
    }
    return last < elements;
}

static horn_status read_tensor(reading *r, torch7_value *v)
{
    const int32_t rank = read_int(r);
    const torch7_value *storage = NULL;
    if (r->r.failed) return cut_short(r);
    if (rank < 0 || rank > HORN_MAX_RANK)
        return fail(rank > HORN_MAX_RANK && rank < 64 ? HORN_ERROR_UNSUPPORTED : HORN_ERROR_FORMAT,
                    "%s: byte %zu: a tensor of %d axes, expected at most %d", r->name, place_of(r), (int)rank,
                    HORN_MAX_RANK);
    v->rank = rank;
    if (!read_sizes(r, v->shape, rank) || !read_sizes(r, v->stride, rank) || !is_countable(v))
        return misfit(r);
    const uint64_t offset = byte_reader_number(&r->r, 8);
    if (r->r.failed) return cut_short(r);
    horn_status status = read_object(r, &storage);
    if (status) return status;
    if (storage->kind == TORCH7_NIL) {
        if (torch7_count(v)) return misfit(r);
        return HORN_OK;
    }
    if (storage->kind != TORCH7_STORAGE || storage->dtype != v->dtype)
        return refuse(r, "a tensor whose storage is of another type");
    if (offset < 1 || offset > INT64_MAX / 2) return misfit(r);
    v->offset = (size_t)offset - 1;
    v->data = storage->data;
    return fits(v, storage->count) ? HORN_OK : misfit(r);
}

/* ---- classes ---- */

static horn_status refuse_class(const reading *r, const torch7_value *v)
{
    return fail(HORN_ERROR_UNSUPPORTED, "%s: byte %zu: %.*s is not supported", r->name, place_of(r),
                v->length < 80 ? (int)v->length : 80, v->text);
}

/* Sets the kind by the class. */
static horn_status read_class(reading *r, torch7_value *v)
{
    horn_status status = read_text(r, &v->text, &v->length);
    const char *rest;
    if (!status && v->length >= 2 && memcmp(v->text, "V ", 2) == 0)
        status = read_text(r, &v->text, &v->length);
    if (status) return status;
    if (!v->length || v->length > 200) return refuse(r, "a class without a proper name");
    rest = torch7_type_of(v->text, v->length, &v->dtype);
    const size_t left = rest ? (size_t)(v->text + v->length - rest) : 0;
    if (rest && left == 6 && memcmp(rest, "Tensor", 6) == 0)
        v->kind = TORCH7_TENSOR;
    else if (rest && left == 7 && memcmp(rest, "Storage", 7) == 0)
        v->kind = TORCH7_STORAGE;
    else if ((v->length > 6 && memcmp(v->text, "torch.", 6) == 0) ||
             (v->length > 4 && memcmp(v->text, "tds.", 4) == 0))
        return refuse_class(r, v);
    return HORN_OK;
}

static horn_status read_torch(reading *r, torch7_value *v)
{
    horn_status status = read_class(r, v);
    if (status) return status;
    if (v->kind == TORCH7_TENSOR) return read_tensor(r, v);
    if (v->kind == TORCH7_STORAGE) return read_storage(r, v);
    return read_object(r, &v->payload);
}

/* ---- objects ---- */

/* Makes room for an index; each object takes at least 8 bytes. */
static horn_status check_index(reading *r, int32_t index)
{
    if (index < 1 || (size_t)index > r->size / 8) return refuse(r, "an object with an index that cannot be");
    while (r->seen_count <= (size_t)index) {
        size_t capacity = r->seen_count;
        horn_status status = memory_grow(&r->seen, r->seen_count, &capacity, sizeof *r->seen);
        if (status) return status;
        r->seen_count = capacity;
    }
    return HORN_OK;
}

static horn_status read_indexed(reading *r, bool is_table, const torch7_value **out)
{
    static const torch7_value open_value = { .kind = TORCH7_NIL };
    const int32_t index = read_int(r);
    torch7_value *v = NULL;
    if (r->r.failed) return cut_short(r);
    horn_status status = check_index(r, index);
    if (status) return status;
    if (r->seen[index]) {
        if (r->seen[index] == &open_value)
            return fail(HORN_ERROR_UNSUPPORTED, "%s: byte %zu: an object that contains itself", r->name,
                        place_of(r));
        if ((r->seen[index]->kind == TORCH7_TABLE) != is_table)
            return refuse(r, "a reference to another kind of object");
        *out = r->seen[index];
        return HORN_OK;
    }
    if (++r->depth > MOST_DEPTH) return refuse(r, "objects nested deeper than 100");
    status = add_value(r, is_table ? TORCH7_TABLE : TORCH7_OBJECT, &v);
    if (status) return status;
    r->seen[index] = &open_value;
    status = is_table ? read_table(r, v) : read_torch(r, v);
    r->seen[index] = v;
    r->depth--;
    *out = v;
    return status;
}

static horn_status read_plain(reading *r, int32_t tag, torch7_value *v)
{
    if (tag == 2) return read_text(r, &v->text, &v->length);
    if (tag == 1) {
        const uint64_t bits = byte_reader_number(&r->r, 8);
        memcpy(&v->number, &bits, sizeof bits);
    }
    if (tag == 5) {
        const int32_t number = read_int(r);
        v->boolean = number != 0;
        if (!r->r.failed && number != 0 && number != 1) return refuse(r, "a boolean that is neither 0 nor 1");
    }
    return r->r.failed ? cut_short(r) : HORN_OK;
}

static horn_status read_object(reading *r, const torch7_value **out)
{
    static const torch7_kind kinds[] = { TORCH7_NIL, TORCH7_NUMBER, TORCH7_STRING, 0, 0, TORCH7_BOOLEAN };
    const int32_t tag = read_int(r);
    torch7_value *v = NULL;
    if (r->r.failed) return cut_short(r);
    if (tag == 3 || tag == 4) return read_indexed(r, tag == 3, out);
    if (tag >= 6 && tag <= 8)
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: byte %zu: holds a function of Lua, which is code and never read", r->name,
                    place_of(r));
    if (tag < 0 || tag > 8)
        return fail(HORN_ERROR_FORMAT, "%s: byte %zu: an object of kind %d", r->name, place_of(r), (int)tag);
    horn_status status = add_value(r, kinds[tag], &v);
    if (status) return status;
    *out = v;
    return read_plain(r, tag, v);
}

horn_status torch7_read(torch7_file *out, const void *data, size_t size, const char *name)
{
    reading r = { .file = out, .r = byte_reader_of(data, size), .name = name, .size = size };
    const torch7_value *root = NULL;
    *out = (torch7_file){ 0 };
    horn_status status = read_object(&r, &root);
    if (!status && byte_reader_left(&r.r))
        status = fail(HORN_ERROR_FORMAT, "%s: %zu bytes behind its object", name, byte_reader_left(&r.r));
    out->root = root;
    free(r.seen);
    return status;
}

void torch7_free(torch7_file *f)
{
    for (size_t i = 0; i < f->count; i++) {
        free(f->values[i]->pairs);
        free(f->values[i]);
    }
    free(f->values);
    *f = (torch7_file){ 0 };
}
