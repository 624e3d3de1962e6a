/* EarlyStopping, ReduceLROnPlateau and LearningRateScheduler in fit: when training ends, with which weights and learning rates, and
 * that a resumed run does the same. What they decide for many logs is compared with Keras in tests/interop/callbacks.py. */
#include "model/small_run.h"

#include <math.h>

static size_t epochs_of(const horn_model *m)
{
    return horn_history_epochs(horn_model_history(m));
}

static double log_of(const horn_model *m, size_t epoch, const char *name)
{
    return horn_logs_get(horn_history_logs(horn_model_history(m), epoch), name);
}

static float *copy_weights(horn_model *m, size_t *count)
{
    horn_weight w;
    float *all = NULL;
    *count = 0;
    for (size_t i = 0; i < horn_model_weight_count(m); i++) {
        ck_ok(horn_model_get_weight(&w, m, i));
        const size_t n = horn_view_count(&w.view);
        all = realloc(all, (*count + n) * sizeof *all);
        memcpy(all + *count, w.view.data, n * sizeof *all);
        *count += n;
    }
    return all;
}

/* Loss shrinks, so "max" of it never becomes better than in the first epoch. */
static const horn_early_stopping_options never_better = { .monitor = "loss",
                                                          .mode = HORN_MONITOR_MAX,
                                                          .patience = 2 };

START_TEST(test_early_stopping__ends_training)
{
    setup();
    horn_model *m = make_model(ADAM, 1, 1);
    horn_callback *c = horn_early_stopping(&never_better);
    ck_ok(horn_callback_status(c));
    ck_ok(fit(m, 9, false, &c, 1));
    ck_assert_uint_eq(epochs_of(m), 3);
    ck_ok(fit(m, 9, false, &c, 1)); /* a new run begins anew */
    ck_assert_uint_eq(epochs_of(m), 3);
    horn_callback_free(c);
    horn_model_free(m);
    cleanup();
}
END_TEST

static char said[256];

static void say(const char *line, void *context)
{
    ck_assert_ptr_eq(context, said);
    snprintf(said, sizeof said, "%s", line);
}

START_TEST(test_early_stopping__restores_the_best_weights)
{
    size_t count;
    setup();
    horn_model *a = make_model(ADAM, 1, 1), *b = make_model(ADAM, 1, 1);
    horn_early_stopping_options options = never_better;
    options.restore_best_weights = true;
    options.say = say, options.context = said;
    horn_callback *c = horn_early_stopping(&options);
    ck_ok(fit(a, 9, false, &c, 1));
    ck_assert_ptr_nonnull(strstr(said, "early stopping after epoch 3: loss was best in epoch 1, "));
    ck_ok(fit(b, 1, false, NULL, 0));
    float *x_weights = copy_weights(a, &count), *y_weights = copy_weights(b, &count);
    ck_assert_mem_eq(x_weights, y_weights, count * sizeof *x_weights);
    free(x_weights);
    free(y_weights);
    horn_callback_free(c);
    horn_model_free(a);
    horn_model_free(b);
    cleanup();
}
END_TEST

START_TEST(test_early_stopping__a_log_that_is_not_there_fails_fit)
{
    setup();
    horn_model *m = make_model(SGD, 1, 1);
    horn_callback *c = horn_early_stopping(&(horn_early_stopping_options){ .monitor = "val_auc" });
    ck_fails(fit(m, 2, false, &c, 1), HORN_ERROR_ARGUMENT,
             "early stopping: there is no log 'val_auc'; there are loss, accuracy, val_loss, val_accuracy");
    horn_callback_free(c);
    c = horn_reduce_lr_on_plateau(NULL);
    ck_fails(horn_model_fit(NULL, m, &x, &y,
                            &(horn_fit_options){ .epochs = 2, .callbacks = &c, .callback_count = 1 }),
             HORN_ERROR_ARGUMENT, "there is no log 'val_loss'; there are loss, accuracy: nothing validates");
    horn_callback_free(c);
    horn_model_free(m);
    cleanup();
}
END_TEST

START_TEST(test_early_stopping__the_learning_rate_is_reduced)
{
    setup();
    horn_model *m = make_model(RMSPROP, 1, 1);
    horn_reduce_lr_options options = { .monitor = "loss",
                                       .mode = HORN_MONITOR_MAX,
                                       .factor = 0.5,
                                       .patience = 1,
                                       .cooldown = 2,
                                       .min_lr = 0.004 };
    horn_callback *c = horn_reduce_lr_on_plateau(&options);
    ck_ok(fit(m, 2, false, &c, 1));
    ck_assert_double_eq_tol(horn_model_learning_rate(m), 0.005, 1e-9);
    ck_ok(fit(m, 9, false, &c, 1));
    ck_assert_double_eq_tol(horn_model_learning_rate(m), 0.004, 1e-9);
    horn_callback_free(c);
    ck_carries(callback, horn_reduce_lr_on_plateau(&(horn_reduce_lr_options){ .factor = 1 }),
               HORN_ERROR_ARGUMENT, "factor is 1, expected 0 or more and less than 1");
    ck_carries(callback, horn_reduce_lr_on_plateau(&(horn_reduce_lr_options){ .min_lr = -1 }),
               HORN_ERROR_ARGUMENT, "min_lr is -1");
    horn_model_free(m);
    cleanup();
}
END_TEST

