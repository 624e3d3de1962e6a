/* What acts before an optimizer's step, in whole models: schedules of the learning rate, clipped gradients and
 * weight decay. The same bits for any number of threads, and from any file. */
#include "model/small_run.h"

static const double boundaries[] = { 1, 3 }, values[] = { 0.1, 0.01, 0.05 };

enum { CASES = 8 };

static horn_optimizer *make_optimizer(size_t which)
{
    static const horn_schedule cosine = { "CosineDecay", .initial_learning_rate = 0.01, .decay_steps = 6 },
                               pieces = { "PiecewiseConstantDecay", .boundaries = boundaries,
                                          .values = values, .boundary_count = 2 },
                               exponential = { "ExponentialDecay", .initial_learning_rate = 0.01,
                                               .decay_steps = 2, .decay_rate = 0.5, .staircase = true };
    static const horn_clipping each = { .clipnorm = 0.05 }, all = { .global_clipnorm = 0.05 },
                               value = { .clipvalue = 0.001 };
    switch (which) {
    case 0:
        return horn_sgd(&(horn_sgd_options){ .schedule = cosine, .clipping = each });
    case 1:
        return horn_sgd(&(horn_sgd_options){ .schedule = pieces, .momentum = 0.9, .clipping = all });
    case 2:
        return horn_sgd(&(horn_sgd_options){ .weight_decay = 0.1, .clipping = value });
    case 3:
        return horn_adam(&(horn_adam_options){ .schedule = exponential, .clipping = all });
    case 4:
        return horn_adam(&(horn_adam_options){ .weight_decay = 0.1, .clipping = each });
    case 5:
        return horn_rmsprop(&(horn_rmsprop_options){ .schedule = cosine, .weight_decay = 0.01 });
    case 6:
        return horn_rmsprop(&(horn_rmsprop_options){ .clipping = all });
    default:
        return horn_adam(NULL);
    }
}

/* Gradients by samples (Conv2D), by parts (Dense) and settled ones (BatchNormalization). */
static horn_model *make(size_t which, int threads)
{
    horn_model *m;
    horn_crossentropy_options logits = { .from_logits = true };
    horn_conv2d_options conv = { .filters = 6,
                                 .kernel_size = { 3 },
                                 .input_shape = { 5, 4, 1 },
                                 .padding = "same",
                                 .kernel_regularizer = { .l2 = 0.1 } };
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 3, .threads = threads }));
    ck_ok(horn_model_add(m, horn_conv2d(&conv)));
    ck_ok(horn_model_add(m, horn_batch_normalization(NULL)));
    ck_ok(horn_model_add(m, horn_flatten(NULL)));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 33, .activation = "relu" })));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = CLASSES })));
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = make_optimizer(which),
                                    .loss = horn_sparse_categorical_crossentropy(&logits) }));
    return m;
}

static void train(horn_model *m, int steps)
{
    const horn_view images = {
        .data = x_data, .dtype = HORN_FLOAT32, .rank = 4, .shape = { SAMPLES, 5, 4, 1 }
    };
    for (int i = 0; i < steps; i++) ck_ok(horn_model_train_on_batch(NULL, m, &images, &y));
}

static bool same_weights(horn_model *a, horn_model *b)
{
    bool same = horn_model_weight_count(a) == horn_model_weight_count(b);
    for (size_t i = 0; same && i < horn_model_weight_count(a); i++) {
        horn_weight v, w;
        ck_ok(horn_model_get_weight(&v, a, i));
        ck_ok(horn_model_get_weight(&w, b, i));
        same = memcmp(v.view.data, w.view.data, horn_view_count(&v.view) * sizeof(float)) == 0;
    }
    return same;
}

START_TEST(test_schedules__threads_never_change_a_bit)
{
    setup();
    for (size_t which = 0; which < CASES; which++) {
        horn_model *one = make(which, 1);
        train(one, 4);
        for (int threads = 2; threads < 9; threads += 3) {
            horn_model *many = make(which, threads);
            train(many, 4);
            ck_assert_msg(same_weights(one, many), "case %zu: other bits with %d threads", which, threads);
            horn_model_free(many);
        }
        horn_model_free(one);
    }
    cleanup();
}
END_TEST

/* Where a run stands is its iteration, nothing else: from the middle of a schedule, in every format. */
START_TEST(test_schedules__training_goes_on_from_any_file)
{
    static const struct {
        const char *name, *dialect;
    } files[] = { { "m.h5", "keras2" },    { "m.h5", "keras3" },  { "m.keras", "keras3" },
                  { "m.keras", "keras2" }, { "m.keras", "both" }, { "prefix", NULL } };
    setup();
    for (size_t which = 0; which < CASES; which++)
        for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
            horn_model *m = make(which, 1), *loaded;
            const char *path = in_folder(files[f].name);
            train(m, 2);
            ck_ok(horn_model_save(m, path, &(horn_save_options){ .dialect = files[f].dialect }));
            ck_ok(horn_model_load(&loaded, path, NULL));
            train(m, 3);
            train(loaded, 3);
            ck_assert_msg(same_weights(m, loaded), "case %zu, %s %s: goes on otherwise", which, files[f].name,
                          files[f].dialect);
            horn_model_free(loaded);
            horn_model_free(m);
        }
    cleanup();
}
END_TEST

