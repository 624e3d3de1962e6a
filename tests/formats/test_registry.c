#include "formats/files.h"

START_TEST(test_registry__finds_formats_by_name)
{
    const format *f = NULL;
    for (size_t i = 0; format_at(i); i++) {
        ck_ok(format_by_name(&f, format_at(i)->name));
        ck_assert_ptr_eq(f, format_at(i));
    }
    ck_assert_ptr_null(format_at(1000));
    ck_fails(format_by_name(&f, "keras4"), HORN_ERROR_ARGUMENT, "keras-h5-weights keras keras-weights-h5");
}
END_TEST

START_TEST(test_registry__finds_formats_by_suffix)
{
    const format *f;
    ck_ok(format_by_suffix(&f, "dir.json/model.h5", false));
    ck_assert_str_eq(f->name, "keras-h5");
    ck_ok(format_by_suffix(&f, "model.hdf5", true));
    ck_assert_str_eq(f->name, "keras-h5-weights");
    ck_ok(format_by_suffix(&f, "model.pth", false));
    ck_assert_str_eq(f->name, "torch");
    ck_ok(format_by_suffix(&f, "model.pkl", true));
    ck_assert_str_eq(f->name, "torch-weights");
    ck_ok(format_by_suffix(&f, "model.keras", false));
    ck_assert_str_eq(f->name, "keras");
    ck_fails(format_by_suffix(&f, "model.keras", true), HORN_ERROR_ARGUMENT, "names no format for weights");
    ck_ok(format_by_suffix(&f, "model.weights.h5", true)); /* the longer suffix */
    ck_assert_str_eq(f->name, "keras-weights-h5");
    ck_fails(format_by_suffix(&f, "model.weights.h5", false), HORN_ERROR_ARGUMENT,
             "names no format for models");
    ck_ok(format_by_suffix(&f, "model.pb", false));
    ck_assert_str_eq(f->name, "frozen-graph");
    ck_fails(format_by_suffix(&f, "model.pb", true), HORN_ERROR_ARGUMENT, "names no format for weights");
    ck_ok(format_by_suffix(&f, "model.json", false));
    ck_assert_str_eq(f->name, "json");
    ck_fails(format_by_suffix(&f, "model.json", true), HORN_ERROR_ARGUMENT, "model.json");
    ck_ok(format_by_suffix(&f, "models/dir/", false));
    ck_assert_str_eq(f->name, "saved-model");
    ck_fails(format_by_suffix(&f, "dir/", true), HORN_ERROR_ARGUMENT, "names no format");
    ck_fails(format_by_suffix(&f, "dir/.h5", true), HORN_ERROR_ARGUMENT, "names no format");
    for (int weights_only = 0; weights_only < 2; weights_only++) { /* any other name is a prefix */
        ck_ok(format_by_suffix(&f, "dir.h5/model", weights_only));
        ck_assert_str_eq(f->name, "tf-weights");
    }
    ck_fails(format_by_suffix(&f, ".h5", false), HORN_ERROR_ARGUMENT, "names no format");
}
END_TEST

/* Whether a format for weights alone has the suffix, too. */
static bool is_for_weights(const char *suffix)
{
    for (size_t i = 0; format_at(i); i++)
        for (const char *const *own = format_at(i)->suffixes; *own; own++)
            if (format_at(i)->writes == PART_WEIGHTS && strcmp(*own, suffix) == 0) return true;
    return false;
}

/* As a word: ".c" is no part of ".ckpt". */
static bool lists(const char *line, const char *suffix)
{
    const size_t n = strlen(suffix);
    for (const char *at = line; (at = strstr(at, suffix)); at++)
        if ((at[-1] == ' ' || *suffix == '/') && (!at[n] || at[n] == ' ' || at[n] == ',' || at[n] == ';'))
            return true;
    return false;
}

START_TEST(test_registry__a_refused_suffix_names_those_of_all_formats_that_would_do)
{
    const format *f;
    const char *line;
    for (int weights_only = 0; weights_only < 2; weights_only++) {
        ck_fails(format_by_suffix(&f, ".h5", weights_only), HORN_ERROR_ARGUMENT, "expected one of");
        ck_assert_ptr_nonnull(line = strstr(horn_last_error(), "expected one of"));
        for (size_t i = 0; (f = format_at(i)); i++) {
            const bool whole = f->writes & PART_ARCHITECTURE;
            if (*f->suffixes && (weights_only ? f->writes == PART_WEIGHTS : whole))
                ck_assert_msg(lists(line, *f->suffixes), "%s is not in: %s", *f->suffixes, line);
            if (*f->suffixes && weights_only && whole && !f->weights_alone)
                ck_assert_msg(!lists(line, *f->suffixes) || is_for_weights(*f->suffixes), "%s", line);
        }
    }
}
END_TEST

