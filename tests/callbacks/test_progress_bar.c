#include "test.h"
#include <horn/callback.h>

static char written[4096];
static size_t writes;

static void collect(const char *text, size_t size, void *context)
{
    ck_assert_ptr_eq(context, written);
    ck_assert_uint_lt(strlen(written) + size, sizeof written);
    strncat(written, text, size);
    writes++;
}

static size_t columns;

static size_t ask(void *context)
{
    ck_assert_ptr_eq(context, written);
    return columns;
}

static horn_callback *make(horn_progress_style style)
{
    written[0] = '\0';
    writes = 0;
    columns = 0;
    horn_callback *bar = horn_progress_bar(
        &(horn_progress_bar_options){ .style = style, .write = collect, .columns = ask, .context = written });
    ck_assert_ptr_nonnull(bar);
    return bar;
}

static horn_progress at(size_t batch, size_t batches, double seconds)
{
    return (horn_progress){ .epoch = 0, .epochs = 2, .batch = batch, .batches = batches, .seconds = seconds };
}

static void batch_end(horn_callback *bar, size_t batch, size_t batches, double seconds, double loss)
{
    horn_progress p = at(batch, batches, seconds);
    ck_ok(bar->on_batch_end(bar, &p, &(horn_logs){ 1, { "loss" }, { loss } }));
}

static void epoch_begin(horn_callback *bar, size_t batches)
{
    horn_progress p = at(0, batches, 0);
    ck_ok(bar->on_epoch_begin(bar, &p));
}

static void epoch_end(horn_callback *bar, size_t batches, double seconds, const horn_logs *logs)
{
    horn_progress p = at(batches, batches, seconds);
    ck_ok(bar->on_epoch_end(bar, &p, logs));
}

static const horn_logs all = { 4,
                               { "loss", "accuracy", "val_loss", "val_accuracy" },
                               { 1.25, 0.5, 0.001, 0 } };

START_TEST(test_progress_bar__lines_are_those_of_keras)
{
    horn_callback *bar = make(HORN_PROGRESS_LINES);
    epoch_begin(bar, 2);
    batch_end(bar, 1, 2, 0.1, 1);
    epoch_end(bar, 2, 0.242, &all);
    ck_assert_str_eq(written,
                     "Epoch 1/2\n2/2 - 0s - loss: 1.2500 - accuracy: 0.5000 - val_loss: 1.0000e-03 - "
                     "val_accuracy: 0.0000e+00 - 242ms/epoch - 121ms/step\n");
    horn_callback_free(bar);
}
END_TEST

START_TEST(test_progress_bar__bar_is_that_of_keras)
{
    horn_callback *bar = make(HORN_PROGRESS_BAR);
    epoch_begin(bar, 2);
    batch_end(bar, 1, 2, 0.5, 1.0930);
    ck_assert_str_eq(written, "Epoch 1/2\n\r1/2 [==============>...............] - ETA: 0s - loss: 1.0930");
    written[0] = '\0';
    epoch_end(bar, 2, 0.517, &(horn_logs){ 1, { "loss" }, { 2 } });
    ck_assert_str_eq(written, "\r2/2 [==============================] - 1s 17ms/step - loss: 2.0000\n");
    horn_callback_free(bar);
}
END_TEST

START_TEST(test_progress_bar__shorter_line_covers_the_longer_one)
{
    horn_callback *bar = make(HORN_PROGRESS_BAR);
    epoch_begin(bar, 200);
    batch_end(bar, 1, 200, 20, 1e-5);
    ck_assert_str_eq(
        written, "Epoch 1/2\n\r  1/200 [..............................] - ETA: 1:06:20 - loss: 1.0000e-05");
    written[0] = '\0';
    batch_end(bar, 101, 200, 120, 1.5);
    ck_assert_str_eq(written, "\r101/200 [==============>...............] - ETA: 1:39 - loss: 1.5000       ");
    horn_callback_free(bar);
}
END_TEST

START_TEST(test_progress_bar__draws_twenty_times_a_second_at_most)
{
    horn_callback *bar = make(HORN_PROGRESS_BAR);
    epoch_begin(bar, 1000);
    for (size_t i = 1; i <= 1000; i++) batch_end(bar, i, 1000, (double)i * 1e-3, 1);
    ck_assert_uint_ge(writes, 18);
    ck_assert_uint_le(writes, 22);
    horn_callback_free(bar);
}
END_TEST

START_TEST(test_progress_bar__durations_have_fitting_units)
{
    horn_callback *bar = make(HORN_PROGRESS_LINES);
    const horn_logs none = { 0 };
    epoch_end(bar, 10, 0.0005, &none);
    epoch_end(bar, 10, 25, &none);
    epoch_end(bar, 1, 0, &none);
    ck_assert_str_eq(written, "10/10 - 0s - 500us/epoch - 50us/step\n10/10 - 25s - 25s/epoch - 2s/step\n"
                              "1/1 - 0s - 0s/epoch - 0s/step\n");
    horn_callback_free(bar);
}
END_TEST

