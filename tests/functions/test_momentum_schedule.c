/* Nadam's momentum and its product. */
#include "test.h"

#include <math.h>
#include "functions/momentum_schedule.h"

static double exact(const momentum_schedule *s, int64_t steps)
{
    double product = 1;
    for (int64_t t = 1; t <= steps; t++)
        product *= s->beta_1 * (1 - 0.5 * pow(0.96, s->decay * (double)t));
    return product;
}

START_TEST(test_momentum_schedule__the_product_is_of_all_factors)
{
    static const momentum_schedule schedules[] = { { 0.9, 1 }, { 0.5, 0.004 }, { 1, 1 }, { 0, 1 } };
    for (size_t i = 0; i < sizeof schedules / sizeof *schedules; i++) {
        const momentum_schedule *s = &schedules[i];
        float product = 1;
        for (int64_t t = 1; t <= 50; t++) {
            product *= momentum_schedule_factor(s, t);
            ck_assert_double_eq_tol((double)product, exact(s, t), 1e-5 * exact(s, t) + 1e-30);
            ck_assert_float_eq(momentum_schedule_product(s, t), product);
        }
        ck_assert_float_eq(momentum_schedule_product(s, 0), 1);
    }
}
END_TEST

/* Files may say any number of steps. */
START_TEST(test_momentum_schedule__any_number_of_steps_is_quick)
{
    const momentum_schedule falls = { 0.9, 1 }, stays = { 1, 1 }, slow = { 0.9999999, 0.004 };
    ck_assert_float_eq(momentum_schedule_product(&falls, INT64_MAX), 0);
    ck_assert_float_eq(momentum_schedule_product(&stays, INT64_MAX), momentum_schedule_product(&stays, 2000));
    ck_assert_float_eq(momentum_schedule_product(&slow, INT64_MAX), 0);
}
END_TEST

START_TEST(test_momentum_schedule__is_read_from_arguments)
{
    static const struct {
        const char *text;
        double beta_1, decay;
    } cases[] = { { "{}", 0.9, 1 },
                  { "{\"beta_1\": 0.5, \"decay\": 0.25}", 0.5, 1 },
                  { "{\"is_legacy_optimizer\": true}", 0.9, 0.004 },
                  { "{\"is_legacy_optimizer\": true, \"decay\": 0.25}", 0.9, 0.25 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        config *arguments;
        ck_ok(config_parse(&arguments, cases[i].text, strlen(cases[i].text), "arguments"));
        const momentum_schedule s = momentum_schedule_of(arguments);
        ck_assert_double_eq(s.beta_1, cases[i].beta_1);
        ck_assert_double_eq(s.decay, cases[i].decay);
        config_free(arguments);
    }
}
END_TEST

TEST_MAIN(test_momentum_schedule__the_product_is_of_all_factors,
          test_momentum_schedule__any_number_of_steps_is_quick,
          test_momentum_schedule__is_read_from_arguments)
