#include "test.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include "conformance/sample.h"
#include "functions/initializer.h"

enum { N = 100000 };

static initializer read_initializer(const char *json)
{
    config *value = sample_parse(json);
    initializer i;
    ck_ok(initializer_read(&i, value, "zeros", "here"));
    config_free(value);
    return i;
}

typedef struct facts {
    double mean, deviation, least, most;
} facts;

static facts measure(const char *json, double fan_in, double fan_out)
{
    static float values[N];
    initializer i = read_initializer(json);
    facts f = { 0, 0, INFINITY, -INFINITY };
    initializer_fill(&i, random_key_make(5, RANDOM_INITIALIZER, 1), fan_in, fan_out, N, values);
    for (size_t k = 0; k < N; k++) {
        double v = (double)values[k];
        f.mean += v / N;
        f.deviation += v * v / N;
        f.least = fmin(f.least, v);
        f.most = fmax(f.most, v);
    }
    f.deviation = sqrt(fmax(f.deviation - f.mean * f.mean, 0));
    return f;
}

/* The bounds are nearly reached; mean and deviation within 5 of their own deviations for 100000 values. */
static void check_filling(const char *json, double mean, double deviation, double least, double most)
{
    facts f = measure(json, 30, 50);
    ck_assert_msg(fabs(f.mean - mean) < 5 * deviation / sqrt(N) + 1e-5, "%s: mean %g, expected %g", json,
                  f.mean, mean);
    ck_assert_msg(fabs(f.deviation - deviation) < 5 * deviation / sqrt(N) + 1e-5,
                  "%s: deviation %g, expected %g", json, f.deviation, deviation);
    ck_assert_msg(f.least >= least - 1e-7 && f.most <= most + 1e-7, "%s: from %g to %g, expected %g to %g",
                  json, f.least, f.most, least, most);
    if (isfinite(most))
        ck_assert_msg(most - f.most < 0.01 * (most - least) + 1e-9, "%s: at most %g, expected %g", json,
                      f.most, most);
}

static void check_uniform(const char *json, double variance)
{
    double limit = sqrt(3 * variance);
    check_filling(json, 0, sqrt(variance), -limit, limit);
}

/* Cut at two deviations of the normal that was cut, which is wider by 1 / 0.8796. */
static void check_truncated(const char *json, double variance)
{
    double limit = 2 * sqrt(variance) / 0.87962566103423978;
    check_filling(json, 0, sqrt(variance), -limit, limit);
}

START_TEST(test_initializers__distributions_are_keras)
{
    check_filling("\"zeros\"", 0, 0, 0, 0);
    check_filling("\"ones\"", 1, 0, 1, 1);
    check_filling("{\"class_name\": \"Constant\", \"config\": {\"value\": 3}}", 3, 0, 3, 3);
    check_filling("\"random_uniform\"", 0, 0.1 / sqrt(12), -0.05, 0.05);
    check_filling("{\"class_name\": \"RandomUniform\", \"config\": {\"minval\": 1, \"maxval\": 4}}", 2.5,
                  3 / sqrt(12), 1, 4);
    check_filling("{\"class_name\": \"RandomNormal\", \"config\": {\"mean\": 2, \"stddev\": 3}}", 2, 3,
                  -INFINITY, INFINITY);
    check_filling("\"truncated_normal\"", 0, 0.05 * 0.87962566103423978, -0.1, 0.1);
    check_uniform("\"glorot_uniform\"", 2.0 / 80);
    check_uniform("\"he_uniform\"", 2.0 / 30);
    check_uniform("\"lecun_uniform\"", 1.0 / 30);
    check_truncated("\"glorot_normal\"", 2.0 / 80);
    check_truncated("\"he_normal\"", 2.0 / 30);
    check_truncated("\"lecun_normal\"", 1.0 / 30);
    check_uniform("{\"class_name\": \"VarianceScaling\", \"config\": {\"scale\": 3.0, \"mode\": \"fan_out\", "
                  "\"distribution\": \"uniform\"}}",
                  3.0 / 50);
    check_filling(
        "{\"class_name\": \"VarianceScaling\", \"config\": {\"distribution\": \"untruncated_normal\"}}", 0,
        sqrt(1.0 / 30), -INFINITY, INFINITY);
    check_truncated("\"variance_scaling\"", 1.0 / 30);
}
END_TEST

