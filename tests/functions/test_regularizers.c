#include "test.h"

#include <math.h>
#include "conformance/sample.h"
#include "functions/regularizer.h"

static regularizer read_regularizer(const char *json)
{
    config *value = sample_parse(json);
    regularizer r;
    ck_ok(regularizer_read(&r, value, "here"));
    config_free(value);
    return r;
}

static void check_reading(const char *json, double l1, double l2, const char *description)
{
    regularizer r = read_regularizer(json);
    config *into = config_object();
    ck_assert_msg(r.l1 == l1 && r.l2 == l2, "%s: read as %g and %g", json, r.l1, r.l2);
    regularizer_describe(&r, into, "it");
    sample_check(config_get(into, "it"), description);
    config_free(into);
}

#define L1_OF(l1) \
    "{\"module\": \"keras.regularizers\", \"class_name\": \"L1\", \"config\": {\"l1\": " l1 "}, " REGISTERED
#define L2_OF(l2) \
    "{\"module\": \"keras.regularizers\", \"class_name\": \"L2\", \"config\": {\"l2\": " l2 "}, " REGISTERED
#define L1L2_OF(l1, l2)                                                                            \
    "{\"module\": \"keras.regularizers\", \"class_name\": \"L1L2\", \"config\": {\"l1\": " l1 ", " \
    "\"l2\": " l2 "}, " REGISTERED
#define REGISTERED "\"registered_name\": null}"

/* The defaults are those that Keras 2.15 and 3.15 give for the same spellings. */
START_TEST(test_regularizers__spellings_of_keras_there_and_back)
{
    check_reading("null", 0, 0, "null");
    check_reading("\"l1\"", 0.01, 0, L1_OF("0.01"));
    check_reading("\"L1\"", 0.01, 0, L1_OF("0.01"));
    check_reading("\"l2\"", 0, 0.01, L2_OF("0.01"));
    check_reading("\"l1_l2\"", 0.01, 0.01, L1L2_OF("0.01", "0.01"));
    check_reading("\"l1l2\"", 0, 0, L1L2_OF("0.0", "0.0"));
    check_reading("\"L1L2\"", 0, 0, L1L2_OF("0.0", "0.0"));
    check_reading("{\"class_name\": \"L1\", \"config\": {}}", 0.01, 0, L1_OF("0.01"));
    check_reading("{\"class_name\": \"L2\", \"config\": {\"l2\": 0.30000001192092896}}", 0,
                  0.30000001192092896, L2_OF("0.30000001192092896"));
    check_reading("{\"class_name\": \"L1L2\", \"config\": {\"l1\": null, \"l2\": 1}}", 0, 1,
                  L1L2_OF("0.0", "1.0"));
    check_reading(L1L2_OF("0.5", "0.25"), 0.5, 0.25, L1L2_OF("0.5", "0.25"));
}
END_TEST

static void check_refused(const char *json, horn_status status, const char *words)
{
    config *value = sample_parse(json);
    regularizer r;
    ck_fails(regularizer_read(&r, value, "here"), status, words);
    config_free(value);
}

START_TEST(test_regularizers__what_is_not_supported_is_named)
{
    check_refused("\"orthogonal_regularizer\"", HORN_ERROR_UNSUPPORTED, "here: regularizer 'orthogonal_reg");
    check_refused("{\"class_name\": \"OrthogonalRegularizer\", \"config\": {\"factor\": 0.01}}",
                  HORN_ERROR_UNSUPPORTED, "here: regularizer 'OrthogonalRegularizer' is not known");
    check_refused("{\"class_name\": \"L2\", \"config\": {\"l1\": 0.1}}", HORN_ERROR_UNSUPPORTED, "l1");
    check_refused("{\"class_name\": \"L2\", \"config\": {\"l2\": \"much\"}}", HORN_ERROR_FORMAT, "l2");
    check_refused("3", HORN_ERROR_FORMAT, "here");
}
END_TEST

enum { MOST = 70 };

/* Odd lengths: what is left behind whole vectors counts too. */
START_TEST(test_regularizers__losses_and_gradients_are_the_formula)
{
    regularizer r = read_regularizer(L1L2_OF("0.5", "0.25"));
    float w[MOST], dw[MOST];
    for (size_t n = 0; n <= MOST; n++) {
        double loss = 0;
        for (size_t i = 0; i < n; i++) {
            w[i] = ((float)(i % 7) - 3) / 2; /* zeros among them */
            dw[i] = 8;
            loss += 0.5 * fabs((double)w[i]) + 0.25 * (double)w[i] * (double)w[i];
        }
        ck_assert_double_eq_tol(regularizer_loss(&r, n, w), loss, 1e-12);
        regularizer_add_gradient(&r, n, w, dw);
        for (size_t i = 0; i < n; i++)
            ck_assert_float_eq(dw[i], 8 + 0.5f * w[i] + (w[i] > 0 ? 0.5f : w[i] < 0 ? -0.5f : 0));
    }
    for (size_t i = 0; i < MOST; i++) dw[i] = 8;
    r = read_regularizer("null");
    ck_assert_double_eq(regularizer_loss(&r, MOST, w), 0);
    regularizer_add_gradient(&r, MOST, w, dw);
    ck_assert_float_eq(dw[MOST - 1], 8);
}
END_TEST

TEST_MAIN(test_regularizers__spellings_of_keras_there_and_back,
          test_regularizers__what_is_not_supported_is_named,
          test_regularizers__losses_and_gradients_are_the_formula)
