#include "codecs/zip/file.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "base/memory.h"
#include "base/status.h"
#include "codecs/inflater.h"

/* Sizes of the fixed parts. */
enum { LOCAL = 30, CENTRAL = 46, END = 22, END64 = 56, LOCATOR64 = 20 };
enum { ENCRYPTED = 1 << 0, LATER = 1 << 3, PATCHED = 1 << 5, STRONG = 1 << 6, MASKED = 1 << 13 };

/* The place of the central directory, and what it should hold. */
typedef struct directory {
    size_t offset, size, count;
} directory;

static unsigned get16(const unsigned char *p)
{
    return p[0] | (unsigned)p[1] << 8;
}

static uint32_t get32(const unsigned char *p)
{
    return get16(p) | (uint32_t)get16(p + 2) << 16;
}

static uint64_t get64(const unsigned char *p)
{
    return get32(p) | (uint64_t)get32(p + 4) << 32;
}

bool zip_file_recognizes(const void *data, size_t size)
{
    return size >= 4 && (memcmp(data, "PK\3\4", 4) == 0 || memcmp(data, "PK\5\6", 4) == 0);
}

bool zip_file_name_is_safe(const char *name)
{
    if (!*name || name[1] == ':') return false;
    for (const char *part = name; *part;) {
        size_t length = strcspn(part, "/");
        if (length == 0 || (part[0] == '.' && (length == 1 || (length == 2 && part[1] == '.')))) return false;
        for (size_t i = 0; i < length; i++)
            if ((unsigned char)part[i] < 0x20 || part[i] == 0x7f || part[i] == '\\') return false;
        part += length;
        if (*part) part++;
    }
    return true;
}

static horn_status broken(const zip_file *zip, const zip_member *member, const char *what)
{
    return fail(HORN_ERROR_FORMAT, "%s: member '%s': %s", zip->name, member->name, what);
}

/* Finds the only end of central directory whose comment reaches to the end of the bytes. */
static horn_status find_end(size_t *found, const zip_file *zip)
{
    size_t count = 0;
    for (size_t tail = END; tail <= zip->size && tail <= END + 0xffff; tail++) {
        const unsigned char *p = zip->bytes + zip->size - tail;
        if (p[0] != 'P' || memcmp(p, "PK\5\6", 4) != 0 || END + get16(p + 20) != tail) continue;
        *found = zip->size - tail;
        count++;
    }
    if (count == 1) return HORN_OK;
    return fail(HORN_ERROR_FORMAT, "%s: %s end of a zip's central directory, expected one", zip->name,
                count ? "more than one" : "no");
}

/* True if the 32-bit number equals the 64-bit one, or is all ones. */
static bool agrees(uint64_t narrow, uint64_t all_ones, uint64_t wide)
{
    return narrow == wide || narrow == all_ones;
}

/* Reads the zip64 end and its locator, which lie between the directory and the end at `at`; *end is where they
 * begin. */
static horn_status read_end64(directory *d, size_t *end, const zip_file *zip, size_t at)
{
    const unsigned char *locator = zip->bytes + at - LOCATOR64, *narrow = zip->bytes + at;
    uint64_t offset = get64(locator + 8), before = at - LOCATOR64;
    if (get32(locator + 4) != 0 || get32(locator + 16) > 1)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: zip over several disks", zip->name);
    if (before < END64 || offset > before - END64 || memcmp(zip->bytes + offset, "PK\6\6", 4) != 0)
        return fail(HORN_ERROR_FORMAT, "%s: no zip64 end of central directory at byte %llu", zip->name,
                    (unsigned long long)offset);
    const unsigned char *p = zip->bytes + offset;
    if (get64(p + 4) != before - offset - 12)
        return fail(HORN_ERROR_FORMAT, "%s: zip64 end of %llu bytes, expected %llu", zip->name,
                    (unsigned long long)get64(p + 4), (unsigned long long)(before - offset - 12));
    if (get32(p + 16) || get32(p + 20) || get64(p + 24) != get64(p + 32))
        return fail(HORN_ERROR_UNSUPPORTED, "%s: zip over several disks", zip->name);
    *d = (directory){ .count = get64(p + 32), .size = get64(p + 40), .offset = get64(p + 48) };
    if (!agrees(get16(narrow + 10), 0xffff, d->count) || !agrees(get32(narrow + 12), 0xffffffff, d->size) ||
        !agrees(get32(narrow + 16), 0xffffffff, d->offset))
        return fail(HORN_ERROR_FORMAT, "%s: zip64 end of central directory differs from the plain one",
                    zip->name);
    *end = offset;
    return HORN_OK;
}