START_TEST(test_registry__names_of_formats_to_come_are_refused)
{
    const format *f;
    ck_fails(format_by_suffix(&f, "model.pickle", true), HORN_ERROR_UNSUPPORTED, "pickle");
    ck_fails(format_by_suffix(&f, "model.joblib", false), HORN_ERROR_UNSUPPORTED, "pickle");
}
END_TEST

static const struct {
    const char *path, *name, *refusal;
} texts[] = {
    { "tests/golden/keras2.15/B.h5", "keras-h5", NULL },
    { "tests/golden/keras3.15/B.h5", "keras-h5", NULL },
    { "tests/golden/keras2.15/B.legacyw.h5", "keras-h5-weights", NULL },
    { "tests/golden/keras3.15/D.json", "json", NULL },
    { "tests/golden/safetensors/plain.safetensors", "safetensors", NULL },
    { "tests/golden/keras2.15/Csgd.keras", "keras", NULL },
    { "tests/golden/keras3.15/Csgd.keras", "keras", NULL },
    { "tests/golden/zip/torch.pth", "torch", NULL },
    { "tests/golden/torch/mlp_sd.pth", "torch", NULL },
    { "tests/golden/torch/mlp_sd_legacy.pkl", "torch", NULL },
    { "tests/golden/numpy/float32.npy", NULL, "an array of NumPy" },
    { "tests/golden/keras2.15/Csgd.weights.h5", "keras-weights-h5", "into a model only" },
    { "tests/golden/keras3.15/Csgd.weights.h5", "keras-weights-h5", "into a model only" },
    { "tests/golden/keras2.15/B.expected.h5", "keras-h5", "expected a file of Keras" },
};

START_TEST(test_registry__finds_formats_by_content)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        bytes content = { 0 };
        const format *f = NULL;
        snapshot *s;
        ck_ok(file_read(&content, texts[i].path, 0));
        source from = { .path = texts[i].path, .data = content.data, .size = content.size };
        horn_status status = format_by_content(&f, &from);
        ck_assert_msg(!status == (texts[i].name != NULL), "%s", texts[i].path);
        if (!status) ck_assert_str_eq(f->name, texts[i].name);
        status = read_bytes(&s, &content, texts[i].path, 0);
        ck_assert_msg(!status == !texts[i].refusal, "%s: %s", texts[i].path, horn_last_error());
        if (status)
            ck_assert_msg(strstr(horn_last_error(), texts[i].refusal) != NULL, "%s", horn_last_error());
        snapshot_free(s);
        bytes_free(&content);
    }
}
END_TEST

START_TEST(test_registry__broken_hdf5_says_what_is_broken)
{
    bytes content = { 0 };
    snapshot *s;
    ck_ok(file_read(&content, "tests/golden/keras2.15/Csgd.h5", 0));
    content.size /= 2;
    horn_status status = read_bytes(&s, &content, "half.h5", 0);
    ck_assert_int_eq(status, HORN_ERROR_FORMAT);
    ck_assert_ptr_nonnull(strstr(horn_last_error(), "half.h5"));
    ck_assert_ptr_null(strstr(horn_last_error(), "known format"));
    snapshot_free(s);
    content.size = 0;
    ck_fails(read_bytes(&s, &content, "empty.h5", 0), HORN_ERROR_FORMAT, "empty.h5");
    snapshot_free(s);
    bytes_free(&content);
}
END_TEST

START_TEST(test_registry__suffixes_that_no_format_has_are_refused)
{
    static const char *const unknown[] = { "a.h6", "a.H5",       "dir.d/a.best",
                                           "a.tf", "a.b.frozen", "a.weights.h6" };
    static const char *const none[] = { "v1.2",         "ckpt-0.53", "a.ckpt", "a.ckpt-12", "a",
                                        "a.h5/b",       ".h6",       "a.",     "a.keras",   "a.h5",
                                        "a.hdf5",       "a.pb",      "a.json", "a.pt",      "a.tf-best",
                                        "a.weights.h5", "",          "dir.x/", "a.2best",   "a.b c" };
    const format *f;
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        const char *found = format_unknown_suffix(unknown[i]);
        ck_assert_msg(found && found == strrchr(unknown[i], '.'), "%s", unknown[i]);
        ck_fails(format_by_suffix(&f, unknown[i], false), HORN_ERROR_ARGUMENT, "no format has the suffix .");
        ck_fails(format_by_suffix(&f, unknown[i], true), HORN_ERROR_ARGUMENT, "no format has the suffix .");
    }
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        ck_assert_msg(!format_unknown_suffix(none[i]), "%s", none[i]);
}
END_TEST

