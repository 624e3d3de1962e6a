#include "codecs/hdf5/survey_parts.h"

#include <stdlib.h>
#include <string.h>
#include "base/status.h"

enum {
    /* The highest rank of B-trees: h5py's are 4, 16 and 32. */
    MAX_RANK_K = 4096,
    /* Ranks of symbol tables if the superblock (versions 2 and 3) has no field for them. */
    LEAF_K = 4,
    NODE_K = 16
};

/* --- superblock --- */

/* `end` counts from the first byte of the file, all other addresses from `base`. */
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

/* Versions 0 and 1: a symbol table entry gives the root group. */
static horn_status read_old_superblock(survey *s, byte_reader *r, int version, uint64_t *root,
                                       uint64_t *cached, bool *is_cached)
{
    /* Versions of: free space, root group, (reserved), shared headers. */
    uint64_t versions = byte_reader_number(r, 3) | byte_reader_number(r, 1) << 24;
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
    return status ? status : survey_check_overlaps(s);
}

/* The superblock holds its own address: 24 bytes after its start in versions 0 and 1, 12 bytes in versions 2 and
 * 3. */
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

static horn_status survey_all(const void *data, size_t size, const char *name, bool is_pytables)
{
    survey s = { .name = name, .is_pytables = is_pytables, .chunk_k = 32, .read_object = survey_object_at };
    if (!hdf5_survey_find(data, size, &s.base)) s.base = 0;
    s.data = (const unsigned char *)data + s.base;
    s.size = size - s.base;
    horn_status status = read_file(&s);
    for (size_t i = 0; i < s.collection_count; i++) free(s.collections[i].objects);
    free(s.collections);
    free(s.extents);
    return status;
}

horn_status hdf5_survey(const void *data, size_t size, const char *name)
{
    return survey_all(data, size, name, false);
}

horn_status hdf5_survey_pytables(const void *data, size_t size, const char *name)
{
    return survey_all(data, size, name, true);
}
