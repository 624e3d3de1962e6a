/* What y may be: class numbers of any dtype, rows, and for one output plain numbers. */
#include <math.h>
#include "custom_classes.h"
#include "model/small_run.h"
#include "npz.h"

/* The weights after an epoch on y: two of them may be compared to the last bit. */
static horn_model *train(const horn_view *targets)
{
    horn_model *m = make_model(ADAM, 1, 1);
    ck_ok(horn_model_fit(NULL, m, &x, targets,
                         &(horn_fit_options){ .batch_size = 64, .validation_split = 0.25 }));
    return m;
}

START_TEST(test_targets__labels_may_be_floats_and_may_have_an_axis_of_one)
{
    static float floats[SAMPLES];
    static double doubles[SAMPLES];
    static int64_t wide[SAMPLES];
    setup();
    for (size_t i = 0; i < SAMPLES; i++) floats[i] = (float)(doubles[i] = (double)(wide[i] = y_data[i]));
    const horn_view kinds[] = { { .data = floats, .dtype = HORN_FLOAT32 },
                                { .data = doubles, .dtype = HORN_FLOAT64 },
                                { .data = wide, .dtype = HORN_INT64 },
                                { .data = y_data, .dtype = HORN_UINT8 } };
    horn_model *expected = train(&y);
    for (size_t i = 0; i < 4; i++)
        for (int rank = 1; rank <= 2; rank++) {
            horn_view labels = kinds[i];
            labels.rank = rank;
            labels.shape[0] = SAMPLES;
            labels.shape[1] = 1;
            horn_model *m = train(&labels);
            assert_same_run(m, expected);
            horn_model_free(m);
        }
    horn_model_free(expected);
    cleanup();
}
END_TEST

static void refuse(horn_dtype dtype, double label, const char *words)
{
    static float floats[SAMPLES];
    static double doubles[SAMPLES];
    const horn_view labels = { .data = dtype == HORN_FLOAT32 ? (void *)floats : doubles,
                               .dtype = dtype,
                               .rank = 1,
                               .shape = { SAMPLES } };
    horn_model *m = make_model(ADAM, 1, 1);
    floats[7] = (float)(doubles[7] = label);
    ck_fails(horn_model_fit(NULL, m, &x, &labels, NULL), HORN_ERROR_ARGUMENT, words);
    ck_fails(horn_model_evaluate(NULL, m, &x, &labels, NULL), HORN_ERROR_ARGUMENT, words);
    ck_fails(horn_model_train_on_batch(NULL, m, &x, &labels), HORN_ERROR_ARGUMENT, words);
    horn_model_free(m);
}

START_TEST(test_targets__float_labels_that_are_no_class_are_refused)
{
    static const horn_dtype dtypes[] = { HORN_FLOAT32, HORN_FLOAT64 };
    setup();
    for (size_t i = 0; i < 2; i++) {
        refuse(dtypes[i], 2.5,
               "y: label 2.5 of sample 7, loss 'sparse_categorical_crossentropy' takes whole");
        refuse(dtypes[i], -0.5, "y: label -0.5 of sample 7, ");
        refuse(dtypes[i], NAN, "nan of sample 7, ");
        refuse(dtypes[i], 5, "y: label 5 of sample 7, model 'sequential' has the classes 0 to 4");
        refuse(dtypes[i], -1, "y: label -1 of sample 7, model 'sequential' has the classes 0 to 4");
        refuse(dtypes[i], 4294967296.0, "of sample 7, model 'sequential' has the classes 0 to 4");
        refuse(dtypes[i], 1e30, "y: label 1e+30 of sample 7, model 'sequential' has the classes 0 to 4");
        refuse(dtypes[i], -INFINITY, "y: label -inf of sample 7, ");
    }
    cleanup();
}
END_TEST

/* ---- one output ---- */

static float numbers[SAMPLES];

static horn_model *make_one(size_t width)
{
    horn_model *m;
    const horn_custom_loss_options options = { .arguments = { HORN_NUMBER("weight", 1) } };
    ck_ok(register_custom_classes());
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 3, .threads = 1 }));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = width, .input_shape = { INPUTS } })));
    ck_ok(
        horn_model_compile(m, &(horn_compile_options){ .optimizer = horn_sgd(NULL),
                                                       .loss = horn_custom_loss("demo>Quartic", &options),
                                                       .metrics = { horn_metric_by_name("accuracy"),
                                                                    horn_metric_by_name("demo>Within") } }));
    return m;
}

