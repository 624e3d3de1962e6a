/* horn_file_compare: which tensors are paired, and what is said of them. */
#include "model/small_run.h"

#include <fcntl.h>
#include <math.h>
#include <horn/file.h>
#include "base/files/folder.h"

static void save_run(const char *name, size_t epochs, bool progress)
{
    horn_model *m = make_model(RMSPROP, 1, 1);
    ck_ok(fit(m, epochs, false, NULL, 0));
    ck_ok(horn_model_save(
        m, in_folder(name),
        &(horn_save_options){ .progress = progress, .format = strchr(name, '.') ? NULL : "tf-weights" }));
    horn_model_free(m);
}

static void compare(horn_file_comparison **out, const char *a, const char *b)
{
    static horn_file *first, *second;
    horn_file_close(first);
    horn_file_close(second);
    ck_ok(horn_file_open(&first, a));
    ck_ok(horn_file_open(&second, b));
    ck_ok(horn_file_compare(out, first, second));
}

START_TEST(test_file_compare__equal_files_are_equal_across_formats)
{
    horn_file_comparison *c;
    setup();
    save_run("a.h5", 1, false);
    save_run("a", 1, true);
    compare(&c, in_folder("a.h5"), in_folder("a.h5"));
    ck_assert(c->is_equal);
    ck_assert_str_eq(c->by, "name");
    horn_file_comparison_free(c);
    compare(&c, in_folder("a.h5"), in_folder("a"));
    ck_assert(c->is_equal && !c->other_architecture && !c->other_compile);
    ck_assert_str_eq(c->by, "layer");
    ck_assert_uint_eq(c->count, 4 + 1 + 8);
    horn_file_comparison_free(c);
    compare(&c, "tests/golden/tf2.15/adam", "tests/golden/tf2.15/adam_shards");
    ck_assert(c->is_equal);
    ck_assert_uint_eq(c->count, 15);
    horn_file_comparison_free(c);
    compare(&c, "tests/golden/keras2.15/Csgd.h5", "tests/golden/keras3.15/Csgd.h5");
    ck_assert_str_eq(c->by, "layer");
    horn_file_comparison_free(c);
    compare(&c, "tests/golden/h5py/texts.h5", "tests/golden/h5py/texts.h5");
    ck_assert(c->is_equal);
    ck_assert_uint_eq(c->not_compared, 1);
    horn_file_comparison_free(c);
    cleanup();
}
END_TEST

/* Dialects, and weights that say no model beside a file that does. */
START_TEST(test_file_compare__equal_models_are_equal_across_dialects)
{
    static const char *const golden = "tests/golden/keras3.15/B.keras";
    static const struct {
        const char *name, *dialect;
    } ways[] = { { "a.keras", "keras2" }, { "b.keras", "both" },        { "a.h5", "keras2" },
                 { "b.h5", "keras3" },    { "a.weights.h5", "keras2" }, { "b.weights.h5", "both" } };
    enum { WAYS = sizeof ways / sizeof *ways };
    horn_file_comparison *c;
    setup();
    for (size_t i = 0; i < WAYS; i++) {
        const horn_convert_options o = { .dialect = ways[i].dialect };
        ck_ok(horn_convert(NULL, golden, in_folder(ways[i].name), &o));
        compare(&c, golden, in_folder(ways[i].name));
        ck_assert_msg(c->is_equal && c->count == 10 + 1 + 2 * 8, "%s: %zu tensors, by %s", ways[i].name,
                      c->count, c->by);
        horn_file_comparison_free(c);
        for (size_t k = 0; k < i; k++) {
            compare(&c, in_folder(ways[i].name), in_folder(ways[k].name));
            const bool is_alone = i == WAYS - 1 && k == WAYS - 2; /* nothing says what they are of */
            ck_assert_msg(c->is_equal || is_alone, "%s, %s", ways[i].name, ways[k].name);
            horn_file_comparison_free(c);
        }
    }
    compare(&c, "tests/golden/keras3.15/Csgd.weights.h5", "tests/golden/keras3.15/Csgdm.h5");
    ck_assert(!c->is_equal);
    horn_file_comparison_free(c);
    cleanup();
}
END_TEST

static void load_and_save(const char *from, const char *to)
{
    horn_model *m;
    ck_ok(horn_model_load(&m, from, &(horn_load_options){ .threads = 1 }));
    ck_ok(horn_model_save(m, in_folder(to), NULL));
    horn_model_free(m);
}

/* What Keras wrote says a rate of 0.05000000074505806 where Horn says 0.05, and leaves out what Horn says. */
START_TEST(test_file_compare__settings_are_equal_however_they_are_spelled)
{
    static const char *const sources[] = { "tests/golden/keras2.15/Csgdm.h5",
                                           "tests/golden/saved_model/keras2.15",
                                           "tests/golden/keras2.15/A4nd.h5", "tests/golden/keras3.15/B.keras",
                                           "tests/golden/keras3.15/Csgd.keras" };
    horn_file_comparison *c;
    setup();
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        static const char *const targets[] = { "m.h5", "m.keras", "m/", "m" };
        for (size_t k = 0; k < 4; k++) {
            load_and_save(sources[i], targets[k]);
            compare(&c, sources[i], in_folder(targets[k]));
            ck_assert_msg(c->greatest == 0 && !c->other_architecture && !c->other_compile, "%s, %s: %g%s%s",
                          sources[i], targets[k], c->greatest,
                          c->other_architecture ? ", the architecture" : "",
                          c->other_compile ? ", the settings" : "");
            horn_file_comparison_free(c);
            if (k == 2) folder_remove_tree(AT_FDCWD, in_folder("m"));
        }
    }
    compare(&c, "tests/golden/keras2.15/Csgdm.h5", "tests/golden/saved_model/keras2.15");
    ck_assert(c->is_equal && !c->other_architecture && !c->other_compile);
    ck_assert_str_eq(c->by, "layer");
    horn_file_comparison_free(c);
    cleanup();
}
END_TEST

