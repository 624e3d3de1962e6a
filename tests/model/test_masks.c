/* Masks: positions that are masked count neither in the loss nor in metrics, statistics and gradients. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <horn/callback.h>
#include <horn/custom_layer.h>
#include <horn/model.h>

enum { SAMPLES = 70, LENGTH = 5, WIDTH = 3, CLASSES = 4, LINES = SAMPLES * LENGTH };

static float numbers[LINES * WIDTH], kept[LINES * WIDTH];
static uint8_t labels[LINES], kept_labels[LINES];
static size_t valid;

static const horn_view x = {
    .data = numbers, .dtype = HORN_FLOAT32, .rank = 3, .shape = { SAMPLES, LENGTH, WIDTH }
};
static const horn_view y = { .data = labels, .dtype = HORN_UINT8, .rank = 2, .shape = { SAMPLES, LENGTH } };

/* A third of the positions are -1 all over; the others have one value of -1 at most. `kept` has the others alone. */
static void setup(void)
{
    valid = 0;
    for (size_t i = 0; i < LINES; i++) {
        const bool counts = i * 31 % 7 > 2 || i % 5 == 0;
        for (size_t k = 0; k < WIDTH; k++)
            numbers[i * WIDTH + k] =
                counts && (k || i % 2) ? (float)((i * 3 + k) * 37 % 101) / 50 - 0.99f : -1;
        labels[i] = (uint8_t)(i * 7 % CLASSES);
        if (!counts) continue;
        memcpy(kept + valid * WIDTH, numbers + i * WIDTH, sizeof *kept * WIDTH);
        kept_labels[valid++] = labels[i];
    }
    ck_assert_uint_gt(valid, LINES / 2);
    ck_assert_uint_lt(valid, LINES - SAMPLES);
}

/* ---- Veil masks what Masking does and changes no value; Pass passes the mask on ---- */

static void copy_forward(const void *self, const horn_slice *s, const horn_tensor *in, horn_tensor *out)
{
    (void)self, (void)s;
    memcpy(out->data, in->data, horn_tensor_count(in) * sizeof *out->data);
}

static void copy_backward(const void *self, const horn_slice *s, const horn_tensor *in, const horn_tensor *dy,
                          horn_tensor *dx)
{
    (void)self, (void)s;
    if (dx) memcpy(dx->data, dy->data, horn_tensor_count(in) * sizeof *dx->data);
}

static void veil_mask(const void *self, const horn_slice *s, const horn_tensor *in, unsigned char *y_mask)
{
    (void)self, (void)s;
    for (size_t i = 0; i < horn_tensor_count(in) / WIDTH; i++) {
        const float *line = in->data + i * WIDTH;
        y_mask[i] = line[0] != -1 || line[1] != -1 || line[2] != -1;
    }
}

/* The mask comes with the values. */
static void pass_forward(const void *self, const horn_slice *s, const horn_tensor *in, horn_tensor *out)
{
    for (size_t i = 0; i < horn_tensor_count(in) / WIDTH; i++) {
        const float *line = in->data + i * WIDTH;
        ck_assert_int_eq(in->mask[i], line[0] != -1 || line[1] != -1 || line[2] != -1);
    }
    copy_forward(self, s, in, out);
}

static const horn_layer_class veil_class = {
    .name = "Veil", .forward = copy_forward, .mask = veil_mask, .backward = copy_backward
};
static const horn_layer_class pass_class = {
    .name = "Pass", .passes_mask = true, .forward = pass_forward, .backward = copy_backward
};

typedef enum shape_kind { MASKED, ALONE, CUSTOM } shape_kind;

