/* Several threads predict by one model, each with a predictor: the bits of horn_model_predict, before and after its weights
 * change; while they change, HORN_ERROR_BUSY. */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>
#include <horn/predictor.h>
#include "model/small_run.h"

enum { THREADS = 4, ROUNDS = 100, OUTPUTS = SAMPLES * CLASSES };

static horn_model *shared;
/* Of the weights now, and of those that another thread sets meanwhile. */
static float expected[OUTPUTS], others[OUTPUTS];
static atomic_int right, wrong, busy;

static bool is_expected(const float *out)
{
    return memcmp(out, expected, sizeof expected) == 0 || memcmp(out, others, sizeof others) == 0;
}

static void *predict_often(void *predictor)
{
    float *out = calloc(OUTPUTS, sizeof *out);
    for (int i = 0; i < ROUNDS; i++) {
        memset(out, 0, OUTPUTS * sizeof *out);
        const horn_status status = horn_predictor_predict(out, OUTPUTS, predictor, &x, NULL);
        if (status == HORN_ERROR_BUSY) { /* once more */
            atomic_fetch_add(&busy, 1);
            usleep(10);
            i--;
        } else {
            atomic_fetch_add(!status && is_expected(out) ? &right : &wrong, 1);
        }
    }
    horn_predictor_free(predictor);
    free(out);
    return NULL;
}

static void start(pthread_t *thread)
{
    horn_predictor *p;
    ck_ok(horn_predictor_new(&p, shared));
    ck_assert_int_eq(pthread_create(thread, NULL, predict_often, p), 0);
}

START_TEST(test_predictor__threads_share_a_model)
{
    pthread_t threads[THREADS];
    float out[4];
    setup();
    shared = make_model(SGD, 1, 2);
    ck_ok(horn_model_predict(expected, OUTPUTS, shared, &x, NULL));
    for (int i = 0; i < THREADS; i++) start(&threads[i]);
    /* The model itself may predict meanwhile. */
    float *own = calloc(OUTPUTS, sizeof *own);
    for (int i = 0; i < ROUNDS; i++) {
        ck_ok(horn_model_predict(own, OUTPUTS, shared, &x, NULL));
        ck_assert_mem_eq(own, expected, sizeof expected);
        ck_ok(horn_model_evaluate(NULL, shared, &x, &y, NULL));
    }
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    ck_assert_int_eq(right, THREADS * ROUNDS);
    ck_assert_int_eq(wrong + busy, 0);
    horn_predictor *p;
    ck_ok(horn_predictor_new(&p, shared));
    ck_fails(horn_predictor_predict(out, 4, p, &x, NULL), HORN_ERROR_SHAPE, "out has room for 4 numbers");
    horn_predictor_free(p);
    free(own);
    horn_model_free(shared);
    cleanup();
}
END_TEST

static void check(horn_predictor *p, float *before)
{
    static float found[OUTPUTS];
    for (int i = 0; i < 2; i++) {
        ck_ok(horn_predictor_predict(found, OUTPUTS, p, &x, NULL));
        ck_ok(horn_model_predict(expected, OUTPUTS, shared, &x, NULL));
        ck_assert_mem_eq(found, expected, sizeof expected);
        ck_ok(horn_predictor_predict(found, OUTPUTS, p, &x, NULL));
        ck_assert_mem_eq(found, expected, sizeof expected);
    }
    if (before) ck_assert_mem_ne(found, before, sizeof found);
    if (before) memcpy(before, found, sizeof found);
}

START_TEST(test_predictor__sees_what_the_model_becomes)
{
    static float before[OUTPUTS];
    horn_predictor *p;
    setup();
    shared = make_model(MOMENTUM, 1, 1);
    ck_ok(horn_predictor_new(&p, shared));
    check(p, before);
    ck_ok(fit(shared, 2, false, NULL, 0));
    check(p, before);
    ck_ok(horn_model_train_on_batch(NULL, shared, &x, &y));
    check(p, before);
    horn_crossentropy_options logits = { .from_logits = true };
    ck_ok(horn_model_compile(
        shared, &(horn_compile_options){ .optimizer = horn_sgd(NULL),
                                         .loss = horn_sparse_categorical_crossentropy(&logits) }));
    check(p, NULL);
    ck_ok(fit(shared, 1, false, NULL, 0));
    check(p, before);
    horn_predictor_free(p);
    horn_model_free(shared);
    cleanup();
}
END_TEST

START_TEST(test_predictor__a_change_has_the_model_alone)
{
    pthread_t threads[THREADS];
    setup();
    shared = make_model(SGD, 1, 2);
    for (int i = 0; i < 2; i++) {
        ck_ok(set_bias(shared, i));
        ck_ok(horn_model_predict(i ? others : expected, OUTPUTS, shared, &x, NULL));
    }
    for (int i = 0; i < THREADS; i++) start(&threads[i]);
    for (int i = 0; right < THREADS * ROUNDS / 2; i++) {
        const horn_status status = set_bias(shared, i % 2);
        if (status) ck_fails(status, HORN_ERROR_BUSY, "a predictor of model 'sequential' works now");
        usleep(10);
    }
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    ck_assert_int_eq(wrong, 0);
    ck_assert_int_eq(right, THREADS * ROUNDS);
    ck_ok(set_bias(shared, 0));
    horn_model_free(shared);
    cleanup();
}
END_TEST

static horn_status predict_inside(horn_callback *self, const horn_progress *progress, const horn_logs *logs)
{
    (void)progress, (void)logs;
    ck_fails(horn_predictor_predict(expected, OUTPUTS, self->payload, &x, NULL), HORN_ERROR_BUSY,
             "model 'sequential' is in use by a call that may change it");
    return HORN_OK;
}

START_TEST(test_predictor__is_refused)
{
    horn_predictor *p = NULL;
    setup();
    ck_ok(horn_sequential_new(&shared, NULL));
    ck_fails(horn_predictor_new(&p, shared), HORN_ERROR_ARGUMENT, "is not built yet");
    ck_assert_ptr_null(p);
    horn_model_free(shared);
    shared = make_model(SGD, 1, 1);
    ck_ok(horn_predictor_new(&p, shared));
    horn_callback inside = { .payload = p, .on_epoch_end = predict_inside }, *all[] = { &inside };
    ck_ok(fit(shared, 1, false, all, 1));
    horn_predictor_free(p);
    horn_model_free(shared);
    cleanup();
}
END_TEST

TEST_MAIN(test_predictor__threads_share_a_model, test_predictor__sees_what_the_model_becomes,
          test_predictor__a_change_has_the_model_alone, test_predictor__is_refused)
