/* horn_convert: from each format to each other and back, over files that Keras wrote. */
#include <dirent.h>
#include "base/files/folder.h"
#include "model/files/convert_files.h"

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
    { "yaml", NULL, "m.yaml", ARCHITECTURE },
    { "saved-model", NULL, "m/", WHOLE },
    { "keras-h5", "keras3", "m.h5", WHOLE },
    { "keras", "keras2", "m.keras", WHOLE },
    { "keras", "both", "m.keras", WHOLE },
    { "keras-weights-h5", "keras2", "m.weights.h5", WEIGHTS | STATE },
    { "keras-weights-h5", "both", "m.weights.h5", WEIGHTS | STATE },
    { "keras-h5-weights", "keras3", "m.hdf5", WEIGHTS },
};
enum { KINDS = sizeof kinds / sizeof *kinds, FORMATS = 9 };

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
        { GOLDEN "parts/keras3.15/ema.keras", NULL, "ema.h5",
          4 + 1 + 8 }, /* its averages begin as Keras 3's */
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

TEST_MAIN(test_convert__every_pair_of_formats_there_and_back, test_convert__every_dialect_there_and_back,
          test_convert__frozen_graphs_are_the_same_from_everywhere,
          test_convert__frozen_graphs_go_everywhere_and_back, test_convert__what_keras_wrote_is_all_there)
