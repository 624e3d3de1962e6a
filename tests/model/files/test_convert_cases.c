/* horn_convert: models from other files, what is not carried, checkpoints of runs, unknown layers, refusals. */
#include <sys/stat.h>
#include "formats/format.h"
#include "model/files/convert_files.h"

static char *report_of(const char *path, const char *target, const horn_convert_options *o)
{
    char *report = NULL;
    ck_ok(horn_convert(&report, path, target, o));
    ck_assert_ptr_nonnull(report);
    return report;
}

static void check_report(char *report, const char *words)
{
    ck_assert_msg(strstr(report, words) != NULL, "no '%s' in:\n%s", words, report);
    free(report);
}

START_TEST(test_convert_cases__weights_alone_take_their_model_from_another_file)
{
    const char *weights = GOLDEN "keras2.15/Csgdm.weights.h5", *plain = GOLDEN "keras2.15/Csgdm.legacyw.h5";
    horn_convert_options whole = { .architecture = GOLDEN "keras2.15/Csgdm.h5" };
    setup();
    check_report(report_of(weights, in_folder("a.h5"), &whole),
                 "carried:     architecture, weights (4 tensors), compile settings, optimizer state (SGD at "
                 "step 2)\n");
    ck_ok(horn_convert(NULL, whole.architecture, in_folder("b.h5"), NULL));
    check_same_file(in_folder("a.h5"), in_folder("b.h5"), "", "weights with their model");
    /* nothing learned comes from there, neither weights nor the optimizer's */
    check_report(report_of(plain, in_folder("c.keras"), &whole),
                 "carried:     architecture, weights (4 tensors), compile settings\nwritten:");
    check_within(in_folder("a.h5"), in_folder("c.keras"), 4, plain);
    ck_ok(horn_convert(NULL, whole.architecture, in_folder("d.json"), NULL));
    horn_convert_options alone = { .architecture = in_folder("d.json") };
    check_report(report_of(weights, in_folder("e.keras"), &alone),
                 "not carried: optimizer state (no compile settings that fit");
    whole.architecture = GOLDEN "keras2.15/A4nd.h5";
    ck_fails(horn_convert(NULL, plain, in_folder("f.keras"), &whole), HORN_ERROR_SHAPE, "Csgdm.legacyw.h5");
    ck_assert_int_ne(access(in_folder("f.keras"), F_OK), 0);
    cleanup();
}
END_TEST

START_TEST(test_convert_cases__says_what_is_not_carried)
{
    const char *path = GOLDEN "keras2.15/Csgdm.h5";
    setup();
    char *report = report_of(path, in_folder("a.h5"), &(horn_convert_options){ .to = "keras-h5-weights" });
    ck_assert_ptr_nonnull(strstr(report, "carried:     weights (4 tensors)\n"));
    ck_assert_ptr_nonnull(strstr(report, "not carried: architecture (format 'keras-h5-weights' has"));
    ck_assert_ptr_nonnull(strstr(report, "not carried: compile settings (format 'keras-h5-weights' has"));
    check_report(report, "not carried: optimizer state (format 'keras-h5-weights' has no place for it)");
    report = report_of(path, in_folder("b.keras"), NULL);
    ck_assert_ptr_null(strstr(report, "not carried"));
    check_report(report, "(keras), read back and compared\n");
    check_report(report_of(GOLDEN "tf2.15/adam", in_folder("c"), NULL),
                 "not carried: optimizer state (no compile settings that fit say what its variables mean)\n");
    check_report(report_of(GOLDEN "keras2.15/Clegacy_rms.h5", in_folder("d.keras"), NULL),
                 "not carried: that the optimizer is one of TensorFlow up to 2.10");
    check_report(report_of(path, in_folder("e.h5"), &(horn_convert_options){ .dialect = "legacy" }),
                 "changed:     the optimizer is one of TensorFlow up to 2.10 now");
    cleanup();
}
END_TEST

