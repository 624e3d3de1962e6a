/* A run that is stopped and resumed in another model, against one that is not. */
#include "model/small_run.h"

#include <math.h>
#include "model/model.h"
#include "model/train/progress.h"

static char save_path[256];

static horn_status save_batch(horn_callback *c, const horn_progress *p, const horn_logs *logs)
{
    (void)c, (void)logs;
    return p->interrupted ? horn_model_save(p->model, save_path, &(horn_save_options){ .progress = true })
                          : HORN_OK;
}

static horn_callback saver = { .on_batch_end = save_batch, .on_epoch_end = save_batch };

static void stop_and_resume(int which, const char *path, int64_t step, bool at_epoch_end,
                            horn_model *unbroken)
{
    stopper stop = stop_at(step, at_epoch_end);
    horn_callback *callbacks[] = { &stop.base, &saver };
    horn_model *first = make_model(which, 7, 1), *second = make_model(which, 7, 2);
    strcpy(save_path, path);
    path = save_path;
    ck_assert_int_eq(fit(first, 2, false, callbacks, 2), HORN_INTERRUPTED);
    ck_assert_int_eq(horn_model_step(first), step);
    ck_ok(horn_model_restore(second, path));
    ck_assert_int_eq(horn_model_step(second), step);
    ck_ok(fit(second, 2, true, NULL, 0));
    assert_same_run(unbroken, second);
    horn_model_free(first);
    horn_model_free(second);
}

START_TEST(test_resume__stopped_at_each_batch_one_result)
{
    setup();
    for (int which = 0; which < OPTIMIZERS; which++) {
        horn_model *unbroken = make_model(which, 7, 1);
        ck_ok(fit(unbroken, 2, false, NULL, 0));
        for (int step = 1; step <= 2 * BATCHES; step++) {
            stop_and_resume(which, in_folder("run.h5"), step, false, unbroken);
            stop_and_resume(which, in_folder("run"), step, false, unbroken);
            stop_and_resume(which, in_folder("run.pth"), step, false, unbroken);
        }
        for (int epoch = 1; epoch <= 2; epoch++)
            stop_and_resume(which, in_folder("run.h5"), epoch * BATCHES, true, unbroken);
        horn_model_free(unbroken);
    }
    cleanup();
}
END_TEST

START_TEST(test_resume__more_epochs_than_before)
{
    setup();
    horn_model *unbroken = make_model(RMSPROP, 7, 1), *first = make_model(RMSPROP, 7, 1),
               *second = make_model(RMSPROP, 7, 1);
    ck_ok(fit(unbroken, 3, false, NULL, 0));
    ck_ok(fit(first, 1, false, NULL, 0));
    ck_ok(horn_model_save(first, in_folder("run.h5"), &(horn_save_options){ .progress = true }));
    ck_ok(horn_model_restore(second, in_folder("run.h5")));
    ck_ok(fit(second, 3, true, NULL, 0));
    assert_same_run(unbroken, second);
    ck_ok(fit(second, 3, true, NULL, 0)); /* complete: nothing to do */
    assert_same_run(unbroken, second);
    ck_ok(fit(second, 1, false, NULL, 0)); /* not resumed: a run of its own */
    ck_assert_uint_eq(horn_history_epochs(horn_model_history(second)), 1);
    horn_model_free(unbroken);
    horn_model_free(first);
    horn_model_free(second);
    cleanup();
}
END_TEST

/* ---- the state of callbacks ---- */

typedef struct counter {
    horn_callback base;
    int batches, begun_at;
} counter;

static horn_status count_batch(horn_callback *c, const horn_progress *p, const horn_logs *logs)
{
    (void)p, (void)logs;
    ((counter *)c)->batches++;
    return HORN_OK;
}

static horn_status note_begin(horn_callback *c, const horn_progress *p)
{
    (void)p;
    ((counter *)c)->begun_at = ((counter *)c)->batches;
    return HORN_OK;
}

static horn_status save_count(char **text, horn_callback *c)
{
    ck_assert_int_ge(asprintf(text, "\"%d\"\n\\batches", ((counter *)c)->batches), 0);
    return HORN_OK;
}

static horn_status restore_count(horn_callback *c, const char *text)
{
    ck_assert_int_eq(sscanf(text, "\"%d\"\n\\batches", &((counter *)c)->batches), 1);
    return HORN_OK;
}

