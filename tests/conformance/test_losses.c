/* Every loss of the registry: its config, its values and gradients against Keras, and hostile rows. */
#include "test.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include "conformance/sample.h"
#include "golden/values.h"
#include "losses/loss.h"

static loss *read_loss(const char *json)
{
    config *description = sample_parse(json);
    loss *l = NULL;
    ck_ok(loss_new(&l, description));
    config_free(description);
    return l;
}

static loss *make_loss(const char *name, const char *arguments)
{
    char json[512];
    snprintf(json, sizeof json, "{\"class_name\": \"%s\", \"config\": %s}", name, arguments);
    return read_loss(json);
}

static void check_description(loss *l, const char *expected)
{
    config *description = NULL;
    ck_assert_ptr_nonnull(l);
    ck_ok(loss_describe(l, &description));
    sample_check(description, expected);
    config_free(description);
    loss_free(l);
}

START_TEST(test_losses__config_there_and_back_is_identity)
{
    const loss_class *class;
    size_t i;
    for (i = 0; (class = loss_class_at(i)); i++) {
        char json[512];
        const char *arguments = sample_named("losses", class->name)->config;
        snprintf(json, sizeof json, "{\"class_name\": \"%s\", \"config\": %s}", class->name, arguments);
        check_description(read_loss(json), json);
        snprintf(json, sizeof json, "\"%s\"", class->function_name);
        check_description(read_loss(json), json); /* a string stays a string */
    }
    for (i = 0; i < samples_of("losses")->count; i++)
        loss_free(make_loss(samples_of("losses")->at[i].name, samples_of("losses")->at[i].config));
}
END_TEST

#define FROM_LOGITS(value)                                                        \
    "{\"class_name\": \"SparseCategoricalCrossentropy\", \"config\": {\"name\": " \
    "\"sparse_categorical_crossentropy\", "                                       \
    "\"reduction\": \"sum_over_batch_size\", \"from_logits\": " value "}}"

START_TEST(test_losses__every_spelling_of_keras_is_read)
{
    check_description(
        read_loss(
            "{\"class_name\": \"SparseCategoricalCrossentropy\", \"config\": {\"reduction\": \"auto\", "
            "\"name\": \"sparse_categorical_crossentropy\", \"from_logits\": true, \"ignore_class\": null, "
            "\"fn\": \"sparse_categorical_crossentropy\"}}"),
        FROM_LOGITS("true"));
    check_description(read_loss("{\"module\": \"keras.losses\", \"class_name\": "
                                "\"SparseCategoricalCrossentropy\", \"config\": {}, "
                                "\"registered_name\": null}"),
                      FROM_LOGITS("false"));
    check_description(read_loss("\"SparseCategoricalCrossentropy\""), FROM_LOGITS("false"));
    check_description(read_loss("{\"module\": \"builtins\", \"class_name\": \"function\", \"config\": "
                                "\"sparse_categorical_crossentropy\", \"registered_name\": \"function\"}"),
                      "\"sparse_categorical_crossentropy\"");
    loss_free(make_loss("CategoricalCrossentropy",
                        "{\"axis\": -1, \"label_smoothing\": 0, \"dtype\": \"float32\"}"));
}
END_TEST

static void check_refused(const char *json, horn_status expected, const char *words)
{
    config *description = sample_parse(json);
    loss *l = NULL;
    ck_fails(loss_new(&l, description), expected, words);
    ck_assert_ptr_null(l);
    config_free(description);
}

#define SPARSE(arguments)      "{\"class_name\": \"SparseCategoricalCrossentropy\", \"config\": {" arguments "}}"
#define CATEGORICAL(arguments) "{\"class_name\": \"CategoricalCrossentropy\", \"config\": {" arguments "}}"