/* A run goes on from its converted checkpoint, and ends with the same bits. */
START_TEST(test_convert_cases__a_run_goes_on_from_a_converted_checkpoint)
{
    static const char *const way[] = { "a", "b.keras", "c.h5", "d" };
    setup();
    for (int which = 0; which < OPTIMIZERS; which++) {
        horn_model *straight = make_model(which, 1, 1), *a = make_model(which, 1, 1),
                   *b = make_model(which, 1, 1);
        stopper stop = stop_at(BATCHES + 2, false);
        horn_callback *callbacks[] = { &stop.base };
        ck_ok(fit(straight, 3, false, NULL, 0));
        horn_status left = fit(a, 3, false, callbacks, 1);
        ck_assert_int_eq(left, HORN_INTERRUPTED);
        ck_ok(horn_model_save(a, in_folder(way[0]), &(horn_save_options){ .progress = true }));
        for (int i = 0; i < 3; i++)
            check_report(report_of(in_folder(way[i]), in_folder(way[i + 1]), NULL), "progress (1 epochs)\n");
        check_same_file(in_folder("a"), in_folder("d"), ".data-00000-of-00001", "progress");
        ck_ok(horn_model_restore(b, in_folder("d")));
        ck_ok(fit(b, 3, true, NULL, 0));
        assert_same_run(straight, b);
        horn_model_free(straight), horn_model_free(a), horn_model_free(b);
    }
    cleanup();
}
END_TEST

/* No model stands between: what Horn cannot train is carried nevertheless. */
START_TEST(test_convert_cases__layers_that_are_not_known_go_through)
{
    setup();
    source from;
    const format *f;
    snapshot *s;
    transaction *t;
    ck_ok(source_open(&from, GOLDEN "keras2.15/Csgdm.h5"));
    ck_ok(format_by_content(&f, &from));
    ck_ok(snapshot_new(&s));
    ck_ok(f->read(s, &from, NULL, NULL));
    strcpy(s->layers[0].class_name, "A>B"); /* was "Dense" */
    config_set_integer(s->layers[0].arguments, "strange", 3);
    ck_ok(transaction_begin(&t, in_folder("a.h5")));
    ck_ok(f->write(s, t, NULL));
    ck_ok(transaction_commit(t));
    ck_ok(horn_convert(NULL, in_folder("a.h5"), in_folder("b.keras"), NULL));
    ck_ok(horn_convert(NULL, in_folder("b.keras"), in_folder("c.h5"), NULL));
    check_within(in_folder("a.h5"), in_folder("c.h5"), 8, "A>B");
    /* but a graph must say what they compute */
    ck_fails(horn_convert(NULL, in_folder("a.h5"), in_folder("d/"), NULL), HORN_ERROR_UNSUPPORTED, "A>B");
    ck_assert_int_ne(access(in_folder("d"), F_OK), 0);
    transaction_free(t);
    snapshot_free(s);
    source_close(&from);
    cleanup();
}
END_TEST

START_TEST(test_convert_cases__the_directory_of_a_run_stays_its_own)
{
    setup();
    horn_model *m = make_model(SGD, 1, 1);
    ck_ok(horn_model_save_weights(m, in_folder("ckpt-1"), NULL));
    horn_model_free(m);
    ck_ok(horn_convert(NULL, GOLDEN "keras2.15/Csgdm.h5", in_folder("other"), NULL));
    bytes state = { 0 };
    ck_ok(file_read(&state, in_folder("checkpoint"), 0));
    ck_assert_ptr_nonnull(strstr(bytes_text(&state), "\"ckpt-1\""));
    ck_assert_ptr_null(strstr(bytes_text(&state), "other"));
    bytes_free(&state);
    check_report(report_of(folder, in_folder("newest.h5"), NULL), "/ckpt-1 (tf-weights)\n"); /* a directory */
    cleanup();
}
END_TEST