/* With a Masking layer, without one, or of positions alone. */
static horn_model *make_reduced(shape_kind how, int threads, const char *reduction, const int *ignored)
{
    horn_model *m;
    const horn_crossentropy_options logits = { .from_logits = true,
                                               .reduction = reduction,
                                               .ignores = ignored != NULL,
                                               .ignore_class = ignored ? *ignored : 0 };
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 3, .threads = threads }));
    ck_ok(
        horn_model_add(m, horn_input(&(horn_input_options){
                              .input_shape = { how == ALONE ? WIDTH : LENGTH, how == ALONE ? 0 : WIDTH } })));
    if (how == CUSTOM) {
        ck_ok(horn_register_layer(&veil_class));
        ck_ok(horn_register_layer(&pass_class));
        ck_ok(horn_model_add(m, horn_custom_layer("Veil", NULL)));
        ck_ok(horn_model_add(m, horn_custom_layer("Pass", NULL)));
    }
    if (how == MASKED) ck_ok(horn_model_add(m, horn_masking(&(horn_masking_options){ .mask_value = -1 })));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){
                                .units = 8, .activation = "relu", .kernel_regularizer = { .l2 = 0.01 } })));
    ck_ok(horn_model_add(m, horn_batch_normalization(NULL)));
    ck_ok(horn_model_add(m, horn_leaky_relu(NULL)));
    ck_ok(horn_model_add(m, horn_relu(&(horn_relu_options){ .max_value = 3 })));
    ck_ok(horn_model_add(m, horn_dropout(&(horn_dropout_options){ .rate = HORN_ZERO })));
    ck_ok(horn_model_add(m, horn_activation(&(horn_activation_options){ .activation = "tanh" })));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = CLASSES })));
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = horn_sgd(&(horn_sgd_options){ .learning_rate = 0.5 }),
                                    .loss = horn_sparse_categorical_crossentropy(&logits),
                                    .metrics = { horn_metric_by_name("accuracy") } }));
    return m;
}

static horn_model *make(shape_kind how, int threads)
{
    return make_reduced(how, threads, NULL, NULL);
}

static void copy_weights(horn_model *to, horn_model *from)
{
    for (size_t i = 0; i < horn_model_weight_count(from); i++) {
        horn_weight w;
        ck_ok(horn_model_get_weight(&w, from, i));
        ck_ok(horn_model_set_weight(to, i, &w.view));
    }
}

/* The greatest difference of two models' weights. */
static double distance(horn_model *a, horn_model *b)
{
    double most = 0;
    for (size_t i = 0; i < horn_model_weight_count(a); i++) {
        horn_weight v, w;
        ck_ok(horn_model_get_weight(&v, a, i));
        ck_ok(horn_model_get_weight(&w, b, i));
        for (size_t k = 0; k < horn_view_count(&v.view); k++)
            most = fmax(most, fabs((double)((const float *)v.view.data)[k] -
                                   (double)((const float *)w.view.data)[k]));
    }
    return most;
}

START_TEST(test_masks__compute_as_the_positions_that_count_alone)
{
    setup();
    horn_model *masked = make(MASKED, 2), *alone = make(ALONE, 2);
    const horn_view kept_x = { .data = kept, .dtype = HORN_FLOAT32, .rank = 2, .shape = { valid, WIDTH } };
    const horn_view kept_y = { .data = kept_labels, .dtype = HORN_UINT8, .rank = 1, .shape = { valid } };
    copy_weights(alone, masked);
    for (int i = 0; i < 4; i++) {
        horn_logs a, b;
        if (i < 3) {
            ck_ok(horn_model_train_on_batch(&a, masked, &x, &y));
            ck_ok(horn_model_train_on_batch(&b, alone, &kept_x, &kept_y));
        } else {
            ck_ok(horn_model_evaluate(&a, masked, &x, &y, &(horn_evaluate_options){ .batch_size = SAMPLES }));
            ck_ok(horn_model_evaluate(&b, alone, &kept_x, &kept_y, NULL));
        }
        ck_assert_double_eq_tol(horn_logs_get(&a, "loss"), horn_logs_get(&b, "loss"), 1e-6);
        ck_assert_double_eq_tol(horn_logs_get(&a, "accuracy"), horn_logs_get(&b, "accuracy"), 1e-12);
        ck_assert_double_le(distance(masked, alone), 1e-6);
    }
    horn_model_free(masked);
    horn_model_free(alone);
}
END_TEST

