#include "callbacks/checkpoint_run.h"
#include "model/files/save_load.h"
#include "model/plan/cut.h"

static const char *const identity[] = { "data", "1234abcd", "batch size", "64", NULL };

START_TEST(test_model_checkpoint_resume__goes_on_from_the_newest)
{
    static const char *const templates[] = { "c{epoch}.h5", "c{epoch}", "c{epoch}.pth" };
    for (size_t i = 0; i < 3; i++)
        for (int step = 2; step < 9; step += 3) {
            setup();
            stopper stop = stop_at(step, false);
            horn_model *whole = make_model(ADAM, 1, 1), *m = make_model(ADAM, 1, 2),
                       *n = make_model(ADAM, 1, 1);
            horn_callback *c = make((horn_model_checkpoint_options){ .identity = identity }, templates[i]);
            const char *found;
            ck_ok(fit(whole, 3, false, NULL, 0));
            ck_assert_int_eq(train(n, c, 3, &stop.base), HORN_INTERRUPTED);
            horn_callback_free(c);
            c = make((horn_model_checkpoint_options){ .identity = identity }, templates[i]);
            ck_ok(horn_model_checkpoint_resume(&found, c, m, NULL));
            ck_assert_ptr_nonnull(strstr(found, "/c"));
            ck_assert_int_eq(horn_model_step(m), step);
            ck_ok(fit(m, 3, true, &c, 1));
            assert_same_run(m, whole);
            ck_assert_str_eq(said, "");
            horn_callback_free(c);
            horn_model_free(whole);
            horn_model_free(m);
            horn_model_free(n);
            cleanup();
        }
}
END_TEST

START_TEST(test_model_checkpoint_resume__broken_ones_are_skipped_and_told_of)
{
    setup();
    horn_model *m = make_model(RMSPROP, 1, 1);
    const char *found;
    ck_ok(train_once((horn_model_checkpoint_options){ 0 }, "c{epoch}.h5", 1, 2, NULL));
    ck_ok(train_once((horn_model_checkpoint_options){ 0 }, "d{epoch}", 1, 3, NULL));
    flip_byte(in_folder("d3.data-00000-of-00001"));
    ck_assert_int_eq(truncate(in_folder("c2.h5"), 5000), 0);
    horn_callback *c = make((horn_model_checkpoint_options){ 0 }, "c{epoch}.h5");
    ck_ok(horn_model_checkpoint_resume(&found, c, m, NULL));
    ck_assert_ptr_nonnull(strstr(found, "/c1.h5"));
    ck_assert_ptr_nonnull(strstr(said, "skipped: "));
    ck_assert_ptr_nonnull(strstr(said, "/c2.h5"));
    ck_assert_ptr_nonnull(strstr(said, "/d3"));
    ck_ok(fit(m, 2, true, &c, 1));
    expect_names("c1.h5 c2-8.h5 c2.h5 d3");
    horn_callback_free(c);
    flip_byte(in_folder("c1.h5"));
    flip_byte(in_folder("c2-8.h5"));
    c = make((horn_model_checkpoint_options){ 0 }, "c{epoch}.h5");
    ck_fails(horn_model_checkpoint_resume(&found, c, m, NULL), HORN_ERROR_FORMAT,
             "none of its checkpoints can be resumed from");
    ck_assert_ptr_null(found);
    horn_callback_free(c);
    horn_model_free(m);
    cleanup();
}
END_TEST

START_TEST(test_model_checkpoint_resume__another_run_is_refused_by_name)
{
    static const char *const other_data[] = { "data", "ffff", "batch size", "64", NULL };
    static const char *const other_batch[] = { "data", "1234abcd", "batch size", "32", NULL };
    static const struct {
        int optimizer;
        uint64_t seed;
        const char *const *identity;
        const char *words;
    } cases[] = { { RMSPROP, 2, identity, "seed: 1 there, 2 here" },
                  { RMSPROP, 1, other_data, "data: checksum 1234abcd there, checksum ffff here" },
                  { RMSPROP, 1, other_batch, "batch size: 64 there, 32 here" },
                  { ADAM, 1, identity, "optimizer: RMSprop there, Adam here" } };
    setup();
    ck_ok(train_once((horn_model_checkpoint_options){ .identity = identity }, "c{epoch}", 1, 1, NULL));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *found;
        horn_model *m = make_model(cases[i].optimizer, cases[i].seed, 1);
        horn_callback *c = make((horn_model_checkpoint_options){ .identity = cases[i].identity }, "c{epoch}");
        ck_fails(horn_model_checkpoint_resume(&found, c, m, NULL), HORN_ERROR_ARGUMENT, cases[i].words);
        ck_assert_ptr_nonnull(strstr(found, "/c1"));
        ck_assert_int_eq(horn_model_step(m), 0);
        horn_callback_free(c);
        /* Under another template's name it is somebody else's. */
        c = make((horn_model_checkpoint_options){ .identity = cases[i].identity }, "d{epoch}");
        ck_ok(horn_model_checkpoint_resume(&found, c, m, NULL));
        ck_assert_ptr_null(found);
        horn_callback_free(c);
        horn_model_free(m);
    }
    expect_names("c1");
    cleanup();
}
END_TEST

