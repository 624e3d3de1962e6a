/* Saves through base/atomic_file to paths that are symbolic links or no files. */
#include "test.h"

#include <sys/stat.h>
#include "base/files/failing_calls.h"

START_TEST(test_atomic_links__refuses_what_is_no_file)
{
    set_up();
    make_path(0, "d");
    ck_assert_int_eq(mkdir(path[0], 0777), 0);
    ck_fails(save(path[0], "x"), HORN_ERROR_FILE, "d: is a directory, expected a file");
    make_path(1, "d/");
    ck_fails(save(path[1], "x"), HORN_ERROR_FILE, "is the name of a directory");
    ck_fails(save("/dev/null", "x"), HORN_ERROR_FILE, "/dev/null: is not a regular file");
    transaction *t = NULL;
    ck_fails(transaction_begin(&t, ""), HORN_ERROR_ARGUMENT, "empty");
    bytes b = text("x");
    ck_ok(transaction_begin(&t, path[0]));
    ck_ok(transaction_add(t, "1", &b));
    b = text("y");
    ck_fails(transaction_add(t, "1", &b), HORN_ERROR_ARGUMENT, "twice");
    b = (bytes){ .failed = true };
    ck_fails(transaction_add(t, "2", &b), HORN_ERROR_MEMORY, "memory");
    ck_ok(transaction_commit(t));
    ck_fails(transaction_commit(t), HORN_ERROR_ARGUMENT, "committed before");
    transaction_free(t);
    ck_assert_int_eq(count_entries(path[0]), 0);
    ck_assert_int_eq(count_entries(directory), 2);
    tear_down();
}
END_TEST

static bool is_link(const char *name)
{
    struct stat facts;
    return lstat(name, &facts) == 0 && S_ISLNK(facts.st_mode);
}

START_TEST(test_atomic_links__symbolic_links_are_followed)
{
    set_up();
    make_path(0, "real");
    make_path(1, "link");
    make_path(2, "chain");
    ck_ok(save(path[0], "real"));
    ck_assert_int_eq(symlink("real", path[1]), 0);
    ck_assert_int_eq(symlink(path[1], path[2]), 0);
    ck_ok(save(path[1], "new"));
    ck_assert(is_link(path[1]) && holds(path[0], "new"));
    ck_ok(save(path[2], "newer"));
    ck_assert(is_link(path[1]) && is_link(path[2]) && holds(path[0], "newer"));
    ck_assert_int_eq(unlink(path[0]), 0);
    ck_ok(save(path[2], "newest"));
    ck_assert(is_link(path[1]) && is_link(path[2]) && holds(path[0], "newest"));
    ck_assert_int_eq(unlink(path[1]), 0);
    ck_assert_int_eq(symlink("away/file", path[1]), 0);
    ck_ok(save(path[1], "away"));
    ck_assert(is_link(path[1]) && holds(path[1], "away"));
    make_path(0, "away");
    ck_assert_int_eq(count_entries(path[0]), 1);
    tear_down();
}
END_TEST

START_TEST(test_atomic_links__links_in_a_circle_are_refused)
{
    set_up();
    make_path(0, "a");
    make_path(1, "b");
    ck_assert_int_eq(symlink("b", path[0]), 0);
    ck_assert_int_eq(symlink("a", path[1]), 0);
    ck_fails(save(path[0], "x"), HORN_ERROR_FILE, "Too many levels of symbolic links");
    ck_assert(is_link(path[0]) && is_link(path[1]));
    ck_assert_int_eq(count_entries(directory), 2);
    tear_down();
}
END_TEST

TEST_MAIN(test_atomic_links__refuses_what_is_no_file, test_atomic_links__symbolic_links_are_followed,
          test_atomic_links__links_in_a_circle_are_refused)