static horn_status read_end(directory *d, const zip_file *zip)
{
    size_t at = 0;
    horn_status status = find_end(&at, zip);
    if (status) return status;
    const unsigned char *p = zip->bytes + at;
    if (get16(p + 4) || get16(p + 6) || get16(p + 8) != get16(p + 10))
        return fail(HORN_ERROR_UNSUPPORTED, "%s: zip over several disks", zip->name);
    *d = (directory){ .count = get16(p + 10), .size = get32(p + 12), .offset = get32(p + 16) };
    if (at >= LOCATOR64 && memcmp(p - LOCATOR64, "PK\6\7", 4) == 0) status = read_end64(d, &at, zip, at);
    if (status) return status;
    if (d->offset > at || d->size != at - d->offset)
        return fail(HORN_ERROR_FORMAT,
                    "%s: central directory of %zu bytes at byte %zu, expected to end at byte %zu", zip->name,
                    d->size, d->offset, at);
    if (d->count > d->size / CENTRAL)
        return fail(HORN_ERROR_FORMAT, "%s: %zu members announced, the central directory has %zu bytes",
                    zip->name, d->count, d->size);
    return HORN_OK;
}

/* Replaces those of `count` values that are all ones by the numbers of the zip64 extra field, which has them in this
 * order. */
static bool widen(uint64_t **values, int count, const unsigned char *extra, size_t size)
{
    const unsigned char *at = NULL, *end = NULL;
    while (size > 0) {
        if (size < 4 || get16(extra + 2) > size - 4) return false;
        if (get16(extra) == 1) {
            if (at) return false;
            at = extra + 4;
            end = at + get16(extra + 2);
        }
        size -= 4 + get16(extra + 2);
        extra += 4 + get16(extra + 2);
    }
    for (int i = 0; i < count; i++) {
        if (*values[i] != 0xffffffff) continue;
        if (end - at < 8) return false;
        *values[i] = get64(at);
        at += 8;
    }
    return true;
}

/* Reads the central header at *at and moves *at past it. */
static horn_status read_central(zip_member *m, size_t *at, const zip_file *zip, size_t end)
{
    const unsigned char *p = zip->bytes + *at, *name = p + CENTRAL;
    if (end - *at < CENTRAL || memcmp(p, "PK\1\2", 4) != 0)
        return fail(HORN_ERROR_FORMAT, "%s: no central header at byte %zu", zip->name, *at);
    size_t length = get16(p + 28), extra = get16(p + 30), comment = get16(p + 32);
    if (length + extra + comment > end - *at - CENTRAL)
        return fail(HORN_ERROR_FORMAT, "%s: central header at byte %zu passes the directory's end", zip->name,
                    *at);
    horn_status status = memory_copy_text(&m->name, (const char *)name, length);
    if (status) return status;
    if (strlen(m->name) != length || !zip_file_name_is_safe(m->name))
        return broken(zip, m, "unsafe name, expected a relative path without '..'");
    uint64_t size = get32(p + 24), packed = get32(p + 20), start = get32(p + 42);
    if (!widen((uint64_t *[]){ &size, &packed, &start }, 3, name + length, extra))
        return broken(zip, m, "broken extra field in the central header");
    m->flags = get16(p + 8);
    m->method = get16(p + 10);
    m->crc = get32(p + 16);
    m->size = size;
    m->packed = packed;
    m->start = start;
    if (m->flags & (ENCRYPTED | STRONG | MASKED | PATCHED))
        return fail(HORN_ERROR_UNSUPPORTED, "%s: member '%s' is %s", zip->name, m->name,
                    m->flags & PATCHED ? "a patch" : "encrypted");
    if (get16(p + 34)) return fail(HORN_ERROR_UNSUPPORTED, "%s: zip over several disks", zip->name);
    if (m->method == 0 && m->size != m->packed) return broken(zip, m, "stored, but of two different sizes");
    *at += CENTRAL + length + extra + comment;
    return HORN_OK;
}

