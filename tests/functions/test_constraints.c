#include "test.h"

#include <math.h>
#include <stdio.h>
#include "conformance/sample.h"
#include "functions/constraint.h"

static constraint read_constraint(const char *json)
{
    config *value = sample_parse(json);
    constraint c;
    ck_ok(constraint_read(&c, value, "here"));
    config_free(value);
    return c;
}

static void check_reading(const char *json, const char *description)
{
    constraint c = read_constraint(json);
    config *into = config_object();
    constraint_describe(&c, into, "it");
    sample_check(config_get(into, "it"), description);
    config_free(into);
}

#define CLASS(name, arguments) \
    "{\"module\": \"keras.constraints\", \"class_name\": \"" name "\", \"config\": " arguments REGISTERED
#define REGISTERED ", \"registered_name\": null}"

/* The defaults are those that Keras 2.15 and 3.15 give for the same spellings. */
START_TEST(test_constraints__spellings_of_keras_there_and_back)
{
    static const char *const max_norms[] = { "\"max_norm\"", "\"maxnorm\"", "\"MaxNorm\"",
                                             "{\"class_name\": \"MaxNorm\", \"config\": {}}" };
    for (size_t i = 0; i < 4; i++)
        check_reading(max_norms[i], CLASS("MaxNorm", "{\"max_value\": 2.0, \"axis\": 0}"));
    check_reading("null", "null");
    check_reading("\"non_neg\"", CLASS("NonNeg", "{}"));
    check_reading("\"nonneg\"", CLASS("NonNeg", "{}"));
    check_reading("\"unit_norm\"", CLASS("UnitNorm", "{\"axis\": 0}"));
    check_reading("\"unitnorm\"", CLASS("UnitNorm", "{\"axis\": 0}"));
    check_reading(
        "\"min_max_norm\"",
        CLASS("MinMaxNorm", "{\"min_value\": 0.0, \"max_value\": 1.0, \"rate\": 1.0, \"axis\": 0}"));
    check_reading("{\"class_name\": \"MaxNorm\", \"config\": {\"max_value\": 3, \"axis\": [0, 1, -2]}}",
                  CLASS("MaxNorm", "{\"max_value\": 3.0, \"axis\": [0, 1, -2]}"));
    check_reading("{\"class_name\": \"UnitNorm\", \"config\": {\"axis\": null}}",
                  CLASS("UnitNorm", "{\"axis\": null}"));
}
END_TEST

static void check_refused(const char *json, horn_status status, const char *words)
{
    config *value = sample_parse(json);
    constraint c;
    ck_fails(constraint_read(&c, value, "here"), status, words);
    config_free(value);
}

START_TEST(test_constraints__what_is_not_supported_is_named)
{
    check_refused("\"radial_constraint\"", HORN_ERROR_UNSUPPORTED,
                  "here: constraint 'radial_constraint' is not known");
    check_refused("{\"class_name\": \"NonNeg\", \"config\": {\"axis\": 0}}", HORN_ERROR_UNSUPPORTED, "axis");
    check_refused("{\"class_name\": \"UnitNorm\", \"config\": {\"axis\": \"all\"}}", HORN_ERROR_FORMAT,
                  "axis");
    check_refused("{\"class_name\": \"UnitNorm\", \"config\": {\"axis\": [0, 99]}}", HORN_ERROR_FORMAT,
                  "axis");
    check_refused("{\"class_name\": \"UnitNorm\", \"config\": {\"axis\": [0, 0, 0, 0, 0, 0, 0, 0, 0]}}",
                  HORN_ERROR_FORMAT, "axis");
    check_refused("{\"class_name\": \"MaxNorm\", \"config\": {\"max_value\": \"much\"}}", HORN_ERROR_FORMAT,
                  "max_value");
    check_refused("3", HORN_ERROR_FORMAT, "here");
    const constraint c = read_constraint("{\"class_name\": \"UnitNorm\", \"config\": {\"axis\": -3}}");
    ck_ok(constraint_check(&c, &(shape){ 3, { 2, 2, 2 } }, "here"));
    ck_fails(constraint_check(&c, &(shape){ 2, { 2, 2 } }, "here"), HORN_ERROR_UNSUPPORTED,
             "here: UnitNorm has no axis -3 in a weight of shape (2, 2)");
}
END_TEST