/* Rows have weights, and two classes in four are ignored or not. */
START_TEST(test_masks__meet_weights_and_reductions)
{
    static const char *const reductions[] = { "sum_over_batch_size", "sum", "mean_with_sample_weight" };
    static const int ignored = 2;
    static float weights[LINES], kept_weights[LINES];
    setup();
    for (size_t i = 0, at = 0; i < LINES; i++) {
        const float *line = numbers + i * WIDTH;
        weights[i] = (float)(i % 4) / 2;
        if (line[0] != -1 || line[1] != -1 || line[2] != -1) kept_weights[at++] = weights[i];
    }
    const horn_view kept_x = { .data = kept, .dtype = HORN_FLOAT32, .rank = 2, .shape = { valid, WIDTH } },
                    kept_y = { .data = kept_labels, .dtype = HORN_UINT8, .rank = 1, .shape = { valid } },
                    w = { .data = weights, .dtype = HORN_FLOAT32, .rank = 2, .shape = { SAMPLES, LENGTH } },
                    kept_w = { .data = kept_weights, .dtype = HORN_FLOAT32, .rank = 1, .shape = { valid } };
    for (size_t i = 0; i < 12; i++) {
        const bool weighted = i / 3 % 2;
        const int *ignores = i < 6 ? NULL : &ignored;
        horn_model *masked = make_reduced(MASKED, 2, reductions[i % 3], ignores),
                   *alone = make_reduced(ALONE, 2, reductions[i % 3], ignores);
        horn_fit_options options = {
            .batch_size = SAMPLES, .epochs = 2, .no_shuffle = true, .sample_weight = weighted ? &w : NULL
        };
        ck_ok(horn_model_set_learning_rate(masked, i % 3 == 1 ? 0.001 : 0.5));
        ck_ok(horn_model_set_learning_rate(alone, i % 3 == 1 ? 0.001 : 0.5));
        copy_weights(alone, masked);
        ck_ok(horn_model_fit(NULL, masked, &x, &y, &options));
        options.batch_size = LINES, options.sample_weight = weighted ? &kept_w : NULL;
        ck_ok(horn_model_fit(NULL, alone, &kept_x, &kept_y, &options));
        const double a = horn_logs_get(horn_history_logs(horn_model_history(masked), 1), "loss"),
                     b = horn_logs_get(horn_history_logs(horn_model_history(alone), 1), "loss");
        ck_assert_msg(fabs(a - b) <= 1e-5 * fmax(1, fabs(b)), "%zu: loss %g, expected %g", i, a, b);
        ck_assert_msg(distance(masked, alone) <= 2e-6, "%zu: weights differ by %g", i,
                      distance(masked, alone));
        horn_model_free(masked);
        horn_model_free(alone);
    }
}
END_TEST

START_TEST(test_masks__are_the_same_bits_for_any_threads)
{
    setup();
    horn_model *one = make(MASKED, 1);
    const horn_fit_options options = { .batch_size = 33, .epochs = 2, .validation_split = 0.2 };
    ck_ok(horn_model_fit(NULL, one, &x, &y, &options));
    for (int threads = 2; threads < 5; threads++) {
        horn_model *m = make(MASKED, threads);
        ck_ok(horn_model_fit(NULL, m, &x, &y, &options));
        ck_assert(distance(one, m) == 0);
        const horn_logs *a = horn_history_logs(horn_model_history(one), 1),
                        *b = horn_history_logs(horn_model_history(m), 1);
        ck_assert_mem_eq(a->values, b->values, a->count * sizeof *a->values);
        horn_model_free(m);
    }
    horn_model_free(one);
}
END_TEST

START_TEST(test_masks__custom_layers_make_and_pass_them)
{
    setup();
    horn_model *own = make(CUSTOM, 2), *masked = make(MASKED, 2);
    horn_logs a, b;
    copy_weights(own, masked);
    for (int i = 0; i < 3; i++) {
        ck_ok(horn_model_train_on_batch(&a, own, &x, &y));
        ck_ok(horn_model_train_on_batch(&b, masked, &x, &y));
        ck_assert_double_eq_tol(horn_logs_get(&a, "loss"), horn_logs_get(&b, "loss"), 1e-6);
        ck_assert_double_le(distance(own, masked), 1e-6);
    }
    horn_model_free(own);
    horn_model_free(masked);
}
END_TEST