/* Returns the length of the data descriptor, which repeats the member's numbers; 0 if there is none. Its signature is
 * optional, its sizes have 4 or 8 bytes. */
static size_t measure_descriptor(const zip_member *m, const unsigned char *p, size_t left)
{
    for (size_t mark = 4 + 4; mark > 0; mark -= 4) {
        const unsigned char *q = p + mark - 4;
        if (left < mark - 4 || (mark == 8 && memcmp(p, "PK\7\10", 4) != 0)) continue;
        size_t rest = left - (mark - 4);
        if (rest < 12 || get32(q) != m->crc) continue;
        if (get32(q + 4) == m->packed && get32(q + 8) == m->size) return mark - 4 + 12;
        if (rest >= 20 && get64(q + 4) == m->packed && get64(q + 12) == m->size) return mark - 4 + 20;
    }
    return 0;
}

/* Finds a member's bytes by its local header, which must agree with the central header. Members end before `limit`,
 * the start of the central directory. */
static horn_status read_local(zip_member *m, const zip_file *zip, size_t limit)
{
    if (limit < LOCAL || m->start > limit - LOCAL || memcmp(zip->bytes + m->start, "PK\3\4", 4) != 0)
        return broken(zip, m, "no local header where the central one says");
    const unsigned char *p = zip->bytes + m->start;
    size_t length = get16(p + 26), extra = get16(p + 28), left = limit - m->start - LOCAL;
    if (length + extra > left || m->packed > left - length - extra)
        return broken(zip, m, "passes the central directory, expected to end before it");
    if (length != strlen(m->name) || memcmp(p + LOCAL, m->name, length) != 0)
        return broken(zip, m, "has another name in its local header");
    if (get16(p + 6) != m->flags || get16(p + 8) != m->method)
        return broken(zip, m, "has another method or flags in its local header");
    uint64_t size = get32(p + 22), packed = get32(p + 18);
    if (!widen((uint64_t *[]){ &size, &packed }, 2, p + LOCAL + length, extra))
        return broken(zip, m, "broken extra field in the local header");
    bool later = m->flags & LATER, unknown = later && get32(p + 14) == 0 && size == 0 && packed == 0;
    if (!unknown && (get32(p + 14) != m->crc || size != m->size || packed != m->packed))
        return broken(zip, m, "sizes or CRC differ between its two headers");
    m->data = m->start + LOCAL + length + extra;
    m->end = m->data + m->packed;
    if (later) {
        size_t descriptor = measure_descriptor(m, zip->bytes + m->end, limit - m->end);
        if (descriptor == 0) return broken(zip, m, "no data descriptor with its sizes and CRC behind it");
        m->end += descriptor;
    }
    return HORN_OK;
}

static int compare_starts(const void *a, const void *b, void *members)
{
    const zip_member *m = members, *x = m + *(const size_t *)a, *y = m + *(const size_t *)b;
    return x->start < y->start ? -1 : x->start > y->start;
}

static int compare_names(const void *a, const void *b, void *members)
{
    const zip_member *m = members;
    return strcmp(m[*(const size_t *)a].name, m[*(const size_t *)b].name);
}

/* Checks that no two members share a byte or a name; leaves by_name sorted. */
static horn_status check_pairs(zip_file *zip)
{
    size_t *order = zip->by_name, count = zip->count;
    zip_member *m = zip->members;
    for (size_t i = 0; i < count; i++) order[i] = i;
    qsort_r(order, count, sizeof *order, compare_starts, m);
    for (size_t i = 1; i < count; i++)
        if (m[order[i - 1]].end > m[order[i]].start)
            return broken(zip, &m[order[i]], "overlaps another member");
    qsort_r(order, count, sizeof *order, compare_names, m);
    for (size_t i = 1; i < count; i++)
        if (strcmp(m[order[i - 1]].name, m[order[i]].name) == 0)
            return broken(zip, &m[order[i]], "there twice, expected once");
    return HORN_OK;
}