START_TEST(test_initializers__values_depend_on_key_and_place_only)
{
    float few[10], many[1000], other[10];
    static const char *const names[] = { "\"glorot_uniform\"", "\"he_normal\"", "\"random_normal\"" };
    for (size_t i = 0; i < 3; i++) {
        initializer in = read_initializer(names[i]);
        initializer_fill(&in, random_key_make(5, RANDOM_INITIALIZER, 1), 3, 4, 10, few);
        initializer_fill(&in, random_key_make(5, RANDOM_INITIALIZER, 1), 3, 4, 1000, many);
        initializer_fill(&in, random_key_make(5, RANDOM_INITIALIZER, 2), 3, 4, 10, other);
        ck_assert_mem_eq(few, many, sizeof few);
        ck_assert_mem_ne(few, other, sizeof few);
    }
}
END_TEST

static void check_description(const char *json, const char *class_name, const char *arguments)
{
    char expected[512];
    initializer i = read_initializer(json);
    config *description = initializer_describe(&i);
    snprintf(expected, sizeof expected,
             "{\"module\": \"keras.initializers\", \"class_name\": \"%s\", \"config\": %s, "
             "\"registered_name\": null}",
             class_name, arguments);
    ck_ok(config_status(description));
    sample_check(description, expected);
    config_free(description);
    initializer again = read_initializer(expected);
    ck_assert_ptr_eq(again.class, i.class);
    ck_assert_double_eq(again.a, i.a);
    ck_assert_double_eq(again.b, i.b);
}

START_TEST(test_initializers__every_spelling_of_keras_is_read)
{
    check_description("null", "Zeros", "{}");
    check_description("\"zeros\"", "Zeros", "{}");
    check_description("\"Ones\"", "Ones", "{}");
    check_description("\"glorot_uniform\"", "GlorotUniform", "{\"seed\": null}");
    check_description("\"GlorotUniformV2\"", "GlorotUniform", "{\"seed\": null}");
    check_description("\"zerosV2\"", "Zeros", "{}");
    check_description("{\"class_name\": \"GlorotUniform\", \"config\": {\"seed\": 3}}", "GlorotUniform",
                      "{\"seed\": null}");
    check_description(
        "{\"module\": \"keras.initializers\", \"class_name\": \"GlorotUniform\", \"config\": {\"seed\": "
        "null, \"input_axes\": null, \"output_axes\": null}, \"registered_name\": null}",
        "GlorotUniform", "{\"seed\": null}");
    check_description("\"random_normal\"", "RandomNormal",
                      "{\"mean\": 0.0, \"stddev\": 0.05, \"seed\": null}");
    check_description("\"uniform\"", "RandomUniform",
                      "{\"minval\": -0.05, \"maxval\": 0.05, \"seed\": null}");
    check_description("{\"class_name\": \"Constant\", \"config\": {\"value\": 3}}", "Constant",
                      "{\"value\": 3.0}");
    check_description(
        "{\"class_name\": \"VarianceScaling\", \"config\": {\"scale\": 3.0, \"mode\": \"fan_avg\", "
        "\"distribution\": \"normal\"}}",
        "VarianceScaling",
        "{\"scale\": 3.0, \"mode\": \"fan_avg\", \"distribution\": \"truncated_normal\", \"seed\": null}");
}
END_TEST

static void check_refused(const char *json, horn_status expected, const char *words)
{
    config *value = sample_parse(json);
    initializer i;
    ck_fails(initializer_read(&i, value, "zeros", "here"), expected, words);
    config_free(value);
}

START_TEST(test_initializers__what_is_not_supported_is_named)
{
    check_refused("\"ZerosV3\"", HORN_ERROR_UNSUPPORTED, "here: initializer 'ZerosV3' is not known");
    check_refused("\"V2\"", HORN_ERROR_UNSUPPORTED, "here: initializer 'V2' is not known");
    check_refused("\"orthogonal\"", HORN_ERROR_UNSUPPORTED, "here: initializer 'orthogonal' is not known");
    check_refused("{\"class_name\": \"Zeros\", \"config\": {\"gain\": 1}}", HORN_ERROR_UNSUPPORTED, "gain");
    check_refused("{\"class_name\": \"VarianceScaling\", \"config\": {\"mode\": \"fan\"}}", HORN_ERROR_FORMAT,
                  "mode");
    check_refused("{\"class_name\": \"VarianceScaling\", \"config\": {\"scale\": -1}}", HORN_ERROR_FORMAT,
                  "scale");
    check_refused("{\"config\": {}}", HORN_ERROR_FORMAT, "class_name");
    check_refused("5", HORN_ERROR_FORMAT, "here");
}
END_TEST

TEST_MAIN(test_initializers__distributions_are_keras, test_initializers__values_depend_on_key_and_place_only,
          test_initializers__every_spelling_of_keras_is_read,
          test_initializers__what_is_not_supported_is_named)
