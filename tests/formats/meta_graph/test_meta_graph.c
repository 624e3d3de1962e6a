/* Graphs whose variables have their values in a checkpoint: a .meta beside it, and SavedModels that Keras did not save. */
#include "formats/meta_graph/place.h"

#include <sys/stat.h>
#include <horn/dataset.h>
#include <horn/file.h>
#include <horn/model.h>

#define GOLDEN "tests/golden/plain_graphs/"

/* The model predicts what TensorFlow computed. */
static void check_golden(const char *path, const char *samples)
{
    char file[128];
    horn_model *m;
    horn_array *x, *y;
    float found[16];
    snprintf(file, sizeof file, GOLDEN "%s.x.npy", samples);
    ck_ok(horn_array_load(&x, file));
    snprintf(file, sizeof file, GOLDEN "%s.y.npy", samples);
    ck_ok(horn_array_load(&y, file));
    ck_ok(horn_model_load(&m, path, &(horn_load_options){ .threads = 1 }));
    const size_t count = horn_view_count(horn_array_view(y));
    const float *expected = horn_array_view(y)->data;
    ck_assert_uint_le(count, 16);
    ck_ok(horn_model_predict(found, count, m, horn_array_view(x), NULL));
    for (size_t i = 0; i < count; i++) ck_assert_float_eq_tol(found[i], expected[i], 1e-6);
    horn_array_free(x);
    horn_array_free(y);
    horn_model_free(m);
}

START_TEST(test_meta_graph__tensorflows_files_predict_the_same)
{
    check_golden(GOLDEN "trained.meta", "trained");
    check_golden(GOLDEN "simple", "trained");
    check_golden(GOLDEN "module", "module");
    check_golden(GOLDEN "unsigned", "module");
    check_golden(GOLDEN "export", "export");
}
END_TEST

static void check_class(const snapshot *s, size_t index, const char *class_name, const char *name,
                        size_t tensors)
{
    ck_assert_str_eq(s->layers[index].class_name, class_name);
    ck_assert_str_eq(s->layers[index].name, name);
    ck_assert_uint_eq(s->layers[index].tensor_count, tensors);
}

START_TEST(test_meta_graph__a_graph_without_values_is_an_architecture)
{
    snapshot *s = read_file(GOLDEN "trained.pb");
    ck_assert_uint_eq(s->parts, PART_ARCHITECTURE);
    ck_assert_uint_eq(s->layer_count, 5);
    check_class(s, 0, "Conv2D", "conv", 0);
    check_class(s, 1, "MaxPooling2D", "max_pooling2d", 0);
    check_class(s, 2, "Flatten", "flatten", 0);
    check_class(s, 3, "Dense", "dense", 0);
    check_class(s, 4, "Activation", "activation", 0);
    snapshot_free(s);
    make_place();
    ck_ok(horn_convert(NULL, GOLDEN "trained.index", in_place("m.h5"),
                       &(horn_convert_options){ .architecture = GOLDEN "trained.pb" }));
    check_golden(in_place("m.h5"), "trained");
    clear();
}
END_TEST

static void copy(const char *from, const char *to)
{
    bytes content = { 0 };
    ck_ok(file_read(&content, from, 0));
    FILE *file = fopen(to, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(content.data, 1, content.size, file), content.size);
    ck_assert_int_eq(fclose(file), 0);
    bytes_free(&content);
}

START_TEST(test_meta_graph__belongs_to_the_checkpoint_beside_it)
{
    horn_model *m;
    make_place();
    copy(GOLDEN "trained.meta", in_place("other.meta"));
    ck_fails(horn_model_load(&m, in_place("other.meta"), NULL), HORN_ERROR_FILE, "other.index");
    copy(GOLDEN "trained.index", in_place("other.index"));
    ck_fails(horn_model_load(&m, in_place("other.meta"), NULL), HORN_ERROR_FILE, "other.data-00000-of-00001");
    copy(GOLDEN "trained.data-00000-of-00001", in_place("other.data-00000-of-00001"));
    check_golden(in_place("other.meta"), "trained");
    copy(GOLDEN "trained.meta", in_place("other"));
    ck_fails(horn_model_load(&m, in_place("other"), NULL), HORN_ERROR_ARGUMENT,
             "expected the name NAME.meta");
    clear();
}
END_TEST