static const horn_file_difference *difference(const horn_file_comparison *c, const char *name)
{
    for (size_t i = 0; i < c->count; i++)
        if (strstr(c->tensors[i].name, name)) return &c->tensors[i];
    ck_abort_msg("nothing is said of '%s'", name);
}

/* Of matrices; of kernels and a normalization, whose counter of batches Keras does not have. */
START_TEST(test_file_compare__pytorchs_layouts_are_turned)
{
    static const struct {
        const char *whole;
        size_t tensors;
    } models[] = { { "tests/golden/keras2.15/Csgdm.h5", 4 }, { "tests/golden/keras2.15/B.h5", 10 } };
    horn_file_comparison *c;
    setup();
    for (size_t i = 0; i < 2; i++) {
        ck_ok(horn_convert(NULL, models[i].whole, in_folder("a.npz"), NULL));
        ck_ok(horn_convert(NULL, models[i].whole, in_folder("a.pth"),
                           &(horn_convert_options){ .to = "torch-weights" }));
        compare(&c, in_folder("a.pth"), in_folder("a.npz"));
        ck_assert(c->is_equal);
        ck_assert_uint_eq(c->count, models[i].tensors);
        ck_assert_str_eq(c->by, "place, in Keras' layouts");
        horn_file_comparison_free(c);
        compare(&c, in_folder("a.npz"), in_folder("a.pth"));
        ck_assert(c->is_equal);
        horn_file_comparison_free(c);
    }
    compare(&c, in_folder("a.pth"), in_folder("a.pth"));
    ck_assert_str_eq(c->by, "name");
    horn_file_comparison_free(c);
    cleanup();
}
END_TEST

START_TEST(test_file_compare__differences_are_named_and_measured)
{
    horn_file_comparison *c;
    horn_model *m = NULL;
    horn_weight w;
    float values[CLASSES];
    setup();
    m = make_model(SGD, 1, 1);
    ck_ok(horn_model_save_weights(m, in_folder("a.h5"), NULL));
    ck_ok(horn_model_get_weight(&w, m, 3));
    memcpy(values, w.view.data, sizeof values);
    values[2] -= 0.5f;
    values[4] += 0.25f;
    w.view.data = values;
    ck_ok(horn_model_set_weight(m, 3, &w.view));
    ck_ok(horn_model_save_weights(m, in_folder("b.h5"), NULL));
    compare(&c, in_folder("a.h5"), in_folder("b.h5"));
    ck_assert(!c->is_equal);
    ck_assert_uint_eq(c->different, 1);
    ck_assert_double_eq(c->greatest, 0.5);
    ck_assert_double_eq(difference(c, "dense_1/bias:0")->greatest, 0.5);
    ck_assert_int_eq(difference(c, "dense/bias:0")->match, HORN_FILE_EQUAL);
    horn_file_comparison_free(c);
    values[0] = NAN;
    ck_ok(horn_model_set_weight(m, 3, &w.view));
    ck_ok(horn_model_save_weights(m, in_folder("nan.h5"), NULL));
    compare(&c, in_folder("a.h5"), in_folder("nan.h5"));
    ck_assert(isnan(c->greatest) && !c->is_equal);
    horn_file_comparison_free(c);
    compare(&c, in_folder("nan.h5"), in_folder("nan.h5"));
    ck_assert(c->is_equal);
    horn_file_comparison_free(c);
    horn_model_free(m);
    compare(&c, "tests/golden/keras2.15/Csgd.h5", "tests/golden/keras2.15/Csgdm.h5");
    ck_assert(c->other_compile && !c->other_architecture);
    horn_file_comparison_free(c);
    compare(&c, "tests/golden/keras2.15/Cfresh.h5", "tests/golden/keras2.15/Csgdm.h5");
    ck_assert_int_eq(difference(c, "SGD/m/dense/kernel:0")->match, HORN_FILE_ONLY_SECOND);
    horn_file_comparison_free(c);
    compare(&c, "tests/golden/keras2.15/Csgdm.h5", "tests/golden/keras2.15/Cfresh.h5");
    ck_assert_int_eq(difference(c, "SGD/m/dense/kernel:0")->match, HORN_FILE_ONLY_FIRST);
    horn_file_comparison_free(c);
    compare(&c, "tests/golden/keras2.15/Csgdm.h5", "tests/golden/keras2.15/A4.h5");
    ck_assert_int_eq(difference(c, "dense/kernel:0")->match, HORN_FILE_OTHER_SHAPE);
    ck_assert(c->other_architecture);
    horn_file_comparison_free(c);
    cleanup();
}
END_TEST

TEST_MAIN(test_file_compare__pytorchs_layouts_are_turned,
          test_file_compare__equal_files_are_equal_across_formats,
          test_file_compare__equal_models_are_equal_across_dialects,
          test_file_compare__settings_are_equal_however_they_are_spelled,
          test_file_compare__differences_are_named_and_measured)