static double halve(size_t epoch, double rate, void *context)
{
    ck_assert_ptr_eq(context, folder);
    return epoch ? rate / 2 : 0.25;
}

START_TEST(test_early_stopping__a_function_schedules_the_learning_rate)
{
    setup();
    horn_model *m = make_model(SGD, 1, 1);
    horn_callback *c = horn_learning_rate_scheduler(halve, folder);
    ck_ok(fit(m, 3, false, &c, 1));
    ck_assert_double_eq(horn_model_learning_rate(m), 0.0625);
    horn_callback_free(c);
    ck_carries(callback, horn_learning_rate_scheduler(NULL, NULL), HORN_ERROR_ARGUMENT, "rate is NULL");
    horn_model_free(m);
    cleanup();
}
END_TEST

/* ---- resuming ---- */

typedef struct watched {
    horn_callback *reduce, *early, *checkpoint;
} watched;

static watched make_watched(const char *template)
{
    const horn_early_stopping_options early = {
        .monitor = "val_loss", .patience = 2, .restore_best_weights = true, .mode = HORN_MONITOR_MAX
    };
    const horn_reduce_lr_options reduce = {
        .monitor = "val_loss", .patience = 1, .factor = 0.5, .mode = HORN_MONITOR_MAX
    };
    return (
        watched){ horn_reduce_lr_on_plateau(&reduce), horn_early_stopping(&early),
                  horn_model_checkpoint(&(horn_model_checkpoint_options){ .path = in_folder(template) }) };
}

static void free_watched(watched *w)
{
    horn_callback_free(w->reduce);
    horn_callback_free(w->early);
    horn_callback_free(w->checkpoint);
}

/* Stopped after each step in turn, then resumed: the same epochs, learning rates and bytes. */
START_TEST(test_early_stopping__a_resumed_run_ends_as_one_never_stopped)
{
    setup_in_memory();
    horn_model *whole = make_model(RMSPROP, 1, 1);
    watched w = make_watched("whole/ckpt");
    horn_callback *all[] = { w.reduce, w.early, w.checkpoint };
    ck_ok(fit(whole, 20, false, all, 3));
    free_watched(&w);
    const size_t epochs = epochs_of(whole);
    ck_assert_uint_gt(epochs, 2);
    ck_assert_uint_lt(epochs, 20);
    ck_assert_double_lt(horn_model_learning_rate(whole), 0.009);
    for (size_t step = 1; step <= BATCHES * epochs; step++) {
        char name[64];
        const char *found;
        snprintf(name, sizeof name, "r%zu/ckpt", step);
        horn_model *m = make_model(RMSPROP, 1, 1);
        stopper s = stop_at((int64_t)step, step % BATCHES == 0);
        w = make_watched(name);
        ck_assert_int_eq(
            fit(m, 20, false, (horn_callback *[]){ w.reduce, w.early, &s.base, w.checkpoint }, 4),
            HORN_INTERRUPTED);
        free_watched(&w);
        horn_model_free(m);
        m = make_model(RMSPROP, 1, 1);
        w = make_watched(name);
        ck_ok(horn_model_checkpoint_resume(&found, w.checkpoint, m, NULL));
        ck_assert_ptr_nonnull(found);
        ck_ok(fit(m, 20, true, (horn_callback *[]){ w.reduce, w.early, w.checkpoint }, 3));
        free_watched(&w);
        ck_assert_double_eq(log_of(m, epochs - 1, "val_loss"), log_of(whole, epochs - 1, "val_loss"));
        assert_same_run(m, whole);
        horn_model_free(m);
    }
    horn_model_free(whole);
    cleanup();
}
END_TEST

START_TEST(test_early_stopping__a_state_that_is_broken_is_refused)
{
    static const char *const broken[] = { "val_loss ", "val_loss 0.5 1", "val_loss 0.5 1 0 0 abc",
                                          "val_loss 0.5 1 0 0 0000000g", "val_loss 0.5 1 0 0" };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        horn_callback *c = horn_early_stopping(NULL);
        ck_fails(c->restore_state(c, broken[i]), HORN_ERROR_FORMAT,
                 "early stopping: its state in the checkpoint is not valid");
        horn_callback_free(c);
    }
    horn_callback *c = horn_early_stopping(NULL);
    ck_ok(c->restore_state(c, "val_accuracy 0.5 1 0 0 -")); /* of another log */
    horn_callback_free(c);
    c = horn_reduce_lr_on_plateau(NULL);
    ck_fails(c->restore_state(c, "val_loss 0.5 1"), HORN_ERROR_FORMAT,
             "its state in the checkpoint is not valid");
    horn_callback_free(c);
}
END_TEST

TEST_MAIN(test_early_stopping__ends_training, test_early_stopping__restores_the_best_weights,
          test_early_stopping__a_log_that_is_not_there_fails_fit,
          test_early_stopping__the_learning_rate_is_reduced,
          test_early_stopping__a_function_schedules_the_learning_rate,
          test_early_stopping__a_resumed_run_ends_as_one_never_stopped,
          test_early_stopping__a_state_that_is_broken_is_refused)