/* Of an epoch Keras gives the mean of the batches' losses, each by its samples, and the mean of all rows that count. */
START_TEST(test_masks__epochs_are_means_of_batches)
{
    setup();
    horn_model *m = make(MASKED, 2);
    horn_logs parts[2], all;
    const size_t n = SAMPLES - 20;
    double counted[2] = { 0 };
    for (size_t i = 0; i < 2; i++) {
        const horn_view a = horn_view_samples(&x, i ? n : 0, i ? 20 : n),
                        b = horn_view_samples(&y, i ? n : 0, i ? 20 : n);
        ck_ok(horn_model_evaluate(&parts[i], m, &a, &b, &(horn_evaluate_options){ .batch_size = SAMPLES }));
        for (size_t k = 0; k < a.shape[0] * LENGTH; k++) {
            const float *line = (const float *)a.data + k * WIDTH;
            counted[i] += line[0] != -1 || line[1] != -1 || line[2] != -1;
        }
    }
    ck_ok(horn_model_evaluate(&all, m, &x, &y, &(horn_evaluate_options){ .batch_size = n }));
    const double loss[2] = { horn_logs_get(&parts[0], "loss"), horn_logs_get(&parts[1], "loss") };
    const double right[2] = { horn_logs_get(&parts[0], "accuracy"), horn_logs_get(&parts[1], "accuracy") };
    ck_assert_double_eq_tol(horn_logs_get(&all, "loss"), (loss[0] * (double)n + loss[1] * 20) / SAMPLES,
                            1e-9);
    ck_assert_double_eq_tol(horn_logs_get(&all, "accuracy"),
                            (right[0] * counted[0] + right[1] * counted[1]) / (counted[0] + counted[1]),
                            1e-12);
    horn_model_free(m);
}
END_TEST

/* A layer that mixes positions takes the mask off. */
START_TEST(test_masks__end_at_layers_that_mix_positions)
{
    setup();
    horn_model *models[2];
    horn_logs logs[2];
    for (size_t i = 0; i < LINES * WIDTH; i++) numbers[i] += 1;
    for (size_t i = 0; i < SAMPLES; i++) labels[i] %= CLASSES;
    const horn_view one = { .data = labels, .dtype = HORN_UINT8, .rank = 1, .shape = { SAMPLES } };
    for (int i = 0; i < 2; i++) {
        const horn_crossentropy_options logits = { .from_logits = true };
        ck_ok(horn_sequential_new(&models[i], &(horn_sequential_options){ .seed = 3 }));
        ck_ok(
            horn_model_add(models[i], horn_input(&(horn_input_options){ .input_shape = { LENGTH, WIDTH } })));
        if (i) ck_ok(horn_model_add(models[i], horn_masking(NULL)));
        ck_ok(horn_model_add(models[i], horn_flatten(NULL)));
        ck_ok(horn_model_add(models[i], horn_dense(&(horn_dense_options){ .units = CLASSES })));
        ck_ok(horn_model_compile(
            models[i], &(horn_compile_options){ .loss = horn_sparse_categorical_crossentropy(&logits) }));
    }
    copy_weights(models[1], models[0]);
    for (int i = 0; i < 2; i++) ck_ok(horn_model_train_on_batch(&logs[i], models[i], &x, &one));
    ck_assert_double_eq(horn_logs_get(&logs[0], "loss"), horn_logs_get(&logs[1], "loss"));
    ck_assert(distance(models[0], models[1]) == 0);
    for (int i = 0; i < 2; i++) horn_model_free(models[i]);
}
END_TEST

START_TEST(test_masks__a_batch_in_which_nothing_counts_changes_nothing)
{
    setup();
    horn_model *m;
    horn_logs logs;
    const horn_crossentropy_options logits = { .from_logits = true };
    ck_ok(horn_sequential_new(&m, NULL));
    ck_ok(horn_model_add(m, horn_masking(&(horn_masking_options){ .input_shape = { LENGTH, WIDTH } })));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = CLASSES })));
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = horn_sgd(NULL),
                                    .loss = horn_sparse_categorical_crossentropy(&logits) }));
    memset(numbers, 0, sizeof numbers);
    horn_weight w;
    float before[WIDTH * CLASSES];
    ck_ok(horn_model_get_weight(&w, m, 0));
    memcpy(before, w.view.data, sizeof before);
    ck_ok(horn_model_train_on_batch(&logs, m, &x, &y));
    ck_assert(horn_logs_get(&logs, "loss") == 0);
    ck_assert_mem_eq(before, w.view.data, sizeof before);
    horn_model_free(m);
}
END_TEST

/* Stops in the midst of an epoch, where the rows so far and those that count are two numbers. */
typedef struct stopper {
    horn_callback base;
    const char *path;
} stopper;