START_TEST(test_resume__callbacks_get_their_state_back)
{
    static const counter fresh = { .base = { .name = "counter",
                                             .on_train_begin = note_begin,
                                             .on_batch_end = count_batch,
                                             .save_state = save_count,
                                             .restore_state = restore_count } };
    static const char *const paths[] = { "run.h5", "run", "run.pth" };
    setup();
    for (size_t i = 0; i < 3; i++) {
        counter a = fresh, b = fresh, nameless = { .base = { .on_batch_end = count_batch } };
        stopper stop = stop_at(6, false);
        horn_callback *with_stop[] = { &nameless.base, &a.base, &stop.base, &saver };
        horn_callback *callbacks[] = { &nameless.base, &b.base };
        horn_model *m = make_model(RMSPROP, 7, 1), *other = make_model(RMSPROP, 7, 1);
        strcpy(save_path, in_folder(paths[i]));
        ck_assert_int_eq(fit(m, 2, false, with_stop, 4), HORN_INTERRUPTED);
        ck_ok(horn_model_restore(other, save_path));
        ck_ok(fit(other, 2, true, callbacks, 2));
        ck_assert_int_eq(b.begun_at, 6);
        ck_assert_int_eq(b.batches, 2 * BATCHES);
        horn_model_free(m);
        horn_model_free(other);
    }
    cleanup();
}
END_TEST

/* ---- what does not fit ---- */

START_TEST(test_resume__refuses_what_does_not_fit_and_changes_nothing)
{
    setup();
    horn_model *m = make_model(RMSPROP, 7, 1), *other, *same = make_model(RMSPROP, 7, 1);
    stopper stop = stop_at(3, false);
    horn_callback *callbacks[] = { &stop.base, &saver };
    strcpy(save_path, in_folder("run.h5"));
    ck_assert_int_eq(fit(m, 2, false, callbacks, 2), HORN_INTERRUPTED);

    ck_ok(horn_model_save(m, in_folder("plain.h5"), NULL));
    ck_fails(horn_model_restore(same, in_folder("plain.h5")), HORN_ERROR_UNSUPPORTED,
             "holds no progress of a run");
    ck_ok(horn_model_save_weights(m, in_folder("weights.h5"), NULL));
    ck_fails(horn_model_restore(same, in_folder("weights.h5")), HORN_ERROR_UNSUPPORTED, "no optimizer state");
    ck_assert_int_eq(horn_model_step(same), 0);

    other = make_model(ADAM, 7, 1);
    ck_fails(horn_model_restore(other, save_path), HORN_ERROR_ARGUMENT,
             "trained by optimizer RMSprop, model 'sequential' has Adam");
    horn_model_free(other);

    ck_ok(horn_sequential_new(&other, NULL)); /* it has no accuracy */
    ck_ok(horn_model_add(other, horn_dense(&(horn_dense_options){
                                    .units = 33, .activation = "relu", .input_shape = { INPUTS } })));
    ck_ok(horn_model_add(other, horn_dense(&(horn_dense_options){ .units = CLASSES })));
    ck_fails(horn_model_restore(other, save_path), HORN_ERROR_ARGUMENT, "not compiled");
    ck_ok(horn_model_compile(
        other, &(horn_compile_options){ .optimizer = horn_rmsprop(&(horn_rmsprop_options){ .momentum = 0.5 }),
                                        .loss = horn_sparse_categorical_crossentropy(NULL) }));
    ck_fails(horn_model_restore(other, save_path), HORN_ERROR_FORMAT, "no valid 'sums'");
    horn_model_free(other);

    ck_ok(horn_model_restore(same, save_path));
    ck_fails(horn_model_fit(NULL, same, &x, &y,
                            &(horn_fit_options){
                                .batch_size = 128, .epochs = 2, .validation_split = 0.25, .resume = true }),
             HORN_ERROR_ARGUMENT, "is at batch 3, this one has 2 an epoch");
    horn_model_free(m);
    horn_model_free(same);
    cleanup();
}
END_TEST

#define SOUND_END "\"states\": {}, \"identity\": {}, \"kernels\": \"k\"}"

