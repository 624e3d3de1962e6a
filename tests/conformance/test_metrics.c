/* Every metric of the registry: its description, its sums, and how "accuracy" finds its class. */
#include "test.h"

#include <math.h>
#include <horn/custom_training.h>
#include "conformance/sample.h"
#include "golden/values.h"
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
        char text[512];
        snprintf(text, sizeof text, "{\"class_name\": \"%s\", \"config\": %s}", class->name,
                 sample_named("metrics", class->name)->config);
        check_description(text, text);
        if (!class->has_function) continue;
        snprintf(text, sizeof text, "\"%s\"", class->function_name);
        check_description(text, text);
    }
    const sample_set *all = samples_of("metrics");
    for (size_t i = 0; i < all->count; i++) {
        char text[512];
        ck_assert_ptr_nonnull(metric_class_named(all->at[i].name));
        snprintf(text, sizeof text, "{\"class_name\": \"%s\", \"config\": %s}", all->at[i].name,
                 all->at[i].config);
        check_description(text, text);
    }
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
#define MINE_WITH(class_name, arguments) \
    "{\"class_name\": \"" class_name     \
    "\", \"config\": {\"name\": \"mine\", \"dtype\": \"float32\", " arguments "}}"
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
    check_made(horn_binary_accuracy(&(horn_threshold_metric_options){ .name = "mine", .threshold = 0.25 }),
               "mine", MINE_WITH("BinaryAccuracy", "\"threshold\": 0.25"));
    check_made(
        horn_precision(&(horn_confusion_options){ .top_k = 2, .of_class = true }), "precision",
        "{\"class_name\": \"Precision\", \"config\": {\"name\": \"precision\", \"dtype\": \"float32\", "
        "\"thresholds\": null, \"top_k\": 2, \"class_id\": 0}}");
    check_made(horn_recall(&(horn_confusion_options){ .name = "mine", .threshold = 0.25 }), "mine",
               MINE_WITH("Recall", "\"thresholds\": 0.25, \"top_k\": null, \"class_id\": null"));
    check_made(horn_auc(&(horn_auc_options){ .name = "mine", .curve = "PR", .num_thresholds = 10 }), "mine",
               MINE_WITH("AUC", "\"num_thresholds\": 10, \"curve\": \"PR\", \"summation_method\": "
                                "\"interpolation\", \"multi_label\": false, \"num_labels\": null, "
                                "\"label_weights\": null, \"from_logits\": false"));
    check_made(horn_f1_score(&(horn_f_score_options){ .name = "mine", .average = "micro", .threshold = 0.5 }),
               "mine", MINE_WITH("F1Score", "\"average\": \"micro\", \"threshold\": 0.5"));
    check_made(horn_fbeta_score(&(horn_f_score_options){ .name = "mine", .beta = 0.5 }), "mine",
               MINE_WITH("FBetaScore", "\"average\": null, \"threshold\": null, \"beta\": 0.5"));
    check_made(horn_top_k_categorical_accuracy(&(horn_top_k_options){ .name = "mine", .k = 3 }), "mine",
               MINE_WITH("TopKCategoricalAccuracy", "\"k\": 3"));
    check_made(
        horn_accuracy(NULL), "accuracy",
        "{\"class_name\": \"Accuracy\", \"config\": {\"name\": \"accuracy\", \"dtype\": \"float32\"}}");
    check_made(horn_pearson_correlation(&(horn_metric_options){ .name = "mine" }), "mine",
               MINE_WITH("PearsonCorrelation", "\"axis\": -1"));
    check_made(horn_concordance_correlation(&(horn_metric_options){ .name = "mine" }), "mine",
               MINE_WITH("ConcordanceCorrelation", "\"axis\": -1"));
    check_made(horn_mean_relative_error(&(horn_mean_relative_error_options){
                   .name = "mine", .normalizer = (double[]){ 1, 0.5 }, .normalizer_count = 2 }),
               "mine", MINE_WITH("MeanRelativeError", "\"normalizer\": [1.0, 0.5]"));
    check_made(horn_iou(&(horn_iou_options){ .name = "mine",
                                             .num_classes = 3,
                                             .target_class_ids = (size_t[]){ 2, 0 },
                                             .target_class_count = 2,
                                             .rows_y_pred = true,
                                             .ignores = true,
                                             .ignore_class = 1 }),
               "mine",
               MINE_WITH("IoU", "\"target_class_ids\": [0, 2], \"num_classes\": 3, \"ignore_class\": 1, "
                                "\"sparse_y_true\": true, \"sparse_y_pred\": false, \"axis\": -1"));
    check_made(horn_mean_iou(&(horn_iou_options){ .name = "mine", .num_classes = 2 }), "mine",
               MINE_WITH("MeanIoU", "\"num_classes\": 2, \"ignore_class\": null, \"sparse_y_true\": true, "
                                    "\"sparse_y_pred\": true, \"axis\": -1"));
    check_made(
        horn_one_hot_iou(&(horn_iou_options){
            .name = "mine", .num_classes = 2, .target_class_ids = (size_t[]){ 1 }, .target_class_count = 1 }),
        "mine",
        MINE_WITH("OneHotIoU", "\"target_class_ids\": [1], \"num_classes\": 2, \"ignore_class\": "
                               "null, \"sparse_y_pred\": false, \"axis\": -1"));
    check_made(horn_one_hot_mean_iou(&(horn_iou_options){ .name = "mine", .num_classes = 2 }), "mine",
               MINE_WITH("OneHotMeanIoU",
                         "\"num_classes\": 2, \"ignore_class\": null, \"sparse_y_pred\": false, "
                         "\"axis\": -1"));
    check_made(horn_binary_iou(&(horn_binary_iou_options){ .name = "mine", .threshold = HORN_ZERO }), "mine",
               MINE_WITH("BinaryIoU", "\"target_class_ids\": [0, 1], \"threshold\": 0.0"));
    check_made(horn_sparse_top_k_categorical_accuracy(NULL), "sparse_top_k_categorical_accuracy",
               "\"sparse_top_k_categorical_accuracy\"");
    check_made(horn_root_mean_squared_error(&(horn_metric_options){ .name = "mine" }), "mine",
               MINE("RootMeanSquaredError"));
    check_made(
        horn_true_positives(&(horn_threshold_metric_options){ .name = "mine", .threshold = HORN_ZERO }),
        "mine", MINE_WITH("TruePositives", "\"thresholds\": 0.0"));
    check_made(horn_false_negatives(&(horn_threshold_metric_options){ .name = "mine" }), "mine",
               MINE_WITH("FalseNegatives", "\"thresholds\": null"));
    check_made(horn_metric_by_name("accuracy"), "accuracy", "\"accuracy\"");
    check_made(horn_metric_by_name("BinaryAccuracy"), "binary_accuracy", "\"binary_accuracy\"");
    check_made(horn_custom_metric("SparseCategoricalAccuracy", &(horn_metric_options){ .name = "mine" }),
               "mine", MINE("SparseCategoricalAccuracy"));
    ck_carries(metric, horn_metric_by_name("mean_io_u"), HORN_ERROR_FORMAT, "num_classes");
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
    check_refused("\"mean_tensor\"", HORN_ERROR_UNSUPPORTED, "Horn has no metric mean_tensor yet");
    check_refused("7", HORN_ERROR_FORMAT, "metric");
    check_refused("{\"class_name\": \"MeanMetricWrapper\", \"config\": {\"name\": \"x\", \"fn\": \"f\"}}",
                  HORN_ERROR_UNSUPPORTED, "metric 'f'");
    check_refused("{\"class_name\": \"Precision\", \"config\": {\"thresholds\": [0.4, 0.5]}}",
                  HORN_ERROR_UNSUPPORTED, "thresholds");
    check_refused("{\"class_name\": \"Recall\", \"config\": {\"thresholds\": 2}}", HORN_ERROR_FORMAT,
                  "thresholds");
    check_refused("{\"class_name\": \"AUC\", \"config\": {\"num_labels\": 3}}", HORN_ERROR_FORMAT,
                  "multi_label");
    check_refused("{\"class_name\": \"AUC\", \"config\": {\"label_weights\": [1, \"a\"]}}", HORN_ERROR_FORMAT,
                  "label_weights");
    check_refused("{\"class_name\": \"AUC\", \"config\": {\"label_weights\": []}}", HORN_ERROR_FORMAT,
                  "label_weights");
    check_refused("{\"class_name\": \"AUC\", \"config\": {\"dtype\": \"int64\"}}", HORN_ERROR_UNSUPPORTED,
                  "dtype");
    check_refused("{\"class_name\": \"MeanIoU\", \"config\": {\"num_classes\": 100000}}",
                  HORN_ERROR_UNSUPPORTED, "num_classes");
    check_refused("{\"class_name\": \"MeanIoU\", \"config\": {\"num_classes\": 2, \"axis\": 1}}",
                  HORN_ERROR_UNSUPPORTED, "axis");
    check_refused("{\"class_name\": \"MeanIoU\", \"config\": {\"num_classes\": 2, \"dtype\": \"float16\"}}",
                  HORN_ERROR_UNSUPPORTED, "dtype");
    check_refused("{\"class_name\": \"IoU\", \"config\": {\"num_classes\": 2, \"target_class_ids\": [2]}}",
                  HORN_ERROR_FORMAT, "target_class_ids");
    check_refused("{\"class_name\": \"IoU\", \"config\": {\"num_classes\": 2}}", HORN_ERROR_FORMAT,
                  "target_class_ids");
    check_refused(
        "{\"class_name\": \"OneHotMeanIoU\", \"config\": {\"num_classes\": 2, \"sparse_y_pred\": true}}",
        HORN_ERROR_UNSUPPORTED, "sparse_y_pred");
    check_refused("{\"class_name\": \"MeanRelativeError\", \"config\": {}}", HORN_ERROR_FORMAT, "normalizer");
    check_refused("{\"class_name\": \"AUC\", \"config\": {\"curve\": \"round\"}}", HORN_ERROR_FORMAT,
                  "curve");
    check_refused("{\"class_name\": \"AUC\", \"config\": {\"num_thresholds\": 1}}", HORN_ERROR_FORMAT,
                  "num_thresholds");
    check_refused("{\"class_name\": \"AUC\", \"config\": {\"thresholds\": [0.1, \"a\"]}}", HORN_ERROR_FORMAT,
                  "thresholds");
    check_refused("{\"class_name\": \"F1Score\", \"config\": {\"average\": \"most\"}}", HORN_ERROR_FORMAT,
                  "average");
    check_refused("{\"class_name\": \"SparseCategoricalCrossentropy\", \"config\": {\"ignore_class\": 1}}",
                  HORN_ERROR_UNSUPPORTED, "ignore_class");
    check_refused("{\"class_name\": \"MeanSquaredError\", \"config\": {\"delta\": 1}}",
                  HORN_ERROR_UNSUPPORTED, "delta");
}
END_TEST

