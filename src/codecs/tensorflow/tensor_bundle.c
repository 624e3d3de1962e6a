#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"
#include "codecs/tensorflow/tensor_bundle_parts.h"

enum { MAX_SHARDS = 99999 };

/* ---- the index ---- */

static horn_status broken(const tensor_bundle *b, protobuf_text key, const char *what)
{
    return fail(HORN_ERROR_FORMAT, "%s: the entry '%s' %s", b->name, key.at, what);
}

static horn_status read_header(tensor_bundle *b, const table_entry *entry)
{
    int64_t shards = 0, order = 0, least = 0;
    protobuf_field f, v;
    if (!entry || entry->key.size) return fail(HORN_ERROR_FORMAT, "%s: has no header", b->name);
    protobuf_reader r = protobuf_read(entry->value.at, entry->value.size);
    while (protobuf_next(&r, &f)) {
        if (f.number == 1) shards = protobuf_integer(&r, &f);
        if (f.number == 2) order = protobuf_integer(&r, &f);
        if (f.number != 3) continue;
        protobuf_reader version = protobuf_enter(&r, &f);
        while (protobuf_next(&version, &v))
            if (v.number == 2) least = protobuf_integer(&version, &v);
        protobuf_leave(&r, &version);
    }
    if (r.failed) return fail(HORN_ERROR_FORMAT, "%s: its header is broken", b->name);
    if (least > 1)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: needs a reader of version %lld, this is version 1", b->name,
                    (long long)least);
    if (order) return fail(HORN_ERROR_UNSUPPORTED, "%s: big-endian tensors are not supported", b->name);
    if (shards < 1 || shards > MAX_SHARDS)
        return fail(HORN_ERROR_FORMAT, "%s: has %lld shards, expected 1 to %d", b->name, (long long)shards,
                    MAX_SHARDS);
    b->shards = (size_t)shards;
    return HORN_OK;
}

/* Reads a shape. Keeps a rank above HORN_MAX_RANK; such a tensor cannot be described. */
static bool read_shape(bundle_entry *out, protobuf_reader *entry, const protobuf_field *field)
{
    protobuf_field f, d;
    bool fits = true;
    protobuf_reader r = protobuf_enter(entry, field);
    out->rank = 0;
    out->count = 1;
    while (protobuf_next(&r, &f)) {
        int64_t size = 0;
        if (f.number == 3 && protobuf_integer(&r, &f)) fits = false; /* unknown rank */
        if (f.number != 2) continue;
        protobuf_reader dimension = protobuf_enter(&r, &f);
        while (protobuf_next(&dimension, &d))
            if (d.number == 1) size = protobuf_integer(&dimension, &d);
        protobuf_leave(&r, &dimension);
        fits = fits && size >= 0 && out->rank < 254 && memory_multiply(&out->count, (size_t)size);
        if (fits && out->rank < HORN_MAX_RANK) out->shape[out->rank] = (size_t)size;
        out->rank += fits;
    }
    protobuf_leave(entry, &r);
    return fits;
}

static bool in_range(int64_t value, size_t *out)
{
    *out = (size_t)value;
    return value >= 0 && value <= INT64_MAX / 2;
}

static bool size_fits(const bundle_entry *e)
{
    size_t total = e->count;
    if (e->sliced) return e->size == 0;
    if (e->dtype == BUNDLE_VARIANT) return e->count <= e->size / 5; /* a length, nothing, a checksum */
    if (e->dtype == BUNDLE_STRING) return e->size >= 4 && e->count <= e->size - 4;
    if (bundle_dtype_size(e->dtype))
        return memory_multiply(&total, bundle_dtype_size(e->dtype)) && total == e->size;
    return true; /* of a dtype that is refused when it is read */
}

static horn_status read_entry(tensor_bundle *b, bundle_entry *e, const table_entry *from)
{
    protobuf_field f;
    bool fits = true, shaped = false;
    *e = (bundle_entry){ .key = from->key, .value = from->value, .count = 1 };
    protobuf_reader r = protobuf_read(from->value.at, from->value.size);
    while (protobuf_next(&r, &f)) {
        int64_t value = f.number == 1 || (f.number >= 3 && f.number <= 5) ? protobuf_integer(&r, &f) : 0;
        if (f.number == 1) e->dtype = value >= 0 && value < 256 ? (unsigned)value : 255;
        if (f.number == 2) fits &= !shaped && read_shape(e, &r, &f), shaped = true;
        if (f.number == 3) fits &= in_range(value, &e->shard);
        if (f.number == 4) fits &= in_range(value, &e->offset);
        if (f.number == 5) fits &= in_range(value, &e->size);
        if (f.number == 6) e->crc = protobuf_fixed32(&r, &f);
        if (f.number == 7) e->sliced = true;
    }
    if (r.failed) return broken(b, e->key, "is broken");
    if (!fits) return broken(b, e->key, "has a shape or a place that cannot be");
    if (e->dtype == 0 || e->dtype > BUNDLE_LAST_DTYPE) return broken(b, e->key, "has no known dtype");
    if (e->shard >= b->shards) return broken(b, e->key, "names a shard that is not there");
    if (!size_fits(e)) return broken(b, e->key, "has another size than its shape says");
    return HORN_OK;
}

static int compare_places(const void *a, const void *b)
{
    const bundle_entry *x = *(const bundle_entry *const *)a, *y = *(const bundle_entry *const *)b;
    if (x->shard != y->shard) return x->shard < y->shard ? -1 : 1;
    if (x->offset != y->offset) return x->offset < y->offset ? -1 : 1;
    return (x->size > y->size) - (x->size < y->size);
}

