/* Files to convert, and comparisons of the results, for the tests of horn_convert. */
#ifndef TESTS_CONVERT_FILES_H
#define TESTS_CONVERT_FILES_H

#include <horn/file.h>
#include "model/small_run.h"

#define GOLDEN "tests/golden/"

static inline void check_same_file(const char *a, const char *b, const char *suffix, const char *what)
{
    char names[2][300];
    bytes first = { 0 }, second = { 0 };
    snprintf(names[0], sizeof names[0], "%s%s", a, suffix);
    snprintf(names[1], sizeof names[1], "%s%s", b, suffix);
    ck_ok(file_read(&first, names[0], 0));
    ck_ok(file_read(&second, names[1], 0));
    ck_assert_msg(first.size == second.size && memcmp(first.data, second.data, first.size) == 0,
                  "%s: %s has other bytes", what, names[1]);
    bytes_free(&first);
    bytes_free(&second);
}

/* All that the second file has is in the first, and equal. */
static inline void check_within(const char *first, const char *second, size_t fewest, const char *what)
{
    horn_file *a, *b;
    horn_file_comparison *c;
    size_t equal = 0;
    ck_ok(horn_file_open(&a, first));
    ck_ok(horn_file_open(&b, second));
    ck_ok(horn_file_compare(&c, a, b));
    ck_assert_msg(!c->other_architecture && !c->other_compile, "%s: other settings", what);
    for (size_t i = 0; i < c->count; i++) {
        if (!c->tensors[i].first.is_readable) continue; /* texts, among them an object graph */
        equal += c->tensors[i].match == HORN_FILE_EQUAL;
        ck_assert_msg(c->tensors[i].match == HORN_FILE_EQUAL || c->tensors[i].match == HORN_FILE_ONLY_FIRST,
                      "%s: tensor %s", what, c->tensors[i].name);
    }
    ck_assert_msg(equal >= fewest, "%s: %zu tensors", what, equal);
    horn_file_comparison_free(c);
    horn_file_close(a);
    horn_file_close(b);
}

#endif
