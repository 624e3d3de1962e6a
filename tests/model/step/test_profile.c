/* Fit with .profile: the table's contents, and that measuring changes no results. */
#include "model/small_run.h"

#include <math.h>

static horn_status fit_profiled(horn_model *m, size_t epochs)
{
    return horn_model_fit(NULL, m, &x, &y,
                          &(horn_fit_options){ .batch_size = 64, .epochs = epochs, .profile = true });
}

/* The sum in the row that begins with `name`: the number before the share. */
static double row_of(const char *text, const char *name)
{
    const char *row = strstr(text, name), *end = row ? strchr(row, '%') : NULL;
    ck_assert_msg(end != NULL, "no row '%s' in\n%s", name, text);
    for (int numbers = 0; numbers < 2; numbers++) {
        while (end[-1] == ' ' || end[-1] == '%') end--;
        while (end[-1] != ' ') end--;
    }
    return atof(end);
}

static horn_model *make_wide(int threads)
{
    horn_model *m;
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 3, .threads = threads }));
    ck_ok(horn_model_add(
        m, horn_dense(&(horn_dense_options){ .name = "wide", .units = 2000, .input_shape = { INPUTS } })));
    ck_ok(horn_model_add(m, horn_batch_normalization(&(horn_batch_normalization_options){ .name = "norm" })));
    ck_ok(horn_model_add(
        m, horn_dense(&(horn_dense_options){ .name = "narrow", .units = 3, .activation = "relu" })));
    ck_ok(horn_model_add(m, horn_flatten(NULL)));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .name = "last", .units = CLASSES })));
    horn_crossentropy_options logits = { .from_logits = true };
    ck_ok(
        horn_model_compile(m, &(horn_compile_options){ .loss = horn_sparse_categorical_crossentropy(&logits),
                                                       .metrics = { horn_metric_by_name("accuracy") } }));
    return m;
}

/* Each row is rounded to 0.1. */
static void expect_adds_up(const char *text)
{
    static const char *const rows[] = { "gathering the batch", "wide (Dense)",  "norm (BatchNormalization)",
                                        "narrow (Dense)",      "narrow (relu)", "last (Dense)",
                                        "loss and metrics",    "waiting" };
    double sum = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) sum += row_of(text, rows[i]);
    ck_assert_msg(fabs(sum - row_of(text, "a step ")) < 1, "%g in\n%s", sum, text);
}

static bool are_in_order(const char *text)
{
    return row_of(text, "wide (Dense)") > row_of(text, "last (Dense)") &&
           row_of(text, "norm (") > row_of(text, "narrow (relu)");
}

/* Other programs may use the processor in the midst of a row: what takes longer does so in one of several runs. */
START_TEST(test_profile__rows_are_the_models_and_add_up)
{
    setup();
    for (int threads = 1; threads <= 3; threads++) {
        char *text = NULL;
        horn_model *m = make_wide(threads);
        for (int run = 0; run < 20 && (!text || !are_in_order(text)); run++) {
            free(text);
            ck_ok(fit_profiled(m, 4));
            ck_ok(horn_model_profile(&text, m));
            ck_assert_msg(strncmp(text, "20 steps of ", 12) == 0, "%s", text);
            expect_adds_up(text);
            ck_assert_ptr_null(strstr(text, "flatten"));
        }
        ck_assert_msg(are_in_order(text), "%s", text);
        free(text);
        horn_model_free(m);
    }
    cleanup();
}
END_TEST

/* Other programs may use the processor: the run with the least waiting counts. */
START_TEST(test_profile__one_thread_does_not_wait)
{
    setup();
    double least = 1;
    horn_model *m = make_wide(1);
    for (int i = 0; i < 20 && least >= 0.2; i++) {
        char *text;
        ck_ok(fit_profiled(m, 4));
        ck_ok(horn_model_profile(&text, m));
        least = fmin(least, row_of(text, "waiting") / row_of(text, "a step "));
        free(text);
    }
    ck_assert_msg(least < 0.2, "it waits %g of a step", least);
    horn_model_free(m);
    cleanup();
}
END_TEST

START_TEST(test_profile__changes_no_bit)
{
    setup();
    horn_model *measured = make_wide(2), *plain = make_wide(2);
    ck_ok(fit_profiled(measured, 2));
    ck_ok(horn_model_fit(NULL, plain, &x, &y, &(horn_fit_options){ .batch_size = 64, .epochs = 2 }));
    for (size_t i = 0; i < horn_model_weight_count(plain); i++) {
        horn_weight a, b;
        ck_ok(horn_model_get_weight(&a, measured, i));
        ck_ok(horn_model_get_weight(&b, plain, i));
        ck_assert_mem_eq(a.view.data, b.view.data, horn_view_count(&a.view) * sizeof(float));
    }
    horn_model_free(measured);
    horn_model_free(plain);
    cleanup();
}
END_TEST

START_TEST(test_profile__is_of_the_last_run_that_asked)
{
    setup();
    char *text;
    horn_model *m = make_model(RMSPROP, 1, 2);
    ck_fails(horn_model_profile(&text, m), HORN_ERROR_ARGUMENT, "not profiled");
    ck_ok(fit(m, 1, false, NULL, 0));
    ck_fails(horn_model_profile(&text, m), HORN_ERROR_ARGUMENT, "not profiled");
    ck_ok(fit_profiled(m, 2));
    ck_ok(fit_profiled(m, 3));
    ck_ok(fit(m, 1, false, NULL, 0));
    ck_ok(horn_model_profile(&text, m));
    ck_assert_msg(strncmp(text, "15 steps of ", 12) == 0, "%s", text);
    free(text);
    horn_model_free(m);
    cleanup();
}
END_TEST

static horn_status interrupt(horn_callback *self, const horn_progress *p, const horn_logs *logs)
{
    (void)self, (void)logs;
    return p->batch == 2 ? HORN_INTERRUPTED : HORN_OK;
}

START_TEST(test_profile__of_a_run_that_was_interrupted)
{
    setup();
    char *text;
    horn_callback stop = { .on_batch_end = interrupt }, *const all[] = { &stop };
    horn_model *m = make_model(RMSPROP, 1, 2);
    horn_fit_options options = { .batch_size = 64, .callbacks = all, .callback_count = 1, .profile = true };
    ck_assert_int_eq(horn_model_fit(NULL, m, &x, &y, &options), HORN_INTERRUPTED);
    ck_ok(horn_model_profile(&text, m));
    ck_assert_msg(strncmp(text, "2 steps of ", 11) == 0, "%s", text);
    free(text);
    horn_model_free(m);
    cleanup();
}
END_TEST

TEST_MAIN(test_profile__rows_are_the_models_and_add_up, test_profile__one_thread_does_not_wait,
          test_profile__changes_no_bit, test_profile__is_of_the_last_run_that_asked,
          test_profile__of_a_run_that_was_interrupted)