static double sum_of(const metric *m, size_t count, size_t columns, const float *y, const targets *t)
{
    double state[1] = { 0 };
    const metric_rows r = { .rows = count, .columns = columns, .outputs = y, .targets = t };
    metric_update(m, &r, state);
    return state[0];
}

/* Of samples that say it. */
START_TEST(test_metrics__sums_are_of_right_rows)
{
    const sample_set *all = samples_of("metrics");
    size_t count = 0;
    for (size_t i = 0; i < all->count; i++) {
        double expected;
        metric *m;
        if (!config_number(config_get(all->at[i].json, "sum"), &expected)) continue;
        ck_ok(metric_new_of_class(&m, metric_class_named(all->at[i].name), NULL));
        targets t = { metric_targets(m), labels, rows };
        const double sum = sum_of(m, ROWS, COLUMNS, outputs, &t);
        ck_assert_msg(sum == expected, "%s: %g, expected %g", m->class->name, sum, expected);
        ck_assert_double_eq(sum_of(m, 0, COLUMNS, outputs, &t), 0);
        metric_free(m);
        count++;
    }
    ck_assert_uint_eq(count, 3);
}
END_TEST

START_TEST(test_metrics__half_is_on_the_side_of_0)
{
    const float half[2] = { 0.5f, 0.5f }, sides[2] = { 0, 1 };
    metric *m = read_metric("\"binary_accuracy\"");
    targets t = { TARGET_ROWS, NULL, sides };
    ck_assert_double_eq(sum_of(m, 1, 1, half, &t), 1);
    ck_assert_double_eq(sum_of(m, 2, 1, half, &t), 1);
    metric_free(m);
}
END_TEST