static horn_status stop(horn_callback *c, const horn_progress *p, const horn_logs *logs)
{
    (void)logs;
    if (p->epoch != 1 || p->batch != 2) return HORN_OK;
    ck_ok(horn_model_save(p->model, ((stopper *)c)->path, &(horn_save_options){ .progress = true }));
    return HORN_INTERRUPTED;
}

START_TEST(test_masks__runs_resume)
{
    setup();
    char path[] = "/tmp/horn-masks-XXXXXX.h5";
    close(mkstemps(path, 3));
    horn_model *whole = make(MASKED, 2), *first = make(MASKED, 2), *second = make(MASKED, 2);
    stopper s = { { .on_batch_end = stop }, path };
    horn_callback *const list[] = { &s.base };
    horn_fit_options options = { .batch_size = 16, .epochs = 3 };
    ck_ok(horn_model_fit(NULL, whole, &x, &y, &options));
    options.callbacks = list, options.callback_count = 1;
    ck_assert_int_eq(horn_model_fit(NULL, first, &x, &y, &options), HORN_INTERRUPTED);
    ck_ok(horn_model_restore(second, path));
    options.callback_count = 0, options.resume = true;
    ck_ok(horn_model_fit(NULL, second, &x, &y, &options));
    ck_assert(distance(whole, second) == 0);
    for (size_t i = 0; i < 3; i++) {
        const horn_logs *a = horn_history_logs(horn_model_history(whole), i),
                        *b = horn_history_logs(horn_model_history(second), i);
        ck_assert_mem_eq(a->values, b->values, a->count * sizeof *a->values);
    }
    horn_model_free(whole), horn_model_free(first), horn_model_free(second);
    unlink(path);
}
END_TEST

/* A mask_value of 0 changes no value, so that nothing is left of the layer; of another one the product stays, which is no layer. */
START_TEST(test_masks__graphs_hold_any_mask_value)
{
    setup();
    char path[] = "/tmp/horn-masks-XXXXXX.pb";
    close(mkstemps(path, 3));
    for (int i = 0; i < 2; i++) {
        horn_model *m, *again;
        float out[2][SAMPLES * LENGTH * 2];
        ck_ok(horn_sequential_new(&m, NULL));
        ck_ok(horn_model_add(
            m, horn_masking(&(horn_masking_options){ .input_shape = { LENGTH, WIDTH }, .mask_value = -i })));
        ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 2 })));
        ck_ok(horn_model_save(m, path, NULL));
        if (i) {
            ck_fails(horn_model_load(&again, path, NULL), HORN_ERROR_UNSUPPORTED, "masking");
        } else {
            ck_ok(horn_model_load(&again, path, NULL));
            for (size_t k = 0; k < LINES * WIDTH; k++) numbers[k] += 1;
            ck_ok(horn_model_predict(out[0], SAMPLES * LENGTH * 2, m, &x, NULL));
            ck_ok(horn_model_predict(out[1], SAMPLES * LENGTH * 2, again, &x, NULL));
            ck_assert_mem_eq(out[0], out[1], sizeof out[0]);
            horn_model_free(again);
        }
        horn_model_free(m);
    }
    unlink(path);
}
END_TEST

START_TEST(test_masks__a_softmax_layer_refuses_one)
{
    horn_model *m;
    ck_ok(horn_sequential_new(&m, NULL));
    ck_ok(horn_model_add(m, horn_masking(&(horn_masking_options){ .input_shape = { LENGTH, WIDTH } })));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 2, .activation = "softmax" })));
    ck_fails(horn_model_add(m, horn_softmax(NULL)), HORN_ERROR_UNSUPPORTED,
             "layer 'softmax' (Softmax): its input has a mask");
    horn_model_free(m);
}
END_TEST

TEST_MAIN(test_masks__compute_as_the_positions_that_count_alone, test_masks__meet_weights_and_reductions,
          test_masks__are_the_same_bits_for_any_threads, test_masks__epochs_are_means_of_batches,
          test_masks__custom_layers_make_and_pass_them, test_masks__end_at_layers_that_mix_positions,
          test_masks__a_batch_in_which_nothing_counts_changes_nothing, test_masks__runs_resume,
          test_masks__graphs_hold_any_mask_value, test_masks__a_softmax_layer_refuses_one)
