/* Files of torch.save that lie: refused, with a line that says why. */
#include "formats/torch/hostile_files.h"

#include <fcntl.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <zlib.h>
#include "codecs/zip/archives.h"
#include "formats/files.h"
#include "formats/torch_files/checkpoint.h"
#include "formats/torch_files/torch.h"

/* ---- nothing is opened or run ---- */

static int opened;

__attribute__((visibility("default"))) int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    opened++;
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

__attribute__((visibility("default"))) int execve(const char *path, char *const *arguments,
                                                  char *const *environment)
{
    (void)path, (void)arguments, (void)environment;
    opened++;
    return -1;
}

static horn_status read_alone(const void *data, size_t size)
{
    opened = 0;
    horn_status status = read_all_of(data, size);
    ck_assert_int_eq(opened, 0);
    return status;
}

START_TEST(test_hostile__what_is_opened_is_seen)
{
    bytes b = { 0 };
    ck_ok(file_read(&b, "README.md", 0));
    ck_assert_int_eq(opened, 1);
    bytes_free(&b);
}
END_TEST

/* ---- cases ---- */

static void check_archives(const hostile *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bytes b = pth_with(cases[i].text, cases[i].size);
        if (cases[i].words)
            ck_fails(read_alone(b.data, b.size), cases[i].status, cases[i].words);
        else
            ck_ok(read_alone(b.data, b.size));
        bytes_free(&b);
    }
}

START_TEST(test_hostile__views_that_leave_their_storage)
{
    check_archives(hostile_views, sizeof hostile_views / sizeof *hostile_views);
}
END_TEST

START_TEST(test_hostile__objects_that_are_not_what_they_say)
{
    check_archives(hostile_objects, sizeof hostile_objects / sizeof *hostile_objects);
}
END_TEST

START_TEST(test_hostile__archives_with_wrong_members)
{
    static const float values[6] = { 1, 2, 3, 4, 5, 6 };
    static const struct {
        pth_member version, order, other;
        horn_status status;
        const char *words;
    } cases[] = {
        { { "m/version", "3\n", 2 },
          { "m/byteorder", "little", 6 },
          { "m/.horn/other", "x", 1 },
          HORN_OK,
          NULL },
        { { "m/version", "10\n", 3 }, { NULL, "", 0 }, { NULL, "", 0 }, HORN_OK, NULL },
        { { "m/version", "11\n", 3 },
          { NULL, "", 0 },
          { NULL, "", 0 },
          UNKNOWN,
          "its version is 11, expected 1 to 10" },
        { { "m/version", "0\n", 2 }, { NULL, "", 0 }, { NULL, "", 0 }, WRONG, "expected a number" },
        { { "m/version", "", 0 }, { NULL, "", 0 }, { NULL, "", 0 }, WRONG, "its version is ''" },
        { { "m/version", "3x", 2 }, { NULL, "", 0 }, { NULL, "", 0 }, WRONG, "its version is '3x'" },
        { { "n/version", "3\n", 2 }, { NULL, "", 0 }, { NULL, "", 0 }, WRONG, "has no member m/version" },
        { { "m/version", "3\n", 2 },
          { "m/byteorder", "big", 3 },
          { NULL, "", 0 },
          UNKNOWN,
          "byte order is 'big'" },
        { { "m/version", "3\n", 2 },
          { NULL, "", 0 },
          { "n/data.pkl", "", 0 },
          WRONG,
          "has 2 members DIRECTORY/data.pkl" },
        { { "m/version", "3\n", 2 },
          { NULL, "", 0 },
          { "m/.horn/model.json", "{", 1 },
          WRONG,
          ".horn/model.json: not JSON" },
        { { "m/version", "3\n", 2 },
          { NULL, "", 0 },
          { "m/.horn/optimizer.json", "{}", 2 },
          WRONG,
          "no valid 'iteration'" },
        { { "m/version", "3\n", 2 },
          { NULL, "", 0 },
          { "m/.horn/optimizer.json", BYTES("{\"iteration\": 1, \"slots\": [{\"name\": \"m\", \"tensors\": "
                                            "[{\"name\": \"k\", \"shape\": [4611686018427387904]}]}]}") },
          WRONG,
          "no valid m/.horn/optimizer/0/0" },
        { { "m/version", "3\n", 2 },
          { NULL, "", 0 },
          { "m/.horn/optimizer.json", BYTES("{\"iteration\": 1, \"slots\": [{\"name\": \"m\"}]}") },
          WRONG,
          "has no name or tensors" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bytes b = pth_of((pth_member[]){ { "m/data.pkl", BYTES(GOOD) },
                                         { "m/data/0", values, sizeof values },
                                         cases[i].version,
                                         cases[i].order,
                                         cases[i].other },
                         5);
        if (cases[i].words)
            ck_fails(read_alone(b.data, b.size), cases[i].status, cases[i].words);
        else
            ck_ok(read_alone(b.data, b.size));
        bytes_free(&b);
    }
}
END_TEST

/* Other programs pack members: they are unpacked if their sizes are those that the tensors need. */
START_TEST(test_hostile__packed_members)
{
    unsigned char packed[200];
    const float values[6] = { 1, 2, 3, 4, 5, 6 };
    z_stream z = { .next_in = (unsigned char *)values,
                   .avail_in = sizeof values,
                   .next_out = packed,
                   .avail_out = sizeof packed };
    ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY), Z_OK);
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    part parts[] = { { .name = "m/data.pkl", .data = GOOD, .data_size = sizeof GOOD - 1 },
                     { .name = "m/data/0",
                       .data = (char *)packed,
                       .data_size = z.total_out,
                       .size = 24,
                       .method = 8,
                       .crc = (uint32_t)crc32(0, (unsigned char *)values, 24) },
                     { .name = "m/version", .data = "3\n", .data_size = 2 } };
    deflateEnd(&z);
    bytes b = make(parts, 3);
    ck_ok(read_alone(b.data, b.size));
    bytes_free(&b);
    parts[1].size = 25;
    b = make(parts, 3);
    ck_fails(read_alone(b.data, b.size), WRONG, "has 25 bytes, expected 6 elements");
    bytes_free(&b);
    parts[1].size = 24;
    parts[1].crc++;
    b = make(parts, 3);
    ck_fails(read_alone(b.data, b.size), WRONG, "CRC");
    bytes_free(&b);
}
END_TEST

