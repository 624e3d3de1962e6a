#include "codecs/hdf5/survey_parts.h"

#include <stdio.h>
#include <string.h>
#include "base/status.h"

enum {
    /* The deepest nesting of groups. */
    MAX_DEPTH = 160,
    /* The highest level of a B-tree node. */
    MAX_TREE_LEVEL = 16
};

horn_status survey_child(survey *s, const char *link, size_t length, uint64_t address, const uint64_t *cached)
{
    size_t here = strlen(s->path);
    if (length == 0 || memchr(link, '/', length) || memchr(link, 0, length))
        return survey_refuse(s, HORN_ERROR_FORMAT, "a link of %zu bytes without a proper name", length);
    if (++s->depth > MAX_DEPTH)
        return survey_refuse(s, HORN_ERROR_FORMAT, "groups are nested more than %d deep", MAX_DEPTH);
    snprintf(s->path + here, sizeof s->path - here, "/%.*s", length < 256 ? (int)length : 256, link);
    horn_status status = s->read_object(s, address, cached);
    if (!status) s->path[here] = 0;
    s->depth--;
    return status;
}

/* ---- groups by symbol table: a B-tree of nodes with entries, names in a local heap ---- */

typedef struct table {
    const unsigned char *names;
    size_t size;
    /* Names are in ascending order. */
    const char *previous;
} table;

/* A cycle in the list of free blocks would make libhdf5 loop for ever. */
static horn_status check_free_blocks(const survey *s, const table *t, uint64_t at)
{
    /* 1 ends the list. */
    for (size_t steps = 0; at != 1; steps++) {
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
    const bool is_soft = kind == 2 && s->is_pytables;
    if (is_soft && !heap_text(t, cached[0] & UINT32_MAX))
        return survey_refuse(s, HORN_ERROR_FORMAT, "the path of the link '%s' lies outside the heap", name);
    if (kind > 1 && !is_soft)
        return survey_refuse(s, HORN_ERROR_FORMAT, "'%s' is a %s link, expected a hard link", name,
                             kind == 2 ? "soft" : "strange");
    if (t->previous && strcmp(t->previous, name) >= 0)
        return survey_refuse(s, HORN_ERROR_FORMAT, "link '%s' follows '%s', expected ascending names", name,
                             t->previous);
    t->previous = name;
    if (is_soft) return HORN_OK;
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

/* level < 0: the root, which may have any level. */
static horn_status read_node(survey *s, table *t, uint64_t address, int level)
{
    byte_reader r;
    horn_status status =
        survey_open(s, &r, address, 24 + 2 * s->node_k * 8 + (2 * s->node_k + 1) * 8, "TREE");
    if (status) return status;
    int kind = (int)byte_reader_number(&r, 1), found = (int)byte_reader_number(&r, 1);
    uint64_t count = byte_reader_number(&r, 2);
    /* The addresses of its siblings, which libhdf5 does not follow. */
    byte_reader_skip(&r, 16);
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