/* ---- values of Keras ---- */

enum { MOST_STATES = 2000 };

static void add_half(const metric *m, enum metric_pair pair, size_t first, double *state)
{
    const bool of_sides = pair == PAIR_SIDES || pair == PAIR_BINARY,
               of_logits = pair == PAIR_LOGITS || pair == PAIR_LOGITS_LABELS;
    const float *y = of_logits                                    ? value_logits
                     : pair == PAIR_OUTPUTS || pair == PAIR_SIDES ? value_outputs
                                                                  : value_probabilities,
                *wanted = of_sides               ? value_sides
                          : pair == PAIR_OUTPUTS ? value_wanted
                                                 : value_targets;
    const targets t = { metric_targets(m), value_labels + first, wanted + first * LOSS_COLUMNS };
    const metric_rows r = { .rows = LOSS_ROWS / 2,
                            .columns = LOSS_COLUMNS,
                            .outputs = y + first * LOSS_COLUMNS,
                            .targets = &t,
                            .weights = value_weights + first };
    metric_update(m, &r, state);
}

/* Of two halves, whose states add up. 2e-6 relative: Keras computes in float32. */
static void check_result(metric *m, enum metric_pair pair, bool is_weighted, double expected,
                         const char *arguments)
{
    static double first[MOST_STATES], second[MOST_STATES];
    m->is_weighted = is_weighted;
    const size_t count = metric_states(m, LOSS_COLUMNS);
    ck_assert_uint_le(count, MOST_STATES);
    memset(first, 0, sizeof first);
    memset(second, 0, sizeof second);
    add_half(m, pair, 0, first);
    add_half(m, pair, LOSS_ROWS / 2, second);
    for (size_t i = 0; i < count; i++) first[i] += second[i];
    const double found = metric_result(m, LOSS_COLUMNS, LOSS_ROWS, first);
    ck_assert_msg(fabs(found - expected) <= 2e-6 * (1 + fabs(expected)),
                  "%s %s, weights %d: %.9g, expected %.9g", m->class->name, arguments, is_weighted, found,
                  expected);
}

