/* A member of more than 4 GiB, with HORN_FLIPS=all; else of a few MiB. It takes as much memory. */
#include "test.h"

#include <stdio.h>
#include <sys/mman.h>
#include "codecs/zip/file.h"
#include "codecs/zip/writer.h"

#define GIB ((size_t)1 << 30)

static size_t size_of_member(void)
{
    const char *which = getenv("HORN_FLIPS");
    return which && strcmp(which, "all") == 0 ? 4 * GIB + 1000 : 5 << 20;
}

/* Zeros that take no memory until they are written. */
static void *pages(size_t size)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ck_assert(at != MAP_FAILED);
    return at;
}

static void check(bool is_torch)
{
    const size_t size = size_of_member(), room = size + (64 << 20);
    unsigned char *data = pages(size);
    bytes b = { .data = pages(room), .capacity = room };
    zip_writer *writer = NULL;
    zip_file *zip = NULL;
    const unsigned char *stored;
    memcpy(data + size - 5, "hello", 5);
    pieces into = { .own = b };
    ck_ok(zip_writer_new(&writer, &into));
    if (is_torch) zip_writer_as_torch(writer);
    ck_ok(zip_writer_add(writer, "m/data/0", data, size, 64));
    ck_ok(zip_writer_add(writer, "m/version", "3\n", 2, 64));
    ck_ok(zip_writer_finish(writer));
    b = into.own;
    ck_ok(zip_file_open(&zip, b.data, b.size, "large.zip"));
    const zip_member *large = zip_file_find(zip, "m/data/0"), *last = zip_file_find(zip, "m/version");
    ck_assert_uint_eq(large->size, size);
    ck_assert_uint_eq(large->data % 64, 0);
    ck_assert_uint_eq(last->data % 64, 0);
    ck_assert_int_eq(b.data[30 + 8],
                     size > 4 * GIB ? 1 : 'F'); /* the first extra field: zip64, or the padding */
    ck_ok(zip_file_stored(&stored, zip, large));
    ck_assert_mem_eq(stored + size - 5, "hello", 5);
    ck_ok(zip_file_stored(&stored, zip, last));
    zip_file_close(zip);
    zip_writer_free(writer);
    munmap(data, size);
    munmap(b.data, room);
}

START_TEST(test_large_zip__is_written_and_read)
{
    check(false);
    check(true);
}
END_TEST

TEST_MAIN_WITHIN(600, test_large_zip__is_written_and_read)