static const struct {
    const char *source, *target;
    horn_convert_options how;
    horn_status status;
    const char *words;
} refused[] = {
    { "none.h5", "a.keras", { 0 }, HORN_ERROR_FILE, "none.h5" },
    { GOLDEN "zip/torch.pth", "a.keras", { 0 }, HORN_ERROR_UNSUPPORTED, "torch.pth" },
    { GOLDEN "h5py/texts.h5", "a.keras", { 0 }, HORN_ERROR_FORMAT, "texts.h5" },
    { GOLDEN "keras2.15/B.weights.h5", "a.keras", { 0 }, HORN_ERROR_UNSUPPORTED, "option architecture" },
    { GOLDEN "keras2.15/B.legacyw.h5", "a.keras", { 0 }, HORN_ERROR_UNSUPPORTED, "holds no architecture" },
    { GOLDEN "keras2.15/B.legacyw.h5", "a.weights.h5", { 0 }, HORN_ERROR_UNSUPPORTED, "no architecture" },
    { GOLDEN "keras2.15/B.legacyw.h5", "a.json", { 0 }, HORN_ERROR_UNSUPPORTED, "holds no architecture" },
    { GOLDEN "keras2.15/D.json", "a.h5", { 0 }, HORN_ERROR_UNSUPPORTED, "holds no weights" },
    { GOLDEN "keras2.15/D.json", "a", { 0 }, HORN_ERROR_UNSUPPORTED, "holds no weights" },
    { GOLDEN "keras2.15/B.h5", "a.pickle", { 0 }, HORN_ERROR_UNSUPPORTED, "belongs to a pickle of Python" },
    { GOLDEN "keras2.15/B.h5", "a.keras", { .to = "caffe" }, HORN_ERROR_ARGUMENT, "no format is called" },
    { GOLDEN "keras2.15/B.h5", "a.keras", { .from = "caffe" }, HORN_ERROR_ARGUMENT, "no format is called" },
    { GOLDEN "keras2.15/B.h5", "a.keras", { .from = "keras" }, HORN_ERROR_FORMAT, "is no file in format" },
    { GOLDEN "keras2.15/B.h5", "a.keras", { .dialect = "legacy" }, HORN_ERROR_ARGUMENT, "dialect is" },
    { GOLDEN "keras2.15/B.h5", "a.keras", { .to = "keras-h5" }, HORN_ERROR_ARGUMENT, "would not look" },
    { GOLDEN "keras2.15/B.h5",
      "a.keras",
      { .architecture = "models/mlp.json" },
      HORN_ERROR_ARGUMENT,
      "architecture of its own" },
    { GOLDEN "keras2.15/B.legacyw.h5",
      "a.keras",
      { .architecture = "none.json" },
      HORN_ERROR_FILE,
      "none.json" },
    { GOLDEN "keras2.15/B.legacyw.h5",
      "a.keras",
      { .architecture = GOLDEN "tf2.15/adam" },
      HORN_ERROR_UNSUPPORTED,
      "adam: holds no architecture" },
    { GOLDEN "tf2.15/adam", "a.keras", { .architecture = "models/mlp.json" }, HORN_ERROR_SHAPE, "adam" },
};

START_TEST(test_convert_cases__refusals_leave_nothing)
{
    setup();
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        char *report = NULL;
        ck_fails(horn_convert(&report, refused[i].source, in_folder(refused[i].target), &refused[i].how),
                 refused[i].status, refused[i].words);
        ck_assert_ptr_null(report);
        ck_assert_int_eq(rmdir(folder), 0);
        ck_assert_int_eq(mkdir(folder, 0700), 0);
    }
    cleanup();
}
END_TEST

TEST_MAIN(test_convert_cases__weights_alone_take_their_model_from_another_file,
          test_convert_cases__says_what_is_not_carried,
          test_convert_cases__a_run_goes_on_from_a_converted_checkpoint,
          test_convert_cases__layers_that_are_not_known_go_through,
          test_convert_cases__the_directory_of_a_run_stays_its_own,
          test_convert_cases__refusals_leave_nothing)
