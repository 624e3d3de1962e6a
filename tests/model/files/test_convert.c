/* horn_convert: from each format to each other and back, over files that Keras wrote. */
#include "model/small_run.h"

#include <dirent.h>
#include <sys/stat.h>
#include <horn/file.h>
#include "base/folder.h"
#include "formats/format.h"

#define GOLDEN "tests/golden/"

/* RMSprop, SGD without and with momentum, Adam behind BatchNormalization; what was never trained. */
static const char *const models[] = {
    GOLDEN "keras2.15/A4nd.h5",  GOLDEN "keras2.15/Csgd.h5",
    GOLDEN "keras2.15/Csgdm.h5", GOLDEN "keras2.15/B.h5",
    GOLDEN "keras2.15/D.h5",     GOLDEN "keras2.15/Cfresh.h5",
    GOLDEN "keras3.15/B.keras",  GOLDEN "keras3.15/A4rms_mom_centered.keras"
};
enum { MODELS = sizeof models / sizeof *models };

enum {
    ARCHITECTURE = HORN_PART_ARCHITECTURE,
    WEIGHTS = HORN_PART_WEIGHTS,
    SETTINGS = HORN_PART_COMPILE,
    STATE = HORN_PART_OPTIMIZER,
    WHOLE = ARCHITECTURE | WEIGHTS | SETTINGS | STATE
};

static const struct kind {
    const char *format, *dialect, *file;
    unsigned parts;
} kinds[] = {
    { "keras-h5", NULL, "m.h5", WHOLE },
    { "keras", NULL, "m.keras", WHOLE },
    { "tf-weights", NULL, "m", WHOLE },
    { "tf-checkpoint", NULL, "m-7", WHOLE },
    { "keras-weights-h5", NULL, "m.weights.h5", WEIGHTS | STATE },
    { "keras-h5-weights", NULL, "m.h5", WEIGHTS },
    { "json", NULL, "m.json", ARCHITECTURE },
    { "saved-model", NULL, "m/", WHOLE },
    { "keras-h5", "keras3", "m.h5", WHOLE },
    { "keras", "keras2", "m.keras", WHOLE },
    { "keras", "both", "m.keras", WHOLE },
    { "keras-weights-h5", "keras2", "m.weights.h5", WEIGHTS | STATE },
    { "keras-weights-h5", "both", "m.weights.h5", WEIGHTS | STATE },
    { "keras-h5-weights", "keras3", "m.hdf5", WEIGHTS },
};
enum { KINDS = sizeof kinds / sizeof *kinds, FORMATS = 8 };

/* "<folder>/<step>/<file>" */
static const char *place(const char *step, const struct kind *k)
{
    static char paths[8][256];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s/%s", folder, step, k->file);
    return path;
}

static void empty(const char *step)
{
    char path[64];
    snprintf(path, sizeof path, "%s/%s", folder, step);
    DIR *listing = opendir(path);
    for (struct dirent *e; listing && (e = readdir(listing));)
        if (e->d_name[0] != '.') folder_remove_tree(dirfd(listing), e->d_name);
    if (listing) closedir(listing);
}

/* The model gives what the source lacks of architecture and compile settings. */
static horn_status convert(const char *path, unsigned parts, const char *target, const struct kind *to,
                           const char *model)
{
    return horn_convert(NULL, path, target,
                        &(horn_convert_options){ .to = to->format,
                                                 .dialect = to->dialect,
                                                 .architecture = parts & ARCHITECTURE ? NULL : model });
}

static void check_same_file(const char *a, const char *b, const char *suffix, const char *what)
{
    char names[2][300];
    bytes first = { 0 }, second = { 0 };
    snprintf(names[0], sizeof names[0], "%s%s", a, suffix);
    snprintf(names[1], sizeof names[1], "%s%s", b, suffix);
    ck_ok(file_read(&first, names[0], 0));
    ck_ok(file_read(&second, names[1], 0));
    ck_assert_msg(first.size == second.size && memcmp(first.data, second.data, first.size) == 0,
                  "%s: %s has other bytes", what, names[1]);
    bytes_free(&first);
    bytes_free(&second);
}

static void check_same_bytes(const char *a, const char *b, const struct kind *k, const char *what)
{
    static const char *const one[] = { "", NULL },
                             *const prefix[] = { ".index", ".data-00000-of-00001", NULL },
                             *const directory[] = { "saved_model.pb", "keras_metadata.pb",
                                                    "variables/variables.index",
                                                    "variables/variables.data-00000-of-00001", NULL };
    bool is_prefix = strncmp(k->format, "tf-", 3) == 0, is_directory = strcmp(k->format, "saved-model") == 0;
    for (const char *const *suffix = is_directory ? directory : is_prefix ? prefix : one; *suffix; suffix++)
        check_same_file(a, b, *suffix, what);
}