/* A format's own options are those that it declares; each other one is refused by its name. */
START_TEST(test_registry__options_that_a_format_does_not_have_are_refused)
{
    static const char *const names[] = { "ckpt-2", NULL };
    const format_value unknown[] = { { .name = "no such", .number = 1 }, { 0 } },
                       kept[] = { { .name = "kept", .names = names }, { 0 } },
                       shards[] = { { .name = "shards", .number = 2 }, { 0 } },
                       both[] = { shards[0], unknown[0], { 0 } };
    const format *f;
    char line[128];
    for (size_t i = 0; (f = format_at(i)); i++) {
        const bool has_them = strncmp(f->name, "tf-", 3) == 0;
        snprintf(line, sizeof line, "there: format '%s' has no option 'no such'", f->name);
        ck_ok(format_check_options(f, &(format_options){ 0 }, "there"));
        ck_fails(format_check_options(f, &(format_options){ .own = unknown }, "there"), HORN_ERROR_ARGUMENT,
                 line);
        if (has_them) {
            ck_ok(format_check_options(f, &(format_options){ .own = kept }, "there"));
            ck_ok(format_check_options(f, &(format_options){ .own = shards }, "there"));
            ck_fails(format_check_options(f, &(format_options){ .own = both }, "there"), HORN_ERROR_ARGUMENT,
                     line);
            continue;
        }
        snprintf(line, sizeof line, "format '%s' has no option 'kept'", f->name);
        ck_fails(format_check_options(f, &(format_options){ .own = kept }, "there"), HORN_ERROR_ARGUMENT,
                 line);
        snprintf(line, sizeof line, "format '%s' has no option 'shards'", f->name);
        ck_fails(format_check_options(f, &(format_options){ .own = shards }, "there"), HORN_ERROR_ARGUMENT,
                 line);
    }
}
END_TEST

START_TEST(test_registry__values_that_do_not_fit_are_refused)
{
    static const size_t wrong[] = { 0, 1025 }, right[] = { 1, 1024 };
    const format_value kept[] = { { .name = "kept", .number = 1 }, { 0 } };
    const format *f;
    ck_ok(format_by_name(&f, "tf-checkpoint"));
    for (size_t i = 0; i < 2; i++) {
        const format_value good[] = { { .name = "shards", .number = right[i] }, { 0 } },
                           bad[] = { { .name = "shards", .number = wrong[i] }, { 0 } };
        ck_ok(format_check_options(f, &(format_options){ .own = good }, "there"));
        ck_fails(format_check_options(f, &(format_options){ .own = bad }, "there"), HORN_ERROR_ARGUMENT,
                 i ? "option 'shards' is 1025, expected 1 to 1024"
                   : "option 'shards' is 0, expected 1 to 1024");
    }
    ck_fails(format_check_options(f, &(format_options){ .own = kept }, "there"), HORN_ERROR_ARGUMENT,
             "option 'kept' has no list of names");
    ck_assert_uint_eq(format_options_number(NULL, "shards", 3), 3);
    ck_assert_uint_eq(format_options_number(&(format_options){ .own = kept }, "kept", 3), 1);
    ck_assert_ptr_null(format_options_names(&(format_options){ .own = kept }, "shards"));
}
END_TEST

/* Names of one file that a run can be saved in, or weights alone; no name of JSON, of a graph, of several files. */
START_TEST(test_registry__suffixes_of_runs)
{
    static const char *const names[] = { "a.h5",   "a.hdf5", "a.keras",    "a.weights.h5", "a",
                                         "a.ckpt", "a.pb",   "a.json",     "v1.2",         ".h5",
                                         ".keras", "",       "a.h5.index", "d.h5/a",       "d/" };
    static const size_t lengths[] = { 3, 5, 6, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ck_assert_msg(strlen(format_run_suffix(names[i])) == lengths[i], "%s: '%s'", names[i],
                      format_run_suffix(names[i]));
    ck_assert_str_eq(format_of_bare_names()->name, "tf-weights");
}
END_TEST

TEST_MAIN(test_registry__finds_formats_by_name, test_registry__finds_formats_by_suffix,
          test_registry__a_refused_suffix_names_those_of_all_formats_that_would_do,
          test_registry__names_of_formats_to_come_are_refused, test_registry__finds_formats_by_content,
          test_registry__broken_hdf5_says_what_is_broken,
          test_registry__suffixes_that_no_format_has_are_refused,
          test_registry__options_that_a_format_does_not_have_are_refused,
          test_registry__values_that_do_not_fit_are_refused, test_registry__suffixes_of_runs)
