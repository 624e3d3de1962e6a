#include "test.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include "functions/activation.h"
#include "functions/softmax.h"
#include "golden/activations.h"
#include "golden/values.h"

static const activation *find(const char *name)
{
    const activation *a = NULL;
    ck_ok(activation_by_name(&a, name));
    return a;
}

/* 2e-6 relative, 2.5e-7 beside it: TensorFlow's own exp and tanh are some ulp off (its elu(-1e-6) is
 * -1.013e-6), and where its sigmoid is below 1e-35 it says 0. Gradients come from y alone: an ulp of y near 1
 * is 1.2e-7 in 1 - y^2. */
static bool near(float found, float expected)
{
    return found == expected || fabsf(found - expected) <= 2e-6f * fabsf(expected) + 2.5e-7f;
}

START_TEST(test_activations__are_tensorflows_at_fixed_points)
{
    for (size_t c = 0; c < sizeof value_activations / sizeof value_activations[0]; c++) {
        const activation *a = find(value_activations[c].name);
        float y[POINTS], dz[POINTS];
        ck_assert_str_eq(a->name, value_activations[c].name);
        a->forward(1, POINTS, value_z, y);
        a->backward(1, POINTS, value_z, y, value_dy, dz);
        for (size_t i = 0; i < POINTS; i++) {
            ck_assert_msg(near(y[i], value_activations[c].y[i]), "%s(%g) is %.9g, expected %.9g", a->name,
                          (double)value_z[i], (double)y[i], (double)value_activations[c].y[i]);
            ck_assert_msg(near(dz[i], value_activations[c].dz[i]),
                          "gradient of %s at %g is %.9g, expected %.9g", a->name, (double)value_z[i],
                          (double)dz[i], (double)value_activations[c].dz[i]);
        }
    }
}
END_TEST

START_TEST(test_activations__others_are_keras_at_fixed_points)
{
    float one[MORE_POINTS];
    for (size_t i = 0; i < MORE_POINTS; i++) one[i] = 1;
    for (size_t c = 0; c < sizeof more_activations / sizeof more_activations[0]; c++) {
        const activation *a = find(more_activations[c].name);
        float y[MORE_POINTS], dz[MORE_POINTS];
        a->forward(1, MORE_POINTS, more_z, y);
        a->backward(1, MORE_POINTS, a->reads_z ? more_z : NULL, y, one, dz);
        for (size_t i = 0; i < MORE_POINTS; i++) {
            ck_assert_msg(near(y[i], more_activations[c].y[i]), "%s(%g) is %.9g, expected %.9g", a->name,
                          (double)more_z[i], (double)y[i], (double)more_activations[c].y[i]);
            ck_assert_msg(near(dz[i], more_activations[c].slope[i]),
                          "slope of %s at %g is %.9g, expected %.9g", a->name, (double)more_z[i],
                          (double)dz[i], (double)more_activations[c].slope[i]);
        }
    }
}
END_TEST

START_TEST(test_activations__log_softmax_is_keras)
{
    float y[ROW_POINTS], dz[ROW_POINTS];
    const activation *a = find("log_softmax");
    a->forward(4, 4, log_softmax_z, y);
    a->backward(4, 4, NULL, y, log_softmax_dy, dz);
    for (size_t i = 0; i < ROW_POINTS; i++) {
        ck_assert_msg(near(y[i], log_softmax_y[i]), "y[%zu] is %.9g, expected %.9g", i, (double)y[i],
                      (double)log_softmax_y[i]);
        ck_assert_msg(near(dz[i], log_softmax_dz[i]), "dz[%zu] is %.9g, expected %.9g", i, (double)dz[i],
                      (double)log_softmax_dz[i]);
    }
}
END_TEST

START_TEST(test_activations__softmax_is_tensorflows)
{
    float y[LOSS_ROWS * LOSS_COLUMNS];
    find("softmax")->forward(LOSS_ROWS, LOSS_COLUMNS, value_logits, y);
    for (size_t i = 0; i < LOSS_ROWS * LOSS_COLUMNS; i++)
        ck_assert_msg(near(y[i], value_softmax[i]), "softmax[%zu] is %.9g, expected %.9g", i, (double)y[i],
                      (double)value_softmax[i]);
}
END_TEST