START_TEST(test_losses__what_is_not_supported_is_named)
{
    check_refused("\"mse\"", HORN_ERROR_UNSUPPORTED, "Horn has no loss mse yet");
    check_refused("[]", HORN_ERROR_FORMAT, "loss");
    check_refused(SPARSE("\"reduction\": \"none\""), HORN_ERROR_UNSUPPORTED, "reduction");
    check_refused(SPARSE("\"reduction\": null"), HORN_ERROR_UNSUPPORTED, "reduction");
    check_refused(SPARSE("\"ignore_class\": 0"), HORN_ERROR_UNSUPPORTED, "ignore_class");
    check_refused(SPARSE("\"fn\": \"mse\""), HORN_ERROR_UNSUPPORTED, "fn");
    check_refused(SPARSE("\"label_smoothing\": 0.1"), HORN_ERROR_UNSUPPORTED, "label_smoothing");
    check_refused(CATEGORICAL("\"axis\": 1"), HORN_ERROR_UNSUPPORTED, "axis");
    check_refused(CATEGORICAL("\"label_smoothing\": 2"), HORN_ERROR_FORMAT, "label_smoothing");
}
END_TEST

/* ---- values ---- */

static targets targets_for(const loss *l)
{
    return (targets){ l->class->targets, value_labels, value_targets };
}

/* 3e-7 relative: both are float32 sums of four terms, exponentials within an ulp. */
static bool near(double found, double expected)
{
    return fabs(found - expected) <= 3e-7 * fabs(expected) + 1e-6;
}

START_TEST(test_losses__values_and_gradients_are_keras)
{
    for (size_t c = 0; c < sizeof value_losses / sizeof value_losses[0]; c++) {
        loss *l = make_loss(value_losses[c].name, value_losses[c].arguments);
        targets t = targets_for(l);
        outputs_kind kind = value_losses[c].logits ? OUTPUTS_LOGITS : OUTPUTS_PROBABILITIES;
        const float *outputs = value_losses[c].logits ? value_logits : value_probabilities;
        float gradient[LOSS_ROWS * LOSS_COLUMNS];
        double sum = 0, got;
        for (size_t row = 0; row < LOSS_ROWS; row++) {
            targets one = { t.kind, t.labels + row, t.rows + row * LOSS_COLUMNS };
            got = l->class->value(l, kind, 1, LOSS_COLUMNS, outputs + row * LOSS_COLUMNS, &one, NULL, 1);
            ck_assert_msg(near(got, (double)value_losses[c].losses[row]),
                          "%s %s: row %zu is %.9g, expected %.9g", value_losses[c].name,
                          value_losses[c].arguments, row, got, (double)value_losses[c].losses[row]);
            sum += got;
        }
        got = l->class->value(l, kind, LOSS_ROWS, LOSS_COLUMNS, outputs, &t, gradient, 0.5f);
        ck_assert_double_eq_tol(got, sum, 1e-12 * fabs(sum));
        for (size_t i = 0; i < LOSS_ROWS * LOSS_COLUMNS; i++)
            ck_assert_msg(near((double)gradient[i], 0.5 * (double)value_losses[c].gradient[i]),
                          "%s %s: gradient %zu is %.9g, expected %.9g", value_losses[c].name,
                          value_losses[c].arguments, i, (double)gradient[i],
                          0.5 * (double)value_losses[c].gradient[i]);
        loss_free(l);
    }
}
END_TEST

START_TEST(test_losses__the_gradient_may_overwrite_the_outputs)
{
    const loss_class *class;
    for (size_t i = 0; (class = loss_class_at(i)); i++)
        for (int kind = OUTPUTS_PROBABILITIES; kind <= OUTPUTS_LOGITS; kind++) {
            loss *l = make_loss(class->name, "{}");
            targets t = targets_for(l);
            const float *outputs = kind == OUTPUTS_LOGITS ? value_logits : value_probabilities;
            float apart[LOSS_ROWS * LOSS_COLUMNS], same[LOSS_ROWS * LOSS_COLUMNS];
            memcpy(same, outputs, sizeof same);
            double a = class->value(l, (outputs_kind)kind, LOSS_ROWS, LOSS_COLUMNS, outputs, &t, apart, 1);
            double b = class->value(l, (outputs_kind)kind, LOSS_ROWS, LOSS_COLUMNS, same, &t, same, 1);
            ck_assert_double_eq(a, b);
            ck_assert_mem_eq(apart, same, sizeof same);
            loss_free(l);
        }
}
END_TEST

