#include "test.h"

#include <math.h>
#include <stdio.h>
#include <horn/callback.h>
#include <horn/model.h>

enum { SAMPLES = 300, INPUTS = 20, CLASSES = 5 };

static float x_data[SAMPLES * INPUTS];
static uint8_t y_data[SAMPLES];
static const horn_view x = { .data = x_data, .dtype = HORN_FLOAT32, .rank = 2, .shape = { SAMPLES, INPUTS } };
static const horn_view y = { .data = y_data, .dtype = HORN_UINT8, .rank = 1, .shape = { SAMPLES } };

/* Classes that a small network can learn: which of five groups of inputs is the strongest. */
static void make_data(void)
{
    uint32_t state = 12345;
    for (size_t i = 0; i < SAMPLES; i++) {
        y_data[i] = (uint8_t)(i * 7 % CLASSES);
        for (size_t k = 0; k < INPUTS; k++) {
            state = state * 1664525u + 1013904223u;
            x_data[i * INPUTS + k] = (float)(state >> 8) * 0x1p-24f + (k / 4 == y_data[i] ? 0.6f : 0);
        }
    }
}

static horn_model *make(uint64_t seed, int threads, bool softmax)
{
    horn_model *m;
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = seed, .threads = threads }));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){
                                .units = 33, .activation = "relu", .input_shape = { INPUTS } })));
    ck_ok(horn_model_add(m, horn_dropout(&(horn_dropout_options){ .rate = 0.2 })));
    ck_ok(horn_model_add(
        m, horn_dense(&(horn_dense_options){ .units = CLASSES, .activation = softmax ? "softmax" : NULL })));
    ck_ok(horn_model_compile(
        m,
        &(horn_compile_options){ .optimizer = horn_rmsprop(&(horn_rmsprop_options){ .learning_rate = 0.01 }),
                                 .loss = horn_sparse_categorical_crossentropy(
                                     &(horn_crossentropy_options){ .from_logits = !softmax }),
                                 .metrics = { horn_metric_by_name("accuracy") } }));
    return m;
}

static uint64_t hash_weights(horn_model *m)
{
    uint64_t hash = 14695981039346656037u;
    horn_weight w;
    for (size_t i = 0; i < horn_model_weight_count(m); i++) {
        ck_ok(horn_model_get_weight(&w, m, i));
        const unsigned char *bytes = w.view.data;
        for (size_t k = 0; k < horn_view_count(&w.view) * sizeof(float); k++)
            hash = (hash ^ bytes[k]) * 1099511628211u;
    }
    return hash;
}

START_TEST(test_fit__learns)
{
    make_data();
    for (int softmax = 0; softmax < 2; softmax++) {
        horn_model *m = make(1, 2, softmax);
        horn_logs before, after;
        ck_ok(horn_model_evaluate(&before, m, &x, &y, NULL));
        ck_ok(horn_model_fit(NULL, m, &x, &y, &(horn_fit_options){ .epochs = 40 }));
        ck_ok(horn_model_evaluate(&after, m, &x, &y, NULL));
        ck_assert_str_eq(after.names[0], "loss");
        ck_assert_double_gt(horn_logs_get(&after, "accuracy"), 0.9);
        ck_assert_double_lt(horn_logs_get(&before, "accuracy"), 0.5);
        ck_assert_double_lt(horn_logs_get(&after, "loss"), 0.5 * horn_logs_get(&before, "loss"));
        ck_assert(isnan(horn_logs_get(&after, "val_loss")));
        horn_model_free(m);
    }
}
END_TEST

START_TEST(test_fit__bits_do_not_depend_on_threads)
{
    make_data();
    uint64_t first = 0;
    static const int threads[] = { 1, 2, 3, 4, 8 };
    for (size_t i = 0; i < 5; i++) {
        horn_model *m = make(7, threads[i], false);
        ck_ok(horn_model_fit(NULL, m, &x, &y,
                             &(horn_fit_options){ .epochs = 2, .batch_size = 64, .validation_split = 0.25 }));
        if (i == 0) first = hash_weights(m);
        ck_assert_uint_eq(hash_weights(m), first);
        horn_model_free(m);
    }
    horn_model *other = make(8, 1, false);
    ck_ok(horn_model_fit(NULL, other, &x, &y,
                         &(horn_fit_options){ .epochs = 2, .batch_size = 64, .validation_split = 0.25 }));
    ck_assert(hash_weights(other) != first);
    horn_model_free(other);
}
END_TEST

