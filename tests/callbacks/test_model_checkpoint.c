#include "callbacks/checkpoint_run.h"

#include <math.h>
#include <signal.h>
#include <sys/resource.h>

START_TEST(test_model_checkpoint__refuses_bad_paths_and_figures_before_training)
{
    static const struct {
        const char *path, *best, *words;
    } cases[] = { { "x-{epoch}.yaml", NULL, "format 'yaml' holds no progress" },
                  { "x-{ep}.h5", NULL, "no figure is called 'ep'" },
                  { "x-{val_loss}.json", NULL, "format 'json' holds no progress" },
                  { "x", "val_acc", "no figure is called 'val_acc'" },
                  { "x-{val_f1:.2f}", NULL, "called 'val_f1'" } };
    setup();
    horn_model *m = make_model(SGD, 1, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        horn_callback *c = make((horn_model_checkpoint_options){ .save_best = cases[i].best }, cases[i].path);
        horn_status status = train(m, c, 1, NULL);
        ck_assert_msg(status && strstr(horn_last_error(), cases[i].words), "%s: %s", cases[i].path,
                      horn_last_error());
        ck_assert_int_eq(horn_model_step(m), 0);
        horn_callback *alone[] = { c }; /* nobody called resume */
        ck_assert_int_eq(fit(m, 1, false, alone, 1), status);
        ck_assert_int_eq(horn_model_step(m), 0);
        horn_callback_free(c);
    }
    static const char *const paths[] = { "a/", "{epoch}/a", "best", "best.h5" };
    for (size_t i = 0; i < 4; i++)
        ck_carries(callback,
                   horn_model_checkpoint(&(horn_model_checkpoint_options){ .path = in_folder(paths[i]) }),
                   HORN_ERROR_ARGUMENT, i < 2 ? "expected" : "kept for the best");
    horn_model_free(m);
    expect_names("");
    cleanup();
}
END_TEST

/* ---- what is left ---- */

START_TEST(test_model_checkpoint__every_epoch_the_newest_stay)
{
    setup();
    ck_ok(train_once((horn_model_checkpoint_options){ 0 }, "c{epoch:02d}.h5", 1, 7, NULL));
    expect_names("c03.h5 c04.h5 c05.h5 c06.h5 c07.h5");
    ck_ok(train_once((horn_model_checkpoint_options){ .keep = 2 }, "c{epoch:02d}.h5", 1, 9, NULL));
    expect_names("c08.h5 c09.h5");
    ck_assert_str_eq(said, "");
    ck_ok(train_once((horn_model_checkpoint_options){ .every_epochs = 4 }, "d{epoch:02d}.h5", 1, 15, NULL));
    expect_names("c08.h5 c09.h5 d12.h5 d15.h5"); /* the end of a run always */
    cleanup();
}
END_TEST

START_TEST(test_model_checkpoint__every_steps)
{
    setup();
    horn_model_checkpoint_options o = { .every_steps = 3, .keep = 100 };
    ck_ok(train_once(o, "c{step:02d}.h5", 1, 2, NULL));
    expect_names("c03.h5 c06.h5 c08.h5");
    ck_ok(train_once(o, "e{epoch}-{batch}-{val_loss:.0f}.h5", 1, 3, NULL));
    expect_names("c03.h5 c06.h5 c08.h5 e3-1-nan.h5 e3-4-0.h5 e3-4-nan.h5");
    cleanup();
}
END_TEST

START_TEST(test_model_checkpoint__names_that_are_taken_get_the_step)
{
    setup();
    ck_ok(train_once((horn_model_checkpoint_options){ .every_steps = 2, .keep = 100 }, "c{epoch}.h5", 1, 2,
                     NULL));
    expect_names("c1-4.h5 c1.h5 c2-8-2.h5 c2-8.h5 c2.h5");
    ck_ok(train_once((horn_model_checkpoint_options){ .keep = 100 }, "last", 1, 4, NULL));
    expect_names("c1-4.h5 c1.h5 c2-8-2.h5 c2-8.h5 c2.h5 last-16 last");
    cleanup();
}
END_TEST