START_TEST(test_model_checkpoint_resume__goes_on_from_the_one_that_is_named)
{
    setup();
    horn_model *m = make_model(RMSPROP, 1, 1), *whole = make_model(RMSPROP, 1, 1);
    const char *found;
    ck_ok(train_once((horn_model_checkpoint_options){ 0 }, "c{epoch}.h5", 1, 3, NULL));
    ck_ok(fit(whole, 3, false, NULL, 0));
    horn_callback *c = make((horn_model_checkpoint_options){ .keep = 2 }, "c{epoch}.h5");
    ck_fails(horn_model_checkpoint_resume(&found, c, m, in_folder("c9.h5")), HORN_ERROR_FILE, "c9.h5");
    ck_ok(horn_model_checkpoint_resume(&found, c, m, in_folder("c1.h5")));
    ck_assert_int_eq(horn_model_step(m), 4);
    ck_ok(fit(m, 3, true, &c, 1));
    assert_same_run(m, whole);
    expect_names("c2-8.h5 c3-12.h5");
    horn_callback_free(c);
    horn_model_free(m);
    horn_model_free(whole);
    cleanup();
}
END_TEST

START_TEST(test_model_checkpoint_resume__restart_replaces_the_run_with_its_first_checkpoint)
{
    static const char *const templates[] = { "c{epoch}.h5", "c{epoch}" };
    for (size_t i = 0; i < 2; i++) {
        setup();
        horn_model_checkpoint_options o = { .restart = true, .save_best = "val_loss" };
        stopper at_once = stop_at(1, false);
        ck_ok(
            train_once((horn_model_checkpoint_options){ .save_best = "val_loss" }, templates[i], 1, 3, NULL));
        FILE *file = fopen(in_folder("mine.h5"), "w");
        ck_assert_int_eq(fclose(file), 0);
        /* nothing goes before the first one is there */
        horn_model *m = make_model(RMSPROP, 2, 1);
        horn_callback *c = make(o, templates[i]);
        const char *found;
        ck_ok(horn_model_checkpoint_resume(&found, c, m, NULL));
        ck_assert_ptr_null(found);
        expect_names(i ? "best c1 c2 c3 mine.h5" : "best.h5 c1.h5 c2.h5 c3.h5 mine.h5");
        horn_callback *callbacks[] = { &at_once.base, c };
        ck_assert_int_eq(fit(m, 1, false, callbacks, 2), HORN_INTERRUPTED);
        expect_names(i ? "c1-1 mine.h5" : "c1-1.h5 mine.h5");
        horn_callback_free(c);
        horn_model_free(m);
        ck_ok(
            train_once((horn_model_checkpoint_options){ .save_best = "val_loss" }, templates[i], 2, 1, NULL));
        expect_names(i ? "best c1-1 c1 mine.h5" : "best.h5 c1-1.h5 c1.h5 mine.h5");
        ck_ok(train_once(o, templates[i], 1, 1, NULL)); /* its best is the new run's */
        expect_names(i ? "best c1-4 mine.h5" : "best.h5 c1-4.h5 mine.h5");
        cleanup();
    }
}
END_TEST

START_TEST(test_model_checkpoint_resume__two_trainers_in_one_directory)
{
    setup();
    horn_callback *first = make((horn_model_checkpoint_options){ 0 }, "c{epoch}");
    ck_carries(callback,
               horn_model_checkpoint(&(horn_model_checkpoint_options){ .path = in_folder("d{epoch}") }),
               HORN_ERROR_FILE, "another run is writing its checkpoints there");
    horn_callback_free(first);
    horn_callback_free(make((horn_model_checkpoint_options){ 0 }, "c{epoch}"));
    cleanup();
}
END_TEST

