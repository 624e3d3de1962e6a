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

/* Sanitizers take terabytes of address space, and more stack. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 };
#elif defined(__has_feature)
enum { SANITIZED = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) };
#else
enum { SANITIZED = 0 };
#endif

/* The call succeeds. One of the public API leaves the error line as it was. */
#define ck_ok(call)                                                                                \
    do {                                                                                           \
        char ck_line_[1024];                                                                       \
        strcpy(ck_line_, horn_last_error());                                                       \
        horn_status ck_status_ = (call);                                                           \
        ck_assert_msg(ck_status_ == HORN_OK, "%s: %d: %s", #call, ck_status_, horn_last_error());  \
        ck_assert_msg(strncmp(#call, "horn_", 5) != 0 || strcmp(ck_line_, horn_last_error()) == 0, \
                      "%s: leaves the line '%s'", #call, horn_last_error());                       \
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

/* A constructor's object that carries an error, and says so as often as it is asked; `kind` is layer, loss, ... */
#define ck_carries(kind, call, expected, words)                    \
    do {                                                           \
        horn_##kind *ck_made_ = (call);                            \
        ck_assert_msg(ck_made_ != NULL, "%s is NULL", #call);      \
        ck_fails(horn_##kind##_status(ck_made_), expected, words); \
        ck_fails(horn_##kind##_status(ck_made_), expected, words); \
        horn_##kind##_free(ck_made_);                              \
    } while (0)

/* Check hands a forked test's microseconds over in 32 bits, those of 35 minutes: one that may take longer does not fork. */
static inline int test_run(const char *name, const TTest *const *tests, size_t count, int seconds)
{
    Suite *suite = suite_create(name);
    for (size_t i = 0; i < count; i++) {
        TCase *tcase = tcase_create(tests[i]->name);
        tcase_set_timeout(tcase, seconds);
        tcase_add_test(tcase, tests[i]);
        suite_add_tcase(suite, tcase);
    }
    SRunner *runner = srunner_create(suite);
    if (seconds > 2000) srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define TEST_MAIN_WITHIN(seconds, ...)                                               \
    int main(void)                                                                   \
    {                                                                                \
        const TTest *const tests[] = { __VA_ARGS__ };                                \
        return test_run(__FILE__, tests, sizeof tests / sizeof tests[0], (seconds)); \
    }
#define TEST_MAIN(...) TEST_MAIN_WITHIN(120, __VA_ARGS__)

#endif
