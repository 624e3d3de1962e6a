/* Archives for tests: from golden files, or made part by part. */
#ifndef TESTS_ARCHIVES_H
#define TESTS_ARCHIVES_H

#include <stdio.h>
#include <zlib.h>
#include "codecs/zip/file.h"
#include "test.h"

static inline bytes load(const char *name)
{
    char path[256];
    bytes file = { 0 };
    snprintf(path, sizeof path, "tests/golden/zip/%s", name);
    ck_ok(file_read(&file, path, 1 << 20));
    return file;
}

/* Opens bytes in a block of their exact size, reads all members and returns the first failure. */
static inline horn_status read_all(const void *data, size_t size)
{
    zip_file *zip = NULL;
    unsigned char *copy = malloc(size ? size : 1);
    if (size) memcpy(copy, data, size);
    horn_status status = zip_file_open(&zip, copy, size, "made.zip");
    for (size_t i = 0; !status && i < zip->count; i++) {
        bytes content = { 0 };
        status = zip_file_read(&content, zip, &zip->members[i], 1 << 20);
        bytes_free(&content);
    }
    zip_file_close(zip);
    free(copy);
    return status;
}

static const char *const goldens[] = { "stored.zip",   "packed.zip",     "stream.zip",        "zip64.zip",
                                       "stream64.zip", "zip64_also.zip", "stream64_also.zip", "comment.zip" };
enum { GOLDENS = sizeof goldens / sizeof goldens[0] };

static inline void check_member(const zip_file *zip, const char *name, const void *expected, size_t size)
{
    const zip_member *member = zip_file_find(zip, name);
    ck_assert_msg(member != NULL, "%s: no %s", zip->name, name);
    bytes content = { 0 };
    ck_ok(zip_file_read(&content, zip, member, 0));
    ck_assert_uint_eq(content.size, size);
    ck_assert(size == 0 || memcmp(content.data, expected, size) == 0);
    ck_assert_uint_eq(strlen(bytes_text(&content)) <= size, 1);
    bytes_free(&content);
}

/* The three members of gen_zip.py. */
static inline void check_golden(const zip_file *zip)
{
    char hello[301] = "";
    unsigned char all[256];
    for (int i = 0; i < 50; i++) strcat(hello, "hello\n");
    for (int i = 0; i < 256; i++) all[i] = (unsigned char)i;
    ck_assert_uint_eq(zip->count, 3);
    check_member(zip, "a.txt", hello, 300);
    check_member(zip, "dir/b.bin", all, 256);
    check_member(zip, "empty", "", 0);
    ck_assert_ptr_null(zip_file_find(zip, "a.tx"));
    ck_assert_str_eq(zip->members[0].name, "a.txt");
}

/* A header as hostile as wanted. What is 0 or NULL is filled in truthfully. */
typedef struct part {
    const char *name, *local_name, *data;
    size_t data_size, size, local_size;
    unsigned method, local_method, flags;
    uint32_t crc, local_crc;
    size_t offset; /* in the central header; 0 = where it is */
    bool no_local;
} part;

static inline void put(bytes *b, int width, uint64_t value)
{
    for (int i = 0; i < width; i++) bytes_append(b, (unsigned char[]){ (unsigned char)(value >> 8 * i) }, 1);
}

static inline void put_header(bytes *b, const part *p, bool local, size_t offset)
{
    const char *name = local && p->local_name ? p->local_name : p->name;
    uint32_t crc = p->crc ? p->crc : (uint32_t)crc32(0, (const Bytef *)p->data, (uInt)p->data_size);
    size_t size = local && p->local_size ? p->local_size : p->size ? p->size : p->data_size;
    bytes_append(b, local ? "PK\3\4" : "PK\1\2\24", local ? 4 : 6);
    put(b, 2, 20);
    put(b, 2, p->flags);
    put(b, 2, local && p->local_method ? p->local_method : p->method);
    put(b, 4, 0);
    put(b, 4, local && p->local_crc ? p->local_crc : crc);
    put(b, 4, p->data_size);
    put(b, 4, size);
    put(b, 2, strlen(name));
    put(b, 2, 0);
    if (!local) bytes_append(b, "\0\0\0\0\0\0\0\0\0", 10);
    if (!local) put(b, 4, p->offset ? p->offset : offset);
    bytes_append(b, name, strlen(name));
}

static inline bytes make(const part *parts, size_t count)
{
    bytes b = { 0 };
    size_t offsets[8];
    for (size_t i = 0; i < count; i++) {
        offsets[i] = b.size;
        if (parts[i].no_local) continue;
        put_header(&b, &parts[i], true, 0);
        bytes_append(&b, parts[i].data, parts[i].data_size);
    }
    size_t start = b.size;
    for (size_t i = 0; i < count; i++) put_header(&b, &parts[i], false, offsets[i]);
    size_t size = b.size - start;
    bytes_append(&b, "PK\5\6\0\0\0\0", 8);
    put(&b, 2, count);
    put(&b, 2, count);
    put(&b, 4, size);
    put(&b, 4, start);
    put(&b, 2, 0);
    return b;
}

static inline horn_status read_parts(const part *parts, size_t count)
{
    bytes file = make(parts, count);
    horn_status status = read_all(file.data, file.size);
    bytes_free(&file);
    return status;
}

#define PART(...) (&(part){ .data = "data", .data_size = 4, __VA_ARGS__ })

#endif
