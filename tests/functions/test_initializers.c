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
    ck_ok(initializer_fill(&i, random_key_make(5, RANDOM_INITIALIZER, 1), fan_in, fan_out,
                           &(shape){ 1, { N } }, values));
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

static void fill(const initializer *i, uint32_t which, shape s, float *out)
{
    ck_ok(initializer_check(i, &s, "here"));
    ck_ok(initializer_fill(i, random_key_make(5, RANDOM_INITIALIZER, which), 3, 4, &s, out));
}

START_TEST(test_initializers__values_depend_on_key_and_place_only)
{
    float few[10], many[1000], other[10];
    static const char *const names[] = { "\"glorot_uniform\"", "\"he_normal\"", "\"random_normal\"" };
    for (size_t i = 0; i < 3; i++) {
        initializer in = read_initializer(names[i]);
        fill(&in, 1, (shape){ 1, { 10 } }, few);
        fill(&in, 1, (shape){ 1, { 1000 } }, many);
        fill(&in, 2, (shape){ 1, { 10 } }, other);
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
    check_description("\"orthogonal\"", "Orthogonal", "{\"gain\": 1.0, \"seed\": null}");
    check_description("\"OrthogonalV2\"", "Orthogonal", "{\"gain\": 1.0, \"seed\": null}");
    check_description("{\"class_name\": \"OrthogonalInitializer\", \"config\": {\"gain\": 2.5, \"seed\": 3}}",
                      "Orthogonal", "{\"gain\": 2.5, \"seed\": null}");
    check_description("\"identity\"", "Identity", "{\"gain\": 1.0}");
    check_description("\"IdentityInitializer\"", "Identity", "{\"gain\": 1.0}");
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

/* Products of the columns, or of the rows if there are fewer. */
static void check_orthogonal(const char *json, shape s, double gain)
{
    static float values[512 * 512];
    const initializer in = read_initializer(json);
    const size_t columns = s.dim[s.rank - 1], rows = shape_count(&s) / columns;
    const size_t count = rows < columns ? rows : columns, size = rows < columns ? columns : rows;
    const size_t next = rows < columns ? columns : 1, step = rows < columns ? 1 : columns;
    fill(&in, 1, s, values);
    for (size_t a = 0; a < count; a++)
        for (size_t b = 0; b <= a; b++) {
            double sum = 0;
            for (size_t k = 0; k < size; k++)
                sum += (double)values[a * next + k * step] * (double)values[b * next + k * step];
            ck_assert_double_eq_tol(sum, a == b ? gain * gain : 0, 1e-6 * gain * gain);
        }
}

START_TEST(test_initializers__orthogonal_ones_are_orthogonal)
{
    static const char gained[] = "{\"class_name\": \"Orthogonal\", \"config\": {\"gain\": 3.0}}";
    check_orthogonal("\"orthogonal\"", (shape){ 2, { 1, 1 } }, 1);
    check_orthogonal("\"orthogonal\"", (shape){ 2, { 7, 7 } }, 1);
    check_orthogonal("\"orthogonal\"", (shape){ 2, { 32, 128 } }, 1);
    check_orthogonal("\"orthogonal\"", (shape){ 2, { 300, 41 } }, 1);
    check_orthogonal("\"orthogonal\"", (shape){ 4, { 3, 3, 8, 16 } }, 1);
    check_orthogonal(gained, (shape){ 3, { 2, 3, 50 } }, 3);
}
END_TEST

/* A uniformly distributed orthogonal matrix has entries of mean 0 and variance 1 / n, and its trace has mean 0 and variance 1;
 * without the signs of R's diagonal the trace would be negative nearly always. */
START_TEST(test_initializers__orthogonal_ones_are_uniformly_distributed)
{
    enum { SIZE = 6, DRAWS = 2000 };
    const initializer in = read_initializer("\"orthogonal\"");
    float q[SIZE * SIZE];
    double sum = 0, traces = 0, squares = 0, fourths = 0;
    for (uint32_t draw = 0; draw < DRAWS; draw++) {
        double trace = 0;
        fill(&in, draw, (shape){ 2, { SIZE, SIZE } }, q);
        for (size_t k = 0; k < SIZE * SIZE; k++) sum += (double)q[k];
        for (size_t k = 0; k < SIZE; k++) trace += (double)q[k * SIZE + k];
        traces += trace / DRAWS;
        squares += trace * trace / DRAWS;
        for (size_t k = 0; k < SIZE * SIZE; k++) fourths += pow((double)q[k], 4) / (DRAWS * SIZE * SIZE);
    }
    ck_assert_double_eq_tol(sum, 0, 5 * sqrt(DRAWS * SIZE));
    ck_assert_double_eq_tol(traces, 0, 5 / sqrt(DRAWS));
    ck_assert_double_eq_tol(squares, 1, 5 * sqrt(2.0 / DRAWS));
    ck_assert_double_eq_tol(fourths, 3.0 / (SIZE * (SIZE + 2)), 0.002);
}
END_TEST

static void check_values(const char *json, shape s, const float *expected)
{
    float values[16];
    const initializer in = read_initializer(json);
    fill(&in, 1, s, values);
    for (size_t k = 0; k < shape_count(&s); k++)
        ck_assert_msg(values[k] == expected[k], "%s: value %zu is %g, expected %g", json, k,
                      (double)values[k], (double)expected[k]);
}

START_TEST(test_initializers__identities_are_eyes)
{
    const float square[] = { 1, 0, 0, 1 }, wide[] = { 2, 0, 0, 0, 2, 0 }, tall[] = { 1, 0, 0, 1, 0, 0 };
    check_values("\"identity\"", (shape){ 2, { 2, 2 } }, square);
    check_values("{\"class_name\": \"IdentityV2\", \"config\": {\"gain\": 2, \"dtype\": \"float32\"}}",
                 (shape){ 2, { 2, 3 } }, wide);
    check_values("\"Identity\"", (shape){ 2, { 3, 2 } }, tall);
}
END_TEST

/* initializer.values is the config's, which must live on. */
static void check_list(const char *list, shape s, const float *expected, const char *refusal)
{
    char json[256];
    float values[16];
    snprintf(json, sizeof json, "{\"class_name\": \"Constant\", \"config\": {\"value\": %s}}", list);
    config *value = sample_parse(json);
    initializer in;
    ck_assert(initializer_has_more(value));
    ck_ok(initializer_read(&in, value, "zeros", "here"));
    if (expected) {
        fill(&in, 1, s, values);
        ck_assert_mem_eq(values, expected, shape_count(&s) * sizeof *values);
    } else {
        ck_assert_int_ne(initializer_check(&in, &s, "here"), HORN_OK);
        ck_assert_msg(strstr(horn_last_error(), refusal) != NULL, "%s: %s", json, horn_last_error());
    }
    config_free(value);
}

START_TEST(test_initializers__constants_may_be_lists)
{
    const float row[] = { 1, 2, 3, 1, 2, 3 }, column[] = { 4, 4, 5, 5 }, all[] = { 1, 2, 3, 4 };
    check_list("[1, 2, 3]", (shape){ 2, { 2, 3 } }, row, NULL);
    check_list("[[4.0], [5.0]]", (shape){ 2, { 2, 2 } }, column, NULL);
    check_list("[1, 2, 3, 4]", (shape){ 1, { 4 } }, all, NULL);
    check_list("[1, 2, 3, 4]", (shape){ 2, { 2, 2 } }, all, NULL);
    check_list("[[1, 2], [3, 4]]", (shape){ 1, { 4 } }, all, NULL);
    check_list("{\"class_name\": \"__numpy__\", \"config\": {\"value\": [1, 2, 3], \"dtype\": \"float32\"}}",
               (shape){ 2, { 2, 3 } }, row, NULL);
    check_list("[1, 2, 3]", (shape){ 1, { 4 } }, NULL, "have shape (3,), expected (4,)");
    check_list("[[1], [2, 3]]", (shape){ 1, { 3 } }, NULL, "no regular lists");
    check_list("[1, [2]]", (shape){ 1, { 2 } }, NULL, "no regular lists");
    check_list("[1, \"a\"]", (shape){ 1, { 2 } }, NULL, "no regular lists");
    check_list("[]", (shape){ 1, { 2 } }, NULL, "no regular lists");
    check_list("[1, NaN]", (shape){ 1, { 2 } }, NULL, "no regular lists");
}
END_TEST

/* Keras 3: the sizes of these axes make the fans. */
START_TEST(test_initializers__axes_make_fans)
{
    static float values[20 * 30 * 40];
    const initializer in = read_initializer(
        "{\"class_name\": \"LecunUniform\", \"config\": {\"input_axes\": [0, -2], \"output_axes\": [2]}}");
    float most = 0;
    fill(&in, 1, (shape){ 3, { 20, 30, 40 } }, values);
    for (size_t k = 0; k < 20 * 30 * 40; k++) most = fmaxf(most, fabsf(values[k]));
    ck_assert_double_eq_tol((double)most, sqrt(3.0 / 600), 1e-4);
    ck_fails(initializer_check(&in, &(shape){ 2, { 20, 30 } }, "here"), HORN_ERROR_SHAPE,
             "here: has no axis 2");
}
END_TEST

static void check_unfit(const char *json, shape s, const char *words)
{
    const initializer in = read_initializer(json);
    ck_fails(initializer_check(&in, &s, "here"), HORN_ERROR_SHAPE, words);
}

START_TEST(test_initializers__shapes_that_do_not_fit_are_refused)
{
    check_unfit("\"orthogonal\"", (shape){ 1, { 4 } },
                "here: has shape (4,), expected two or more axes for Orthogonal");
    check_unfit("\"identity\"", (shape){ 1, { 4 } }, "expected two axes for Identity");
    check_unfit("\"identity\"", (shape){ 3, { 4, 4, 4 } }, "expected two axes for Identity");
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
    check_refused("\"stft\"", HORN_ERROR_UNSUPPORTED, "here: initializer 'stft' is not known");
    check_refused("{\"class_name\": \"HeNormal\", \"config\": {\"input_axes\": [0, 1.5]}}", HORN_ERROR_FORMAT,
                  "input_axes");
    check_refused("{\"class_name\": \"HeNormal\", \"config\": {\"output_axes\": 1}}", HORN_ERROR_FORMAT,
                  "output_axes");
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
          test_initializers__orthogonal_ones_are_orthogonal,
          test_initializers__orthogonal_ones_are_uniformly_distributed,
          test_initializers__identities_are_eyes, test_initializers__constants_may_be_lists,
          test_initializers__axes_make_fans, test_initializers__shapes_that_do_not_fit_are_refused,
          test_initializers__every_spelling_of_keras_is_read,
          test_initializers__what_is_not_supported_is_named)