START_TEST(test_metrics__results_are_keras)
{
    for (size_t i = 0; i < sizeof value_metrics / sizeof *value_metrics; i++) {
        char json[512];
        snprintf(json, sizeof json, "{\"class_name\": \"%s\", \"config\": %s}", value_metrics[i].name,
                 value_metrics[i].arguments);
        metric *m = read_metric(json);
        check_result(m, value_metrics[i].pair, false, value_metrics[i].plain, value_metrics[i].arguments);
        check_result(m, value_metrics[i].pair, true, value_metrics[i].weighted, value_metrics[i].arguments);
        metric_free(m);
    }
}
END_TEST

START_TEST(test_metrics__nothing_is_no_result_of_nan)
{
    const metric_class *class;
    for (size_t i = 0; (class = metric_class_at(i)); i++) {
        static const double zeros[MOST_STATES];
        metric *m;
        config *arguments = sample_parse(sample_named("metrics", class->name)->config);
        ck_ok(metric_new_of_class(&m, class, arguments));
        config_free(arguments);
        m->is_weighted = true; /* all weights are 0 */
        ck_assert_msg(metric_result(m, LOSS_COLUMNS, LOSS_ROWS, zeros) == 0, "%s", class->name);
        metric_free(m);
    }
}
END_TEST

static void check_named(const char *name, const char *class_name, const char *log_name, const char *described)
{
    metric *m = horn_metric_by_name(name);
    ck_ok(horn_metric_status(m));
    ck_assert_str_eq(m->class->name, class_name);
    ck_assert_str_eq(m->name, log_name);
    metric_free(m);
    char json[64];
    snprintf(json, sizeof json, "\"%s\"", name);
    check_description(json, described);
}