/* Figures as they come, told to the callback by hand. */
static void tell_epoch(horn_callback *c, horn_model *m, size_t epoch, double accuracy, double loss)
{
    horn_logs logs = { 3, { "loss", "val_accuracy", "val_loss" }, { 1, accuracy, loss } };
    ck_ok(
        c->on_epoch_end(c, &(horn_progress){ .model = m, .epoch = epoch, .epochs = 99, .batch = 4 }, &logs));
}

static bool take_away(const char *path)
{
    return unlink(path) == 0;
}

START_TEST(test_model_checkpoint__best_as_keras_infers_it)
{
    static const struct {
        const char *figure;
        double values[6];
        bool best[6];
    } cases[] = {
        { "val_accuracy", { NAN, 0.5, 0.5, 0.4, NAN, 0.6 }, { 0, 1, 0, 0, 0, 1 } },
        { "val_loss", { NAN, INFINITY, 2, 3, NAN, -INFINITY }, { 0, 1, 1, 0, 0, 1 } },
    };
    setup();
    horn_model *m = make_model(SGD, 1, 1);
    for (size_t i = 0; i < 2; i++) {
        horn_callback *c =
            make((horn_model_checkpoint_options){ .save_best = cases[i].figure, .every_epochs = 100 },
                 "c{epoch}.h5");
        ck_ok(c->on_train_begin(c, &(horn_progress){ .model = m, .epochs = 99 }));
        for (size_t k = 0; k < 6; k++) {
            char *state;
            tell_epoch(c, m, k, i ? 1 : cases[i].values[k], i ? cases[i].values[k] : 1);
            ck_assert_msg(take_away(in_folder("best.h5")) == cases[i].best[k], "%s, %zu", cases[i].figure, k);
            ck_ok(c->save_state(&state, c)); /* as if it had been resumed */
            ck_ok(c->restore_state(c, state));
            free(state);
        }
        ck_ok(c->restore_state(c, "other_figure 0.25")); /* of another --save-best */
        tell_epoch(c, m, 7, 0, 0);
        ck_assert(take_away(in_folder("best.h5")));
        horn_callback_free(c);
    }
    horn_model_free(m);
    expect_names("");
    cleanup();
}
END_TEST

START_TEST(test_model_checkpoint__best_of_a_run_survives_a_stop)
{
    static const char *const templates[] = { "c{epoch}.h5", "c{epoch}" };
    for (size_t i = 0; i < 2; i++) {
        setup();
        stopper stop = stop_at(9, false);
        horn_model_checkpoint_options o = { .save_best = "val_loss", .keep = 1 };
        horn_model *whole = make_model(RMSPROP, 1, 1), *best = make_model(RMSPROP, 1, 1),
                   *again = make_model(RMSPROP, 1, 1);
        ck_assert_int_eq(train_once(o, templates[i], 1, 12, &stop.base), HORN_INTERRUPTED);
        ck_ok(train_once(o, templates[i], 1, 12, NULL));
        ck_ok(fit(whole, 12, false, NULL, 0));
        size_t least = 0;
        const horn_history *h = horn_model_history(whole);
        for (size_t k = 1; k < 12; k++)
            if (horn_logs_get(horn_history_logs(h, k), "val_loss") <
                horn_logs_get(horn_history_logs(h, least), "val_loss"))
                least = k;
        ck_ok(fit(again, least + 1, false, NULL, 0));
        ck_ok(horn_model_restore(best, in_folder(i ? "best" : "best.h5")));
        assert_same_run(best, again);
        horn_model_free(whole);
        horn_model_free(best);
        horn_model_free(again);
        cleanup();
    }
}
END_TEST