START_TEST(test_fit__history_has_every_epoch_and_agrees_with_evaluate)
{
    make_data();
    horn_model *m = make(1, 2, false);
    horn_history *history;
    horn_logs logs;
    ck_ok(horn_model_fit(&history, m, &x, &y,
                         &(horn_fit_options){ .epochs = 3, .batch_size = 64, .validation_split = 0.3 }));
    ck_assert_uint_eq(horn_history_epochs(history), 3);
    const horn_logs *last = horn_history_logs(history, 2);
    static const char *const names[] = { "loss", "accuracy", "val_loss", "val_accuracy" };
    ck_assert_uint_eq(last->count, 4);
    for (size_t i = 0; i < 4; i++) ck_assert_str_eq(last->names[i], names[i]);
    horn_view xv = horn_view_samples(&x, 210, 90), yv = horn_view_samples(&y, 210, 90);
    ck_ok(horn_model_evaluate(&logs, m, &xv, &yv, &(horn_evaluate_options){ .batch_size = 64 }));
    ck_assert_double_eq(horn_logs_get(last, "val_loss"), horn_logs_get(&logs, "loss"));
    ck_assert_double_eq(horn_logs_get(last, "val_accuracy"), horn_logs_get(&logs, "accuracy"));
    ck_assert_ptr_null(horn_history_logs(history, 3));
    horn_history_free(history);
    horn_model_free(m);
}
END_TEST

/* Figures are means over samples, not over batches: a short last batch counts by its size. */
START_TEST(test_fit__short_last_batch_counts_by_its_size)
{
    make_data();
    horn_model *m = make(1, 1, false);
    horn_logs all, small, a, b;
    ck_ok(horn_model_evaluate(&all, m, &x, &y, &(horn_evaluate_options){ .batch_size = 300 }));
    ck_ok(horn_model_evaluate(&small, m, &x, &y, &(horn_evaluate_options){ .batch_size = 290 }));
    horn_view xa = horn_view_samples(&x, 0, 290), ya = horn_view_samples(&y, 0, 290);
    horn_view xb = horn_view_samples(&x, 290, 10), yb = horn_view_samples(&y, 290, 10);
    ck_ok(horn_model_evaluate(&a, m, &xa, &ya, NULL));
    ck_ok(horn_model_evaluate(&b, m, &xb, &yb, NULL));
    ck_assert_double_eq_tol(small.values[0], all.values[0], 1e-6);
    ck_assert_double_eq_tol(small.values[0], (290 * a.values[0] + 10 * b.values[0]) / 300, 1e-6);
    ck_assert_double_eq_tol(small.values[1], (290 * a.values[1] + 10 * b.values[1]) / 300, 1e-12);
    horn_model_free(m);
}
END_TEST

START_TEST(test_fit__predict_gives_what_evaluate_counts)
{
    make_data();
    horn_model *m = make(3, 2, true);
    float *out = malloc(sizeof(float) * SAMPLES * CLASSES);
    horn_logs logs;
    size_t right = 0;
    double loss = 0;
    ck_ok(horn_model_fit(NULL, m, &x, &y, &(horn_fit_options){ .epochs = 5 }));
    ck_ok(horn_model_predict(out, SAMPLES * CLASSES, m, &x, &(horn_predict_options){ 77 }));
    ck_ok(horn_model_evaluate(&logs, m, &x, &y, &(horn_evaluate_options){ .batch_size = 77 }));
    for (size_t i = 0; i < SAMPLES; i++) {
        size_t best = 0;
        double sum = 0;
        for (size_t c = 0; c < CLASSES; c++) {
            sum += out[i * CLASSES + c];
            if (out[i * CLASSES + c] > out[i * CLASSES + best]) best = c;
        }
        ck_assert_double_eq_tol(sum, 1, 1e-5);
        right += best == y_data[i];
        loss -= log(out[i * CLASSES + y_data[i]]);
    }
    ck_assert_double_eq_tol(logs.values[0], loss / SAMPLES, 1e-5);
    ck_assert_double_eq(logs.values[1], (double)right / SAMPLES);
    ck_assert(horn_model_gives_probabilities(m, 0));
    free(out);
    horn_model_free(m);
}
END_TEST

/* A batch with both cuts, fit against the same steps by hand. */
START_TEST(test_fit__unshuffled_epoch_is_train_on_batch_in_order)
{
    make_data();
    horn_model *a = make(5, 2, false), *b = make(5, 1, false);
    ck_ok(horn_model_fit(NULL, a, &x, &y,
                         &(horn_fit_options){ .epochs = 1, .batch_size = 128, .no_shuffle = true }));
    for (size_t first = 0; first < SAMPLES; first += 128) {
        size_t n = SAMPLES - first < 128 ? SAMPLES - first : 128;
        horn_view xb = horn_view_samples(&x, first, n), yb = horn_view_samples(&y, first, n);
        ck_ok(horn_model_train_on_batch(NULL, b, &xb, &yb));
    }
    ck_assert_uint_eq(hash_weights(a), hash_weights(b));
    horn_model_free(a);
    horn_model_free(b);
}
END_TEST

