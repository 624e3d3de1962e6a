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

static void check_name(const char *name, const char *class_name, const char *kept)
{
    loss *l = horn_loss_by_name(name);
    config *description = NULL;
    ck_ok(horn_loss_status(l));
    ck_assert_str_eq(l->class->name, class_name);
    ck_ok(loss_describe(l, &description));
    ck_assert_str_eq(config_string(description), kept);
    config_free(description);
    loss_free(l);
}

/* Names that only Keras 2 knows are written as both know them. */
START_TEST(test_losses__names_of_keras_are_kept)
{
    static const char *const same[][2] = {
        { "mse", "MeanSquaredError" },
        { "MSE", "MeanSquaredError" },
        { "mae", "MeanAbsoluteError" },
        { "MAE", "MeanAbsoluteError" },
        { "mape", "MeanAbsolutePercentageError" },
        { "MAPE", "MeanAbsolutePercentageError" },
        { "msle", "MeanSquaredLogarithmicError" },
        { "MSLE", "MeanSquaredLogarithmicError" },
        { "bce", "BinaryCrossentropy" },
        { "BCE", "BinaryCrossentropy" },
        { "kld", "KLDivergence" },
        { "KLD", "KLDivergence" },
        { "kl_divergence", "KLDivergence" },
        { "huber", "Huber" },
        { "log_cosh", "LogCosh" },
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) check_name(same[i][0], same[i][1], same[i][0]);
    check_name("kullback_leibler_divergence", "KLDivergence", "kl_divergence");
    check_name("huber_loss", "Huber", "huber");
    check_name("logcosh", "LogCosh", "log_cosh");
}
END_TEST

#define REDUCED(reduction)                                                                         \
    "{\"class_name\": \"Huber\", \"config\": {\"name\": \"huber_loss\", \"reduction\": " reduction \
    ", \"delta\": 1.0}}"

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
    check_description(read_loss(REDUCED("\"auto\"")), REDUCED("\"sum_over_batch_size\""));
    check_description(read_loss(REDUCED("\"mean\"")), REDUCED("\"sum_over_batch_size\""));
    check_description(read_loss(REDUCED("\"sum\"")), REDUCED("\"sum\""));
    check_description(read_loss(REDUCED("null")), REDUCED("\"none\""));
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
    check_refused("\"dice\"", HORN_ERROR_UNSUPPORTED, "Horn has no loss dice yet");
    check_refused("[]", HORN_ERROR_FORMAT, "loss");
    check_refused(SPARSE("\"reduction\": \"most\""), HORN_ERROR_FORMAT, "reduction");
    check_refused(SPARSE("\"ignore_class\": 0.5"), HORN_ERROR_FORMAT, "ignore_class");
    check_refused(SPARSE("\"fn\": \"mse\""), HORN_ERROR_UNSUPPORTED, "fn");
    check_refused(SPARSE("\"label_smoothing\": 0.1"), HORN_ERROR_UNSUPPORTED, "label_smoothing");
    check_refused(CATEGORICAL("\"axis\": 1"), HORN_ERROR_UNSUPPORTED, "axis");
    check_refused(CATEGORICAL("\"label_smoothing\": 2"), HORN_ERROR_FORMAT, "label_smoothing");
}
END_TEST

/* ---- values ---- */

/* Outputs and targets of a kind of values. */
typedef struct pair {
    outputs_kind kind;
    const float *outputs;
    targets targets;
} pair;

