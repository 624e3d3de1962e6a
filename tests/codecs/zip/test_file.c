#include "test.h"

#include "codecs/zip/archives.h"
#include "codecs/zip/writer.h"

START_TEST(test_zip_file__reads_what_python_writes)
{
    for (int i = 0; i < GOLDENS; i++) {
        bytes file = load(goldens[i]);
        zip_file *zip = NULL;
        ck_assert(zip_file_recognizes(file.data, file.size));
        ck_ok(zip_file_open(&zip, file.data, file.size, goldens[i]));
        check_golden(zip);
        zip_file_close(zip);
        bytes_free(&file);
    }
}
END_TEST

START_TEST(test_zip_file__reads_what_pytorch_writes)
{
    bytes file = load("torch.pth");
    zip_file *zip = NULL;
    const unsigned char *data = NULL;
    ck_ok(zip_file_open(&zip, file.data, file.size, "torch.pth"));
    ck_assert_uint_eq(zip->count, 10);
    ck_assert_ptr_nonnull(zip_file_find(zip, "t113_rmsprop/data.pkl"));
    check_member(zip, "t113_rmsprop/version", "3\n", 2);
    for (size_t i = 0; i < zip->count; i++) {
        ck_ok(zip_file_stored(&data, zip, &zip->members[i]));
        ck_assert_uint_eq((size_t)(data - file.data) % 64, 0);
    }
    zip_file_close(zip);
    bytes_free(&file);
}
END_TEST

START_TEST(test_zip_file__reads_an_empty_archive)
{
    zip_file *zip = NULL;
    unsigned char end[22] = "PK\5\6";
    ck_ok(zip_file_open(&zip, end, sizeof end, "x"));
    ck_assert_uint_eq(zip->count, 0);
    ck_assert_ptr_null(zip_file_find(zip, "a"));
    zip_file_close(zip);
}
END_TEST

START_TEST(test_zip_file__names_methods_it_cannot_read)
{
    bytes file = load("refused_bzip2.zip");
    ck_fails(read_all(file.data, file.size), HORN_ERROR_UNSUPPORTED, "method 12");
    bytes_free(&file);
}
END_TEST

START_TEST(test_zip_file__refuses_unsafe_names)
{
    static const char *const names[] = { "../a", "a/../b", "..",    "a/..", "/a",  "//a",
                                         "a//b", "./a",    "a/./b", "C:/a", "C:a", "..\\a",
                                         "a\\b", "",       "a\nb",  "\x7f", "/",   "." };
    ck_ok(read_parts(PART(.name = "a/..b/c..d/...e"), 1));
    ck_ok(read_parts(&(part){ .name = "dir/" }, 1));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ck_assert(!zip_file_name_is_safe(names[i]));
        ck_fails(read_parts(PART(.name = names[i]), 1), HORN_ERROR_FORMAT, "unsafe name");
    }
    bytes file = make(PART(.name = "abc"), 1); /* a 0 inside the name */
    file.data[31] = file.data[30 + 3 + 4 + 46 + 1] = 0;
    ck_fails(read_all(file.data, file.size), HORN_ERROR_FORMAT, "unsafe name");
    bytes_free(&file);
}
END_TEST

START_TEST(test_zip_file__refuses_equal_names)
{
    const part twice[] = { { .name = "a" }, { .name = "b" }, { .name = "a", .data = "x", .data_size = 1 } };
    ck_fails(read_parts(twice, 3), HORN_ERROR_FORMAT, "'a': there twice");
    ck_ok(read_parts(twice, 2));
}
END_TEST

START_TEST(test_zip_file__refuses_headers_that_differ)
{
    ck_ok(read_parts(PART(.name = "a"), 1));
    ck_fails(read_parts(PART(.name = "a", .local_name = "b"), 1), HORN_ERROR_FORMAT, "another name");
    ck_fails(read_parts(PART(.name = "a", .local_name = "ab"), 1), HORN_ERROR_FORMAT, "another name");
    ck_fails(read_parts(PART(.name = "ab", .local_name = "a"), 1), HORN_ERROR_FORMAT, "another name");
    ck_fails(read_parts(PART(.name = "a", .local_size = 5), 1), HORN_ERROR_FORMAT, "differ between");
    ck_fails(read_parts(PART(.name = "a", .local_crc = 5), 1), HORN_ERROR_FORMAT, "differ between");
    ck_fails(read_parts(PART(.name = "a", .local_method = 8), 1), HORN_ERROR_FORMAT, "another method");
    ck_fails(read_parts(PART(.name = "a", .crc = 5), 1), HORN_ERROR_FORMAT, "expected 00000005");
    ck_fails(read_parts(PART(.name = "a", .size = 5), 1), HORN_ERROR_FORMAT, "two different sizes");
    ck_fails(read_parts(PART(.name = "a", .offset = 1), 1), HORN_ERROR_FORMAT, "no local header");
    ck_fails(read_parts(PART(.name = "a", .offset = 0x7fffffff), 1), HORN_ERROR_FORMAT, "no local header");
    ck_fails(read_parts(PART(.name = "a", .offset = 0xffffffff), 1), HORN_ERROR_FORMAT, "extra field");
}
END_TEST

