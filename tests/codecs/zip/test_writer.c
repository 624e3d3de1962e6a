/* Archives as PyTorch writes them, and archives whose numbers need more than 32 or 16 bits. */
#include "test.h"

#include <sys/mman.h>
#include "codecs/zip/archives.h"
#include "codecs/zip/writer.h"

#define GIB ((size_t)1 << 30)

static void check_torch(const char *path)
{
    bytes file = { 0 }, made = { 0 };
    zip_file *zip = NULL;
    zip_writer *writer = NULL;
    ck_ok(file_read(&file, path, 0));
    ck_ok(zip_file_open(&zip, file.data, file.size, path));
    pieces into = { 0 };
    ck_ok(zip_writer_new(&writer, &into));
    zip_writer_as_torch(writer);
    for (size_t i = 0; i < zip->count; i++) {
        const zip_member *m = &zip->members[i];
        const unsigned char *data;
        ck_ok(zip_file_stored(&data, zip, m));
        ck_ok(zip_writer_add(writer, m->name, data, m->size, 64));
    }
    ck_ok(zip_writer_finish(writer));
    made = into.own;
    ck_assert_msg(made.size == file.size && memcmp(made.data, file.data, file.size) == 0, "%s: other bytes",
                  path);
    zip_writer_free(writer);
    zip_file_close(zip);
    bytes_free(&made);
    bytes_free(&file);
}

/* One has an empty member; one is of PyTorch 1.13. */
START_TEST(test_writer__writes_what_pytorch_writes)
{
    check_torch("tests/golden/torch/cnn_sd.pth");
    check_torch("tests/golden/torch/weird.pth");
    check_torch("tests/golden/torch/t113_adam.pth");
}
END_TEST

/* An archive in pages that take no memory until they are written. */
static bytes large(size_t size)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ck_assert(at != MAP_FAILED);
    return (bytes){ .data = at, .capacity = size };
}

static void check_large(bool is_torch, bool far_extra)
{
    bytes b = large(6 * GIB);
    zip_writer *writer = NULL;
    zip_file *zip = NULL;
    const unsigned char *data;
    pieces into = { .own = b };
    ck_ok(zip_writer_new(&writer, &into));
    if (is_torch) zip_writer_as_torch(writer);
    ck_ok(zip_writer_add(writer, "first", "abc", 3, 64));
    into.own.size += 5 * GIB; /* a hole between two members */
    into.size += 5 * GIB;
    ck_ok(zip_writer_add(writer, "far", "defg", 4, 64));
    ck_ok(zip_writer_finish(writer));
    b = into.own;
    ck_ok(zip_file_open(&zip, b.data, b.size, "large.zip"));
    check_member(zip, "first", "abc", 3);
    check_member(zip, "far", "defg", 4);
    const zip_member *far = zip_file_find(zip, "far");
    ck_assert_uint_gt(far->start, 5 * GIB);
    ck_ok(zip_file_stored(&data, zip, far));
    ck_assert_uint_eq((size_t)(data - b.data) % 64, 0);
    const unsigned char *header = b.data + far->start, *extra = header + 30 + 3;
    const bool has_wide = extra[0] == 1 && extra[1] == 0;
    ck_assert_int_eq(has_wide, far_extra);
    if (has_wide) ck_assert_mem_eq(extra + 2, "\x08\0", 2); /* the offset alone */
    if (is_torch) ck_assert_uint_eq(far->end - far->data, 4 + 24);
    zip_file_close(zip);
    zip_writer_free(writer);
    munmap(b.data, 6 * GIB);
}

START_TEST(test_writer__writes_behind_4_gib)
{
    check_large(false, false);
    check_large(true, true);
}
END_TEST

START_TEST(test_writer__writes_more_than_65535_members)
{
    zip_writer *writer = NULL;
    zip_file *zip = NULL;
    const size_t counts[] = { 65534, 65535, 65600 };
    for (size_t c = 0; c < 3; c++) {
        pieces into = { 0 };
        ck_ok(zip_writer_new(&writer, &into));
        for (size_t i = 0; i < counts[c]; i++) {
            char name[24];
            snprintf(name, sizeof name, "%zu", i);
            ck_ok(zip_writer_add(writer, name, "x", 1, 0));
        }
        ck_ok(zip_writer_finish(writer));
        zip_writer_free(writer);
        ck_ok(zip_file_open(&zip, into.own.data, into.own.size, "many.zip"));
        ck_assert_uint_eq(zip->count, counts[c]);
        check_member(zip, "65533", "x", 1);
        zip_file_close(zip);
        pieces_free(&into);
    }
}
END_TEST

TEST_MAIN(test_writer__writes_what_pytorch_writes, test_writer__writes_behind_4_gib,
          test_writer__writes_more_than_65535_members)
