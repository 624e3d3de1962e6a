/* The error line: of the last failure, and of nothing that was tried on the way to a success. */
#include "base/status.h"

#include <pthread.h>
#include <stdio.h>
#include "test.h"

#undef fail /* Check's, of old */

/* What a public function does that tries two ways; 0: both fail. */
static horn_status call(int way)
{
    status_begin();
    horn_status status = fail(HORN_ERROR_FILE, "the first way is closed");
    if (way == 0) status = fail(HORN_ERROR_FORMAT, "so is the second");
    if (way == 1) status = HORN_OK;
    if (way == 2) status = HORN_INTERRUPTED;
    return status_end(status);
}

START_TEST(test_status__the_line_is_of_the_last_failure)
{
    ck_assert_str_eq(horn_last_error(), "");
    ck_ok(call(1));
    ck_assert_str_eq(horn_last_error(), "");
    ck_fails(call(0), HORN_ERROR_FORMAT, "so is the second");
    ck_ok(call(1));
    ck_assert_str_eq(horn_last_error(), "so is the second");
    ck_fails(fail(HORN_ERROR_MEMORY, "another"), HORN_ERROR_MEMORY, "another");
    ck_assert_int_eq(call(2), HORN_INTERRUPTED);
    ck_assert_str_eq(horn_last_error(), "another");
}
END_TEST

/* A call that calls back, and so on, to a depth; each fails if the one within it does. */
static horn_status nest(int levels, int way)
{
    status_begin();
    horn_status status = levels ? nest(levels - 1, way) : call(way);
    if (status) status = fail_in(status, "on");
    if (way == 1) (void)fail(HORN_ERROR_FILE, "forgotten");
    return status_end(way == 1 ? HORN_OK : status);
}

START_TEST(test_status__calls_nest)
{
    char expected[64];
    for (int levels = 0; levels < 12; levels++) {
        (void)fail(HORN_ERROR_FILE, "before %d", levels);
        snprintf(expected, sizeof expected, "before %d", levels);
        ck_ok(nest(levels, 1));
        ck_assert_str_eq(horn_last_error(), expected);
        ck_fails(nest(levels, 0), HORN_ERROR_FORMAT, "on: so is the second");
    }
}
END_TEST

START_TEST(test_status__a_failure_without_a_line_has_one)
{
    ck_fails(call(0), HORN_ERROR_FORMAT, "so is the second");
    status_begin();
    ck_fails(status_end(HORN_ERROR_FILE), HORN_ERROR_FILE, "failed without a line");
}
END_TEST

static void *look(void *line)
{
    strcpy(line, horn_last_error());
    ck_fails(call(0), HORN_ERROR_FORMAT, "so is the second");
    return NULL;
}

START_TEST(test_status__each_thread_has_its_own)
{
    char line[1024];
    pthread_t thread;
    (void)fail(HORN_ERROR_FILE, "of this thread");
    ck_assert_int_eq(pthread_create(&thread, NULL, look, line), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_str_eq(line, "");
    ck_assert_str_eq(horn_last_error(), "of this thread");
}
END_TEST

/* Bytes of files and too long lines. */
START_TEST(test_status__the_line_is_printable_and_cut)
{
    char text[3000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    ck_fails(fail(HORN_ERROR_FORMAT, "a\x1b[2J\x7f\n"), HORN_ERROR_FORMAT, "a?[2J??");
    (void)fail(HORN_ERROR_FORMAT, "%s", text);
    ck_assert_uint_eq(strlen(horn_last_error()), 1023);
    ck_fails(fail_in(HORN_ERROR_FILE, "where"), HORN_ERROR_FILE, "where: xxx");
}
END_TEST

TEST_MAIN(test_status__the_line_is_of_the_last_failure, test_status__calls_nest,
          test_status__a_failure_without_a_line_has_one, test_status__each_thread_has_its_own,
          test_status__the_line_is_printable_and_cut)