START_TEST(test_zip_file__refuses_encryption_and_descriptors_that_are_not_there)
{
    ck_fails(read_parts(PART(.name = "a", .flags = 1), 1), HORN_ERROR_UNSUPPORTED, "encrypted");
    ck_fails(read_parts(PART(.name = "a", .flags = 1 << 6), 1), HORN_ERROR_UNSUPPORTED, "encrypted");
    ck_fails(read_parts(PART(.name = "a", .flags = 1 << 13), 1), HORN_ERROR_UNSUPPORTED, "encrypted");
    ck_fails(read_parts(PART(.name = "a", .flags = 1 << 5), 1), HORN_ERROR_UNSUPPORTED, "patch");
    ck_fails(read_parts(PART(.name = "a", .flags = 1 << 3), 1), HORN_ERROR_FORMAT, "no data descriptor");
}
END_TEST

/* The second member's local header lies inside the first one's data; both would read well. */
START_TEST(test_zip_file__refuses_members_that_overlap)
{
    bytes inner = { 0 };
    const part b = { .name = "b", .data = "data", .data_size = 4 };
    put_header(&inner, &b, true, 0);
    bytes_append(&inner, b.data, b.data_size);
    const part both[] = {
        { .name = "a", .data = (const char *)inner.data, .data_size = inner.size },
        { .name = "b", .data = "data", .data_size = 4, .no_local = true, .offset = 31 },
    };
    ck_fails(read_parts(both, 2), HORN_ERROR_FORMAT, "'b': overlaps");
    ck_ok(read_parts(both, 1));
    bytes_free(&inner);
}
END_TEST

static bytes write_two(size_t alignment)
{
    bytes out = { 0 };
    zip_writer *writer = NULL;
    pieces into = { 0 };
    ck_ok(zip_writer_new(&writer, &into));
    ck_ok(zip_writer_add(writer, "a/data.pkl", "hello", 5, alignment));
    ck_ok(zip_writer_add(writer, "a/data/\xc3\xa9", "\0\1\2", 3, alignment));
    ck_ok(zip_writer_add(writer, "nothing", NULL, 0, alignment));
    ck_ok(zip_writer_finish(writer));
    out = into.own;
    zip_writer_free(writer);
    return out;
}

START_TEST(test_zip_file__reads_what_the_writer_writes)
{
    static const size_t alignments[] = { 0, 1, 2, 64, 4096, 32768 };
    for (size_t i = 0; i < sizeof alignments / sizeof alignments[0]; i++) {
        size_t alignment = alignments[i];
        bytes file = write_two(alignment), again = write_two(alignment);
        zip_file *zip = NULL;
        const unsigned char *data = NULL;
        ck_assert_uint_eq(file.size, again.size);
        ck_assert_mem_eq(file.data, again.data, file.size);
        ck_ok(zip_file_open(&zip, file.data, file.size, "x"));
        ck_assert_uint_eq(zip->count, 3);
        check_member(zip, "a/data.pkl", "hello", 5);
        check_member(zip, "a/data/\xc3\xa9", "\0\1\2", 3);
        check_member(zip, "nothing", "", 0);
        for (size_t j = 0; alignment > 1 && j < zip->count; j++) {
            ck_ok(zip_file_stored(&data, zip, &zip->members[j]));
            ck_assert_uint_eq((size_t)(data - file.data) % alignment, 0);
        }
        ck_assert_int_eq(file.data[10] | file.data[11] << 8 | file.data[12] << 16 | file.data[13] << 24,
                         0x00210000);
        zip_file_close(zip);
        bytes_free(&file);
        bytes_free(&again);
    }
}
END_TEST

START_TEST(test_zip_file__the_writer_refuses_bad_members)
{
    bytes out = { 0 };
    zip_writer *writer = NULL;
    pieces into = { 0 };
    ck_ok(zip_writer_new(&writer, &into));
    ck_ok(zip_writer_add(writer, "a", "x", 1, 0));
    ck_fails(zip_writer_add(writer, "a", "x", 1, 0), HORN_ERROR_ARGUMENT, "twice");
    ck_fails(zip_writer_add(writer, "../a", "x", 1, 0), HORN_ERROR_ARGUMENT, "no name");
    ck_fails(zip_writer_add(writer, "b", "x", 1, 48), HORN_ERROR_ARGUMENT, "power of two");
    ck_ok(zip_writer_finish(writer));
    out = into.own;
    ck_ok(read_all(out.data, out.size));
    zip_writer_free(writer);
    bytes_free(&out);
}
END_TEST

TEST_MAIN(test_zip_file__reads_what_python_writes, test_zip_file__reads_what_pytorch_writes,
          test_zip_file__reads_an_empty_archive, test_zip_file__names_methods_it_cannot_read,
          test_zip_file__refuses_unsafe_names, test_zip_file__refuses_equal_names,
          test_zip_file__refuses_headers_that_differ,
          test_zip_file__refuses_encryption_and_descriptors_that_are_not_there,
          test_zip_file__refuses_members_that_overlap, test_zip_file__reads_what_the_writer_writes,
          test_zip_file__the_writer_refuses_bad_members)