START_TEST(test_model_checkpoint_resume__sweeps_what_killed_saves_left)
{
    static const char *const left[] = { ".c1.h5.123-0.horn-tmp", "c2.data-00000-of-00001",
                                        ".c2.index.123-0.horn-tmp", "best.data-00000-of-00001",
                                        ".best.index.123-4.horn-tmp" };
    static const char *const mine[] = {
        "c7.data-00000-of-00001", "best.data-00000-of-00002", "c3.data-00000-of-00001",
        ".notes.horn-tmp",        ".a.1-.horn-tmp",           ".a.-1.horn-tmp",
        ".1-1.horn-tmp",          "a.1-1.horn-tmp",           "notes.txt"
    };
    setup();
    ck_ok(train_once((horn_model_checkpoint_options){ .save_best = "val_loss" }, "c{epoch}", 1, 3, NULL));
    for (size_t i = 0; i < 2; i++)
        ck_assert_int_eq(rename(in_folder(i ? "best.index" : "c2.index"), in_folder(left[2 + 2 * i])), 0);
    ck_assert_int_eq(rename(in_folder("c3.index"), in_folder(".c3.index.1-1.horn-tmp")), 0);
    flip_byte(in_folder("c3.data-00000-of-00001")); /* no longer that of the index */
    for (size_t i = 0; i < sizeof mine / sizeof *mine; i++) {
        FILE *file = fopen(in_folder(mine[i]), "a");
        ck_assert_int_eq(fclose(file), 0);
    }
    FILE *file = fopen(in_folder(left[0]), "w");
    ck_assert_int_eq(fclose(file), 0);
    horn_callback_free(make((horn_model_checkpoint_options){ 0 }, "c{epoch}"));
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        ck_assert_msg(access(in_folder(left[i]), F_OK) != 0, "%s is there", left[i]);
    for (size_t i = 0; i < sizeof mine / sizeof *mine; i++)
        ck_assert_msg(access(in_folder(mine[i]), F_OK) == 0, "%s is gone", mine[i]);
    expect_names("c1");
    ck_assert_int_eq(access(in_folder("c1.data-00000-of-00001"), F_OK), 0);
    cleanup();
}
END_TEST

static void expect_state(const char *expected)
{
    char text[256] = "";
    FILE *file = fopen(in_folder("checkpoint"), "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_gt(fread(text, 1, sizeof text - 1, file), 0);
    fclose(file);
    ck_assert_str_eq(text, expected);
}

/* Killed between the newest checkpoint and what follows it: `checkpoint` names the older ones, and one is too
 * many. No later save would mend that where the run is complete. */
START_TEST(test_model_checkpoint_resume__finishes_the_save_that_was_killed)
{
    static const char both[] = "model_checkpoint_path: \"c3\"\nall_model_checkpoint_paths: \"c2\"\n"
                               "all_model_checkpoint_paths: \"c3\"\n";
    setup();
    ck_ok(train_once((horn_model_checkpoint_options){ .keep = 3 }, "c{epoch}", 1, 3, NULL));
    FILE *state = fopen(in_folder("checkpoint"), "w");
    ck_assert_int_gt(fputs("model_checkpoint_path: \"c2\"\nall_model_checkpoint_paths: \"c2\"\n", state), 0);
    ck_assert_int_eq(fclose(state), 0);
    ck_ok(train_once((horn_model_checkpoint_options){ .keep = 2 }, "c{epoch}", 1, 3, NULL));
    expect_names("c2 c3");
    expect_state(both);
    ck_assert_str_eq(said, "");
    cleanup();
}
END_TEST

/* Whether it says that bits may differ: by the version that cut the run's batches, and by their size. */
START_TEST(test_model_checkpoint_resume__says_when_batches_were_cut_in_another_way)
{
    static const struct {
        int64_t cut;
        const char *size;
        bool differs;
    } cases[] = { { 1, "512", true },  { 1, "4096", true },           { 1, NULL, true },
                  { 1, "511", false }, { CUT_VERSION, "512", false }, { CUT_VERSION, NULL, false } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        run_facts f = { .cut = cases[i].cut, .identity = config_object() };
        if (cases[i].size) config_set_string(f.identity, "batch size", cases[i].size);
        ck_assert_int_eq(run_facts_other_cut(&f), cases[i].differs);
        run_facts_free(&f);
    }
    setup();
    run_facts found;
    ck_ok(train_once((horn_model_checkpoint_options){ 0 }, "ckpt-{epoch:04d}", 1, 1, NULL));
    ck_ok(model_read_run(&found, in_folder("ckpt-0001")));
    ck_assert_int_eq(found.cut, CUT_VERSION);
    run_facts_free(&found);
    cleanup();
}
END_TEST

TEST_MAIN(test_model_checkpoint_resume__says_when_batches_were_cut_in_another_way,
          test_model_checkpoint_resume__goes_on_from_the_newest,
          test_model_checkpoint_resume__broken_ones_are_skipped_and_told_of,
          test_model_checkpoint_resume__another_run_is_refused_by_name,
          test_model_checkpoint_resume__goes_on_from_the_one_that_is_named,
          test_model_checkpoint_resume__restart_replaces_the_run_with_its_first_checkpoint,
          test_model_checkpoint_resume__two_trainers_in_one_directory,
          test_model_checkpoint_resume__sweeps_what_killed_saves_left,
          test_model_checkpoint_resume__finishes_the_save_that_was_killed)
