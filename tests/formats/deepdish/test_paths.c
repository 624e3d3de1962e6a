#include "formats/files.h"

#include "formats/deepdish/paths.h"

static void check_paths(const char *const *names, const char *const *expected, size_t count)
{
    char **paths = NULL;
    ck_ok(deepdish_paths(&paths, names, count, "m.h5"));
    for (size_t i = 0; i < count; i++) ck_assert_str_eq(paths[i], expected[i]);
    deepdish_paths_free(paths, count);
}

START_TEST(test_paths__groups_for_slashes_but_behind_another_variable)
{
    static const char *const names[] = { "conv/weights",     "conv/weights/Momentum",
                                         "conv/weights/a/b", "conv/weights2/a",
                                         "conv.b",           "step",
                                         "a-1/.X/Y",         "a-1/.X/Z" },
                             *const expected[] = { "conv/weights",     "conv/weights.Momentum",
                                                   "conv/weights.a.b", "conv/weights2/a",
                                                   "conv.b",           "step",
                                                   "a-1/.X/Y",         "a-1/.X/Z" };
    check_paths(names, expected, 8);
    check_paths(names, expected, 0);
}
END_TEST

static void check_refused(const char *first, const char *second, const char *words)
{
    char **paths = NULL;
    const char *names[] = { first, second };
    ck_fails(deepdish_paths(&paths, names, second ? 2 : 1, "m.h5"), HORN_ERROR_UNSUPPORTED, words);
}

START_TEST(test_paths__names_that_hdf5_does_not_take_are_refused)
{
    static const char *const names[] = { "", "/a", "a/", "a//b", "./a", "a/.", "a/./b", "." };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        check_refused(names[i], NULL, "cannot be called so");
    check_refused("a", "a", "two tensors would be called 'a'");
    check_refused("a/b", "a/b", "two tensors");
}
END_TEST

/* "a/b" becomes "a.b" behind "a", where another tensor may be. */
START_TEST(test_paths__two_of_one_path_are_refused)
{
    char **paths = NULL;
    const char *const names[] = { "a", "a/b", "a.b" }, *const inside[] = { "a", "a/b", "a.b/c" };
    ck_fails(deepdish_paths(&paths, names, 3, "m.h5"), HORN_ERROR_UNSUPPORTED,
             "two tensors would be called 'a.b'");
    ck_fails(deepdish_paths(&paths, inside, 3, "m.h5"), HORN_ERROR_UNSUPPORTED,
             "the tensor 'a.b/c' would be in another one");
}
END_TEST

TEST_MAIN(test_paths__groups_for_slashes_but_behind_another_variable,
          test_paths__names_that_hdf5_does_not_take_are_refused, test_paths__two_of_one_path_are_refused)
