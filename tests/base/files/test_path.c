#include <stdio.h>
#include <sys/stat.h>
#include "test.h"
#include "base/files/path.h"

static char place[] = "/tmp/horn-path-XXXXXX";

static void make_tree(void)
{
    char *real;
    ck_assert_ptr_nonnull(mkdtemp(place));
    ck_assert_int_eq(chdir(place), 0);
    ck_assert_ptr_nonnull(real = realpath(".", NULL));
    free(real);
    ck_assert_int_eq(mkdir("a", 0777) | mkdir("a/b", 0777) | mkdir("ab", 0777), 0);
    ck_assert_int_eq(fclose(fopen("a/file", "w")), 0);
    ck_assert_int_eq(link("a/file", "hard"), 0);
    ck_assert_int_eq(symlink("a/file", "soft") | symlink("../a", "ab/up") | symlink("a/b/new", "dangling") |
                         symlink("loop", "loop"),
                     0);
}

static void remove_tree(void)
{
    char command[100];
    ck_assert_int_eq(chdir("/"), 0);
    snprintf(command, sizeof command, "rm -rf '%s'", place);
    ck_assert_int_eq(system(command), 0);
}

START_TEST(test_path__resolves_links_and_parents)
{
    static const char *const cases[][2] = {
        { "a/b", "a/b" },
        { "./a//b/", "a/b" },
        { "a/../ab/up/b", "a/b" },
        { "soft", "a/file" },
        { "no/../a/./x", "a/x" },
        { "no/x/y", "no/x/y" },
        { "dangling/../y", "a/b/y" },
        { "dangling", "a/b/new" },
        { "hard", "hard" },
        { "ab/up/..", "" },
    };
    char expected[200];
    char *found, *here;
    make_tree();
    here = realpath(".", NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(expected, sizeof expected, "%s%s%s", here, *cases[i][1] ? "/" : "", cases[i][1]);
        ck_ok(path_resolve(&found, cases[i][0]));
        ck_assert_str_eq(found, expected);
        free(found);
    }
    ck_ok(path_resolve(&found, "/../.."));
    ck_assert_str_eq(found, "/");
    free(found);
    ck_fails(path_resolve(&found, "loop/x"), HORN_ERROR_FILE, "symbolic links");
    char *deep = calloc(1, 9000);
    memset(deep, 'x', 8999);
    ck_fails(path_resolve(&found, deep), HORN_ERROR_FILE, "too long");
    free(deep);
    free(here);
    remove_tree();
}
END_TEST

START_TEST(test_path__knows_what_is_the_same_and_what_lies_in_it)
{
    static const struct {
        const char *path, *directory;
        bool is_in;
    } cases[] = { { "a", "a", true },          { "a/b/x/y", "a", true }, { "ab", "a", false },
                  { "ab/up/x", "a", true },    { "soft", "a", true },    { "hard", "a", false },
                  { "dangling", "a/b", true }, { "a/..", "a", false },   { "no/../a/x", "ab/up", true },
                  { "a", "no", false },        { "/", "a", false } };
    bool is_in;
    make_tree();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_ok(path_is_in(&is_in, cases[i].path, cases[i].directory));
        ck_assert_msg(is_in == cases[i].is_in, "%s in %s", cases[i].path, cases[i].directory);
    }
    ck_assert(path_is_same("a/file", "hard") && path_is_same("soft", "hard") &&
              path_is_same("ab/up/file", "soft"));
    ck_assert(!path_is_same("a", "ab") && !path_is_same("no", "no"));
    remove_tree();
}
END_TEST

TEST_MAIN(test_path__resolves_links_and_parents, test_path__knows_what_is_the_same_and_what_lies_in_it)
