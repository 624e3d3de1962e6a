/* Reads tensors in slices, as TensorFlow saves partitioned variables.
 *
 *     entry of the tensor   7 slice {1 extent {1 start, 2 length; without: the whole axis}... one an axis}...
 *     key of a slice        0, the tensor's name (00 -> 00 ff, ff -> ff 00), 00 01, its rank, start and length of each
 *                           axis (length -1: the whole)
 *     numbers in the key    TensorFlow's OrderedCode: the rank as a count of bytes and the bytes, high one first; signed
 *                           ones in as few bytes as hold 7 bits each, their length told by leading ones, and below 0
 *                           all bits turned round
 *
 * The slices of one tensor must fill it and not overlap. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "codecs/tensorflow/tensor_bundle_parts.h"

enum { MOST_SLICES = 1024 };
/* The largest start or length. */
static const int64_t most = (int64_t)1 << 60;

typedef struct box {
    size_t start[HORN_MAX_RANK], length[HORN_MAX_RANK], count;
    /* Axes without a length. */
    bool whole[HORN_MAX_RANK];
} box;

static horn_status broken(const tensor_bundle *b, const bundle_entry *e, const char *what)
{
    return fail(HORN_ERROR_FORMAT, "%s: the entry '%s' has slices that %s", b->name, e->key.at, what);
}

/* ---- keys ---- */

static void put_text(bytes *out, protobuf_text text)
{
    for (size_t i = 0; i < text.size; i++) {
        bytes_append(out, &text.at[i], 1);
        if (text.at[i] == 0) bytes_append(out, "\xff", 1);
        if (text.at[i] == '\xff') bytes_append(out, "", 1);
    }
    bytes_append(out, "\0\1", 2);
}

static void put_signed(bytes *out, int64_t value)
{
    unsigned char text[9];
    uint64_t magnitude = (uint64_t)(value < 0 ? ~value : value);
    int size = 1;
    while (magnitude >> (7 * size - 1)) size++; /* below 2^61: 9 at most */
    for (int i = 0; i < size; i++) {
        int shift = 8 * (size - 1 - i);
        text[i] = (unsigned char)(shift < 64 ? (uint64_t)value >> shift : value < 0 ? 0xff : 0);
    }
    text[0] ^= (unsigned char)(size < 8 ? 0xff << (8 - size) : 0xff);
    if (size == 9) text[1] ^= 0x80;
    bytes_append(out, text, (size_t)size);
}

static void put_key(bytes *out, const bundle_entry *e, const box *slice)
{
    unsigned char rank[2] = { 1, (unsigned char)e->rank };
    out->size = 0;
    bytes_append(out, "", 1);
    put_text(out, e->key);
    bytes_append(out, e->rank ? rank : (const unsigned char *)"", e->rank ? 2 : 1);
    for (int i = 0; i < e->rank; i++) {
        put_signed(out, (int64_t)slice->start[i]);
        put_signed(out, slice->whole[i] ? -1 : (int64_t)slice->length[i]);
    }
}

/* ---- reading an entry ---- */

static bool read_extent(box *out, int axis, protobuf_reader *slice, const protobuf_field *field, size_t dim)
{
    protobuf_field f;
    int64_t start = 0, length = -1;
    protobuf_reader r = protobuf_enter(slice, field);
    out->whole[axis] = true;
    while (protobuf_next(&r, &f)) {
        if (f.number == 1) start = protobuf_integer(&r, &f);
        if (f.number == 2) length = protobuf_integer(&r, &f), out->whole[axis] = false;
    }
    protobuf_leave(slice, &r);
    if (out->whole[axis]) length = dim <= (size_t)most ? (int64_t)dim : -1;
    if (start < 0 || start > most || length < 0 || length > most) return false;
    out->start[axis] = (size_t)start;
    out->length[axis] = (size_t)length;
    return out->length[axis] <= dim && out->start[axis] <= dim - out->length[axis] &&
           memory_multiply(&out->count, out->length[axis]);
}

static bool read_slice(box *out, const bundle_entry *e, protobuf_reader *entry, const protobuf_field *field)
{
    protobuf_field f;
    bool fits = true;
    int axis = 0;
    protobuf_reader r = protobuf_enter(entry, field);
    *out = (box){ .count = 1 };
    while (protobuf_next(&r, &f)) {
        if (f.number != 1) continue;
        fits = fits && axis < e->rank && read_extent(out, axis, &r, &f, e->shape[axis]);
        axis++;
    }
    protobuf_leave(entry, &r);
    return fits && axis == e->rank;
}

