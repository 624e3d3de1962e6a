/* Fails if a function of include/horn takes a pointer and test_null.c does not pass NULL to it. */
#include <ctype.h>
#include <dirent.h>
#include "model/small_run.h"

/* ---- and that none was forgotten ---- */

static char *read_text(const char *path)
{
    bytes content = { 0 };
    ck_ok(file_read(&content, path, 0));
    ck_assert_ptr_nonnull(bytes_text(&content));
    return (char *)content.data;
}

/* Functions of a header that take a pointer: "horn_x(" and a '*' before the ')'. */
static size_t check_header(const char *path, const char *tests)
{
    static const char *const as_they_are[] = { "horn_last_error", "horn_version", "horn_kernels",
                                               "horn_dtype_" };
    char *text = read_text(path), name[80];
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, "horn_")); at += 5) {
        size_t length = 0;
        while (isalnum((unsigned char)at[length]) || at[length] == '_') length++;
        const bool is_call = at[length] == '(' && memchr(at, '*', strcspn(at, ")"));
        if (!is_call || (at > text && (at[-1] == '_' || isalnum((unsigned char)at[-1])))) continue;
        for (size_t i = 0; i < sizeof as_they_are / sizeof as_they_are[0]; i++)
            if (strncmp(at, as_they_are[i], strlen(as_they_are[i])) == 0) length = 0;
        if (length == 0) continue;
        snprintf(name, sizeof name, "%.*s(", (int)length, at);
        ck_assert_msg(strstr(tests, name) != NULL, "%s: no test hands NULL to %s", path, name);
        count++;
    }
    free(text);
    return count;
}

START_TEST(test_null_complete__no_function_is_forgotten)
{
    char *tests = read_text("tests/model/test_null.c"), path[300];
    size_t count = 0;
    DIR *headers = opendir("include/horn");
    ck_assert_ptr_nonnull(headers);
    for (struct dirent *entry; (entry = readdir(headers));) {
        if (!strstr(entry->d_name, ".h")) continue;
        snprintf(path, sizeof path, "include/horn/%s", entry->d_name);
        count += check_header(path, tests);
    }
    closedir(headers);
    free(tests);
    ck_assert_uint_gt(count, 100);
}
END_TEST

TEST_MAIN(test_null_complete__no_function_is_forgotten)