START_TEST(test_hostile__the_older_form)
{
    for (size_t i = 0; i < sizeof hostile_legacy / sizeof *hostile_legacy; i++) {
        if (hostile_legacy[i].words)
            ck_fails(read_alone(hostile_legacy[i].text, hostile_legacy[i].size), hostile_legacy[i].status,
                     hostile_legacy[i].words);
        else
            ck_ok(read_alone(hostile_legacy[i].text, hostile_legacy[i].size));
    }
}
END_TEST

/* Thousands of tensors that are all the same storage. */
START_TEST(test_hostile__a_storage_in_thousands_of_tensors)
{
    enum { FLOATS = 1 << 16, TENSORS = 10000 };
    static float values[FLOATS];
    bytes object = { 0 };
    bytes_append(&object, "\x80\2}(", 4);
    for (int i = 0; i < TENSORS; i++) {
        bytes_append(&object, "X\6\0\0\0", 5);
        bytes_print(&object, "%06d", i);
        static const char whole[] = TENSOR("0", "J\0\0\1\0", "K\0", "J\0\0\1\0\x85", ONE);
        bytes_append(&object, whole, sizeof whole - 1);
    }
    bytes_append(&object, "u.", 2);
    bytes b = pth_of((pth_member[]){ { "m/data.pkl", object.data, object.size },
                                     { "m/data/0", values, sizeof values },
                                     { "m/version", "3\n", 2 } },
                     3);
    ck_fails(read_alone(b.data, b.size), UNKNOWN, "more than 8 times its size");
    bytes_free(&object);
    bytes_free(&b);
}
END_TEST

TEST_MAIN(test_hostile__what_is_opened_is_seen, test_hostile__views_that_leave_their_storage,
          test_hostile__objects_that_are_not_what_they_say, test_hostile__archives_with_wrong_members,
          test_hostile__packed_members, test_hostile__the_older_form,
          test_hostile__a_storage_in_thousands_of_tensors)