static horn_status check_overlaps(tensor_bundle *b)
{
    const bundle_entry *before = NULL;
    horn_status status = memory_new(&b->by_place, b->count, sizeof *b->by_place);
    if (status) return status;
    for (size_t i = 0; i < b->count; i++) b->by_place[i] = &b->entries[i];
    qsort(b->by_place, b->count, sizeof *b->by_place, compare_places);
    for (size_t i = 0; i < b->count; i++) {
        const bundle_entry *e = b->by_place[i];
        if (e->sliced || e->size == 0) continue;
        if (before && before->shard == e->shard && e->offset < before->offset + before->size)
            return fail(HORN_ERROR_FORMAT, "%s: the entries '%s' and '%s' overlap", b->name, before->key.at,
                        e->key.at);
        before = e;
    }
    return HORN_OK;
}

horn_status tensor_bundle_open(tensor_bundle **out, const void *index, size_t size, const char *name)
{
    horn_status status = HORN_OK;
    tensor_bundle *b;
    TRY(memory_new(&b, 1, sizeof *b));
    status = memory_new(&b->loaded, 1, sizeof *b->loaded);
    if (!status) status = memory_copy_string(&b->name, name);
    if (!status) status = table_read(&b->index, index, size, name);
    if (!status) status = read_header(b, b->index.count ? b->index.entries : NULL);
    if (!status) {
        b->count = b->index.count - 1;
        status = memory_new(&b->entries, b->count, sizeof *b->entries);
    }
    for (size_t i = 0; !status && i < b->count; i++)
        status = read_entry(b, &b->entries[i], &b->index.entries[i + 1]);
    for (size_t i = 0; !status && i < b->count; i++)
        if (b->entries[i].sliced) status = bundle_slices_check(b, &b->entries[i]);
    if (!status) status = check_overlaps(b);
    if (status)
        tensor_bundle_close(b);
    else
        *out = b;
done:
    return status;
}

static void free_shard(bundle_shard *s)
{
    bytes_free(&s->content);
    large_file_close(s->file);
    *s = (bundle_shard){ 0 };
}

void tensor_bundle_close(tensor_bundle *b)
{
    if (!b) return;
    for (size_t i = 0; i < b->held; i++) free_shard(&b->data[i]);
    if (b->loaded) bytes_free(b->loaded);
    free(b->loaded);
    free(b->data);
    free(b->by_place);
    free(b->entries);
    table_free(&b->index);
    free(b->name);
    free(b);
}

/* ---- shards ---- */

size_t tensor_bundle_shards(const tensor_bundle *b)
{
    return b->shards;
}

void tensor_bundle_suffix(char out[32], size_t shard, size_t shards)
{
    snprintf(out, 32, ".data-%05u-of-%05u", (unsigned)shard % 100000, (unsigned)shards % 100000);
}

/* The index of the first entry of this shard or a later one. */
static size_t first_of(const tensor_bundle *b, size_t shard)
{
    size_t low = 0, high = b->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (b->by_place[middle]->shard < shard)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool tensor_bundle_needs(const tensor_bundle *b, size_t shard)
{
    for (size_t i = first_of(b, shard); i < b->count && b->by_place[i]->shard == shard; i++)
        if (!b->by_place[i]->sliced) return true;
    return false;
}

/* Fails if an entry leaves a shard of that size. */
static horn_status check_size(const tensor_bundle *b, size_t shard, size_t size)
{
    for (size_t i = first_of(b, shard); i < b->count && b->by_place[i]->shard == shard; i++) {
        const bundle_entry *e = b->by_place[i];
        if (e->sliced || (e->offset <= size && e->size <= size - e->offset)) continue;
        return fail(HORN_ERROR_FORMAT,
                    "%s: the entry '%s' lies at byte %zu to %zu of shard %zu, which has %zu bytes", b->name,
                    e->key.at, e->offset, e->offset + e->size, shard, size);
    }
    return HORN_OK;
}

/* Takes what was given, also on failure. */
static horn_status take(tensor_bundle *b, size_t shard, bundle_shard *given)
{
    horn_status status = HORN_OK;
    size_t capacity = b->held;
    TRY(bytes_status(&given->content));
    if (shard >= b->shards) TRY(fail(HORN_ERROR_ARGUMENT, "%s: has no shard %zu", b->name, shard));
    TRY(check_size(b, shard, given->file ? given->file->size : given->content.size));
    if (shard >= capacity) {
        bundle_shard *grown = realloc(b->data, (shard + 1) * sizeof *grown);
        if (!grown) TRY(fail_memory(b->name, (shard + 1) * sizeof *grown));
        memset(grown + capacity, 0, (shard + 1 - capacity) * sizeof *grown);
        b->data = grown;
        b->held = shard + 1;
    }
    free_shard(&b->data[shard]);
    b->data[shard] = *given;
    *given = (bundle_shard){ 0 };
done:
    free_shard(given);
    return status;
}

horn_status tensor_bundle_give(tensor_bundle *b, size_t shard, bytes *content)
{
    bundle_shard given = { .content = *content };
    *content = (bytes){ 0 };
    return take(b, shard, &given);
}

void tensor_bundle_take(tensor_bundle *b, size_t shard, bytes *out)
{
    *out = (bytes){ 0 };
    if (shard >= b->held) return;
    *out = b->data[shard].content;
    b->data[shard].content = (bytes){ 0 };
}

horn_status tensor_bundle_give_file(tensor_bundle *b, size_t shard, large_file *file)
{
    bundle_shard given = { .file = file };
    return take(b, shard, &given);
}