static horn_status read_slices(const tensor_bundle *b, const bundle_entry *e, box **out, size_t *count)
{
    horn_status status = HORN_OK;
    protobuf_field f;
    box *list = NULL;
    size_t capacity = 0;
    *count = 0;
    protobuf_reader r = protobuf_read(e->value.at, e->value.size);
    while (protobuf_next(&r, &f)) {
        if (f.number != 7) continue;
        if (*count == MOST_SLICES)
            TRY(fail(HORN_ERROR_UNSUPPORTED, "%s: the entry '%s' has more than %d slices", b->name, e->key.at,
                     MOST_SLICES));
        TRY(memory_grow(&list, *count, &capacity, sizeof *list));
        if (!read_slice(&list[(*count)++], e, &r, &f)) TRY(broken(b, e, "reach out of its shape"));
    }
    if (r.failed) TRY(broken(b, e, "are broken"));
    *out = list;
    list = NULL;
done:
    free(list);
    return status;
}

/* ---- checking ---- */

static const bundle_entry *find_slice(const tensor_bundle *b, const bundle_entry *e, const box *slice,
                                      bytes *key)
{
    put_key(key, e, slice);
    return bytes_status(key) ? NULL
                             : tensor_bundle_find(b, (protobuf_text){ (const char *)key->data, key->size });
}

static bool overlap(const box *x, const box *y, int rank)
{
    for (int i = 0; i < rank; i++)
        if (x->start[i] >= y->start[i] + y->length[i] || y->start[i] >= x->start[i] + x->length[i])
            return false;
    return true;
}

static horn_status check_slice(tensor_bundle *b, const bundle_entry *e, const box *list, size_t index,
                               bytes *key)
{
    const box *slice = &list[index];
    const bundle_entry *found = find_slice(b, e, slice, key);
    for (size_t i = 0; i < index; i++)
        if (overlap(&list[i], slice, e->rank)) return broken(b, e, "overlap");
    if (bytes_status(key)) return bytes_status(key);
    if (!found) return broken(b, e, "are not there");
    if (found->sliced || found->dtype != e->dtype || found->rank != e->rank ||
        memcmp(found->shape, slice->length, (size_t)e->rank * sizeof *found->shape) != 0)
        return broken(b, e, "have another dtype or shape than it says");
    b->entries[found - b->entries].slice = true;
    return HORN_OK;
}

horn_status bundle_slices_check(tensor_bundle *b, bundle_entry *e)
{
    horn_status status = HORN_OK;
    box *list = NULL;
    bytes key = { 0 };
    size_t count, filled = 0, size = e->count;
    if (e->rank > HORN_MAX_RANK) return HORN_OK; /* is refused when it is read */
    TRY(read_slices(b, e, &list, &count));
    for (size_t i = 0; i < count; i++) {
        TRY(check_slice(b, e, list, i, &key));
        filled += list[i].count; /* none overlap: never more than e->count */
    }
    if (filled != e->count) TRY(broken(b, e, "do not fill it"));
    if (!memory_multiply(&size, bundle_dtype_size(e->dtype))) TRY(broken(b, e, "cannot be that large"));
    e->size = size;
done:
    free(list);
    bytes_free(&key);
    return status;
}

/* ---- putting together ---- */

/* Copies row by row of the last axis. */
static void copy_slice(unsigned char *to, const unsigned char *from, const bundle_entry *e, const box *slice,
                       size_t element)
{
    size_t at[HORN_MAX_RANK] = { 0 };
    int last = e->rank - 1;
    size_t row = last < 0 ? 1 : slice->length[last], rows = row ? slice->count / row : 0;
    for (size_t i = 0; i < rows; i++) {
        size_t place = 0;
        for (int a = 0; a <= last; a++) place = place * e->shape[a] + slice->start[a] + at[a];
        memcpy(to + place * element, from + i * row * element, row * element);
        for (int a = last - 1; a >= 0 && ++at[a] == slice->length[a]; a--) at[a] = 0;
    }
}

horn_status bundle_slices_read(const tensor_bundle *b, const bundle_entry *e, void *data)
{
    horn_status status = HORN_OK;
    box *list = NULL;
    bytes key = { 0 };
    size_t count;
    const void *from;
    TRY(read_slices(b, e, &list, &count));
    for (size_t i = 0; i < count; i++) {
        const bundle_entry *slice = find_slice(b, e, &list[i], &key);
        TRY(bytes_status(&key));
        TRY(bundle_entry_bytes(b, slice, &from));
        copy_slice(data, from, e, &list[i], bundle_dtype_size(e->dtype));
    }
done:
    free(list);
    bytes_free(&key);
    return status;
}
