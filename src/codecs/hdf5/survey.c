#include "codecs/hdf5/survey_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/status.h"

#define MAX_DEPTH      32   /* of groups in groups */
#define MAX_TREE_LEVEL 16   /* of B-trees */
#define MAX_RANK_K     4096 /* of B-trees: h5py's are 4, 16, 32 */
#define LEAF_K         4 /* of groups by symbol table, where the superblock (version 2 and 3) says nothing of them */
#define NODE_K         16

horn_status survey_refuse(const survey *s, horn_status status, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return fail(status, "%s: %s%s: %s", s->name, *s->path == '/' ? "" : "/", s->path, text);
}

horn_status survey_claim(survey *s, uint64_t address, uint64_t size, const char *what)
{
    if (address > s->size || size > s->size - address)
        return survey_refuse(s, HORN_ERROR_FORMAT, "%s of %llu bytes at byte %llu, the file has %zu", what,
                             (unsigned long long)size, (unsigned long long)address, s->size);
    if (size == 0) return HORN_OK;
    s->claimed += size; /* this bound also ends every cycle */
    if (s->claimed > s->size)
        return survey_refuse(s, HORN_ERROR_FORMAT, "%s at byte %llu is reached twice, expected once", what,
                             (unsigned long long)address);
    horn_status status = memory_grow(&s->extents, s->extent_count, &s->extent_capacity, sizeof *s->extents);
    if (!status) s->extents[s->extent_count++] = (survey_extent){ address, size };
    return status;
}

horn_status survey_open(survey *s, byte_reader *out, uint64_t address, uint64_t size, const char *signature)
{
    horn_status status = survey_claim(s, address, size, signature);
    if (status) return status;
    *out = byte_reader_of(s->data + address, (size_t)size);
    const unsigned char *found = byte_reader_skip(out, 4);
    if (!found || memcmp(found, signature, 4) != 0)
        return survey_refuse(s, HORN_ERROR_FORMAT, "no '%s' at byte %llu", signature,
                             (unsigned long long)address);
    return HORN_OK;
}

static uint32_t turn(uint32_t x, int bits)
{
    return x << bits | x >> (32 - bits);
}

/* Bob Jenkins' lookup3, hashlittle, from 0. */
static uint32_t lookup3(const unsigned char *at, size_t size)
{
    static const int mix[6] = { 4, 6, 8, 16, 19, 4 }, final[7] = { 14, 11, 25, 16, 4, 14, 24 };
    uint32_t w[3];
    for (int i = 0; i < 3; i++) w[i] = 0xdeadbeef + (uint32_t)size;
    for (; size > 12; at += 12, size -= 12) {
        for (int i = 0; i < 12; i++) w[i / 4] += (uint32_t)at[i] << 8 * (i % 4);
        for (int i = 0; i < 6; i++) {
            uint32_t *a = &w[i % 3], *b = &w[(i + 1) % 3], *c = &w[(i + 2) % 3];
            *a -= *c;
            *a ^= turn(*c, mix[i]);
            *c += *b;
        }
    }
    if (size == 0) return w[2];
    for (size_t i = 0; i < size; i++) w[i / 4] += (uint32_t)at[i] << 8 * (i % 4);
    for (int i = 0; i < 7; i++) {
        uint32_t *to = &w[(i + 2) % 3], from = w[(i + 1) % 3];
        *to ^= from;
        *to -= turn(from, final[i]);
    }
    return w[2];
}

horn_status survey_checksum(const survey *s, uint64_t address, uint64_t size)
{
    byte_reader r = byte_reader_of(s->data + address + size, 4);
    uint32_t stored = (uint32_t)byte_reader_number(&r, 4),
             computed = lookup3(s->data + address, (size_t)size);
    if (stored == computed) return HORN_OK;
    return survey_refuse(s, HORN_ERROR_FORMAT, "checksum %08x at byte %llu, expected %08x", stored,
                         (unsigned long long)address, computed);
}

static int by_start(const void *a, const void *b)
{
    const survey_extent *x = a, *y = b;
    return (x->start > y->start) - (x->start < y->start);
}

