/* A model in the hands of two threads, or of a callback of its own: what it gives is right, or HORN_ERROR_BUSY. */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include "model/small_run.h"

enum { ROUNDS = 150, HAMMERS = 3 };

/* Two sets of weights; a call under way sees one of them, never a mixture. */
static horn_model *shared;
static float expected[2][SAMPLES * CLASSES];
static horn_logs expected_logs[2];
static atomic_int right, busy, wrong;

static void note(horn_status status, bool is_right)
{
    if (status == HORN_ERROR_BUSY)
        atomic_fetch_add(&busy, strstr(horn_last_error(), "another thread") != NULL);
    else
        atomic_fetch_add(status == HORN_OK && is_right ? &right : &wrong, 1);
}

static void *hammer(void *argument)
{
    const size_t own = (size_t)argument;
    float *out = calloc(SAMPLES * CLASSES, sizeof *out);
    for (size_t i = 0; i < ROUNDS; i++) {
        horn_logs logs = { 0 };
        horn_status status = horn_model_predict(out, SAMPLES * CLASSES, shared, &x, NULL);
        note(status, memcmp(out, expected[0], sizeof expected[0]) == 0 ||
                         memcmp(out, expected[1], sizeof expected[1]) == 0);
        status = horn_model_evaluate(&logs, shared, &x, &y, NULL);
        note(status, status || logs.values[0] == expected_logs[0].values[0] ||
                         logs.values[0] == expected_logs[1].values[0]);
        note(set_bias(shared, (i + own) % 2), true);
    }
    free(out);
    return NULL;
}

START_TEST(test_busy__two_threads_get_what_is_right_or_are_told)
{
    pthread_t threads[HAMMERS];
    setup();
    shared = make_model(SGD, 1, 2);
    for (size_t i = 0; i < 2; i++) {
        ck_ok(set_bias(shared, i));
        ck_ok(horn_model_predict(expected[i], SAMPLES * CLASSES, shared, &x, NULL));
        ck_ok(horn_model_evaluate(&expected_logs[i], shared, &x, &y, NULL));
    }
    for (size_t i = 0; i < HAMMERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, hammer, (void *)i), 0);
    for (size_t i = 0; i < HAMMERS; i++) pthread_join(threads[i], NULL);
    ck_assert_int_eq(wrong, 0);
    ck_assert_int_gt(right, 0);
    ck_assert_int_eq(right + busy, HAMMERS * ROUNDS * 3);
    horn_model_free(shared);
    cleanup();
}
END_TEST

/* ---- a call that lasts: fit, held in a callback until the other thread has tried everything ---- */

typedef struct gate {
    horn_callback base;
    atomic_int held, open;
} gate;

static horn_status hold(horn_callback *self, const horn_progress *p)
{
    gate *g = (gate *)self;
    (void)p;
    atomic_store(&g->held, 1);
    while (!atomic_load(&g->open)) usleep(100);
    return HORN_OK;
}

static void *train(void *argument)
{
    horn_callback *c = argument;
    ck_ok(fit(shared, 1, false, &c, 1));
    return NULL;
}

#define is_busy(call) ck_fails(call, HORN_ERROR_BUSY, "model 'sequential' is in use by another thread")

static void try_everything(void)
{
    static float out[SAMPLES * CLASSES];
    const char *name;
    horn_weight weight;
    horn_view shaped;
    char *text;
    horn_callback *c =
        horn_model_checkpoint(&(horn_model_checkpoint_options){ .path = in_folder("c/{epoch}") });
    is_busy(horn_model_add(shared, horn_flatten(NULL)));
    is_busy(
        horn_model_compile(shared, &(horn_compile_options){ .optimizer = horn_sgd(NULL),
                                                            .loss = horn_categorical_crossentropy(NULL) }));
    is_busy(horn_model_set_learning_rate(shared, 1));
    is_busy(horn_model_summary(&text, shared));
    is_busy(horn_model_get_weight(&weight, shared, 0));
    is_busy(set_bias(shared, 0));
    is_busy(horn_model_fit(NULL, shared, &x, &y, NULL));
    is_busy(horn_model_profile(&text, shared));
    is_busy(horn_model_train_on_batch(NULL, shared, &x, &y));
    is_busy(horn_model_evaluate(NULL, shared, &x, &y, NULL));
    is_busy(horn_model_predict(out, SAMPLES * CLASSES, shared, &x, NULL));
    is_busy(horn_model_predict_shape(&shaped, shared, &x, 0));
    is_busy(horn_model_save(shared, in_folder("a.h5"), NULL));
    is_busy(horn_model_save_weights(shared, in_folder("a.h5"), NULL));
    is_busy(horn_model_load_weights(shared, in_folder("b.h5")));
    is_busy(horn_model_restore(shared, in_folder("b.h5")));
    is_busy(horn_model_checkpoint_resume(&name, c, shared, NULL));
    is_busy(horn_run_checksum(&(unsigned){ 0 }, shared, NULL));
    is_busy(horn_run_is_in(&(bool){ 0 }, shared, NULL, folder));
    is_busy(horn_model_set_input_divisor(shared, 1));
    is_busy(horn_model_set_class_names(shared, NULL, 0));
    is_busy(horn_model_reset_states(shared));
    horn_model_free(shared); /* nothing happens */
    horn_callback_free(c);
}