START_TEST(test_progress_bar__nan_has_no_sign)
{
    horn_callback *bar = make(HORN_PROGRESS_LINES);
    epoch_end(bar, 1, 0, &(horn_logs){ 1, { "loss" }, { -__builtin_nan("") } });
    ck_assert_ptr_nonnull(strstr(written, " - loss: nan - "));
    horn_callback_free(bar);
}
END_TEST

static const char *line_of(horn_callback *bar, size_t wide, const horn_logs *logs)
{
    columns = wide;
    written[0] = '\0';
    epoch_end(bar, 188, 2.3, logs);
    ck_assert_int_eq(written[0], '\r');
    ck_assert_uint_lt(strlen(written), wide + 2); /* with the two line ends, and a column stays free */
    return written + 1;
}

START_TEST(test_progress_bar__fits_the_terminal)
{
    static const struct {
        size_t columns;
        const char *line;
    } cases[] = {
        { 200, "188/188 [==============================] - 2s 12ms/step - loss: 1.2500 - accuracy: 0.5000 - "
               "val_loss: 1.0000e-03 - val_accuracy: 0.0000e+00\n" },
        { 130, "188/188 [====================] - 2s 12ms/step - loss: 1.2500 - accuracy: 0.5000 - "
               "val_loss: 1.0000e-03 - val_accuracy: 0.0000e+00\n" },
        { 109, "188/188 - 2s 12ms/step - loss: 1.2500 - accuracy: 0.5000 - "
               "val_loss: 1.0000e-03 - val_accuracy: 0.0000e+00\n" },
        { 100, "188/188 - 2s - loss: 1.2500 - accuracy: 0.5000 - "
               "val_loss: 1.0000e-03 - val_accuracy: 0.0000e+00\n" },
        { 80, "loss: 1.2500 - val_loss: 1.0000e-03 - val_accuracy: 0.0000e+00\n" },
        { 60, "loss: 1.2500 - val_loss: 1.0000e-03\n" },
        { 30, "loss: 1.2500\n" },
        { 8, "loss: 1\n" },
    };
    horn_callback *bar = make(HORN_PROGRESS_BAR);
    epoch_begin(bar, 188);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)line_of(bar, cases[i].columns, &all);
        ck_assert_str_eq(written + 1, cases[i].line);
    }
    horn_callback_free(bar);
}
END_TEST

/* What the tutorial and longer names come to on terminals of 80 and 60 columns. */
START_TEST(test_progress_bar__figures_stay_on_80_and_60_columns)
{
    static const horn_logs usual = { 4,
                                     { "loss", "accuracy", "val_loss", "val_accuracy" },
                                     { 1.25, 0.5, 1.5, 0.25 } };
    static const horn_logs longer = { 6,
                                      { "loss", "sparse_categorical_accuracy", "demo>Within", "val_loss",
                                        "val_sparse_categorical_accuracy", "val_demo>Within" },
                                      { 1.25, 0.5, 0.75, 1.5, 0.25, 0.125 } };
    horn_callback *bar = make(HORN_PROGRESS_BAR);
    epoch_begin(bar, 188);
    ck_assert_str_eq(line_of(bar, 80, &usual),
                     "loss: 1.2500 - accuracy: 0.5000 - val_loss: 1.5000 - val_accuracy: 0.2500\n");
    ck_assert_str_eq(line_of(bar, 60, &usual), "loss: 1.2500 - val_loss: 1.5000 - val_accuracy: 0.2500\n");
    ck_assert_str_eq(line_of(bar, 80, &longer),
                     "loss: 1.2500 - val_loss: 1.5000 - val_sparse_categorical_accuracy: 0.2500\n");
    ck_assert_str_eq(line_of(bar, 60, &longer), "loss: 1.2500 - val_loss: 1.5000\n");
    for (size_t wide = 2; wide < 220; wide++) (void)line_of(bar, wide, &longer);
    horn_callback_free(bar);
}
END_TEST

START_TEST(test_progress_bar__width_is_asked_for_each_time)
{
    horn_callback *bar = make(HORN_PROGRESS_BAR);
    epoch_begin(bar, 40);
    columns = 80;
    batch_end(bar, 10, 40, 1, 1.5);
    ck_assert_ptr_nonnull(
        strstr(written, "\r10/40 [======>.......................] - ETA: 3s - loss: 1.5000"));
    written[0] = '\0';
    columns = 30; /* made narrow: nothing is left of the longer line that would wrap */
    batch_end(bar, 20, 40, 2, 1.5);
    ck_assert_str_eq(written, "\r20/40 - loss: 1.5000         ");
    written[0] = '\0';
    columns = 60;
    batch_end(bar, 30, 40, 3, 1.5);
    ck_assert_str_eq(written, "\r30/40 [==================>.......] - ETA: 1s - loss: 1.5000");
    horn_callback_free(bar);
}
END_TEST

TEST_MAIN(test_progress_bar__lines_are_those_of_keras, test_progress_bar__bar_is_that_of_keras,
          test_progress_bar__shorter_line_covers_the_longer_one,
          test_progress_bar__draws_twenty_times_a_second_at_most,
          test_progress_bar__durations_have_fitting_units, test_progress_bar__nan_has_no_sign,
          test_progress_bar__fits_the_terminal, test_progress_bar__figures_stay_on_80_and_60_columns,
          test_progress_bar__width_is_asked_for_each_time)