static horn_status stop_after_second(horn_callback *self, const horn_progress *p, const horn_logs *logs)
{
    (void)logs;
    *(size_t *)self->payload = p->epoch;
    return p->epoch == 1 ? HORN_STOPPED : HORN_OK;
}

START_TEST(test_fit__callback_stops_training)
{
    make_data();
    size_t seen = 99;
    horn_callback stopper = { .payload = &seen, .on_epoch_end = stop_after_second };
    horn_callback *list[] = { &stopper };
    horn_history *history;
    horn_model *m = make(5, 2, false);
    ck_ok(horn_model_fit(&history, m, &x, &y,
                         &(horn_fit_options){ .epochs = 9, .callbacks = list, .callback_count = 1 }));
    ck_assert_uint_eq(seen, 1);
    ck_assert_uint_eq(horn_history_epochs(history), 2);
    horn_history_free(history);
    horn_model_free(m);
}
END_TEST

START_TEST(test_fit__refuses_data_that_does_not_fit)
{
    make_data();
    horn_model *m = make(5, 1, false);
    horn_logs logs;
    horn_view wide = {
        .data = x_data, .dtype = HORN_FLOAT32, .rank = 2, .shape = { SAMPLES / 2, INPUTS * 2 }
    };
    horn_view fewer = horn_view_samples(&y, 0, 299), rows = x;
    ck_fails(horn_model_evaluate(&logs, m, &wide, &y, NULL), HORN_ERROR_SHAPE,
             "x has samples of shape (40,), model 'sequential' takes (20,)");
    ck_fails(horn_model_evaluate(&logs, m, &x, &fewer, NULL), HORN_ERROR_SHAPE,
             "x has 300 samples, y has 299");
    ck_fails(horn_model_evaluate(&logs, m, &x, &rows, NULL), HORN_ERROR_SHAPE, "one class number for each");
    y_data[17] = CLASSES;
    ck_fails(horn_model_fit(NULL, m, &x, &y, NULL), HORN_ERROR_ARGUMENT,
             "label 5 of sample 17, model 'sequential' has the classes 0 to 4");
    y_data[17] = 0;
    ck_fails(horn_model_fit(NULL, m, &x, &y, &(horn_fit_options){ .validation_split = 0.999 }),
             HORN_ERROR_ARGUMENT, "validation_split");
    ck_fails(horn_model_fit(NULL, m, &x, &y, &(horn_fit_options){ .validation_split = 1 }),
             HORN_ERROR_ARGUMENT, "validation_split");
    ck_fails(horn_model_predict(x_data, 3, m, &x, NULL), HORN_ERROR_SHAPE, "300 samples give 1500");
    horn_model_free(m);
}
END_TEST

START_TEST(test_fit__model_says_what_is_missing)
{
    make_data();
    horn_model *m;
    ck_ok(horn_sequential_new(&m, NULL));
    ck_fails(horn_model_compile(
                 m, &(horn_compile_options){ .loss = horn_loss_by_name("categorical_crossentropy") }),
             HORN_ERROR_ARGUMENT, "no layers");
    ck_fails(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 3 })), HORN_ERROR_SHAPE,
             "needs an input_shape");
    ck_fails(horn_model_add(m, horn_dense(&(horn_dense_options){ .input_shape = { 3 } })), HORN_ERROR_FORMAT,
             "units");
    ck_ok(horn_model_add(
        m, horn_dense(&(horn_dense_options){ .units = 3, .name = "a", .input_shape = { INPUTS } })));
    ck_fails(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 3, .name = "a" })),
             HORN_ERROR_ARGUMENT, "twice");
    ck_fails(horn_model_compile(
                 m, &(horn_compile_options){ .optimizer = horn_sgd(&(horn_sgd_options){ .momentum = -1 }),
                                             .loss = horn_loss_by_name("categorical_crossentropy") }),
             HORN_ERROR_FORMAT, "momentum"); /* and not with the default */
    ck_fails(horn_model_fit(NULL, m, &x, &y, NULL), HORN_ERROR_ARGUMENT, "not compiled");
    horn_model_free(m);
}
END_TEST