START_TEST(test_busy__nothing_gets_in_while_fit_runs)
{
    pthread_t thread;
    gate g = { .base = { .on_epoch_begin = hold } };
    setup();
    shared = make_model(RMSPROP, 1, 2);
    horn_model *alone = make_model(RMSPROP, 1, 2);
    ck_ok(fit(alone, 1, false, NULL, 0));
    ck_assert_int_eq(pthread_create(&thread, NULL, train, &g), 0);
    while (!atomic_load(&g.held)) usleep(100);
    try_everything();
    atomic_store(&g.open, 1);
    pthread_join(thread, NULL);
    assert_same_run(shared, alone); /* which also uses it again */
    horn_model_free(shared);
    horn_model_free(alone);
    cleanup();
}
END_TEST

/* ---- callbacks ---- */

static horn_status use_in_callback(horn_callback *self, const horn_progress *p, const horn_logs *logs)
{
    static float out[SAMPLES * CLASSES];
    horn_model *m = p->model;
    horn_callback *c = self->payload;
    horn_logs seen;
    horn_weight w;
    const char *name;
    char *text;
    (void)logs;
    ck_ok(horn_model_predict(out, SAMPLES * CLASSES, m, &x, NULL));
    ck_ok(horn_model_evaluate(&seen, m, &x, &y, NULL));
    ck_ok(horn_model_get_weight(&w, m, 3));
    ck_ok(horn_model_set_weight(m, 3, &w.view));
    ck_ok(horn_model_set_learning_rate(m, 0.01));
    ck_ok(horn_model_summary(&text, m));
    free(text);
    ck_ok(horn_model_save(m, in_folder("in-callback.h5"), NULL));
    ck_ok(horn_model_save_weights(m, in_folder("in-callback"), NULL));
    ck_ok(horn_model_load_weights(m, in_folder("in-callback.h5")));
#define is_in_use(call) ck_fails(call, HORN_ERROR_BUSY, "is in use by a call that has not returned")
    is_in_use(horn_model_fit(NULL, m, &x, &y, NULL));
    is_in_use(horn_model_compile(m, &(horn_compile_options){ .loss = horn_categorical_crossentropy(NULL) }));
    is_in_use(horn_model_add(m, horn_flatten(NULL)));
    is_in_use(horn_model_restore(m, in_folder("in-callback.h5")));
    is_in_use(horn_model_checkpoint_resume(&name, c, m, NULL));
    horn_model_free(m);
    return HORN_OK;
}

START_TEST(test_busy__callbacks_may_use_their_model)
{
    setup();
    horn_model *m = make_model(RMSPROP, 1, 2), *alone = make_model(RMSPROP, 1, 2);
    horn_callback *c =
        horn_model_checkpoint(&(horn_model_checkpoint_options){ .path = in_folder("c/{epoch}") });
    horn_callback user = { .payload = c, .on_batch_end = use_in_callback, .on_epoch_end = use_in_callback };
    horn_callback *callbacks[] = { &user };
    ck_ok(fit(m, 2, false, callbacks, 1));
    ck_ok(fit(alone, 2, false, NULL, 0));
    assert_same_run(m, alone);
    horn_callback_free(c);
    horn_model_free(m);
    horn_model_free(alone);
    cleanup();
}
END_TEST

/* A step from within a callback is a step more, as ever; a predict with a larger batch makes plans anew. */
static horn_status step_in_callback(horn_callback *self, const horn_progress *p)
{
    static float out[SAMPLES * CLASSES];
    (void)self;
    ck_ok(horn_model_predict(out, SAMPLES * CLASSES, p->model, &x, &(horn_predict_options){ SAMPLES }));
    ck_ok(horn_model_train_on_batch(NULL, p->model, &x, &y));
    return HORN_OK;
}

START_TEST(test_busy__callbacks_may_take_a_step)
{
    horn_callback user = { .on_epoch_begin = step_in_callback };
    horn_callback *c = &user;
    setup();
    horn_model *m = make_model(ADAM, 1, 2);
    ck_ok(fit(m, 2, false, &c, 1));
    ck_assert_int_eq(horn_model_step(m), 2 * (BATCHES + 1));
    horn_model_free(m);
    cleanup();
}
END_TEST

TEST_MAIN(test_busy__two_threads_get_what_is_right_or_are_told, test_busy__nothing_gets_in_while_fit_runs,
          test_busy__callbacks_may_use_their_model, test_busy__callbacks_may_take_a_step)
