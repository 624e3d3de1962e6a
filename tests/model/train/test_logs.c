/* Logs of metrics with states of many numbers and of weighted ones: names, threads, batches, resuming. */
#include <math.h>
#include <horn/horn.h>
#include "config/config.h"
#include "model/small_run.h"
#include "model/train/progress.h"

static float binary[SAMPLES], weights[SAMPLES];
static const horn_view target = { .data = binary, .dtype = HORN_FLOAT32, .rank = 1, .shape = { SAMPLES } };
static const horn_view w = { .data = weights, .dtype = HORN_FLOAT32, .rank = 1, .shape = { SAMPLES } };

static horn_model *make_binary(int threads)
{
    horn_model *m;
    for (size_t i = 0; i < SAMPLES; i++) binary[i] = y_data[i] < 2, weights[i] = (float)(i % 4) / 2;
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 4, .threads = threads }));
    ck_ok(horn_model_add(
        m, horn_dense(&(horn_dense_options){ .units = 9, .activation = "relu", .input_shape = { INPUTS } })));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 1, .activation = "sigmoid" })));
    ck_ok(horn_model_compile(
        m,
        &(horn_compile_options){ .optimizer = horn_adam(NULL),
                                 .loss = horn_binary_crossentropy(NULL),
                                 .metrics = { horn_auc(NULL), horn_auc(&(horn_auc_options){ .curve = "PR" }),
                                              horn_metric_by_name("accuracy"), horn_precision(NULL),
                                              horn_metric_by_name("bce") },
                                 .weighted_metrics = { horn_metric_by_name("accuracy"), horn_auc(NULL),
                                                       horn_auc(NULL), horn_recall(NULL) } }));
    return m;
}

START_TEST(test_logs__equal_names_are_told_apart)
{
    static const char *const names[] = { "loss",
                                         "auc",
                                         "auc_1",
                                         "accuracy",
                                         "precision",
                                         "bce",
                                         "weighted_accuracy",
                                         "weighted_auc",
                                         "weighted_auc_1",
                                         "recall" };
    horn_logs logs;
    setup();
    horn_model *m = make_binary(1);
    ck_ok(horn_model_evaluate(&logs, m, &x, &target, NULL));
    ck_assert_uint_eq(logs.count, 10);
    for (size_t i = 0; i < 10; i++) ck_assert_str_eq(logs.names[i], names[i]);
    horn_model_free(m);
    cleanup();
}
END_TEST

/* Sums of whole numbers do not round, so that batches of any size give the same; weights do not change plain metrics. */
START_TEST(test_logs__batches_threads_and_weights_change_what_they_should)
{
    horn_logs all, some, weighted;
    setup();
    horn_model *m = make_binary(1), *threads = make_binary(3);
    ck_ok(horn_model_evaluate(&all, m, &x, &target, &(horn_evaluate_options){ .batch_size = SAMPLES }));
    ck_ok(horn_model_evaluate(&some, threads, &x, &target, &(horn_evaluate_options){ .batch_size = 37 }));
    ck_ok(horn_model_evaluate(&weighted, m, &x, &target,
                              &(horn_evaluate_options){ .batch_size = 37, .sample_weight = &w }));
    for (size_t i = 1; i < all.count; i++) {
        ck_assert_double_eq_tol(all.values[i], some.values[i], 1e-6);
        if (i < 6) ck_assert_double_eq_tol(weighted.values[i], all.values[i], 1e-6);
        if (i >= 6) ck_assert_double_gt(fabs(weighted.values[i] - all.values[i]), 1e-4);
    }
    /* Without weights a weighted metric is the plain one. */
    ck_assert_double_eq(horn_logs_get(&all, "accuracy"), horn_logs_get(&all, "weighted_accuracy"));
    ck_assert_double_eq(horn_logs_get(&all, "auc"), horn_logs_get(&all, "weighted_auc"));
    ck_assert_double_eq_tol(horn_logs_get(&all, "bce"), horn_logs_get(&all, "loss"), 1e-6);
    horn_model_free(m);
    horn_model_free(threads);
    cleanup();
}
END_TEST

