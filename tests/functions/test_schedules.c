/* Rates against those of Keras 2.15, step by step; configs in Keras' spellings. */
#include "test.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include "conformance/sample.h"
#include "functions/schedule.h"
#include "golden/schedules.h"

static schedule read_schedule(const char *class_name, const char *arguments)
{
    char json[512];
    schedule s;
    snprintf(json, sizeof json, "{\"class_name\": \"%s\", \"config\": %s}", class_name, arguments);
    config *value = sample_parse(json);
    ck_ok(schedule_read(&s, value, "here"));
    config_free(value);
    return s;
}

/* Two units in the last place: powers and cosines of two libraries. */
START_TEST(test_schedules__rates_are_keras_rates)
{
    for (size_t c = 0; c < sizeof schedule_cases / sizeof schedule_cases[0]; c++) {
        schedule s = read_schedule(schedule_cases[c].name, schedule_cases[c].arguments);
        for (size_t i = 0; i < SCHEDULE_STEPS; i++) {
            const double found = (double)schedule_value(&s, schedule_steps[i]),
                         expected = (double)schedule_cases[c].rates[i];
            ck_assert_msg(fabs(found - expected) <= 2.4e-7 * fabs(expected) + 1e-9,
                          "%s %s: at step %lld %.9g, expected %.9g", schedule_cases[c].name,
                          schedule_cases[c].arguments, (long long)schedule_steps[i], found, expected);
        }
        schedule_free(&s);
    }
}
END_TEST

static void check_description(const char *class_name, const char *arguments, const char *expected)
{
    char json[640];
    schedule s = read_schedule(class_name, arguments);
    config *description = schedule_describe(&s);
    ck_ok(config_status(description));
    snprintf(json, sizeof json,
             "{\"module\": \"keras.optimizers.schedules\", \"class_name\": \"%s\", \"config\": %s, "
             "\"registered_name\": null}",
             class_name, expected);
    sample_check(description, json);
    ck_assert_str_eq(schedule_name(&s), class_name);
    schedule_free(&s);
    ck_assert_ptr_null(s.class);
    ck_ok(schedule_read(&s, description, "here"));
    config *again = schedule_describe(&s);
    ck_assert(config_equal(description, again));
    schedule_free(&s);
    config_free(again);
    config_free(description);
}

/* Keras 3 refuses a name that is null. */
START_TEST(test_schedules__configs_there_and_back)
{
    check_description(
        "ExponentialDecay",
        "{\"initial_learning_rate\": 1, \"decay_steps\": 10, \"decay_rate\": 0.5, \"name\": null}",
        "{\"initial_learning_rate\": 1.0, \"decay_steps\": 10, \"decay_rate\": 0.5, "
        "\"staircase\": false, \"name\": \"ExponentialDecay\"}");
    check_description("InverseTimeDecay",
                      "{\"initial_learning_rate\": 0.5, \"decay_steps\": 2.5, \"decay_rate\": 2, "
                      "\"staircase\": true, \"name\": \"mine\"}",
                      "{\"initial_learning_rate\": 0.5, \"decay_steps\": 2.5, \"decay_rate\": 2.0, "
                      "\"staircase\": true, \"name\": \"InverseTimeDecay\"}");
    check_description("CosineDecay", "{\"initial_learning_rate\": 0.5, \"decay_steps\": 100}",
                      "{\"initial_learning_rate\": 0.5, \"decay_steps\": 100, \"alpha\": 0.0, "
                      "\"warmup_target\": null, \"warmup_steps\": 0, \"name\": \"CosineDecay\"}");
    check_description("CosineDecay",
                      "{\"initial_learning_rate\": 0.5, \"decay_steps\": 100, \"alpha\": 0.25, "
                      "\"name\": null, \"warmup_target\": 0.75, \"warmup_steps\": 7}",
                      "{\"initial_learning_rate\": 0.5, \"decay_steps\": 100, \"alpha\": 0.25, "
                      "\"warmup_target\": 0.75, \"warmup_steps\": 7, \"name\": \"CosineDecay\"}");
    check_description("PolynomialDecay", "{\"initial_learning_rate\": 0.5, \"decay_steps\": 100}",
                      "{\"initial_learning_rate\": 0.5, \"decay_steps\": 100, \"end_learning_rate\": 0.0001, "
                      "\"power\": 1.0, \"cycle\": false, \"name\": \"PolynomialDecay\"}");
    check_description("PiecewiseConstantDecay", "{\"boundaries\": [1, 2.5], \"values\": [1, 0.5, 0.25]}",
                      "{\"boundaries\": [1, 2.5], \"values\": [1.0, 0.5, 0.25], \"name\": "
                      "\"PiecewiseConstant\"}");
}
END_TEST

static void check_refused(const char *json, horn_status status, const char *words)
{
    config *value = sample_parse(json);
    schedule s;
    ck_fails(schedule_read(&s, value, "here"), status, words);
    config_free(value);
}

#define OF(class_name, arguments) "{\"class_name\": \"" class_name "\", \"config\": " arguments "}"

START_TEST(test_schedules__what_is_wrong_is_named)
{
    check_refused(OF("CosineDecayRestarts", "{}"), HORN_ERROR_UNSUPPORTED,
                  "'CosineDecayRestarts' is not known");
    check_refused(OF("CosineDecay", "{\"decay_steps\": 1}"), HORN_ERROR_FORMAT, "initial_learning_rate");
    check_refused(OF("CosineDecay", "{\"initial_learning_rate\": 0.1}"), HORN_ERROR_FORMAT, "decay_steps");
    check_refused(OF("CosineDecay", "{\"initial_learning_rate\": 0.1, \"decay_steps\": 0}"),
                  HORN_ERROR_FORMAT, "'decay_steps' is 0");
    check_refused(OF("CosineDecay", "{\"initial_learning_rate\": 0.1, \"decay_steps\": 1, \"power\": 1}"),
                  HORN_ERROR_UNSUPPORTED, "power");
    check_refused(OF("PiecewiseConstantDecay", "{\"boundaries\": [], \"values\": [1]}"), HORN_ERROR_FORMAT,
                  "'boundaries' is no list");
    check_refused(OF("PiecewiseConstantDecay", "{\"boundaries\": [1, \"2\"], \"values\": [1, 2, 3]}"),
                  HORN_ERROR_FORMAT, "'boundaries' is no list");
    check_refused(OF("PiecewiseConstantDecay", "{\"boundaries\": [1, 2], \"values\": [1, 2]}"),
                  HORN_ERROR_FORMAT, "'values' are 2, expected one more than 2");
    check_refused(OF("PiecewiseConstantDecay", "{\"boundaries\": [2, 1], \"values\": [1, 2, 3]}"),
                  HORN_ERROR_FORMAT, "'boundaries' fall from 2 to 1");
    check_refused(OF("PiecewiseConstantDecay", "{\"boundaries\": [2], \"values\": [1, -2]}"),
                  HORN_ERROR_FORMAT, "'values' hold -2");
}
END_TEST

TEST_MAIN(test_schedules__rates_are_keras_rates, test_schedules__configs_there_and_back,
          test_schedules__what_is_wrong_is_named)