/* More columns than the helper's buffer, with and without a gradient. */
START_TEST(test_losses__many_columns_are_summed_whole)
{
    enum { COLUMNS = 1000 };
    float z[COLUMNS], rows[COLUMNS] = { 0 }, gradient[COLUMNS];
    const int32_t label = 999;
    const loss_class *class;
    double sum = 0;
    for (size_t i = 0; i < COLUMNS; i++) z[i] = (float)(i % 7), sum += exp((double)z[i]);
    rows[label] = 1;
    for (size_t i = 0; (class = loss_class_at(i)); i++) {
        if (!class->takes_logits) continue;
        loss *l = make_loss(class->name, "{\"from_logits\": true}");
        targets t = { class->targets, &label, rows };
        double expected = log(sum) - (double)z[label];
        double alone = class->value(l, OUTPUTS_LOGITS, 1, COLUMNS, z, &t, NULL, 1);
        ck_assert_double_eq_tol(alone, expected, 1e-5); /* a float32 sum of 1000 terms */
        ck_assert_double_eq(class->value(l, OUTPUTS_LOGITS, 1, COLUMNS, z, &t, gradient, 1), alone);
        ck_assert_double_eq_tol((double)gradient[label], exp((double)z[label]) / sum - 1, 1e-6);
        loss_free(l);
    }
}
END_TEST

START_TEST(test_losses__nan_and_labels_of_no_class_end_as_nan)
{
    const float outputs[8] = { 0.25f, NAN, 0.25f, 0.25f, 0.25f, 0.25f, 0.25f, 0.25f };
    const int32_t labels[2] = { 0, 1 }, none[2] = { -1, 4 };
    const float rows[8] = { 1, 0, 0, 0, 0, 1, 0, 0 };
    float gradient[8];
    const loss_class *class;
    for (size_t i = 0; (class = loss_class_at(i)); i++)
        for (int kind = OUTPUTS_PROBABILITIES; kind <= OUTPUTS_LOGITS; kind++) {
            loss *l = make_loss(class->name, "{}");
            targets t = { class->targets, labels, rows };
            ck_assert_double_nan(class->value(l, (outputs_kind)kind, 2, 4, outputs, &t, gradient, 1));
            ck_assert_float_nan(gradient[class->takes_logits ? 0 : 1]); /* of logits the whole row */
            ck_assert_float_finite(gradient[5]);
            t.labels = none;
            if (class->targets == TARGET_LABELS) {
                ck_assert_double_nan(class->value(l, (outputs_kind)kind, 1, 4, outputs + 4, &t, gradient, 1));
                ck_assert_float_nan(gradient[3]);
            }
            loss_free(l);
        }
}
END_TEST

START_TEST(test_losses__a_class_ruled_out_adds_nothing)
{
    const float z[2] = { 3, -INFINITY }, rows[2] = { 1, 0 };
    loss *l = make_loss("CategoricalCrossentropy", "{}");
    targets t = { TARGET_ROWS, NULL, rows };
    ck_assert_double_eq(l->class->value(l, OUTPUTS_LOGITS, 1, 2, z, &t, NULL, 1), 0);
    loss_free(l);
}
END_TEST

START_TEST(test_losses__constructors_take_options)
{
    check_description(horn_sparse_categorical_crossentropy(NULL), FROM_LOGITS("false"));
    check_description(
        horn_sparse_categorical_crossentropy(&(horn_crossentropy_options){ .from_logits = true }),
        FROM_LOGITS("true"));
    loss *l = horn_categorical_crossentropy(&(horn_crossentropy_options){ .from_logits = true });
    ck_assert(l->from_logits);
    horn_loss_free(l);
    check_description(horn_loss_by_name("categorical_crossentropy"), "\"categorical_crossentropy\"");
    ck_carries(loss, horn_loss_by_name("mse"), HORN_ERROR_UNSUPPORTED, "no loss mse yet");
    horn_loss_free(NULL);
}
END_TEST

TEST_MAIN(test_losses__config_there_and_back_is_identity, test_losses__every_spelling_of_keras_is_read,
          test_losses__what_is_not_supported_is_named, test_losses__values_and_gradients_are_keras,
          test_losses__the_gradient_may_overwrite_the_outputs, test_losses__many_columns_are_summed_whole,
          test_losses__a_class_ruled_out_adds_nothing, test_losses__nan_and_labels_of_no_class_end_as_nan,
          test_losses__constructors_take_options)