/* One batch of SGD: the whole gradient is as long as the bound. */
START_TEST(test_schedules__the_global_norm_is_of_all_gradients)
{
    horn_model *m;
    horn_crossentropy_options logits = { .from_logits = true };
    double squares = 0;
    setup();
    for (int clipped = 0; clipped < 2; clipped++) {
        static float before[4][INPUTS * 33];
        horn_sgd_options options = { .learning_rate = 1,
                                     .clipping = { .global_clipnorm = clipped ? 0.25 : 1000 } };
        ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 3, .threads = 2 }));
        ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){
                                    .units = 33, .activation = "relu", .input_shape = { INPUTS } })));
        ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = CLASSES })));
        ck_ok(horn_model_compile(
            m, &(horn_compile_options){ .optimizer = horn_sgd(&options),
                                        .loss = horn_sparse_categorical_crossentropy(&logits) }));
        ck_assert_uint_eq(horn_model_weight_count(m), 4);
        horn_weight w;
        for (size_t i = 0; i < 4; i++) {
            ck_ok(horn_model_get_weight(&w, m, i));
            memcpy(before[i], w.view.data, horn_view_count(&w.view) * sizeof(float));
        }
        ck_ok(horn_model_train_on_batch(NULL, m, &x, &y));
        squares = 0;
        for (size_t i = 0; i < 4; i++) {
            ck_ok(horn_model_get_weight(&w, m, i));
            const float *after = w.view.data;
            for (size_t k = 0; k < horn_view_count(&w.view); k++)
                squares += (double)(after[k] - before[i][k]) * (double)(after[k] - before[i][k]);
        }
        if (clipped)
            ck_assert_double_eq_tol(squares, 0.25 * 0.25, 1e-6);
        else
            ck_assert_double_gt(squares, 0.26 * 0.26);
        horn_model_free(m);
    }
    cleanup();
}
END_TEST

/* A regularizer's gradient counts once, and the loss too, in three passes as in two. */
START_TEST(test_schedules__a_bound_that_nothing_reaches_changes_nothing)
{
    const horn_clipping bounds[] = {
        { 0 }, { .clipnorm = 1e6 }, { .global_clipnorm = 1e6 }, { .clipvalue = 1e6 }
    };
    horn_model *models[4];
    horn_logs logs[4];
    horn_crossentropy_options logits = { .from_logits = true };
    setup();
    for (size_t i = 0; i < 4; i++) {
        horn_dense_options dense = { .units = CLASSES,
                                     .input_shape = { INPUTS },
                                     .kernel_regularizer = { .l2 = 1 } };
        ck_ok(horn_sequential_new(&models[i], &(horn_sequential_options){ .seed = 3 }));
        ck_ok(horn_model_add(models[i], horn_dense(&dense)));
        ck_ok(horn_model_compile(
            models[i],
            &(horn_compile_options){ .optimizer = horn_sgd(&(horn_sgd_options){ .clipping = bounds[i] }),
                                     .loss = horn_sparse_categorical_crossentropy(&logits) }));
        for (int step = 0; step < 3; step++) ck_ok(horn_model_train_on_batch(&logs[i], models[i], &x, &y));
        horn_weight v, w;
        ck_ok(horn_model_get_weight(&v, models[0], 0));
        ck_ok(horn_model_get_weight(&w, models[i], 0));
        for (size_t k = 0; k < horn_view_count(&v.view); k++)
            ck_assert_float_eq_tol(((const float *)w.view.data)[k], ((const float *)v.view.data)[k], 1e-6f);
        ck_assert_double_eq_tol(logs[i].values[0], logs[0].values[0], 1e-6);
    }
    for (size_t i = 0; i < 4; i++) horn_model_free(models[i]);
    cleanup();
}
END_TEST

START_TEST(test_schedules__a_rate_that_follows_one_is_not_set)
{
    setup();
    horn_model *m = make(0, 1);
    ck_fails(horn_model_set_learning_rate(m, 0.1), HORN_ERROR_ARGUMENT, "follows a schedule (CosineDecay)");
    horn_model_free(m);
    m = make(2, 1);
    ck_ok(horn_model_set_learning_rate(m, 0.1));
    ck_fails(horn_model_save(m, in_folder("m.h5"), &(horn_save_options){ .dialect = "legacy" }),
             HORN_ERROR_UNSUPPORTED, "weight_decay");
    horn_model_free(m);
    cleanup();
}
END_TEST

TEST_MAIN(test_schedules__threads_never_change_a_bit, test_schedules__training_goes_on_from_any_file,
          test_schedules__the_global_norm_is_of_all_gradients,
          test_schedules__a_bound_that_nothing_reaches_changes_nothing,
          test_schedules__a_rate_that_follows_one_is_not_set)