START_TEST(test_targets__one_number_a_sample_fits_one_output)
{
    const horn_view plain = { .data = numbers, .dtype = HORN_FLOAT32, .rank = 1, .shape = { SAMPLES } };
    horn_view column = plain, wide = plain;
    horn_logs logs[2];
    setup();
    for (size_t i = 0; i < SAMPLES; i++) numbers[i] = x_data[i * INPUTS] - x_data[i * INPUTS + 9];
    column.rank = wide.rank = 2;
    column.shape[1] = 1;
    horn_model *a = make_one(1), *b = make_one(1);
    const horn_fit_options options = { .batch_size = 64, .epochs = 2, .validation_split = 0.25 };
    ck_ok(horn_model_fit(NULL, a, &x, &plain, &options));
    ck_ok(horn_model_fit(NULL, b, &x, &column, &options));
    assert_same_run(a, b);
    ck_ok(horn_model_evaluate(&logs[0], a, &x, &plain, NULL));
    ck_ok(horn_model_evaluate(&logs[1], b, &x, &column, NULL));
    ck_assert_mem_eq(logs[0].values, logs[1].values, logs[0].count * sizeof *logs[0].values);
    ck_assert(logs[0].values[0] > 0 && logs[0].values[0] < 1);
    horn_model_free(b);

    b = make_one(2);
    ck_fails(horn_model_fit(NULL, b, &x, &plain, NULL), HORN_ERROR_SHAPE,
             "y has samples of shape (), loss 'quartic' takes rows as the outputs, (2,)");
    wide.shape[0] = SAMPLES / 2;
    wide.shape[1] = 2;
    const horn_view half = horn_view_samples(&x, 0, SAMPLES / 2);
    ck_fails(horn_model_fit(NULL, a, &half, &wide, NULL), HORN_ERROR_SHAPE,
             "y has samples of shape (2,), loss 'quartic' takes rows as the outputs, (1,)");
    horn_model_free(a);
    horn_model_free(b);
    cleanup();
}
END_TEST

/* From a file: a loss that takes targets has them as numbers, one that takes labels refuses a class below 0. */
START_TEST(test_targets__integers_below_0_are_numbers_and_no_classes)
{
    static int64_t wide[SAMPLES];
    static float floats[SAMPLES];
    const horn_view given = { .data = wide, .dtype = HORN_INT64, .rank = 1, .shape = { SAMPLES } },
                    same = { .data = floats, .dtype = HORN_FLOAT32, .rank = 1, .shape = { SAMPLES } };
    const npz_member members[] = { { "x_train", x }, { "y_train", given } };
    horn_dataset *data;
    horn_logs logs;
    setup();
    for (size_t i = 0; i < SAMPLES; i++) floats[i] = (float)(wide[i] = (int64_t)(i % 5) - 2);
    npz_save(in_folder("data.npz"), members, 2);
    ck_ok(horn_dataset_load(&data, in_folder("data.npz"), NULL));
    const horn_view *targets = horn_dataset_y_train(data);
    ck_assert_int_eq(targets->dtype, HORN_INT64);
    horn_model *a = make_one(1), *b = make_one(1), *c = make_model(ADAM, 1, 1);
    ck_ok(horn_model_fit(NULL, a, &x, targets, &(horn_fit_options){ .epochs = 2 }));
    ck_ok(horn_model_fit(NULL, b, &x, &same, &(horn_fit_options){ .epochs = 2 }));
    assert_same_run(a, b);
    ck_fails(horn_model_fit(NULL, c, &x, targets, NULL), HORN_ERROR_ARGUMENT,
             "y: label -2 of sample 0, model 'sequential' has the classes 0 to 4");
    ck_fails(horn_model_evaluate(&logs, c, &x, targets, NULL), HORN_ERROR_ARGUMENT, "label -2 of sample 0");
    horn_model_free(a), horn_model_free(b), horn_model_free(c);
    horn_dataset_free(data);
    cleanup();
}
END_TEST

/* Only softmax's input is logits: behind any other activation the loss takes the outputs, and divides them by their sum. */
START_TEST(test_targets__a_loss_takes_what_no_softmax_made_as_it_is)
{
    static float outputs[SAMPLES * 5];
    horn_model *m;
    horn_logs trained, evaluated;
    double expected = 0;
    setup();
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 3, .threads = 1 }));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){
                                .units = 5, .activation = "sigmoid", .input_shape = { x.shape[1] } })));
    ck_ok(
        horn_model_compile(m, &(horn_compile_options){ .optimizer = horn_sgd(NULL),
                                                       .loss = horn_sparse_categorical_crossentropy(NULL) }));
    ck_ok(horn_model_predict(outputs, SAMPLES * 5, m, &x, NULL));
    for (size_t i = 0; i < SAMPLES; i++) {
        double sum = 0;
        for (size_t k = 0; k < 5; k++) sum += (double)outputs[i * 5 + k];
        expected -= log((double)outputs[i * 5 + y_data[i]] / sum) / SAMPLES;
    }
    ck_ok(horn_model_evaluate(&evaluated, m, &x, &y, NULL));
    ck_ok(horn_model_train_on_batch(&trained, m, &x, &y));
    ck_assert_double_eq_tol(horn_logs_get(&evaluated, "loss"), expected, 1e-5);
    ck_assert_double_eq_tol(horn_logs_get(&trained, "loss"), expected, 1e-5);
    horn_model_free(m);
    cleanup();
}
END_TEST

TEST_MAIN(test_targets__a_loss_takes_what_no_softmax_made_as_it_is,
          test_targets__labels_may_be_floats_and_may_have_an_axis_of_one,
          test_targets__float_labels_that_are_no_class_are_refused,
          test_targets__one_number_a_sample_fits_one_output,
          test_targets__integers_below_0_are_numbers_and_no_classes)
