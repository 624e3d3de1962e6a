#include <math.h>
#include "model/small_run.h"

START_TEST(test_terminate_on_nan__a_loss_that_is_no_number_ends_fit)
{
    setup();
    horn_model *m = make_model(RMSPROP, 1, 1);
    horn_callback *c = horn_terminate_on_nan();
    ck_assert_ptr_nonnull(c);
    ck_ok(fit(m, 1, false, &c, 1));
    x_data[7] = NAN;
    ck_fails(fit(m, 4, true, &c, 1), HORN_ERROR_ARGUMENT, "loss is nan in epoch 2, batch ");
    ck_assert_int_lt(horn_model_step(m), 2 * BATCHES + 1); /* at once, not at the end of the run */
    horn_model_free(m);
    horn_callback_free(c);
    cleanup();
}
END_TEST

/* The last quarter of the samples validates. */
START_TEST(test_terminate_on_nan__so_does_one_of_validation_alone)
{
    setup();
    x_data[(SAMPLES - 1) * INPUTS] = NAN;
    horn_model *m = make_model(RMSPROP, 1, 1);
    horn_callback *c = horn_terminate_on_nan();
    ck_fails(fit(m, 3, false, &c, 1), HORN_ERROR_ARGUMENT, "val_loss is nan in epoch 1, batch 4");
    ck_ok(fit(m, 1, false, NULL, 0)); /* as in Keras, nobody looks without it */
    horn_model_free(m);
    horn_callback_free(c);
    cleanup();
}
END_TEST

START_TEST(test_terminate_on_nan__looks_at_losses_alone_and_at_infinity)
{
    static const struct {
        const char *name;
        double value;
        const char *words;
    } cases[] = { { "loss", -NAN, "loss is nan in epoch 3, batch 4" },
                  { "loss", INFINITY, "loss is inf in epoch 3, batch 4" },
                  { "val_loss", -INFINITY, "val_loss is -inf in epoch 3, batch 4" },
                  { "loss", 1e300, NULL },
                  { "accuracy", NAN, NULL },
                  { "val_accuracy", INFINITY, NULL } };
    const horn_progress at = { .epoch = 2, .epochs = 9, .batch = 4, .batches = 8 };
    horn_callback *c = horn_terminate_on_nan();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const horn_logs logs = { 2, { "loss", cases[i].name }, { 1, cases[i].value } };
        if (cases[i].words) {
            ck_fails(c->on_batch_end(c, &at, &logs), HORN_ERROR_ARGUMENT, cases[i].words);
            ck_fails(c->on_epoch_end(c, &at, &logs), HORN_ERROR_ARGUMENT, cases[i].words);
        } else {
            ck_ok(c->on_batch_end(c, &at, &logs));
            ck_ok(c->on_epoch_end(c, &at, &logs));
        }
    }
    horn_callback_free(c);
}
END_TEST

TEST_MAIN(test_terminate_on_nan__a_loss_that_is_no_number_ends_fit,
          test_terminate_on_nan__so_does_one_of_validation_alone,
          test_terminate_on_nan__looks_at_losses_alone_and_at_infinity)