static horn_status verify(const char *path)
{
    horn_file *f;
    char *report = NULL;
    ck_ok(horn_file_open(&f, path));
    const horn_status status = horn_file_verify(&report, f);
    if (!status)
        ck_assert_ptr_nonnull(
            strstr(report, "of 15 tensors, 1540 bytes in 1 data file; the lengths in the graph"));
    free(report);
    horn_file_close(f);
    return status;
}

/* Also of variables that the model does not have. */
START_TEST(test_meta_graph__verifies_the_whole_checkpoint)
{
    bytes content = { 0 };
    make_place();
    copy(GOLDEN "trained.meta", in_place("m.meta"));
    copy(GOLDEN "trained.index", in_place("m.index"));
    ck_ok(file_read(&content, GOLDEN "trained.data-00000-of-00001", 0));
    write_file(in_place("m.data-00000-of-00001"), &content);
    ck_ok(verify(in_place("m.meta")));
    content.data[0] ^= 1; /* of beta1_power */
    write_file(in_place("m.data-00000-of-00001"), &content);
    check_golden(in_place("m.meta"), "trained");
    ck_fails(verify(in_place("m.meta")), HORN_ERROR_FORMAT, "beta1_power");
    bytes_free(&content);
    clear();
}
END_TEST

/* ---- every cut and many flips ---- */

/* Loads something, or says why not. */
static void read_anything(const char *path, size_t *loaded)
{
    horn_model *m = NULL;
    horn_status status = horn_model_load(&m, path, &(horn_load_options){ .threads = 1 });
    ck_assert(!status || (*horn_last_error() && !strchr(horn_last_error(), '\n')));
    *loaded += !status;
    horn_model_free(m);
}

static void damage(const char *file, const char *path, size_t step)
{
    bytes content = { 0 };
    size_t cuts = 0, flips = 0;
    ck_ok(file_read(&content, file, 0));
    for (size_t size = 0; size < content.size; size += step) {
        const bytes cut = { .data = content.data, .size = size };
        write_file(file, &cut);
        read_anything(path, &cuts);
    }
    for (size_t bit = 0; bit < content.size * 8; bit += step * 8 + 1) {
        content.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
        write_file(file, &content);
        read_anything(path, &flips);
        content.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    write_file(file, &content);
    ck_assert_uint_lt(cuts, content.size / step / 2);
    ck_assert_uint_gt(flips, 0);
    bytes_free(&content);
}

static void damage_export(const char *name, size_t step)
{
    static const char *const files[] = { "saved_model.pb", "variables/variables.index",
                                         "variables/variables.data-00000-of-00001" };
    char from[128], file[128], path[128];
    ck_assert_int_eq(mkdir(strcpy(path, in_place(name)), 0700), 0);
    snprintf(file, sizeof file, "%.90s/variables", path);
    ck_assert_int_eq(mkdir(file, 0700), 0);
    for (int i = 3; i-- > 0;) {
        snprintf(from, sizeof from, GOLDEN "%s/%s", name, files[i]);
        snprintf(file, sizeof file, "%.60s/%s", path, files[i]);
        copy(from, file);
    }
    damage(file, path, step);
}

START_TEST(test_meta_graph__no_cut_and_no_flip_crashes)
{
    char file[128];
    make_place();
    copy(GOLDEN "trained.index", in_place("m.index"));
    copy(GOLDEN "trained.data-00000-of-00001", in_place("m.data-00000-of-00001"));
    copy(GOLDEN "trained.meta", strcpy(file, in_place("m.meta")));
    damage(file, file, 149);
    damage_export("module", 61);
    damage_export("unsigned", 41);
    clear();
}
END_TEST

TEST_MAIN(test_meta_graph__tensorflows_files_predict_the_same,
          test_meta_graph__a_graph_without_values_is_an_architecture,
          test_meta_graph__belongs_to_the_checkpoint_beside_it,
          test_meta_graph__verifies_the_whole_checkpoint, test_meta_graph__no_cut_and_no_flip_crashes)