static horn_status check_overlaps(survey *s)
{
    if (s->extent_count) qsort(s->extents, s->extent_count, sizeof *s->extents, by_start);
    for (size_t i = 1; i < s->extent_count; i++)
        if (s->extents[i].start - s->extents[i - 1].start < s->extents[i - 1].size)
            return survey_refuse(s, HORN_ERROR_FORMAT, "byte %llu belongs to two structures, expected one",
                                 (unsigned long long)s->extents[i].start);
    return HORN_OK;
}

horn_status survey_child(survey *s, const char *link, size_t length, uint64_t address, const uint64_t *cached)
{
    size_t here = strlen(s->path);
    if (length == 0 || memchr(link, '/', length) || memchr(link, 0, length))
        return survey_refuse(s, HORN_ERROR_FORMAT, "a link of %zu bytes without a proper name", length);
    if (++s->depth > MAX_DEPTH)
        return survey_refuse(s, HORN_ERROR_FORMAT, "groups are nested more than %d deep", MAX_DEPTH);
    snprintf(s->path + here, sizeof s->path - here, "/%.*s", length < 256 ? (int)length : 256, link);
    horn_status status = survey_object_at(s, address, cached);
    if (!status) s->path[here] = 0;
    s->depth--;
    return status;
}

/* --- groups by symbol table: a B-tree of nodes with entries, names in a local heap --- */

typedef struct table {
    const unsigned char *names;
    size_t size;
    const char *previous; /* names ascend */
} table;

/* A cycle in the list of free blocks would keep libhdf5 busy for ever. */
static horn_status check_free_blocks(const survey *s, const table *t, uint64_t at)
{
    for (size_t steps = 0; at != 1; steps++) { /* 1 ends the list */
        byte_reader r = { 0 };
        if (at < t->size) r = byte_reader_of(t->names + at, t->size - at);
        uint64_t next = byte_reader_number(&r, 8), size = byte_reader_number(&r, 8);
        if (at >= t->size || r.failed || size < 16 || size > t->size - at || steps > t->size / 16)
            return survey_refuse(s, HORN_ERROR_FORMAT, "the heap's free blocks do not fit into it");
        at = next;
    }
    return HORN_OK;
}

static horn_status open_heap(survey *s, table *out, uint64_t address)
{
    byte_reader r;
    horn_status status = survey_open(s, &r, address, 32, "HEAP");
    if (status) return status;
    uint64_t version = byte_reader_number(&r, 4) & 255, size = byte_reader_number(&r, 8);
    uint64_t first_free = byte_reader_number(&r, 8), data = byte_reader_number(&r, 8);
    if (version != 0)
        return survey_refuse(s, HORN_ERROR_FORMAT, "local heap of version %d, expected 0", (int)version);
    status = survey_claim(s, data, size, "local heap");
    if (status) return status;
    *out = (table){ s->data + data, (size_t)size, NULL };
    return check_free_blocks(s, out, first_free);
}

static const char *heap_text(const table *t, uint64_t offset)
{
    if (offset >= t->size || !memchr(t->names + offset, 0, t->size - offset)) return NULL;
    return (const char *)t->names + offset;
}

static horn_status read_entry(survey *s, table *t, byte_reader *r)
{
    uint64_t cached[2];
    const char *name = heap_text(t, byte_reader_number(r, 8));
    uint64_t address = byte_reader_number(r, 8), kind = byte_reader_number(r, 4);
    byte_reader_skip(r, 4);
    for (int i = 0; i < 2; i++) cached[i] = byte_reader_number(r, 8);
    if (!name) return survey_refuse(s, HORN_ERROR_FORMAT, "a link's name lies outside the heap");
    if (kind > 1)
        return survey_refuse(s, HORN_ERROR_FORMAT, "'%s' is a %s link, expected a hard link", name,
                             kind == 2 ? "soft" : "strange");
    if (t->previous && strcmp(t->previous, name) >= 0)
        return survey_refuse(s, HORN_ERROR_FORMAT, "link '%s' follows '%s', expected ascending names", name,
                             t->previous);
    t->previous = name;
    return survey_child(s, name, strlen(name), address, kind == 1 ? cached : NULL);
}

