/* Every metric of the registry: its description, its sums, and how "accuracy" finds its class. */
#include "test.h"

#include <math.h>
#include <horn/custom_training.h>
#include "conformance/sample.h"
#include "metrics/metric.h"

/* Five rows of two outputs, which the samples have the sums of: clear, clear, a tie, NaN first, NaN both. */
enum { ROWS = 5, COLUMNS = 2 };
static const float outputs[ROWS * COLUMNS] = { 0.1f, 0.9f, 0.8f, 0.2f, 0.5f, 0.5f, NAN, 1.0f, NAN, NAN };
static const int32_t labels[ROWS] = { 1, 1, 0, 0, 7 };
static const float rows[ROWS * COLUMNS] = { 0, 1, 0, 1, 1, 0, 0, 1, 1, 0 };

static metric *read_metric(const char *json)
{
    config *description = sample_parse(json);
    metric *m = NULL;
    ck_ok(metric_new(&m, description));
    config_free(description);
    return m;
}

static void check_description(const char *json, const char *expected)
{
    metric *m = read_metric(json);
    config *description = NULL;
    ck_ok(metric_describe(m, &description));
    sample_check(description, expected);
    config_free(description);
    metric_free(m);
}

static const metric_class *metric_class_named(const char *name)
{
    const metric_class *class;
    for (size_t i = 0; (class = metric_class_at(i)) && strcmp(class->name, name) != 0; i++) {
    }
    return class;
}

START_TEST(test_metrics__description_there_and_back_is_identity)
{
    const metric_class *class;
    for (size_t i = 0; (class = metric_class_at(i)); i++) {
        char text[256];
        snprintf(text, sizeof text, "{\"class_name\": \"%s\", \"config\": %s}", class->name,
                 sample_named("metrics", class->name)->config);
        check_description(text, text);
        strcat(strcat(strcpy(text, "\""), class->function_name), "\"");
        check_description(text, text);
    }
    const sample_set *all = samples_of("metrics");
    for (size_t i = 0; i < all->count; i++) ck_assert_ptr_nonnull(metric_class_named(all->at[i].name));
    check_description("\"accuracy\"", "\"accuracy\"");
    check_description("\"acc\"", "\"acc\"");
}
END_TEST

START_TEST(test_metrics__every_spelling_of_keras_is_read)
{
    check_description(
        "{\"class_name\": \"MeanMetricWrapper\", \"config\": {\"name\": \"accuracy\", \"dtype\": "
        "\"float32\", \"fn\": \"sparse_categorical_accuracy\"}}",
        "\"accuracy\"");
    check_description(
        "{\"class_name\": \"MeanMetricWrapper\", \"config\": {\"name\": \"sca\", \"dtype\": \"float32\", "
        "\"fn\": {\"module\": \"builtins\", \"class_name\": \"function\", \"config\": "
        "\"sparse_categorical_accuracy\", \"registered_name\": \"function\"}}}",
        "{\"class_name\": \"SparseCategoricalAccuracy\", \"config\": {\"name\": \"sca\", \"dtype\": "
        "\"float32\"}}");
    check_description("\"BinaryAccuracy\"", "\"binary_accuracy\"");
    check_description(
        "{\"module\": \"keras.metrics\", \"class_name\": \"BinaryAccuracy\", \"registered_name\": null, "
        "\"config\": {\"name\": \"binary_accuracy\", \"dtype\": \"float32\", \"threshold\": 0.5}}",
        "\"binary_accuracy\"");
}
END_TEST

/* Described with a name of its own. */
#define MINE(class_name) \
    "{\"class_name\": \"" class_name "\", \"config\": {\"name\": \"mine\", \"dtype\": \"float32\"}}"

static void check_made(horn_metric *m, const char *name, const char *expected)
{
    config *description = NULL;
    ck_ok(horn_metric_status(m));
    ck_assert_str_eq(m->name, name);
    ck_ok(metric_describe(m, &description));
    sample_check(description, expected);
    config_free(description);
    horn_metric_free(m);
}