START_TEST(test_model_checkpoint__weights_alone)
{
    setup();
    ck_ok(train_once((horn_model_checkpoint_options){ .weights_only = true }, "w{epoch}.h5", 1, 2, NULL));
    ck_ok(train_once((horn_model_checkpoint_options){ .weights_only = true }, "w{epoch}", 1, 1, NULL));
    expect_names("w1.h5 w1 w2.h5");
    horn_model *m = make_model(RMSPROP, 1, 1);
    ck_ok(horn_model_load_weights(m, in_folder("w1.h5")));
    ck_ok(horn_model_load_weights(m, in_folder("w1")));
    ck_fails(horn_model_restore(m, in_folder("w1.h5")), HORN_ERROR_UNSUPPORTED, "nothing to resume from");
    horn_model_free(m);
    cleanup();
}
END_TEST

/* ---- trouble ---- */

START_TEST(test_model_checkpoint__failed_save_does_not_end_training)
{
    static const char *const templates[] = { "c{epoch}.h5", "c{epoch}" };
    for (size_t i = 0; i < 2; i++) {
        struct rlimit before, full = { .rlim_cur = 2000, .rlim_max = RLIM_INFINITY };
        setup();
        signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &before);
        full.rlim_max = before.rlim_max;
        horn_model *whole = make_model(RMSPROP, 1, 1), *m = make_model(RMSPROP, 1, 1);
        ck_ok(fit(whole, 3, false, NULL, 0));
        ck_ok(train_once((horn_model_checkpoint_options){ 0 }, templates[i], 1, 1, NULL));
        horn_callback *c =
            make((horn_model_checkpoint_options){ .save_best = "val_loss", .keep = 1 }, templates[i]);
        setrlimit(RLIMIT_FSIZE, &full);
        horn_status status = train(m, c, 2, NULL);
        setrlimit(RLIMIT_FSIZE, &before);
        ck_assert_int_eq(status, HORN_OK);
        ck_assert_ptr_nonnull(strstr(said, "no best checkpoint at step 8: "));
        ck_assert_ptr_nonnull(strstr(said, "no checkpoint at step 8: "));
        ck_assert_ptr_nonnull(strstr(said, "File too large"));
        expect_names(i ? "c1" : "c1.h5"); /* the old one stays, and nothing half */
        ck_ok(fit(m, 3, true, &c, 1));
        assert_same_run(m, whole);
        expect_names(i ? "best c3" : "best.h5 c3.h5");
        horn_callback_free(c);
        horn_model_free(m);
        horn_model_free(whole);
        cleanup();
    }
}
END_TEST

START_TEST(test_model_checkpoint__nan_ends_training_with_the_last_good_one_kept)
{
    setup();
    horn_model *m = make_model(RMSPROP, 1, 1);
    horn_callback *c = make((horn_model_checkpoint_options){ .save_best = "loss" }, "c{epoch}.h5");
    ck_ok(train(m, c, 2, NULL));
    x_data[7] = NAN;
    ck_fails(fit(m, 4, true, &c, 1), HORN_ERROR_ARGUMENT, "loss is nan in epoch 3, batch ");
    ck_assert_ptr_nonnull(strstr(horn_last_error(), "the last checkpoint is c2.h5"));
    expect_names("best.h5 c1.h5 c2.h5");
    horn_callback_free(c);
    horn_model_free(m);
    cleanup();
}
END_TEST

TEST_MAIN(test_model_checkpoint__refuses_bad_paths_and_figures_before_training,
          test_model_checkpoint__every_epoch_the_newest_stay, test_model_checkpoint__every_steps,
          test_model_checkpoint__names_that_are_taken_get_the_step,
          test_model_checkpoint__best_as_keras_infers_it,
          test_model_checkpoint__best_of_a_run_survives_a_stop, test_model_checkpoint__weights_alone,
          test_model_checkpoint__failed_save_does_not_end_training,
          test_model_checkpoint__nan_ends_training_with_the_last_good_one_kept)