static horn_status read_leaf(survey *s, table *t, uint64_t address)
{
    byte_reader r;
    horn_status status = survey_open(s, &r, address, 8 + 2 * s->leaf_k * 40, "SNOD");
    if (status) return status;
    uint64_t version = byte_reader_number(&r, 2) & 255, count = byte_reader_number(&r, 2);
    if (version != 1 || count > 2 * s->leaf_k)
        return survey_refuse(s, HORN_ERROR_FORMAT,
                             "node of version %d with %d links, expected 1 and at most %zu", (int)version,
                             (int)count, 2 * s->leaf_k);
    while (count-- > 0 && !status) status = read_entry(s, t, &r);
    return status;
}

/* level < 0: the root, whose level is its own. */
static horn_status read_node(survey *s, table *t, uint64_t address, int level)
{
    byte_reader r;
    horn_status status =
        survey_open(s, &r, address, 24 + 2 * s->node_k * 8 + (2 * s->node_k + 1) * 8, "TREE");
    if (status) return status;
    int kind = (int)byte_reader_number(&r, 1), found = (int)byte_reader_number(&r, 1);
    uint64_t count = byte_reader_number(&r, 2);
    byte_reader_skip(&r, 16); /* the siblings: nobody follows them */
    if (kind != 0 || found > MAX_TREE_LEVEL || (level >= 0 && found != level) || count > 2 * s->node_k)
        return survey_refuse(s, HORN_ERROR_FORMAT, "tree node of kind %d, level %d with %d children", kind,
                             found, (int)count);
    for (uint64_t i = 0; i <= count; i++) {
        if (!heap_text(t, byte_reader_number(&r, 8)))
            return survey_refuse(s, HORN_ERROR_FORMAT, "a tree's key lies outside the heap");
        if (i == count) break;
        uint64_t child = byte_reader_number(&r, 8);
        status = found == 0 ? read_leaf(s, t, child) : read_node(s, t, child, found - 1);
        if (status) return status;
    }
    return HORN_OK;
}

horn_status survey_table(survey *s, const survey_object *o)
{
    table t;
    horn_status status = open_heap(s, &t, o->heap);
    return status ? status : read_node(s, &t, o->tree, -1);
}

/* --- superblock --- */

/* `end` counts from the file's first byte, all other addresses from `base`. */
static horn_status cut_to_end(survey *s, uint64_t base, uint64_t end)
{
    if (base != s->base)
        return survey_refuse(s, HORN_ERROR_FORMAT,
                             "superblock at byte %zu, which says that it is at byte %llu", s->base,
                             (unsigned long long)base);
    if (end < base || end - base > s->size)
        return survey_refuse(s, HORN_ERROR_FORMAT, "holds %zu bytes, its superblock says %llu",
                             s->base + s->size, (unsigned long long)end);
    s->size = (size_t)(end - base);
    return HORN_OK;
}

/* Version 0 and 1: the root group is named by a symbol table entry. */
static horn_status read_old_superblock(survey *s, byte_reader *r, int version, uint64_t *root,
                                       uint64_t *cached, bool *is_cached)
{
    uint64_t versions = byte_reader_number(r, 3) | byte_reader_number(r, 1)
                                                       << 24; /* free space, root, -, shared headers */
    uint64_t sizes = byte_reader_number(r, 2);
    byte_reader_skip(r, 1);
    s->leaf_k = byte_reader_number(r, 2);
    s->node_k = byte_reader_number(r, 2);
    byte_reader_skip(r, 4);
    if (version == 1) s->chunk_k = byte_reader_number(r, 4) & 0xffff;
    uint64_t base = byte_reader_number(r, 8);
    byte_reader_skip(r, 8);
    uint64_t end = byte_reader_number(r, 8), driver = byte_reader_number(r, 8);
    byte_reader_skip(r, 8);
    *root = byte_reader_number(r, 8);
    *is_cached = byte_reader_number(r, 4) == 1;
    byte_reader_skip(r, 4);
    for (int i = 0; i < 2; i++) cached[i] = byte_reader_number(r, 8);
    if (r->failed || (versions & 0xff00ffff) || sizes != 0x0808 || driver != SURVEY_UNDEFINED)
        return survey_refuse(s, HORN_ERROR_FORMAT, "superblock with a driver or odd sizes");
    if (s->leaf_k < 1 || s->leaf_k > MAX_RANK_K || s->node_k < 1 || s->node_k > MAX_RANK_K ||
        s->chunk_k < 1 || s->chunk_k > MAX_RANK_K)
        return survey_refuse(s, HORN_ERROR_FORMAT, "trees of rank %zu, %zu and %zu, expected 1 to %d",
                             s->leaf_k, s->node_k, s->chunk_k, MAX_RANK_K);
    horn_status status = cut_to_end(s, base, end);
    if (status) return status;
    return survey_claim(s, 0, version == 1 ? 100 : 96, "superblock");
}