START_TEST(test_metrics__constructors_take_options)
{
    check_made(horn_sparse_categorical_accuracy(NULL), "sparse_categorical_accuracy",
               "\"sparse_categorical_accuracy\"");
    check_made(horn_categorical_accuracy(&(horn_metric_options){ 0 }), "categorical_accuracy",
               "\"categorical_accuracy\"");
    check_made(horn_binary_accuracy(&(horn_metric_options){ .name = "mine" }), "mine",
               MINE("BinaryAccuracy"));
    check_made(horn_metric_by_name("accuracy"), "accuracy", "\"accuracy\"");
    check_made(horn_metric_by_name("BinaryAccuracy"), "binary_accuracy", "\"binary_accuracy\"");
    check_made(horn_custom_metric("SparseCategoricalAccuracy", &(horn_metric_options){ .name = "mine" }),
               "mine", MINE("SparseCategoricalAccuracy"));
    ck_carries(metric, horn_metric_by_name("auc"), HORN_ERROR_UNSUPPORTED, "Horn has no metric auc yet");
}
END_TEST

static void check_refused(const char *json, horn_status expected, const char *words)
{
    config *description = sample_parse(json);
    metric *m = NULL;
    ck_fails(metric_new(&m, description), expected, words);
    ck_assert_ptr_null(m);
    config_free(description);
}

START_TEST(test_metrics__what_is_not_supported_is_named)
{
    check_refused("\"auc\"", HORN_ERROR_UNSUPPORTED, "Horn has no metric auc yet");
    check_refused("7", HORN_ERROR_FORMAT, "metric");
    check_refused("{\"class_name\": \"MeanMetricWrapper\", \"config\": {\"name\": \"x\", \"fn\": \"f\"}}",
                  HORN_ERROR_UNSUPPORTED, "metric 'f'");
    check_refused("{\"class_name\": \"BinaryAccuracy\", \"config\": {\"threshold\": 0.4}}",
                  HORN_ERROR_UNSUPPORTED, "threshold");
}
END_TEST

START_TEST(test_metrics__sums_are_of_right_rows)
{
    const metric_class *class;
    for (size_t i = 0; (class = metric_class_at(i)); i++) {
        targets t = { class->targets, labels, rows };
        double expected;
        ck_assert(config_number(config_get(sample_named("metrics", class->name)->json, "sum"), &expected));
        double sum = class->sum(class, ROWS, COLUMNS, outputs, &t);
        ck_assert_msg(sum == expected, "%s: %g, expected %g", class->name, sum, expected);
        ck_assert_double_eq(class->sum(class, 0, COLUMNS, outputs, &t), 0);
    }
}
END_TEST

START_TEST(test_metrics__half_is_on_the_side_of_0)
{
    const float half[2] = { 0.5f, 0.5f }, sides[2] = { 0, 1 };
    metric *m = read_metric("\"binary_accuracy\"");
    targets t = { TARGET_ROWS, NULL, sides };
    ck_assert_double_eq(m->class->sum(m->class, 1, 1, half, &t), 1);
    ck_assert_double_eq(m->class->sum(m->class, 2, 1, half, &t), 1);
    metric_free(m);
}
END_TEST

static void check_resolved(shape out, shape expected, const char *function)
{
    metric *m = read_metric("\"acc\"");
    ck_assert_ptr_null(m->class);
    metric_resolve(m, &out, &expected);
    ck_assert_str_eq(m->class->function_name, function);
    ck_assert_str_eq(m->name, "acc");
    metric_free(m);
}

START_TEST(test_metrics__accuracy_finds_its_class_by_shapes)
{
    check_resolved((shape){ 1, { 10 } }, (shape){ 0 }, "sparse_categorical_accuracy");
    check_resolved((shape){ 1, { 10 } }, (shape){ 1, { 1 } }, "sparse_categorical_accuracy");
    check_resolved((shape){ 1, { 10 } }, (shape){ 1, { 10 } }, "categorical_accuracy");
    check_resolved((shape){ 1, { 1 } }, (shape){ 1, { 1 } }, "binary_accuracy");
    check_resolved((shape){ 1, { 1 } }, (shape){ 0 }, "binary_accuracy");
    check_resolved((shape){ 2, { 5, 10 } }, (shape){ 1, { 5 } }, "sparse_categorical_accuracy");
    metric *m = read_metric("\"sparse_categorical_accuracy\"");
    metric_resolve(m, &(shape){ 1, { 1 } }, &(shape){ 1, { 1 } }); /* was told what it is */
    ck_assert_str_eq(m->class->function_name, "sparse_categorical_accuracy");
    metric_free(m);
}
END_TEST

TEST_MAIN(test_metrics__constructors_take_options, test_metrics__description_there_and_back_is_identity,
          test_metrics__every_spelling_of_keras_is_read, test_metrics__what_is_not_supported_is_named,
          test_metrics__sums_are_of_right_rows, test_metrics__half_is_on_the_side_of_0,
          test_metrics__accuracy_finds_its_class_by_shapes)
