/* What every test file shares. A test file is one program: START_TEST cases named
 * test_<file>__<case_in_words>, then
 *
 *     TEST_MAIN(test_a__does_this, test_a__refuses_that)
 */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <horn/status.h>

#define ck_ok(call)                                                                               \
    do {                                                                                          \
        horn_status ck_status_ = (call);                                                          \
        ck_assert_msg(ck_status_ == HORN_OK, "%s: %d: %s", #call, ck_status_, horn_last_error()); \
    } while (0)

/* The call fails with this status and a line that has `words` in it. */
#define ck_fails(call, expected, words)                                                                 \
    do {                                                                                                \
        horn_status ck_status_ = (call);                                                                \
        ck_assert_msg(ck_status_ == (expected), "%s: status %d, expected %d: %s", #call, ck_status_,    \
                      (expected), horn_last_error());                                                   \
        ck_assert_msg(strstr(horn_last_error(), (words)) != NULL, "%s: says '%s', expected '%s' in it", \
                      #call, horn_last_error(), (words));                                               \
    } while (0)

static inline int test_run(const char *name, const TTest *const *tests, size_t count)
{
    Suite *suite = suite_create(name);
    for (size_t i = 0; i < count; i++) {
        TCase *tcase = tcase_create(tests[i]->name);
        tcase_set_timeout(tcase, 120);
        tcase_add_test(tcase, tests[i]);
        suite_add_tcase(suite, tcase);
    }
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define TEST_MAIN(...)                                                    \
    int main(void)                                                        \
    {                                                                     \
        const TTest *const tests[] = { __VA_ARGS__ };                     \
        return test_run(__FILE__, tests, sizeof tests / sizeof tests[0]); \
    }

#endif