static horn_status read_members(zip_file *zip)
{
    horn_status status = HORN_OK;
    directory d = { 0 };
    TRY(read_end(&d, zip));
    TRY(memory_new(&zip->members, d.count, sizeof *zip->members));
    TRY(memory_new(&zip->by_name, d.count, sizeof *zip->by_name));
    size_t at = d.offset, end = d.offset + d.size;
    for (; zip->count < d.count; zip->count++) {
        zip_member *m = &zip->members[zip->count];
        status = read_central(m, &at, zip, end);
        if (!status) status = read_local(m, zip, d.offset);
        if (status) {
            free(m->name);
            return status;
        }
    }
    if (at != end)
        return fail(HORN_ERROR_FORMAT, "%s: %zu bytes behind the last central header", zip->name, end - at);
    TRY(check_pairs(zip));
done:
    return status;
}

horn_status zip_file_open(zip_file **out, const void *data, size_t size, const char *name)
{
    zip_file *zip = NULL;
    horn_status status = memory_new(&zip, 1, sizeof *zip);
    if (status) return status;
    zip->bytes = data;
    zip->size = size;
    TRY(memory_copy_string(&zip->name, name));
    TRY(read_members(zip));
    *out = zip;
    zip = NULL;
done:
    zip_file_close(zip);
    return status;
}

void zip_file_close(zip_file *zip)
{
    if (!zip) return;
    for (size_t i = 0; i < zip->count; i++) free(zip->members[i].name);
    free(zip->members);
    free(zip->by_name);
    free(zip->name);
    free(zip);
}

const zip_member *zip_file_find(const zip_file *zip, const char *name)
{
    size_t low = 0, high = zip->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const zip_member *m = &zip->members[zip->by_name[middle]];
        int order = strcmp(name, m->name);
        if (order == 0) return m;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* zlib's crc32 counts in 32 bits, crc32_z in size_t. */
static horn_status check_crc(const zip_file *zip, const zip_member *m, const unsigned char *data)
{
    uint32_t crc = (uint32_t)crc32_z(0, data, m->size);
    if (crc == m->crc) return HORN_OK;
    return fail(HORN_ERROR_FORMAT, "%s: member '%s': CRC %08x, expected %08x", zip->name, m->name, crc,
                m->crc);
}

horn_status zip_file_stored(const unsigned char **data, const zip_file *zip, const zip_member *member)
{
    if (member->method != 0)
        return fail(HORN_ERROR_UNSUPPORTED, "%s: member '%s' is packed by method %u, expected stored",
                    zip->name, member->name, member->method);
    horn_status status = check_crc(zip, member, zip->bytes + member->data);
    if (!status) *data = zip->bytes + member->data;
    return status;
}

static horn_status unpack(void *out, const zip_file *zip, const zip_member *m)
{
    inflater *in = NULL;
    horn_status status = HORN_OK;
    TRY(inflater_open(&in, zip->bytes + m->data, m->packed, INFLATER_RAW, m->name));
    TRY(inflater_read(in, out, m->size));
    TRY(inflater_finish(in));
done:
    inflater_close(in);
    return status ? fail_in(status, zip->name) : HORN_OK;
}

horn_status zip_file_read(bytes *out, const zip_file *zip, const zip_member *member, size_t limit)
{
    horn_status status = HORN_OK;
    unsigned char *data = NULL;
    if (member->method != 0 && member->method != 8)
        return fail(HORN_ERROR_UNSUPPORTED,
                    "%s: member '%s' is packed by method %u, expected stored or deflate", zip->name,
                    member->name, member->method);
    if (limit && member->size > limit)
        return fail(HORN_ERROR_FORMAT, "%s: member '%s' has %zu bytes, more than the %zu that it may have",
                    zip->name, member->name, member->size, limit);
    if (!inflater_can_hold(member->packed, member->size))
        return fail(HORN_ERROR_FORMAT, "%s: member '%s' of %zu bytes claims to hold %zu", zip->name,
                    member->name, member->packed, member->size);
    /* Room for the closing 0 of bytes_text. */
    TRY(memory_new(&data, member->size + 1, 1));
    if (member->method == 8)
        TRY(unpack(data, zip, member));
    else
        memcpy(data, zip->bytes + member->data, member->size);
    TRY(check_crc(zip, member, data));
    *out = (bytes){ .data = data, .size = member->size, .capacity = member->size + 1 };
    data = NULL;
done:
    free(data);
    return status;
}