static horn_status run(horn_model *m, bool resume, horn_callback *const *callbacks, size_t count)
{
    return horn_model_fit(NULL, m, &x, &target,
                          &(horn_fit_options){ .batch_size = 64,
                                               .epochs = 2,
                                               .sample_weight = &w,
                                               .callbacks = callbacks,
                                               .callback_count = count,
                                               .resume = resume });
}

START_TEST(test_logs__a_resumed_run_goes_on_with_all_states)
{
    setup();
    horn_model *whole = make_binary(1), *first = make_binary(1), *second = make_binary(1);
    stopper stop = { .base = { .on_batch_end = stop_batch }, .at = 3 };
    horn_callback *callbacks[] = { &stop.base };
    const horn_save_options with_progress = { .progress = true };
    ck_ok(run(whole, false, NULL, 0));
    ck_assert_int_eq(run(first, false, callbacks, 1), HORN_INTERRUPTED);
    ck_ok(horn_model_save(first, in_folder("stopped.h5"), &with_progress));
    ck_ok(horn_model_restore(second, in_folder("stopped.h5")));
    ck_ok(run(second, true, NULL, 0));
    assert_same_run(second, whole);
    horn_model_free(whole);
    horn_model_free(first);
    horn_model_free(second);
    cleanup();
}
END_TEST

/* Older checkpoints have one number for each metric, also for a weighted one. */
START_TEST(test_logs__older_progress_has_one_sum_for_each_metric)
{
    static const char
        old[] = "{\"epoch\": 0, \"batch\": 2, \"sums\": [128, 64, 32, 96], \"history\": [], \"states\": {}}",
        bad[] = "{\"epoch\": 0, \"batch\": 2, \"sums\": [128, 64, 32], \"history\": [], \"states\": {}}";
    horn_logs logs = { 0 };
    config *c;
    setup();
    horn_model *m = make_binary(1);
    ck_ok(
        horn_model_compile(m, &(horn_compile_options){ .loss = horn_binary_crossentropy(NULL),
                                                       .metrics = { horn_metric_by_name("acc") },
                                                       .weighted_metrics = { horn_metric_by_name("mse") } }));
    ck_ok(config_parse(&c, old, sizeof old - 1, "old"));
    ck_ok(progress_read(m, c, 2, "old"));
    config_free(c);
    running_report(&m->progress->sums, m, &logs);
    ck_assert_double_eq(horn_logs_get(&logs, "loss"), 0.5);
    ck_assert_double_eq(horn_logs_get(&logs, "acc"), 0.25);
    ck_assert_double_eq(horn_logs_get(&logs, "mse"), 0.75);
    ck_ok(config_parse(&c, bad, sizeof bad - 1, "bad"));
    ck_fails(progress_read(m, c, 2, "bad"), HORN_ERROR_FORMAT, "no valid 'sums'");
    config_free(c);
    horn_model_free(m);
    cleanup();
}
END_TEST

START_TEST(test_logs__more_metrics_than_there_is_room_for_are_refused)
{
    setup();
    horn_model *m = make_binary(1);
    horn_compile_options options = { .loss = horn_binary_crossentropy(NULL) };
    for (size_t i = 0; i < 9; i++) {
        options.metrics[i] = horn_auc(NULL);
        options.weighted_metrics[i] = horn_auc(NULL);
    }
    ck_fails(horn_model_compile(m, &options), HORN_ERROR_ARGUMENT, "18 metrics, expected at most 16");
    horn_model_free(m);
    cleanup();
}
END_TEST

TEST_MAIN(test_logs__equal_names_are_told_apart,
          test_logs__batches_threads_and_weights_change_what_they_should,
          test_logs__a_resumed_run_goes_on_with_all_states,
          test_logs__older_progress_has_one_sum_for_each_metric,
          test_logs__more_metrics_than_there_is_room_for_are_refused)
