/* Predictions after each way in which weights change: what inference prepares of weights must not outlive them. */
#include "test.h"

#include <unistd.h>

#include <horn/horn.h>

enum { BATCH = 4, SIDE = 8, CLASSES = 3 };

static float x_data[BATCH * SIDE * SIDE];
static uint8_t y_data[BATCH] = { 0, 1, 2, 0 };
static const horn_view x = { .data = x_data,
                             .dtype = HORN_FLOAT32,
                             .rank = 4,
                             .shape = { BATCH, SIDE, SIDE, 1 } },
                       y = { .data = y_data, .dtype = HORN_UINT8, .rank = 1, .shape = { BATCH } };

/* A kernel that is packed, one that is transformed, and one of one cell. */
static horn_model *build(uint64_t seed)
{
    static const size_t kernels[] = { 5, 3, 1 };
    horn_model *m;
    horn_crossentropy_options logits = { .from_logits = true };
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = seed, .threads = 2 }));
    for (size_t i = 0; i < 3; i++)
        ck_ok(horn_model_add(m, horn_conv2d(&(horn_conv2d_options){
                                    .filters = 32,
                                    .kernel_size = { kernels[i], kernels[i] },
                                    .padding = "same",
                                    .input_shape = { i ? 0 : SIDE, i ? 0 : SIDE, i ? 0 : 1 } })));
    ck_ok(horn_model_add(m, horn_flatten(NULL)));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = CLASSES })));
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = horn_sgd(&(horn_sgd_options){ .learning_rate = 0.1 }),
                                    .loss = horn_sparse_categorical_crossentropy(&logits) }));
    return m;
}

/* Of the model that is checked, from the start on. */
static horn_predictor *predictor;

/* Predicts as a new model does that has the same weights; else not as before. */
static void check(horn_model *m, float *before)
{
    horn_model *other = build(99);
    horn_weight w;
    float found[BATCH * CLASSES], wanted[BATCH * CLASSES];
    for (size_t i = 0; i < horn_model_weight_count(m); i++) {
        ck_ok(horn_model_get_weight(&w, m, i));
        ck_ok(horn_model_set_weight(other, i, &w.view));
    }
    for (int times = 0; times < 2; times++) {
        ck_ok(horn_model_predict(found, BATCH * CLASSES, m, &x, NULL));
        ck_ok(horn_model_predict(wanted, BATCH * CLASSES, other, &x, NULL));
        ck_assert_mem_eq(found, wanted, sizeof found);
        ck_ok(horn_predictor_predict(found, BATCH * CLASSES, predictor, &x, NULL));
        ck_assert_mem_eq(found, wanted, sizeof found);
    }
    ck_assert_mem_ne(found, before, sizeof found);
    memcpy(before, found, sizeof found);
    horn_model_free(other);
}

static horn_status predict_inside(horn_callback *self, const horn_progress *progress, const horn_logs *logs)
{
    float out[BATCH * CLASSES];
    (void)progress, (void)logs;
    return horn_model_predict(out, BATCH * CLASSES, self->payload, &x, NULL);
}

START_TEST(test_prepared__weights_change)
{
    float before[BATCH * CLASSES] = { 0 };
    char path[] = "/tmp/horn-test-XXXXXX.weights.h5";
    horn_model *m = build(1), *other = build(2);
    horn_weight w;
    for (size_t i = 0; i < BATCH * SIDE * SIDE; i++) x_data[i] = (float)(i * 37 % 101) / 101;
    ck_ok(horn_predictor_new(&predictor, m));
    check(m, before);
    for (size_t i = 0; i < horn_model_weight_count(m); i++) {
        ck_ok(horn_model_get_weight(&w, other, i));
        if (w.view.rank < 2) continue;
        ck_ok(horn_model_set_weight(m, i, &w.view));
        check(m, before);
    }
    ck_ok(horn_model_train_on_batch(NULL, m, &x, &y));
    check(m, before);
    /* Validation, and predictions within. */
    horn_callback inside = { .payload = m, .on_epoch_end = predict_inside };
    horn_callback *const all[] = { &inside };
    horn_fit_options options = { .epochs = 2, .batch_size = 2, .x_validation = &x, .y_validation = &y };
    options.callbacks = all, options.callback_count = 1;
    ck_ok(horn_model_fit(NULL, m, &x, &y, &options));
    check(m, before);
    close(mkstemps(path, (int)strlen(".weights.h5")));
    ck_ok(horn_model_save_weights(other, path, NULL));
    ck_ok(horn_model_load_weights(m, path));
    check(m, before);
    unlink(path);
    horn_predictor_free(predictor);
    horn_model_free(m);
    horn_model_free(other);
}
END_TEST

TEST_MAIN(test_prepared__weights_change)