enum { MOST = 3 * 5 * 4 * 70 };

static size_t place(const shape *s, size_t index, int axis)
{
    for (int i = s->rank - 1; i > axis; i--) index /= s->dim[i];
    return index % s->dim[axis];
}

/* True if both places are equal on all axes that the norm does not add over. */
static bool share_norm(const shape *s, unsigned summed, size_t a, size_t b)
{
    for (int i = 0; i < s->rank; i++)
        if (!(summed >> i & 1) && place(s, a, i) != place(s, b, i)) return false;
    return true;
}

static double clip(double x, double min, double max)
{
    return x < min ? min : x > max ? max : x;
}

/* Against the formula in double. `summed`: bit i for axis i. */
static void check_norms(const char *json, shape s, unsigned summed, double min, double max, double rate)
{
    static float w[MOST], before[MOST];
    const constraint c = read_constraint(json);
    const size_t n = shape_count(&s);
    for (size_t i = 0; i < n; i++) before[i] = w[i] = (float)(i * 37 % 101) / 40 - 1.3f;
    constraint_apply(&c, &s, w);
    for (size_t i = 0; i<n; i += n> 500 ? 7 : 1) {
        double norm = 0;
        for (size_t k = 0; k < n; k++)
            if (share_norm(&s, summed, i, k)) norm += (double)before[k] * (double)before[k];
        norm = sqrt(norm);
        const double desired = rate * clip(norm, min, max) + (1 - rate) * norm;
        ck_assert_msg(fabs((double)w[i] - (double)before[i] * desired / (1e-7 + norm)) < 2e-6,
                      "%s, %d axes: place %zu is %g, was %g", json, s.rank, i, (double)w[i],
                      (double)before[i]);
    }
}

#define WITH(name, arguments) "{\"class_name\": \"" name "\", \"config\": {" arguments "}}"

START_TEST(test_constraints__norms_are_the_formula)
{
    const shape kernel = { 2, { 5, 70 } }, image = { 4, { 3, 5, 4, 70 } }, bias = { 1, { 9 } };
    check_norms("\"max_norm\"", kernel, 1, 0, 2, 1);
    check_norms(WITH("MaxNorm", "\"max_value\": 0.5, \"axis\": 1"), kernel, 2, 0, 0.5, 1);
    check_norms(WITH("MaxNorm", "\"max_value\": 0.5, \"axis\": [0, 1, 2]"), image, 7, 0, 0.5, 1);
    check_norms(WITH("MaxNorm", "\"max_value\": 0.5, \"axis\": [0, 2]"), image, 5, 0, 0.5, 1);
    check_norms(WITH("MaxNorm", "\"max_value\": 3, \"axis\": [-1, 1]"), image, 10, 0, 3, 1);
    check_norms(WITH("MaxNorm", "\"max_value\": 3, \"axis\": null"), kernel, 3, 0, 3, 1);
    check_norms("\"unit_norm\"", kernel, 1, 1, 1, 1);
    check_norms("\"unit_norm\"", bias, 1, 1, 1, 1);
    check_norms("\"min_max_norm\"", bias, 1, 0, 1, 1);
    check_norms(WITH("MinMaxNorm", "\"min_value\": 2, \"max_value\": 2.5, \"rate\": 0.25, \"axis\": -2"),
                kernel, 1, 2, 2.5, 0.25);
    check_norms(WITH("MinMaxNorm", "\"min_value\": 8, \"max_value\": 9"), kernel, 1, 8, 9, 1);
}
END_TEST

START_TEST(test_constraints__non_neg_cuts_at_0)
{
    float w[70];
    const constraint c = read_constraint("\"non_neg\"");
    for (size_t i = 0; i < 70; i++) w[i] = (float)i - 30;
    constraint_apply(&c, &(shape){ 1, { 70 } }, w);
    for (size_t i = 0; i < 70; i++) ck_assert_float_eq(w[i], i < 30 ? 0 : (float)i - 30);
}
END_TEST

TEST_MAIN(test_constraints__spellings_of_keras_there_and_back,
          test_constraints__what_is_not_supported_is_named, test_constraints__norms_are_the_formula,
          test_constraints__non_neg_cuts_at_0)