START_TEST(test_metrics__names_of_keras_are_kept)
{
    check_named("mse", "MeanSquaredError", "mse", "\"mse\"");
    check_named("MAE", "MeanAbsoluteError", "MAE", "\"MAE\"");
    check_named("bce", "BinaryCrossentropy", "bce", "\"bce\"");
    check_named("poisson", "Poisson", "poisson", "\"poisson\"");
    check_named("kullback_leibler_divergence", "KLDivergence", "kullback_leibler_divergence",
                "{\"class_name\": \"KLDivergence\", \"config\": {\"name\": \"kullback_leibler_divergence\", "
                "\"dtype\": "
                "\"float32\"}}");
    check_named(
        "RootMeanSquaredError", "RootMeanSquaredError", "root_mean_squared_error",
        "{\"class_name\": \"RootMeanSquaredError\", \"config\": {\"name\": \"root_mean_squared_error\", "
        "\"dtype\": \"float32\"}}");
    check_named(
        "AUC", "AUC", "auc",
        "{\"class_name\": \"AUC\", \"config\": {\"name\": \"auc\", \"dtype\": \"float32\", "
        "\"num_thresholds\": 200, \"curve\": \"ROC\", \"summation_method\": \"interpolation\", "
        "\"multi_label\": false, \"num_labels\": null, \"label_weights\": null, \"from_logits\": false}}");
}
END_TEST

static void check_resolved_of(const char *name, shape out, shape expected, const char *function)
{
    metric *m = horn_metric_by_name(name);
    ck_assert_ptr_null(metric_class_of(m));
    ck_ok(metric_resolve(m, &out, &expected));
    ck_assert_str_eq(metric_class_of(m)->function_name, function);
    ck_assert_str_eq(m->name, name);
    metric_free(m);
}

static void check_resolved(shape out, shape expected, const char *function)
{
    check_resolved_of("acc", out, expected, function);
}

START_TEST(test_metrics__accuracy_finds_its_class_by_shapes)
{
    check_resolved((shape){ 1, { 10 } }, (shape){ 0 }, "sparse_categorical_accuracy");
    check_resolved((shape){ 1, { 10 } }, (shape){ 1, { 1 } }, "sparse_categorical_accuracy");
    check_resolved((shape){ 1, { 10 } }, (shape){ 1, { 10 } }, "categorical_accuracy");
    check_resolved((shape){ 1, { 1 } }, (shape){ 1, { 1 } }, "binary_accuracy");
    check_resolved((shape){ 1, { 1 } }, (shape){ 0 }, "binary_accuracy");
    check_resolved((shape){ 2, { 5, 10 } }, (shape){ 1, { 5 } }, "sparse_categorical_accuracy");
    check_resolved_of("crossentropy", (shape){ 1, { 1 } }, (shape){ 0 }, "binary_crossentropy");
    check_resolved_of("ce", (shape){ 1, { 5 } }, (shape){ 0 }, "sparse_categorical_crossentropy");
    check_resolved_of("crossentropy", (shape){ 1, { 5 } }, (shape){ 1, { 5 } }, "categorical_crossentropy");
    metric *m = read_metric("\"sparse_categorical_accuracy\"");
    ck_ok(metric_resolve(m, &(shape){ 1, { 1 } }, &(shape){ 1, { 1 } })); /* was told what it is */
    ck_assert_str_eq(metric_class_of(m)->function_name, "sparse_categorical_accuracy");
    metric_free(m);
}
END_TEST

TEST_MAIN(test_metrics__results_are_keras, test_metrics__nothing_is_no_result_of_nan,
          test_metrics__names_of_keras_are_kept, test_metrics__constructors_take_options,
          test_metrics__description_there_and_back_is_identity, test_metrics__every_spelling_of_keras_is_read,
          test_metrics__what_is_not_supported_is_named, test_metrics__sums_are_of_right_rows,
          test_metrics__half_is_on_the_side_of_0, test_metrics__accuracy_finds_its_class_by_shapes)