static pair pair_of(const loss *l, enum value_kind kind)
{
    const bool is_values = kind == VALUES_OUTPUTS || kind == VALUES_SIDES;
    return (pair){ kind == VALUES_LOGITS ? OUTPUTS_LOGITS : OUTPUTS_PROBABILITIES,
                   kind == VALUES_LOGITS ? value_logits
                   : is_values           ? value_outputs
                                         : value_probabilities,
                   { l->class->targets, value_labels,
                     kind == VALUES_OUTPUTS ? value_wanted
                     : kind == VALUES_SIDES ? value_sides
                                            : value_targets } };
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
        const pair p = pair_of(l, value_losses[c].kind);
        float gradient[LOSS_ROWS * LOSS_COLUMNS];
        double sum = 0, got;
        for (size_t row = 0; row < LOSS_ROWS; row++) {
            targets one = { p.targets.kind, p.targets.labels + row, p.targets.rows + row * LOSS_COLUMNS };
            got = l->class->value(l, p.kind, 1, LOSS_COLUMNS, p.outputs + row * LOSS_COLUMNS, &one, NULL, 1);
            ck_assert_msg(near(got, (double)value_losses[c].losses[row]),
                          "%s %s: row %zu is %.9g, expected %.9g", value_losses[c].name,
                          value_losses[c].arguments, row, got, (double)value_losses[c].losses[row]);
            sum += got;
        }
        got = l->class->value(l, p.kind, LOSS_ROWS, LOSS_COLUMNS, p.outputs, &p.targets, gradient, 0.5f);
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
            const pair p = pair_of(l, kind == OUTPUTS_LOGITS ? VALUES_LOGITS : VALUES_PROBABILITIES);
            float apart[LOSS_ROWS * LOSS_COLUMNS], same[LOSS_ROWS * LOSS_COLUMNS];
            memcpy(same, p.outputs, sizeof same);
            double a = class->value(l, p.kind, LOSS_ROWS, LOSS_COLUMNS, p.outputs, &p.targets, apart, 1);
            double b = class->value(l, p.kind, LOSS_ROWS, LOSS_COLUMNS, same, &p.targets, same, 1);
            ck_assert(a == b || (isnan(a) && isnan(b)));
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
        if (class->logits != LOGITS_OF_SOFTMAX) continue;
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
            ck_assert_float_nan(
                gradient[class->logits == LOGITS_OF_SOFTMAX ? 0 : 1]); /* of these the whole row */
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

static double loss_at(const loss *l, outputs_kind kind, size_t n, const float *y, const targets *t)
{
    return l->class->value(l, kind, 1, n, y, t, NULL, 1);
}

/* At outputs away from kinks and clips. 3e-3: the differences are of float32 losses, over 2e-2. */
START_TEST(test_losses__gradients_agree_with_differences)
{
    enum { COLUMNS = 5 };
    const float places[2][COLUMNS] = { { 0.15f, 0.35f, 0.6f, 0.42f, 0.8f },
                                       { -1.2f, 0.5f, 1.4f, -0.3f, 2.2f } };
    const float rows[COLUMNS] = { 0, 1, 0, 0, 0 }, step = 1e-2f;
    const int32_t label = 1;
    for (size_t s = 0; s < samples_of("losses")->count; s++)
        for (int kind = OUTPUTS_PROBABILITIES; kind <= OUTPUTS_LOGITS; kind++) {
            loss *l = make_loss(samples_of("losses")->at[s].name, samples_of("losses")->at[s].config);
            const targets t = { l->class->targets, &label, rows };
            /* Of probabilities that add up to 1 the sparse loss has another gradient than its value says: TensorFlow's. */
            const bool is_own = l->class->targets != TARGET_LABELS || kind == OUTPUTS_LOGITS;
            /* Its outputs are above 0. */
            const float *place = places[strcmp(l->class->name, "Poisson") ? kind : OUTPUTS_PROBABILITIES];
            float y[COLUMNS], gradient[COLUMNS];
            memcpy(y, place, sizeof y);
            (void)l->class->value(l, (outputs_kind)kind, 1, COLUMNS, y, &t, gradient, 1);
            for (size_t i = 0; is_own && i < COLUMNS; i++) {
                y[i] = place[i] + step;
                double difference = loss_at(l, (outputs_kind)kind, COLUMNS, y, &t);
                y[i] = place[i] - step;
                difference =
                    (difference - loss_at(l, (outputs_kind)kind, COLUMNS, y, &t)) / (double)(2 * step);
                y[i] = place[i];
                ck_assert_msg(fabs((double)gradient[i] - difference) <= 3e-3 * (1 + fabs(difference)),
                              "%s, kind %d: gradient %zu is %g, differences say %g", l->class->name, kind, i,
                              (double)gradient[i], difference);
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
    check_description(horn_huber(&(horn_huber_options){ .delta = 2, .reduction = "sum" }),
                      "{\"class_name\": \"Huber\", \"config\": {\"name\": \"huber_loss\", \"reduction\": "
                      "\"sum\", \"delta\": 2.0}}");
    check_description(horn_poisson(&(horn_loss_options){ .reduction = "none" }),
                      "{\"class_name\": \"Poisson\", \"config\": {\"name\": \"poisson\", \"reduction\": "
                      "\"none\"}}");
    ck_carries(loss, horn_hinge(&(horn_loss_options){ .reduction = "most" }), HORN_ERROR_FORMAT, "reduction");
    ck_carries(loss,
               horn_sparse_categorical_crossentropy(&(horn_crossentropy_options){ .label_smoothing = 0.1 }),
               HORN_ERROR_UNSUPPORTED, "label_smoothing");
    check_description(horn_loss_by_name("categorical_crossentropy"), "\"categorical_crossentropy\"");
    ck_carries(loss, horn_loss_by_name("ctc"), HORN_ERROR_UNSUPPORTED, "no loss ctc yet");
    horn_loss_free(NULL);
}
END_TEST

TEST_MAIN(test_losses__gradients_agree_with_differences, test_losses__names_of_keras_are_kept,
          test_losses__config_there_and_back_is_identity, test_losses__every_spelling_of_keras_is_read,
          test_losses__what_is_not_supported_is_named, test_losses__values_and_gradients_are_keras,
          test_losses__the_gradient_may_overwrite_the_outputs, test_losses__many_columns_are_summed_whole,
          test_losses__a_class_ruled_out_adds_nothing, test_losses__nan_and_labels_of_no_class_end_as_nan,
          test_losses__constructors_take_options)
