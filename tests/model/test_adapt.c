/* horn_model_adapt: mean and variance of the data, for each position on the axes, as in Keras' layer.adapt(x). */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <horn/model.h>

enum { SAMPLES = 5, STEPS = 2, WIDTH = 3, N = SAMPLES * STEPS * WIDTH };

static float data[N];
static const horn_view x = {
    .data = data, .dtype = HORN_FLOAT32, .rank = 3, .shape = { SAMPLES, STEPS, WIDTH }
};

static horn_model *make(const int *axes, size_t count, bool of_all)
{
    horn_model *m;
    horn_normalization_options o = { .name = "n", .input_shape = { STEPS, WIDTH }, .of_all = of_all };
    for (size_t i = 0; i < count; i++) o.axis[i] = axes[i];
    for (int i = 0; i < N; i++) data[i] = (float)(i * i % 13) - 4;
    ck_ok(horn_sequential_new(&m, NULL));
    ck_ok(horn_model_add(m, horn_normalization(&o)));
    return m;
}

/* Of the values whose place on each axis is that of value k; bit i of `along`: axis i of a sample. */
static void expect(size_t k, unsigned along, double *mean, double *variance)
{
    double sum = 0, squares = 0, count = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < N; i++) {
            const bool same_step = i / WIDTH % STEPS == k / WIDTH % STEPS,
                       same_place = i % WIDTH == k % WIDTH;
            if ((along & 1 && !same_step) || (along & 2 && !same_place)) continue;
            if (pass == 0) sum += (double)data[i], count++;
            if (pass == 1) squares += pow((double)data[i] - sum / count, 2);
        }
    *mean = sum / count;
    *variance = squares / count;
}

static void check(horn_model *m, unsigned along)
{
    float y[N];
    double mean, variance;
    ck_ok(horn_model_adapt(m, "n", &x));
    ck_ok(horn_model_predict(y, N, m, &x, NULL));
    for (size_t k = 0; k < N; k++) {
        expect(k, along, &mean, &variance);
        ck_assert_double_eq_tol((double)y[k], ((double)data[k] - mean) / sqrt(variance), 1e-5);
    }
    horn_model_free(m);
}

START_TEST(test_adapt__takes_mean_and_variance_along_any_axes)
{
    check(make((int[]){ 2 }, 1, false), 2);
    check(make((int[]){ 1 }, 1, false), 1);
    check(make((int[]){ 1, 2 }, 2, false), 3);
    check(make(NULL, 0, false), 2);
    check(make(NULL, 0, true), 0);
}
END_TEST

/* Their number is an integer in Keras' files. */
START_TEST(test_adapt__comes_back_from_files)
{
    static const char *const names[] = { "m.h5", "m.keras", "m.weights" };
    char folder[] = "/tmp/horn-adapt-XXXXXX", command[64];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    for (size_t i = 0; i < 3; i++) {
        horn_model *m = make(NULL, 0, false), *again = make(NULL, 0, false);
        float expected[N], found[N];
        char path[64];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        ck_ok(horn_model_adapt(m, "n", &x));
        ck_ok(horn_model_predict(expected, N, m, &x, NULL));
        if (i == 2) {
            ck_ok(horn_model_save_weights(m, path, &(horn_save_options){ .format = "tf-weights" }));
            ck_ok(horn_model_load_weights(again, path));
        } else {
            horn_model_free(again);
            ck_ok(horn_model_save(m, path, NULL));
            ck_ok(horn_model_load(&again, path, NULL));
        }
        ck_ok(horn_model_predict(found, N, again, &x, NULL));
        ck_assert_mem_eq(found, expected, sizeof expected);
        horn_model_free(m);
        horn_model_free(again);
    }
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

START_TEST(test_adapt__refuses_what_is_no_data_of_a_normalization)
{
    const horn_view other = {
        .data = data, .dtype = HORN_FLOAT32, .rank = 3, .shape = { SAMPLES, WIDTH, STEPS }
    };
    horn_model *m = make(NULL, 0, false);
    ck_fails(horn_model_adapt(m, "n", &other), HORN_ERROR_SHAPE,
             "x has samples of shape (3, 2), expected some of (2, 3)");
    ck_fails(horn_model_adapt(m, "k", &x), HORN_ERROR_ARGUMENT, "has no layer 'k'");
    horn_model_free(m);
}
END_TEST

TEST_MAIN(test_adapt__takes_mean_and_variance_along_any_axes, test_adapt__comes_back_from_files,
          test_adapt__refuses_what_is_no_data_of_a_normalization)