/* dz_i = y_i (dy_i - sum_k y_k dy_k), by hand */
START_TEST(test_activations__softmax_gradient_sums_to_0)
{
    const float y[3] = { 0.2f, 0.3f, 0.5f }, dy[3] = { 1, 2, 4 };
    float dz[3];
    find("softmax")->backward(1, 3, NULL, y, dy, dz);
    ck_assert_float_eq_tol(dz[0], 0.2f * (1 - 2.8f), 1e-6f);
    ck_assert_float_eq_tol(dz[1], 0.3f * (2 - 2.8f), 1e-6f);
    ck_assert_float_eq_tol(dz[2], 0.5f * (4 - 2.8f), 1e-6f);
}
END_TEST

static const char *const names[] = { "hard_sigmoid",   "keras3_hard_sigmoid",
                                     "relu",           "relu6",
                                     "leaky_relu",     "hard_silu",
                                     "hard_tanh",      "hard_shrink",
                                     "soft_shrink",    "sparse_plus",
                                     "sparse_sigmoid", "softmax",
                                     "log_softmax",    "sigmoid",
                                     "tanh",           "elu",
                                     "celu",           "selu",
                                     "softplus",       "log_sigmoid",
                                     "softsign",       "exponential",
                                     "silu",           "gelu",
                                     "mish",           "tanh_shrink",
                                     "squareplus" };

static bool is_of_a_row(const char *name)
{
    return strcmp(name, "softmax") == 0 || strcmp(name, "log_softmax") == 0;
}

/* However it is cut, over itself or not: vectors and rests must not differ. */
START_TEST(test_activations__bits_do_not_depend_on_place)
{
    enum { N = 101 };
    float z[N], y[N], one[N], dz[N], dy[N];
    for (int i = 0; i < N; i++) z[i] = (float)(i - 50) / 7, dy[i] = (float)(i % 9 - 4);
    for (size_t c = 0; c < sizeof names / sizeof names[0]; c++) {
        const activation *a = find(names[c]);
        bool by_row = is_of_a_row(names[c]);
        a->forward(1, N, z, y);
        memcpy(one, z, sizeof z);
        a->forward(1, N, one, one);
        ck_assert_mem_eq(one, y, sizeof y);
        for (size_t i = 0; i < N && !by_row; i++) a->forward(1, 1, z + i, one + i);
        ck_assert_mem_eq(one, y, sizeof y);
        a->backward(1, N, a->reads_z ? z : NULL, y, dy, dz);
        memcpy(one, dy, sizeof dy);
        a->backward(1, N, a->reads_z ? z : NULL, y, one, one);
        ck_assert_mem_eq(one, dz, sizeof dz);
    }
}
END_TEST

START_TEST(test_activations__nan_stays_nan)
{
    for (size_t c = 0; c < sizeof names / sizeof names[0]; c++) {
        float z[19] = { [3] = NAN, [17] = NAN };
        find(names[c])->forward(1, 19, z, z);
        ck_assert_msg(isnan(z[3]) && isnan(z[17]), "%s(nan) is %g", names[c], (double)z[3]);
        bool whole_row = is_of_a_row(names[c]);
        ck_assert_int_eq(isnan(z[0]) != 0, whole_row);
    }
}
END_TEST

START_TEST(test_activations__relu_has_no_gradient_at_0)
{
    float y[2] = { 0, 1e-30f }, dy[2] = { 5, 5 };
    find("relu")->backward(1, 2, NULL, y, dy, dy);
    ck_assert_float_eq(dy[0], 0);
    ck_assert_float_eq(dy[1], 5);
}
END_TEST

START_TEST(test_activations__are_known_by_keras_names)
{
    const activation *a = find("relu");
    ck_assert_str_eq(activation_name(a), "relu");
    ck_assert_ptr_null(find("linear"));
    ck_assert_str_eq(activation_name(NULL), "linear");
    ck_fails(activation_by_name(&a, "gellu"), HORN_ERROR_UNSUPPORTED, "activation 'gellu' is not known");
    ck_assert_str_eq(activation_name(find("swish")), "silu");
    ck_assert_str_eq(activation_name(find("hard_swish")), "hard_silu");
    ck_fails(activation_by_name(&a, "Relu"), HORN_ERROR_UNSUPPORTED, "Relu");
}
END_TEST

TEST_MAIN(test_activations__are_tensorflows_at_fixed_points,
          test_activations__others_are_keras_at_fixed_points, test_activations__log_softmax_is_keras,
          test_activations__softmax_is_tensorflows, test_activations__softmax_gradient_sums_to_0,
          test_activations__bits_do_not_depend_on_place, test_activations__nan_stays_nan,
          test_activations__relu_has_no_gradient_at_0, test_activations__are_known_by_keras_names)