/* All that the second file has is in the first, and equal. */
static void check_within(const char *first, const char *second, size_t fewest, const char *what)
{
    horn_file *a, *b;
    horn_file_comparison *c;
    size_t equal = 0;
    ck_ok(horn_file_open(&a, first));
    ck_ok(horn_file_open(&b, second));
    ck_ok(horn_file_compare(&c, a, b));
    ck_assert_msg(!c->other_architecture && !c->other_compile, "%s: other settings", what);
    for (size_t i = 0; i < c->count; i++) {
        if (!c->tensors[i].first.is_readable) continue; /* texts, among them an object graph */
        equal += c->tensors[i].match == HORN_FILE_EQUAL;
        ck_assert_msg(c->tensors[i].match == HORN_FILE_EQUAL || c->tensors[i].match == HORN_FILE_ONLY_FIRST,
                      "%s: tensor %s", what, c->tensors[i].name);
    }
    ck_assert_msg(equal >= fewest, "%s: %zu tensors", what, equal);
    horn_file_comparison_free(c);
    horn_file_close(a);
    horn_file_close(b);
}

static void check_refusals(const char *model, const struct kind *a, const struct kind *b)
{
    const char *words = a->parts & WEIGHTS ? "holds no weights" : NULL;
    ck_ok(convert(model, WHOLE, place("b", b), b, NULL));
    if (words)
        ck_fails(convert(place("b", b), b->parts, place("a", a), a, NULL), HORN_ERROR_UNSUPPORTED, words);
}

/* model -> A -> B -> A again: the same bytes, unless B has no place for all that A holds. */
static void check_pair(const char *model, const struct kind *a, const struct kind *b)
{
    char what[200];
    snprintf(what, sizeof what, "%s: %s %s -> %s %s and back", model, a->format, a->dialect ? a->dialect : "",
             b->format, b->dialect ? b->dialect : "");
    empty("a"), empty("b"), empty("c");
    if (!(b->parts & WEIGHTS) && a->parts & WEIGHTS) {
        check_refusals(model, a, b);
        return;
    }
    ck_ok(convert(model, WHOLE, place("a", a), a, NULL));
    if (!(a->parts & WEIGHTS) && b->parts & WEIGHTS) {
        ck_fails(convert(place("a", a), a->parts, place("b", b), b, NULL), HORN_ERROR_UNSUPPORTED,
                 "holds no weights");
        return;
    }
    horn_status status = convert(place("a", a), a->parts, place("b", b), b, model);
    if (!status) status = convert(place("b", b), b->parts, place("c", a), a, model);
    ck_assert_msg(!status, "%s: %s", what, horn_last_error());
    bool refilled = !(b->parts & ARCHITECTURE); /* by the architecture that is given */
    if ((a->parts & ~b->parts & ~(refilled ? ARCHITECTURE | SETTINGS : 0u)) == 0)
        check_same_bytes(place("a", a), place("c", a), a, what);
    else
        check_within(place("a", a), place("c", a), 4, what);
    if (a == b) check_same_bytes(place("a", a), place("b", b), a, what);
}

START_TEST(test_convert__every_pair_of_formats_there_and_back)
{
    setup_in_memory();
    for (int m = 0; m < MODELS; m++)
        for (int a = 0; a < FORMATS; a++)
            for (int b = 0; b < FORMATS; b++) check_pair(models[m], &kinds[a], &kinds[b]);
    cleanup();
}
END_TEST

START_TEST(test_convert__every_dialect_there_and_back)
{
    setup_in_memory();
    for (int m = 0; m < MODELS; m++)
        for (int a = FORMATS; a < KINDS; a++) {
            check_pair(models[m], &kinds[a], &kinds[a]);
            check_pair(models[m], &kinds[a], &kinds[0]);
            check_pair(models[m], &kinds[2], &kinds[a]);
        }
    cleanup();
}
END_TEST

/* A frozen graph is the end of the way: from every whole format the same. */
START_TEST(test_convert__frozen_graphs_are_the_same_from_everywhere)
{
    static const struct kind frozen = { "frozen-graph", NULL, "m.pb", 0 };
    setup_in_memory();
    for (int m = 0; m < MODELS; m++) {
        char direct[256];
        empty("b");
        strcpy(direct, place("b", &frozen));
        ck_ok(convert(models[m], WHOLE, direct, &frozen, NULL));
        for (int a = 0; a < FORMATS; a++) {
            empty("a"), empty("c");
            if (!(kinds[a].parts & WEIGHTS)) continue;
            ck_ok(convert(models[m], WHOLE, place("a", &kinds[a]), &kinds[a], NULL));
            ck_ok(convert(place("a", &kinds[a]), kinds[a].parts, place("c", &frozen), &frozen, models[m]));
            check_same_file(direct, place("c", &frozen), "", models[m]);
        }
    }
    cleanup();
}
END_TEST

