/* Arithmetic whatever the host program chose: on threads, in decimal text, and given back. */
#include "test.h"

#include <horn/options.h>
#include "base/arithmetic.h"
#include "base/bytes.h"
#include "base/parallel.h"
#include "base/plain_numbers.h"
#include "host_word.h"

START_TEST(test_arithmetic__is_the_default_of_c)
{
    const arithmetic before = arithmetic_begin();
    volatile double one = 1, tiny = 0x1p-60;
    ck_assert_double_eq(one + tiny, 1);
    ck_assert_double_eq(one - tiny, 1);
    arithmetic_end(before);
}
END_TEST

#ifdef HAS_HOST_WORD

START_TEST(test_arithmetic__the_host_gets_its_own_back)
{
    for (size_t host = 0; host < HOSTS; host++) {
        const host_word plain = host_word_get();
        volatile double one = 1, ten = 10, tiny = HORN_ZERO, quotient, product;
        host_word_set(hosts[host]);
        const arithmetic outer = arithmetic_begin(), inner = arithmetic_begin();
        quotient = one / ten;
        product = tiny * one;
        const host_word within = host_word_get();
        arithmetic_end(inner);
        arithmetic_end(outer);
        const host_word after = host_word_get();
        host_word_set(plain);
        ck_assert_uint_eq(after.mxcsr, hosts[host].mxcsr);
        ck_assert_uint_eq(after.x87, hosts[host].x87);
        ck_assert_uint_eq(within.mxcsr & ~(unsigned)MXCSR_FLAGS, DEFAULT_MXCSR);
        ck_assert_uint_eq(within.x87, DEFAULT_X87);
        ck_assert(quotient == 0.1 && product == HORN_ZERO && product > 0);
    }
}
END_TEST

enum { THREADS = 4, TASKS = 64 };
static host_word seen[THREADS];

static void see(void *context, size_t index, int thread)
{
    (void)context, (void)index;
    usleep(1000); /* long enough that each thread gets some */
    seen[thread] = host_word_get();
}

START_TEST(test_arithmetic__threads_have_the_default)
{
    for (size_t host = 0; host < HOSTS; host++) {
        pool *p;
        const host_word plain = host_word_get();
        host_word_set(hosts[host]);
        ck_ok(pool_new(&p, THREADS));
        pool_run(p, TASKS, see, NULL);
        pool_free(p);
        host_word_set(plain);
        for (int i = 1; i < THREADS; i++) {
            ck_assert_uint_eq(seen[i].mxcsr & ~(unsigned)MXCSR_FLAGS, DEFAULT_MXCSR);
            ck_assert_uint_eq(seen[i].x87, DEFAULT_X87);
        }
    }
}
END_TEST

/* ---- decimal text ---- */

START_TEST(test_arithmetic__decimal_text_rounds_to_nearest)
{
    char *end;
    bytes line = { 0 };
    for (size_t host = 0; host < HOSTS; host++) {
        const host_word plain = host_word_get();
        double numbers[2];
        host_word_set(hosts[host]);
        numbers[0] = plain_number("0.1", &end);
        numbers[1] = plain_number("4.9406564584124654e-324", &end);
        bytes_print(&line, "%.3f %.1f", 0.0005, 2.0 / 3);
        host_word_set(plain);
        ck_assert(numbers[0] == 0.1);
        ck_assert(numbers[1] == HORN_ZERO && numbers[1] > 0);
        ck_assert_str_eq(bytes_text(&line), "0.001 0.7");
        bytes_free(&line);
    }
}
END_TEST

TEST_MAIN(test_arithmetic__is_the_default_of_c, test_arithmetic__the_host_gets_its_own_back,
          test_arithmetic__threads_have_the_default, test_arithmetic__decimal_text_rounds_to_nearest)
#else
TEST_MAIN(test_arithmetic__is_the_default_of_c)
#endif