START_TEST(test_resume__reads_only_sound_progress)
{
    static const char good[] =
        "{\"epoch\": 1, \"batch\": 2, \"sums\": [128, \"nan\", \"-inf\"], \"history\": "
        "[[1.5, \"inf\"]], " SOUND_END;
    static const char *const bad[][2] = {
        { "[]", "epoch" },
        { "{\"epoch\": -1}", "epoch" },
        { "{\"epoch\": 0.5}", "epoch" },
        { "{\"epoch\": 1, \"batch\": -1}", "batch" },
        { "{\"epoch\": 1, \"batch\": 100}", "batch" }, /* more than steps */
        { "{\"epoch\": 1, \"batch\": 2, \"sums\": [1, 2]}", "sums" },
        { "{\"epoch\": 1, \"batch\": 2, \"sums\": [1, 2, 3, 4]}", "sums" },
        { "{\"epoch\": 1, \"batch\": 2, \"sums\": [1, 2, \"much\"]}", "sums" },
        { "{\"epoch\": 1, \"batch\": 2, \"sums\": [1, 2, 3], \"history\": []}", "history" },
        { "{\"epoch\": 1, \"batch\": 2, \"sums\": [1, 2, 3], \"history\": [[1]]}", "history" },
        { "{\"epoch\": 1, \"batch\": 2, \"sums\": [1, 2, 3], \"history\": [[1, 2, 3]]}", "history" },
        { "{\"epoch\": 1, \"batch\": 2, \"sums\": [1, 2, 3], \"history\": [[1, null]]}", "history" },
        { "{\"epoch\": 1, \"batch\": 2, \"sums\": [1, 2, 3], \"history\": [7]}", "history" },
        { "{\"epoch\": 1, \"batch\": 2, \"sums\": [1, 2, 3], \"history\": [[1, 2]], \"states\": 3}",
          "states" },
    };
    setup();
    horn_model *m = make_model(SGD, 7, 1);
    config *c;
    ck_ok(config_parse(&c, good, sizeof good - 1, "good"));
    ck_ok(progress_read(m, c, 6, "good"));
    config_free(c);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_ok(config_parse(&c, bad[i][0], strlen(bad[i][0]), "bad"));
        ck_fails(progress_read(m, c, 6, "bad"), HORN_ERROR_FORMAT, "bad: the run's progress has no valid '");
        ck_assert_msg(strstr(horn_last_error(), bad[i][1]) != NULL, "%s: %s", bad[i][0], horn_last_error());
        config_free(c);
        ck_assert_uint_eq(m->progress->epoch, 1); /* the good one stays */
        ck_assert_uint_eq(m->progress->batch, 2);
        ck_assert(isnan(m->progress->sums.sums.loss));
        ck_assert(m->progress->sums.sums.metrics[0] == -INFINITY);
        ck_assert(m->progress->history.logs[0].values[1] == INFINITY);
    }
    config *again;
    bytes a = { 0 }, b = { 0 };
    ck_ok(progress_describe(m, &c));
    ck_ok(progress_read(m, c, 6, "again"));
    ck_ok(progress_describe(m, &again));
    ck_ok(config_print(c, false, &a));
    ck_ok(config_print(again, false, &b));
    ck_assert_str_eq(bytes_text(&a), bytes_text(&b));
    bytes_free(&a);
    bytes_free(&b);
    config_free(c);
    config_free(again);
    horn_model_free(m);
    cleanup();
}
END_TEST

/* What a run leaves beside its checkpoints does not tell that there were any. */
START_TEST(test_resume__plain_saves_hold_no_progress)
{
    static const char *const names[] = { "m.h5", "w.h5", "m", "w" };
    setup();
    horn_model *m = make_model(RMSPROP, 7, 1);
    ck_ok(fit(m, 1, false, NULL, 0));
    for (size_t i = 0; i < 4; i++) {
        const char *path = in_folder(names[i]);
        ck_ok(i % 2 ? horn_model_save_weights(m, path, NULL) : horn_model_save(m, path, NULL));
        bytes b = { 0 };
        ck_ok(file_read(
            &b, i < 2 ? path : in_folder(i == 2 ? "m.data-00000-of-00001" : "w.data-00000-of-00001"), 0));
        ck_assert_ptr_null(memmem(b.data, b.size, "\"history\"", 9));
        ck_assert_ptr_null(memmem(b.data, b.size, "\"kernels\"", 9));
        bytes_free(&b);
    }
    ck_ok(horn_model_check_save(m, in_folder("dry.h5"), NULL));
    ck_ok(horn_model_check_save_weights(m, in_folder("dry.h5"), NULL));
    ck_assert_int_ne(access(in_folder("dry.h5"), F_OK), 0);
    ck_fails(horn_model_check_save(m, in_folder("dry.tiff"), &(horn_save_options){ .format = "tiff" }),
             HORN_ERROR_ARGUMENT, "tiff");
    horn_model_free(m);
    cleanup();
}
END_TEST

TEST_MAIN(test_resume__stopped_at_each_batch_one_result, test_resume__more_epochs_than_before,
          test_resume__callbacks_get_their_state_back,
          test_resume__refuses_what_does_not_fit_and_changes_nothing, test_resume__reads_only_sound_progress,
          test_resume__plain_saves_hold_no_progress)