static horn_status read_new_superblock(survey *s, byte_reader *r, uint64_t *root)
{
    uint64_t sizes = byte_reader_number(r, 2);
    byte_reader_skip(r, 1);
    uint64_t base = byte_reader_number(r, 8), extension = byte_reader_number(r, 8),
             end = byte_reader_number(r, 8);
    *root = byte_reader_number(r, 8);
    byte_reader_skip(r, 4);
    if (r->failed || sizes != 0x0808) return survey_refuse(s, HORN_ERROR_FORMAT, "superblock with odd sizes");
    if (extension != SURVEY_UNDEFINED)
        return survey_refuse(s, HORN_ERROR_UNSUPPORTED, "superblock with an extension");
    s->leaf_k = LEAF_K;
    s->node_k = NODE_K;
    horn_status status = cut_to_end(s, base, end);
    if (!status) status = survey_claim(s, 0, 48, "superblock");
    return status ? status : survey_checksum(s, 0, 44);
}

static bool is_signature(const unsigned char *data, size_t size, size_t place)
{
    return place < size && size - place >= 8 && memcmp(data + place, "\x89HDF\r\n\x1a\n", 8) == 0;
}

static horn_status read_file(survey *s)
{
    byte_reader r = byte_reader_of(s->data, s->size);
    const unsigned char *signature = byte_reader_skip(&r, 8);
    int version = (int)byte_reader_number(&r, 1);
    uint64_t root = 0, cached[2];
    bool is_cached = false;
    if (r.failed || !is_signature(signature, 8, 0))
        return fail(HORN_ERROR_FORMAT, "%s: does not begin as an HDF5 file", s->name);
    if (version > 3)
        return survey_refuse(s, HORN_ERROR_UNSUPPORTED, "superblock of version %d, expected at most 3",
                             version);
    horn_status status = version < 2 ? read_old_superblock(s, &r, version, &root, cached, &is_cached)
                                     : read_new_superblock(s, &r, &root);
    if (!status) status = survey_object_at(s, root, is_cached ? cached : NULL);
    return status ? status : check_overlaps(s);
}

/* The superblock gives its own place: behind 24 bytes in versions 0 and 1, behind 12 in versions 2 and 3. */
bool hdf5_survey_find(const void *data, size_t size, size_t *place)
{
    const unsigned char *bytes = data;
    *place = 0;
    if (is_signature(bytes, size, 0)) return true;
    for (size_t at = 512; at && at < size; at *= 2) {
        if (!is_signature(bytes, size, at)) continue;
        byte_reader r = byte_reader_of(bytes + at + 8, size - at - 8);
        byte_reader_skip(&r, byte_reader_number(&r, 1) < 2 ? 15 : 3);
        *place = at;
        return byte_reader_number(&r, 8) == at && !r.failed;
    }
    return false;
}

horn_status hdf5_survey(const void *data, size_t size, const char *name)
{
    survey s = { .name = name, .chunk_k = 32 };
    if (!hdf5_survey_find(data, size, &s.base)) s.base = 0;
    s.data = (const unsigned char *)data + s.base;
    s.size = size - s.base;
    horn_status status = read_file(&s);
    for (size_t i = 0; i < s.collection_count; i++) free(s.collections[i].objects);
    free(s.collections);
    free(s.extents);
    return status;
}
