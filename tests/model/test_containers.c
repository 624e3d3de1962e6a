/* Models in containers of other versions of Keras and TensorFlow, against what Keras computes of them. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>
#include <horn/horn.h>
#include "base/files/atomic_file.h"
#include "data/npz.h"

#define GOLDEN "tests/golden/containers/"

static bytes content;
static zip_file *expected;

static npy_array open_expected(const char *key)
{
    npy_array a;
    ck_ok(file_read(&content, GOLDEN "expected.npz", 0));
    ck_ok(zip_file_open(&expected, content.data, content.size, "expected.npz"));
    ck_ok(npz_read(&a, expected, key, NULL));
    zip_file_close(expected);
    bytes_free(&content);
    return a;
}

/* float32's roundings of two layers: sums of at most 3 products. */
static void check_predictions(horn_model *m, const char *key)
{
    float found[64];
    npy_array x = open_expected("x"), y = open_expected(key);
    horn_view view = npy_array_view(&x), wanted = npy_array_view(&y);
    const size_t count = horn_view_count(&wanted);
    ck_ok(horn_model_predict(found, count, m, &view, NULL));
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(fabsf(found[i] - ((const float *)y.data)[i]) < 1e-6f, "%s[%zu]: %g, expected %g", key,
                      i, (double)found[i], (double)((const float *)y.data)[i]);
    npy_array_free(&x);
    npy_array_free(&y);
}

START_TEST(test_containers__compute_what_keras_computes)
{
    static const char *const files[][2] = { { GOLDEN "infinity.h5", "infinity" },
                                            { GOLDEN "v1_names.h5", "v1_names" },
                                            { GOLDEN "windows.keras", "windows" },
                                            { GOLDEN "tf2.4", "tf2.4" },
                                            { GOLDEN "tf2.4/saved_model.pb", "tf2.4" } };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        horn_model *m = NULL;
        ck_ok(horn_model_load(&m, files[i][0], NULL));
        ck_assert_ptr_nonnull(horn_model_optimizer(m)); /* compiled */
        check_predictions(m, files[i][1]);
        horn_model_free(m);
    }
}
END_TEST

/* The iterator's state is no weight. */
START_TEST(test_containers__weights_beside_an_iterator)
{
    horn_model *m = NULL;
    horn_file *f = NULL;
    char *report = NULL;
    size_t variants = 0;
    ck_ok(horn_model_load(&m, GOLDEN "windows.keras", NULL));
    ck_ok(horn_model_load_weights(m, GOLDEN "iterator/ck"));
    check_predictions(m, "iterator");
    horn_model_free(m);
    ck_ok(horn_file_open(&f, GOLDEN "iterator/ck"));
    for (size_t i = 0; i < horn_file_tensor_count(f); i++)
        variants += strcmp(horn_file_tensor_at(f, i)->dtype_name, "variant") == 0;
    ck_assert_uint_eq(variants, 1);
    ck_ok(horn_file_verify(&report, f)); /* the variants' checksums too */
    free(report);
    horn_file_close(f);
}
END_TEST

START_TEST(test_containers__a_directory_as_a_prefix)
{
    static const char *const paths[] = { GOLDEN "saver", GOLDEN "saver/", GOLDEN "saver/.index" };
    for (int i = 0; i < 3; i++) {
        horn_file *f = NULL;
        ck_ok(horn_file_open(&f, paths[i]));
        ck_assert_str_eq(horn_file_about(f)->path, GOLDEN "saver/");
        ck_assert_uint_eq(horn_file_tensor_count(f), 2);
        ck_assert_str_eq(horn_file_tensor_at(f, 1)->name, "dense/kernel");
        horn_file_close(f);
    }
}
END_TEST

/* No chain of layers, but the constants are listed. */
START_TEST(test_containers__frozen_graphs_with_loops_list_their_constants)
{
    static const struct {
        const char *path, *trouble;
    } graphs[] = { { GOLDEN "while_loop.pb", "(NextIteration): while loops are not supported" },
                   { GOLDEN "while_function.pb", "is no part, in a form that is known" } };
    for (int i = 0; i < 2; i++) {
        horn_file *f = NULL;
        size_t kernels = 0;
        ck_ok(horn_file_open(&f, graphs[i].path));
        ck_assert_ptr_nonnull(strstr(horn_file_about(f)->trouble, graphs[i].trouble));
        for (size_t k = 0; k < horn_file_tensor_count(f); k++) {
            const horn_file_tensor *t = horn_file_tensor_at(f, k);
            kernels += t->rank == 2 && t->shape[0] == 3 && t->shape[1] == 2 && t->is_readable;
        }
        ck_assert_uint_eq(kernels, 1);
        horn_file_close(f);
    }
}
END_TEST

/* A model with open axes whose kernel needs one of them cannot be built, but its layers are shown. */
START_TEST(test_containers__open_axes_do_not_hide_the_summary)
{
    static const char json[] = "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"m\", \"layers\": "
                               "[{\"class_name\": \"Conv2D\", \"config\": "
                               "{\"name\": \"c\", \"filters\": 2, \"kernel_size\": [3, 3], "
                               "\"batch_input_shape\": [null, 4, 4, null]}}]}}";
    static const char refusal[] =
        "layer 'c' (Conv2D): its kernel would have shape (3, 3, None, 2): it needs the "
        "size of an axis that the input leaves open";
    char path[] = "/tmp/horn-open-XXXXXX";
    horn_file *f = NULL;
    horn_model *m = NULL;
    int file = mkstemp(path);
    ck_assert_int_eq(write(file, json, sizeof json - 1), (int)sizeof json - 1);
    close(file);
    ck_ok(horn_file_open(&f, path));
    ck_assert_ptr_nonnull(strstr(horn_file_about(f)->summary, "c (Conv2D)"));
    ck_assert_ptr_nonnull(strstr(horn_file_about(f)->trouble, refusal));
    ck_assert(!horn_file_about(f)->is_broken);
    ck_fails(horn_model_load(&m, path, NULL), HORN_ERROR_SHAPE, refusal);
    horn_file_close(f);
    unlink(path);
}
END_TEST

TEST_MAIN(test_containers__open_axes_do_not_hide_the_summary, test_containers__compute_what_keras_computes,
          test_containers__weights_beside_an_iterator, test_containers__a_directory_as_a_prefix,
          test_containers__frozen_graphs_with_loops_list_their_constants)