/* What it has of a model stays as it is. */
START_TEST(test_convert__frozen_graphs_go_everywhere_and_back)
{
    static const struct kind frozen = { "frozen-graph", NULL, "m.pb", 0 };
    setup_in_memory();
    for (int m = 0; m < MODELS; m++) {
        char first[256];
        empty("b");
        strcpy(first, place("b", &frozen));
        ck_ok(convert(models[m], WHOLE, first, &frozen, NULL));
        for (int a = 0; a < KINDS; a++) {
            empty("a"), empty("c");
            if (!(kinds[a].parts & WEIGHTS)) continue;
            ck_ok(convert(first, WHOLE, place("a", &kinds[a]), &kinds[a], NULL));
            ck_ok(convert(place("a", &kinds[a]), kinds[a].parts, place("c", &frozen), &frozen, first));
            check_same_file(first, place("c", &frozen), "", models[m]);
        }
    }
    cleanup();
}
END_TEST

/* Keras' own files and TensorFlow's, against what Horn writes from them: another path than reading back. */
START_TEST(test_convert__what_keras_wrote_is_all_there)
{
    static const struct {
        const char *source, *architecture, *target;
        size_t fewest;
    } files[] = {
        { GOLDEN "keras2.15/A4nd.h5", NULL, "a.keras", 4 + 1 + 4 },
        { GOLDEN "keras2.15/Csgdm.keras", NULL, "a.h5", 4 + 1 + 4 },
        { GOLDEN "keras3.15/B.keras", NULL, "prefix", 10 + 1 + 16 },
        { GOLDEN "keras3.15/D.h5", NULL, "a.keras", 4 },
        { GOLDEN "tf_keras2.21/B.keras", NULL, "a.h5", 10 + 1 + 16 },
        { GOLDEN "zip/packed.keras", NULL, "b.keras", 4 },
        { GOLDEN "keras2.15/B.legacyw.h5", NULL, "a.h5", 10 },
        { GOLDEN "keras2.15/B.legacyw.h5", GOLDEN "keras2.15/B.h5", "a.keras", 10 },
        { GOLDEN "tf2.15/adam", NULL, "weights.h5", 4 },
        { GOLDEN "saved_model/keras2.15", NULL, "a.keras", 4 + 1 + 4 },
        { GOLDEN "keras2.15/Csgdm.h5", NULL, "directory/", 4 + 1 + 4 },
        { GOLDEN "tf2.15/adam_shards", NULL, "weights.h5", 4 },
    };
    setup();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const char *target = in_folder(files[i].target);
        ck_ok(horn_convert(NULL, files[i].source, target,
                           &(horn_convert_options){ .architecture = files[i].architecture }));
        check_within(files[i].source, target, files[i].fewest, files[i].source);
    }
    cleanup();
}
END_TEST

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

START_TEST(test_convert__weights_alone_take_their_model_from_another_file)
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

START_TEST(test_convert__says_what_is_not_carried)
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
START_TEST(test_convert__a_run_goes_on_from_a_converted_checkpoint)
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
START_TEST(test_convert__layers_that_are_not_known_go_through)
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

START_TEST(test_convert__the_directory_of_a_run_stays_its_own)
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
    { GOLDEN "keras2.15/B.h5", "a.pth", { 0 }, HORN_ERROR_UNSUPPORTED, "belongs to a file of PyTorch" },
    { GOLDEN "keras2.15/B.h5", "a.keras", { .to = "onnx" }, HORN_ERROR_ARGUMENT, "no format is called" },
    { GOLDEN "keras2.15/B.h5", "a.keras", { .from = "onnx" }, HORN_ERROR_ARGUMENT, "no format is called" },
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

START_TEST(test_convert__refusals_leave_nothing)
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

TEST_MAIN(test_convert__every_pair_of_formats_there_and_back, test_convert__every_dialect_there_and_back,
          test_convert__frozen_graphs_are_the_same_from_everywhere,
          test_convert__frozen_graphs_go_everywhere_and_back, test_convert__what_keras_wrote_is_all_there,
          test_convert__weights_alone_take_their_model_from_another_file,
          test_convert__says_what_is_not_carried, test_convert__a_run_goes_on_from_a_converted_checkpoint,
          test_convert__layers_that_are_not_known_go_through,
          test_convert__the_directory_of_a_run_stays_its_own, test_convert__refusals_leave_nothing)
