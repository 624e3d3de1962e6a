#include "../test.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include "base/bytes.h"

START_TEST(test_bytes__grows_and_ends_with_a_zero)
{
    bytes b = { 0 };
    ck_assert_str_eq(bytes_text(&b), "");
    ck_assert_uint_eq(b.size, 0);
    for (int i = 0; i < 1000; i++) bytes_print(&b, "%03d,", i);
    bytes_append(&b, "end", 3);
    bytes_append(&b, NULL, 0);
    ck_ok(bytes_status(&b));
    ck_assert_uint_eq(b.size, 4003);
    ck_assert_int_eq(memcmp(bytes_text(&b) + 3996, "999,end", 8), 0);
    bytes_free(&b);
    ck_assert_ptr_null(b.data);
    bytes_free(&b);
}
END_TEST

START_TEST(test_bytes__first_failure_stays)
{
    bytes b = { 0 };
    bytes_append(&b, "a", 1);
    bytes_append(&b, "b", SIZE_MAX - 1);
    bytes_append(&b, "c", 1);
    bytes_print(&b, "d");
    ck_assert_uint_eq(b.size, 1);
    ck_assert_ptr_null(bytes_text(&b));
    ck_fails(bytes_status(&b), HORN_ERROR_MEMORY, "memory");
    bytes_free(&b);
    bytes_append(&b, "again", 5);
    ck_ok(bytes_status(&b));
    bytes_free(&b);
}
END_TEST

static char path[64];

static void write_file(const char *content, size_t size)
{
    strcpy(path, "/tmp/horn-bytes-XXXXXX");
    int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(write(file, content, size), (ssize_t)size);
    close(file);
}

START_TEST(test_bytes__file_is_read_whole)
{
    bytes b = { 0 };
    write_file("a\0b", 3);
    ck_ok(file_read(&b, path, 0));
    ck_assert_uint_eq(b.size, 3);
    ck_assert_int_eq(memcmp(b.data, "a\0b", 3), 0);
    bytes_free(&b);
    ck_ok(file_read(&b, path, 3));
    bytes_free(&b);
    ck_fails(file_read(&b, path, 2), HORN_ERROR_FORMAT, "holds 3 bytes, more than the 2");
    ck_assert_ptr_null(b.data);
    unlink(path);
    write_file("", 0);
    ck_ok(file_read(&b, path, 1));
    ck_assert_uint_eq(b.size, 0);
    bytes_free(&b);
    unlink(path);
}
END_TEST

START_TEST(test_bytes__file_read_refuses_what_is_no_file)
{
    bytes b = { 0 };
    ck_fails(file_read(&b, "/tmp/horn-missing/x", 0), HORN_ERROR_FILE, "/tmp/horn-missing/x: No such file");
    ck_fails(file_read(&b, "/tmp", 0), HORN_ERROR_FILE, "/tmp: is a directory");
    ck_fails(file_read(&b, "/dev/zero", 0), HORN_ERROR_FILE, "/dev/zero: is not a regular file");
    write_file("", 0);
    unlink(path);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_fails(file_read(&b, path, 0), HORN_ERROR_FILE,
             "is not a regular file"); /* and does not wait for a writer */
    unlink(path);
}
END_TEST

TEST_MAIN(test_bytes__grows_and_ends_with_a_zero, test_bytes__first_failure_stays,
          test_bytes__file_is_read_whole, test_bytes__file_read_refuses_what_is_no_file)
