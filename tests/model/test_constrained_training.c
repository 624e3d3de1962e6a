/* Constraints hold after each step of training, with any number of threads, and are read by models from their options. */
#include "model/small_run.h"

#include <math.h>

static horn_model *make(int threads, double clipnorm)
{
    horn_model *m;
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 3, .threads = threads }));
    ck_ok(horn_model_add(
        m, horn_dense(&(horn_dense_options){ .input_shape = { INPUTS },
                                             .units = 80,
                                             .activation = "relu",
                                             .kernel_constraint = { .name = "max_norm", .max_value = 0.5 },
                                             .bias_constraint = { .name = "non_neg" } })));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){
                                .units = CLASSES,
                                .activation = "softmax",
                                .kernel_constraint = { .name = "unit_norm", .axes = { 1 }, .axis_count = 1 },
                            })));
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = horn_adam(&(horn_adam_options){
                                        .learning_rate = 0.01, .clipping = { .clipnorm = clipnorm } }),
                                    .loss = horn_loss_by_name("sparse_categorical_crossentropy") }));
    return m;
}

static const float *values(horn_model *m, size_t index)
{
    horn_weight w;
    ck_ok(horn_model_get_weight(&w, m, index));
    return w.view.data;
}

static double norm(const float *w, size_t n, size_t step)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)w[i * step] * (double)w[i * step];
    return sqrt(sum);
}

static void check(horn_model *m)
{
    size_t at_most = 0, at_zero = 0;
    for (size_t k = 0; k < 80; k++) {
        const double column = norm(values(m, 0) + k, INPUTS, 80);
        ck_assert_double_lt(column, 0.5 + 1e-6);
        at_most += column > 0.5 - 1e-5;
        ck_assert_float_ge(values(m, 1)[k], 0);
        at_zero += values(m, 1)[k] == 0;
        ck_assert_double_eq_tol(norm(values(m, 2) + k * CLASSES, CLASSES, 1), 1, 1e-5);
    }
    ck_assert_uint_gt(at_most, 40);
    ck_assert_uint_gt(at_zero, 20);
    ck_assert_uint_lt(at_zero, 80);
}

START_TEST(test_constrained_training__constraints_hold_after_each_step)
{
    static const double clipnorms[] = { 0, 0.1 };
    setup();
    for (size_t i = 0; i < 2; i++) {
        horn_model *one = make(1, clipnorms[i]), *three = make(3, clipnorms[i]);
        for (int step = 0; step < 4; step++) {
            ck_ok(horn_model_train_on_batch(NULL, one, &x, &y));
            ck_ok(horn_model_train_on_batch(NULL, three, &x, &y));
            check(one);
            for (size_t k = 0; k < 4; k++)
                ck_assert_mem_eq(values(one, k), values(three, k),
                                 (k == 0 ? INPUTS * 80 : 5) * sizeof(float));
        }
        horn_model_free(one), horn_model_free(three);
    }
    cleanup();
}
END_TEST

START_TEST(test_constrained_training__a_weight_without_the_axis_does_not_train)
{
    horn_model *m;
    float out[SAMPLES];
    setup();
    ck_ok(horn_sequential_new(&m, NULL));
    ck_ok(
        horn_model_add(m, horn_dense(&(horn_dense_options){
                              .name = "d",
                              .input_shape = { INPUTS },
                              .units = 1,
                              .bias_constraint = { .name = "unit_norm", .axes = { 1 }, .axis_count = 1 } })));
    ck_ok(horn_model_compile(m, &(horn_compile_options){ .loss = horn_loss_by_name("mse") }));
    ck_ok(horn_model_predict(out, SAMPLES, m, &x, NULL));
    ck_fails(
        horn_model_train_on_batch(NULL, m, &x, &y), HORN_ERROR_UNSUPPORTED,
        "layer 'd' (Dense): the constraint of its bias: UnitNorm has no axis 1 in a weight of shape (1,)");
    horn_model_free(m);
    cleanup();
}
END_TEST

START_TEST(test_constrained_training__options_that_no_constraint_has_are_refused)
{
    ck_carries(layer,
               horn_dense(&(horn_dense_options){ .units = 2, .kernel_constraint = { .name = "soft" } }),
               HORN_ERROR_UNSUPPORTED, "constraint 'soft' is not known");
    ck_carries(layer,
               horn_dense(&(horn_dense_options){ .units = 2,
                                                 .kernel_constraint = { .name = "non_neg", .rate = 1 } }),
               HORN_ERROR_UNSUPPORTED, "rate");
    ck_carries(layer,
               horn_conv2d(&(horn_conv2d_options){
                   .filters = 2, .kernel_size = { 3, 3 }, .bias_constraint = { .name = "soft" } }),
               HORN_ERROR_UNSUPPORTED, "argument 'bias_constraint'");
    ck_carries(layer,
               horn_depthwise_conv2d(&(horn_depthwise_conv2d_options){
                   .kernel_size = { 3, 3 }, .depthwise_constraint = { .name = "soft" } }),
               HORN_ERROR_UNSUPPORTED, "argument 'depthwise_constraint'");
}
END_TEST

TEST_MAIN(test_constrained_training__constraints_hold_after_each_step,
          test_constrained_training__a_weight_without_the_axis_does_not_train,
          test_constrained_training__options_that_no_constraint_has_are_refused)
