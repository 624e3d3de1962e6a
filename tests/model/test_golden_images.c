/* Networks of images that Keras saved, on which it went on: tests/golden/gen_golden.py. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <horn/model.h>
#include "codecs/hdf5/file.h"

/* A bias before a normalization has a gradient of rounding errors alone, which Adam makes steps of. */
static const struct {
    const char *name, *noise_layer;
} goldens[] = {
    { "keras2.15/B", "conv2d_1" }, { "keras3.15/B", "conv2d_1" }, { "tf_keras2.21/B", "conv2d_1" },
    { "keras2.15/D", "" },         { "keras3.15/D", "" },
};

typedef struct golden {
    const char *name;
    bytes content;
    hdf5_file *expected;
} golden;

/* An array with its shape; the caller frees the data. */
static horn_view read_array(const golden *g, const char *key)
{
    horn_view v = { 0 };
    horn_dtype stored;
    ck_ok(hdf5_describe_dataset(g->expected, key, &stored, &v.rank, v.shape));
    v.dtype = strcmp(key, "y") == 0 ? HORN_INT64 : HORN_FLOAT32;
    size_t size = horn_view_count(&v) * (v.dtype == HORN_INT64 ? 8 : 4);
    void *data = malloc(size);
    ck_ok(hdf5_read_dataset(g->expected, key, v.dtype, data, size));
    v.data = data;
    return v;
}

static void release(const horn_view *v)
{
    free((void *)(uintptr_t)v->data);
}

static void compare(const golden *g, const char *key, const float *got, size_t n, double limit)
{
    horn_view v = read_array(g, key);
    const float *expected = v.data;
    double most = 1;
    ck_assert_uint_eq(horn_view_count(&v), n);
    for (size_t i = 0; i < n; i++) most = fmax(most, fabs((double)expected[i]));
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(fabs((double)got[i] - (double)expected[i]) <= limit * most,
                      "%s: %s[%zu] is %.9g, expected %.9g", g->name, key, i, (double)got[i],
                      (double)expected[i]);
    release(&v);
}

static void compare_predictions(const golden *g, horn_model *m, const horn_view *x, const char *key)
{
    float out[256];
    size_t sizes[HORN_MAX_RANK];
    ck_assert_int_eq(horn_model_output_shape(sizes, m, 0), 1);
    size_t n = x->shape[0] * sizes[0];
    ck_assert_uint_le(n, 256);
    ck_ok(horn_model_predict(out, n, m, x, NULL));
    compare(g, key, out, n, 1e-5);
}

static void compare_weights(const golden *g, horn_model *m, const char *noise)
{
    for (size_t i = 0; i < horn_model_weight_count(m); i++) {
        horn_weight w;
        char key[32];
        snprintf(key, sizeof key, "after%02zu", i);
        ck_ok(horn_model_get_weight(&w, m, i));
        if (strcmp(w.layer, noise) == 0 && strcmp(w.name, "bias") == 0) continue;
        compare(g, key, w.view.data, horn_view_count(&w.view), 1e-5);
    }
}

static void check_golden(size_t which)
{
    golden g = { .name = goldens[which].name };
    char path[128];
    horn_model *m;
    horn_logs logs;
    snprintf(path, sizeof path, "tests/golden/%s.h5", g.name);
    ck_ok(horn_model_load(&m, path, &(horn_load_options){ .threads = 1 }));
    snprintf(path, sizeof path, "tests/golden/%s.expected.h5", g.name);
    ck_ok(file_read(&g.content, path, 0));
    ck_ok(hdf5_file_open(&g.expected, g.content.data, g.content.size, path));
    horn_view x = read_array(&g, "x"), y = read_array(&g, "y");
    compare_predictions(&g, m, &x, "pred");
    ck_ok(horn_model_evaluate(&logs, m, &x, &y, &(horn_evaluate_options){ .batch_size = 3 }));
    horn_view evaluated = read_array(&g, "evaluate"), losses = read_array(&g, "losses");
    for (size_t i = 0; i < logs.count; i++)
        ck_assert_double_eq_tol(logs.values[i], (double)((const float *)evaluated.data)[i], 1e-5);
    for (size_t i = 0; i < 3; i++) {
        ck_ok(horn_model_train_on_batch(&logs, m, &x, &y));
        ck_assert_double_eq_tol(horn_logs_get(&logs, "loss"), (double)((const float *)losses.data)[i], 1e-5);
    }
    compare_weights(&g, m, goldens[which].noise_layer);
    release(&x), release(&y), release(&evaluated), release(&losses);
    hdf5_file_close(g.expected);
    bytes_free(&g.content);
    horn_model_free(m);
}

START_TEST(test_golden_images__predict_evaluate_and_train_on_as_keras)
{
    for (size_t i = 0; i < sizeof goldens / sizeof goldens[0]; i++) check_golden(i);
}
END_TEST

/* Every dialect carries these layers: saved and loaded again, the same bits. */
START_TEST(test_golden_images__saved_in_any_dialect_they_predict_the_same)
{
    static const char *const dialects[] = { "keras2", "keras3", "legacy" };
    float pixels[2 * 12 * 12];
    for (size_t i = 0; i < 2 * 12 * 12; i++) pixels[i] = (float)(i * 7919 % 1000) / 1000;
    for (size_t i = 0; i < sizeof goldens / sizeof goldens[0] * 3; i++) {
        char from[128], folder[] = "/tmp/horn-golden-images-XXXXXX", to[64];
        horn_model *m, *again;
        horn_view x = { .data = pixels, .dtype = HORN_FLOAT32 };
        float before[32], after[32];
        size_t inputs[HORN_MAX_RANK], outputs[HORN_MAX_RANK];
        snprintf(from, sizeof from, "tests/golden/%s.h5", goldens[i / 3].name);
        ck_assert_ptr_nonnull(mkdtemp(folder));
        snprintf(to, sizeof to, "%s/m.h5", folder);
        ck_ok(horn_model_load(&m, from, &(horn_load_options){ .threads = 1 }));
        ck_ok(horn_model_save(m, to, &(horn_save_options){ .dialect = dialects[i % 3] }));
        ck_ok(horn_model_load(&again, to, &(horn_load_options){ .threads = 1 }));
        x.rank = 1 + horn_model_input_shape(inputs, m, 0);
        memcpy(x.shape + 1, inputs, 3 * sizeof *inputs);
        ck_assert_int_eq(horn_model_output_shape(outputs, m, 0), 1);
        x.shape[0] = 2;
        ck_ok(horn_model_predict(before, 2 * outputs[0], m, &x, NULL));
        ck_ok(horn_model_predict(after, 2 * outputs[0], again, &x, NULL));
        ck_assert_mem_eq(before, after, 2 * outputs[0] * sizeof(float));
        horn_model_free(m);
        horn_model_free(again);
        ck_assert_int_eq(unlink(to), 0);
        ck_assert_int_eq(rmdir(folder), 0);
    }
}
END_TEST

TEST_MAIN(test_golden_images__saved_in_any_dialect_they_predict_the_same,
          test_golden_images__predict_evaluate_and_train_on_as_keras)