/* One SGD step of learning rate 1 moves a weight by minus its gradient: held against differences of the loss.
 */
static void assert_gradient(horn_model *m, size_t index)
{
    horn_view xb = horn_view_samples(&x, 0, 40), yb = horn_view_samples(&y, 0, 40);
    horn_weight w;
    horn_logs up, down;
    ck_ok(horn_model_get_weight(&w, m, index));
    size_t n = horn_view_count(&w.view), k = n / 2;
    float *values = malloc(n * sizeof *values), before = ((const float *)w.view.data)[k];
    horn_view v = w.view;
    memcpy(values, w.view.data, n * sizeof *values);
    v.data = values;
    values[k] = before + 0.01f;
    ck_ok(horn_model_set_weight(m, index, &v));
    ck_ok(horn_model_evaluate(&up, m, &xb, &yb, NULL));
    values[k] = before - 0.01f;
    ck_ok(horn_model_set_weight(m, index, &v));
    ck_ok(horn_model_evaluate(&down, m, &xb, &yb, NULL));
    values[k] = before;
    ck_ok(horn_model_set_weight(m, index, &v));
    ck_ok(horn_model_train_on_batch(NULL, m, &xb, &yb));
    ck_assert_double_eq_tol(before - ((const float *)w.view.data)[k], (up.values[0] - down.values[0]) / 0.02,
                            2e-4);
    free(values);
}

START_TEST(test_fit__activations_behind_each_other_have_right_gradients)
{
    make_data();
    for (int flat = 0; flat < 2; flat++)
        for (int softmax = 0; softmax < 2; softmax++) {
            horn_model *m;
            ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 9, .threads = 1 }));
            ck_ok(horn_model_add(m, horn_activation(&(horn_activation_options){
                                        .activation = "tanh", .input_shape = { INPUTS } })));
            ck_ok(
                horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 11, .activation = "sigmoid" })));
            if (flat) ck_ok(horn_model_add(m, horn_flatten(NULL)));
            ck_ok(horn_model_add(m, horn_activation(&(horn_activation_options){ .activation = "tanh" })));
            ck_ok(horn_model_add(m, horn_activation(&(horn_activation_options){ .activation = "softplus" })));
            ck_ok(horn_model_add(
                m, horn_dense(&(horn_dense_options){ .units = CLASSES, .activation = "tanh" })));
            if (softmax)
                ck_ok(horn_model_add(m,
                                     horn_activation(&(horn_activation_options){ .activation = "softmax" })));
            horn_loss *loss =
                horn_sparse_categorical_crossentropy(&(horn_crossentropy_options){ .from_logits = !softmax });
            ck_ok(horn_model_compile(
                m, &(horn_compile_options){ .optimizer = horn_sgd(&(horn_sgd_options){ .learning_rate = 1 }),
                                            .loss = loss }));
            for (size_t i = 0; i < horn_model_weight_count(m); i++) assert_gradient(m, i);
            horn_model_free(m);
        }
}
END_TEST

START_TEST(test_fit__summary_is_keras_table)
{
    horn_model *m = make(5, 1, false);
    char *text;
    ck_ok(horn_model_summary(&text, m));
    /* printed by Keras 2.15 for the same model */
    ck_assert_str_eq(text, "Model: \"sequential\"\n"
                           "_________________________________________________________________\n"
                           " Layer (type)                Output Shape              Param #   \n"
                           "=================================================================\n"
                           " dense (Dense)               (None, 33)                693       \n"
                           "                                                                 \n"
                           " dropout (Dropout)           (None, 33)                0         \n"
                           "                                                                 \n"
                           " dense_1 (Dense)             (None, 5)                 170       \n"
                           "                                                                 \n"
                           "=================================================================\n"
                           "Total params: 863 (3.37 KB)\n"
                           "Trainable params: 863 (3.37 KB)\n"
                           "Non-trainable params: 0 (0.00 Byte)\n"
                           "_________________________________________________________________\n");
    free(text);
    horn_model_free(m);
}
END_TEST

TEST_MAIN(test_fit__learns, test_fit__bits_do_not_depend_on_threads,
          test_fit__history_has_every_epoch_and_agrees_with_evaluate,
          test_fit__short_last_batch_counts_by_its_size, test_fit__predict_gives_what_evaluate_counts,
          test_fit__unshuffled_epoch_is_train_on_batch_in_order, test_fit__callback_stops_training,
          test_fit__refuses_data_that_does_not_fit, test_fit__model_says_what_is_missing,
          test_fit__summary_is_keras_table, test_fit__activations_behind_each_other_have_right_gradients)
