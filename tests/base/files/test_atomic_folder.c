/* A save of a whole directory through base/atomic_file, with every system call that it makes failing once. */
#include "test.h"

#include "base/files/failing_calls.h"

/* ---- directories ---- */

static const char *const members[] = { "a", "sub/", "sub/b*", NULL };

static horn_status save_folder(const char *target, const char *content)
{
    transaction *t = NULL;
    bytes one = text(content), two = text(content);
    horn_status status = transaction_begin(&t, target);
    if (!status) status = transaction_as_folder(t, members);
    if (!status) status = transaction_add(t, "/sub/b", &two);
    if (!status) status = transaction_add(t, "/a", &one);
    if (!status) status = transaction_commit(t);
    bytes_free(&one);
    bytes_free(&two);
    transaction_free(t);
    return status;
}

START_TEST(test_atomic_folder__directory_takes_its_place_whole)
{
    set_up();
    make_path(0, "deep/model/");
    make_path(1, "deep/model/a");
    make_path(2, "deep/model/sub/b");
    make_path(3, "deep");
    ck_ok(save_folder(path[0], "old"));
    ck_assert(holds(path[1], "old") && holds(path[2], "old"));
    ck_ok(save_folder(path[0], "new"));
    ck_assert(holds(path[1], "new") && holds(path[2], "new"));
    ck_assert_int_eq(count_entries(path[3]), 1);
    ck_assert_int_eq(count_entries(path[0]), 2);
    tear_down();
}
END_TEST

START_TEST(test_atomic_folder__directory_of_somebody_else_is_refused)
{
    set_up();
    make_path(0, "mine");
    make_path(1, "mine/notes.txt");
    ck_ok(save(path[1], "keep me"));
    ck_fails(save_folder(path[0], "new"), HORN_ERROR_FILE, "mine: holds 'notes.txt'");
    ck_assert(holds(path[1], "keep me"));
    ck_fails(save_folder(path[1], "new"), HORN_ERROR_FILE, "is no directory");
    ck_fails(save_folder(".", "new"), HORN_ERROR_ARGUMENT, "expected the name of a directory");
    ck_fails(save_folder("/", "new"), HORN_ERROR_ARGUMENT, "expected the name of a directory");
    ck_assert_int_eq(count_entries(directory), 1);
    tear_down();
}
END_TEST

/* Inside the directories that would be replaced, too. */
START_TEST(test_atomic_folder__what_somebody_put_into_a_directory_is_refused)
{
    static const char *const added[] = { "model/sub/notes.txt", "model/sub/.b", "model/sub/deep/b",
                                         "model/A" };
    for (size_t i = 0; i < sizeof added / sizeof *added; i++) {
        set_up();
        make_path(0, "model");
        make_path(1, "model/a");
        make_path(2, added[i]);
        ck_ok(save_folder(path[0], "old"));
        ck_ok(save(path[2], "keep me"));
        ck_fails(save_folder(path[0], "new"), HORN_ERROR_FILE, "which is no part of what would replace it");
        ck_assert(holds(path[1], "old") && holds(path[2], "keep me"));
        ck_assert_int_eq(unlink(path[1]), 0);
        ck_assert_int_eq(symlink("elsewhere", path[1]), 0);
        ck_fails(save_folder(path[0], "new"), HORN_ERROR_FILE, "model: holds '");
        tear_down();
    }
}
END_TEST

/* Both files are the old ones where the save fails, else the new ones, and nothing is beside it, whatever call fails. */
static void fail_each_call_of_folder(int with)
{
    set_up();
    make_path(0, "model");
    make_path(1, "model/a");
    make_path(2, "model/sub/b");
    long n = 0;
    for (; n < 200; n++) {
        ck_ok(save_folder(path[0], "old old old"));
        arm(n, with);
        horn_status status = save_folder(path[0], "new");
        bool reached = calls > n;
        char letter = trace[n];
        disarm();
        if (!reached) break;
        const char *is = holds(path[1], "new") ? "new" : "old old old";
        ck_assert_msg(holds(path[1], is) && holds(path[2], is), "call %ld (%c) tore it", n, letter);
        ck_assert_msg(!status == (strcmp(is, "new") == 0), "call %ld (%c): %s, reported as %d", n, letter, is,
                      status);
        ck_assert_msg(count_entries(directory) == 1, "call %ld (%c) left something", n, letter);
    }
    ck_assert_int_gt(n, 30);
    tear_down();
}

START_TEST(test_atomic_folder__directory_survives_every_failed_call)
{
    fail_each_call_of_folder(ENOSPC);
    fail_each_call_of_folder(EIO);
    fail_each_call_of_folder(EINTR);
    fail_each_call_of_folder(0);
}
END_TEST

START_TEST(test_atomic_folder__left_directories_go_with_the_next_save)
{
    set_up();
    make_path(0, ".model.7-0.horn-tmp/sub/b");
    make_path(1, "model");
    ck_ok(save(path[0], "a killed save's"));
    ck_assert_int_eq(count_entries(directory), 1);
    ck_ok(save_folder(path[1], "new"));
    ck_assert_int_eq(count_entries(directory), 1);
    tear_down();
}
END_TEST

TEST_MAIN(test_atomic_folder__directory_takes_its_place_whole,
          test_atomic_folder__directory_of_somebody_else_is_refused,
          test_atomic_folder__what_somebody_put_into_a_directory_is_refused,
          test_atomic_folder__directory_survives_every_failed_call,
          test_atomic_folder__left_directories_go_with_the_next_save)
