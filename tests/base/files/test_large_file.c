/* Files that are too large for memory, by themselves and as parts of a save, with every system call that they make failing once. */
#include "test.h"

#include <sys/stat.h>
#include "base/files/failing_calls.h"

ssize_t pwrite(int file, const void *data, size_t size, off_t at)
{
    if (fails('W')) return -1;
    return syscall(SYS_pwrite64, file, data, fail_at >= 0 && calls - 1 == fail_at && size > 1 ? 1 : size, at);
}

START_TEST(test_large_file__reads_any_part)
{
    large_file *f = NULL;
    char part[8] = "";
    set_up();
    make_path(0, "data");
    ck_ok(save(path[0], "0123456789"));
    ck_ok(large_file_open(&f, path[0], NULL));
    ck_assert_uint_eq(f->size, 10);
    ck_ok(large_file_read(f, 4, part, 3));
    ck_assert_str_eq(part, "456");
    ck_ok(large_file_read(f, 10, part, 0));
    ck_fails(large_file_read(f, 8, part, 3), HORN_ERROR_FILE, "data: ends after 10 bytes, expected 11");
    large_file_close(f);
    large_file_close(NULL);
    ck_fails(large_file_open(&f, directory, NULL), HORN_ERROR_FILE, "is a directory");
    make_path(1, "pipe");
    ck_assert_int_eq(mkfifo(path[1], 0600), 0);
    ck_fails(large_file_open(&f, path[1], "the pipe"), HORN_ERROR_FILE, "the pipe: is not a regular file");
    ck_fails(large_file_open(&f, "/nothing/here", NULL), HORN_ERROR_FILE, "/nothing/here: No such file");
    tear_down();
}
END_TEST

/* Backwards, then read back from the disk. */
static horn_status save_large(const char *target, const char *content)
{
    horn_status status;
    transaction *t = NULL;
    large_file *back = NULL;
    int file = -1;
    char found[16] = "";
    const size_t size = strlen(content), half = size / 2;
    bytes small = text(content);
    status = transaction_begin(&t, target);
    if (!status) status = transaction_add_large(t, "", &file);
    if (!status) status = transaction_add(t, ".index", &small);
    if (!status) status = large_file_write(file, half, content + half, size - half, target);
    if (!status) status = large_file_write(file, 0, content, half, target);
    if (!status) status = transaction_reopen(t, "", &back);
    if (!status) status = large_file_read(back, 0, found, size);
    if (!status) ck_assert_str_eq(found, content);
    large_file_close(back);
    if (!status) status = transaction_commit(t);
    transaction_free(t);
    bytes_free(&small);
    return status;
}

START_TEST(test_large_file__is_part_of_a_save)
{
    set_up();
    make_path(0, "a/model");
    make_path(1, "a/model.index");
    ck_ok(save_large(path[0], "one"));
    ck_ok(save_large(path[0], "two"));
    ck_assert(holds(path[0], "two") && holds(path[1], "two"));
    make_path(2, "a");
    ck_assert_int_eq(count_entries(path[2]), 2);
    ck_fails(save_large(path[2], "x"), HORN_ERROR_FILE, "a: is a directory");
    tear_down();
}
END_TEST

static void fail_each_call(int with, bool survives)
{
    set_up();
    make_path(0, "model");
    make_path(1, "model.index");
    long n = 0;
    for (; n < 200; n++) {
        ck_ok(save_large(path[0], "old old old"));
        arm(n, with);
        const horn_status status = save_large(path[0], "newer");
        const bool reached = calls > n;
        const char letter = trace[n];
        disarm();
        if (!reached) break;
        ck_assert_int_eq(count_entries(directory), 2);
        const bool is_new = holds(path[0], "newer"), index = holds(path[1], "newer");
        ck_assert_msg(is_new || holds(path[0], "old old old"), "call %ld (%c) tore it", n, letter);
        ck_assert_msg(index || holds(path[1], "old old old"), "call %ld (%c) tore the index", n, letter);
        ck_assert_msg(!index || is_new, "call %ld (%c): the index is newer", n, letter);
        if (!status) ck_assert_msg(is_new && index, "call %ld (%c): reported as saved", n, letter);
        if (survives && !strchr("onm", letter))
            ck_assert_msg(status == HORN_OK, "call %ld (%c): %s", n, letter, horn_last_error());
        if (!survives && strchr("owWrfn", letter))
            ck_assert_msg(status == HORN_ERROR_FILE, "call %ld (%c)", n, letter);
        if (status)
            ck_assert_msg(strstr(horn_last_error(), path[0]) == horn_last_error() ||
                              strstr(horn_last_error(), directory) == horn_last_error(),
                          "%s", horn_last_error());
    }
    ck_assert_int_gt(n, 20);
    tear_down();
}

START_TEST(test_large_file__full_disk_at_every_call)
{
    fail_each_call(ENOSPC, false);
}
END_TEST

START_TEST(test_large_file__interrupted_or_short_at_every_call)
{
    fail_each_call(EINTR, true);
    fail_each_call(0, true);
}
END_TEST

START_TEST(test_large_file__is_not_saved_without_reading_it_back)
{
    transaction *t = NULL;
    int file;
    large_file *back = NULL;
    set_up();
    make_path(0, "model");
    ck_ok(transaction_begin(&t, path[0]));
    ck_fails(transaction_reopen(t, "", &back), HORN_ERROR_ARGUMENT, "is no large file");
    ck_ok(transaction_add_large(t, "", &file));
    ck_assert_int_eq(count_entries(directory), 1);
    ck_fails(transaction_commit(t), HORN_ERROR_ARGUMENT, "model: was not read back");
    transaction_free(t);
    ck_assert_int_eq(count_entries(directory), 0);
    ck_ok(transaction_begin(&t, path[0]));
    ck_ok(transaction_add_large(t, "", &file));
    transaction_free(t);
    ck_assert_int_eq(count_entries(directory), 0);
    tear_down();
}
END_TEST

TEST_MAIN(test_large_file__reads_any_part, test_large_file__is_part_of_a_save,
          test_large_file__full_disk_at_every_call, test_large_file__interrupted_or_short_at_every_call,
          test_large_file__is_not_saved_without_reading_it_back)
