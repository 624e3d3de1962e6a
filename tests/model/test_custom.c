/* Classes of a user's own, registered through the public headers: refused where they are not sound, and trained. */
#include "model/custom_run.h"

#include <pthread.h>

/* ---- registering ---- */

static void no_forward(const void *self, const horn_slice *s, const float *in, float *out)
{
    (void)self, (void)s, (void)in, (void)out;
}

START_TEST(test_custom__a_table_that_is_not_sound_is_refused)
{
    horn_layer_class l = mix_class;
    ck_fails(horn_register_layer(NULL), HORN_ERROR_ARGUMENT, "layer class: is NULL");
    l.forward = NULL;
    ck_fails(horn_register_layer(&l), HORN_ERROR_ARGUMENT, "layer class 'Mix': has no forward");
    l = mix_class, l.backward = NULL;
    ck_fails(horn_register_layer(&l), HORN_ERROR_ARGUMENT, "layer class 'Mix': has no backward");
    l = mix_class, l.describe = NULL;
    ck_fails(horn_register_layer(&l), HORN_ERROR_ARGUMENT, "layer class 'Mix': has no describe");
    l = mix_class, l.name = NULL;
    ck_fails(horn_register_layer(&l), HORN_ERROR_ARGUMENT, "layer class: has no name");
    horn_loss_class q = quartic_class;
    q.value = NULL;
    ck_fails(horn_register_loss(&q), HORN_ERROR_ARGUMENT, "loss class 'Quartic': has no value");
    ck_fails(horn_register_loss(NULL), HORN_ERROR_ARGUMENT, "loss class: is NULL");
    horn_metric_class w = within_class;
    w.sum = NULL;
    ck_fails(horn_register_metric(&w), HORN_ERROR_ARGUMENT, "metric class 'Within': has no sum");
    ck_fails(horn_register_metric(NULL), HORN_ERROR_ARGUMENT, "metric class: is NULL");
    horn_optimizer_class h = heavy_class;
    h.step = NULL;
    ck_fails(horn_register_optimizer(&h), HORN_ERROR_ARGUMENT, "optimizer class 'Heavy': has no step");
    ck_fails(horn_register_optimizer(NULL), HORN_ERROR_ARGUMENT, "optimizer class: is NULL");
    h = heavy_class, h.slots[1] = "velocity";
    ck_fails(horn_register_optimizer(&h), HORN_ERROR_ARGUMENT,
             "optimizer class 'Heavy': two slots are called 'velocity'");
    h.slots[1] = "a/b";
    ck_fails(horn_register_optimizer(&h), HORN_ERROR_ARGUMENT, "slot 1 is called 'a/b'");
}
END_TEST

START_TEST(test_custom__a_name_that_will_not_do_is_refused)
{
    static const char *const bad[] = { "", "a b", "1st", "a>b", "Layer/x", "caf\xc3\xa9" };
    static const char *const packages[] = { "", "a>b", "a/b", "a b" };
    horn_layer_class l = mix_class;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        l.name = bad[i];
        ck_fails(horn_register_layer(&l), HORN_ERROR_ARGUMENT, "its name is no name of a Python class");
    }
    l.name = "Mix";
    for (size_t i = 0; i < sizeof packages / sizeof *packages; i++) {
        l.package = packages[i];
        ck_fails(horn_register_layer(&l), HORN_ERROR_ARGUMENT, "layer class 'Mix': its package is '");
    }
    l = mix_class, l.name = "Dense";
    ck_fails(horn_register_layer(&l), HORN_ERROR_ARGUMENT,
             "layer class 'Dense': the name is taken by Keras' own");
    horn_optimizer_class h = heavy_class;
    h.name = "ADAM";
    ck_fails(horn_register_optimizer(&h), HORN_ERROR_ARGUMENT,
             "optimizer class 'ADAM': the name is taken by Keras' own");
    horn_loss_class q = quartic_class;
    q.name = "CategoricalCrossentropy";
    ck_fails(horn_register_loss(&q), HORN_ERROR_ARGUMENT, "the name is taken by Keras' own");
    horn_metric_class w = within_class;
    w.name = "BinaryAccuracy";
    ck_fails(horn_register_metric(&w), HORN_ERROR_ARGUMENT, "the name is taken by Keras' own");
}
END_TEST

START_TEST(test_custom__a_name_is_taken_once)
{
    static horn_layer_class other;
    static horn_metric_class within;
    other = mix_class, within = within_class;
    ck_ok(register_custom_classes());
    ck_ok(register_custom_classes()); /* the same tables again */
    ck_fails(horn_register_layer(&other), HORN_ERROR_ARGUMENT,
             "layer class 'demo>Mix': the name is taken by another class");
    ck_fails(horn_register_metric(&within), HORN_ERROR_ARGUMENT,
             "metric class 'demo>Within': the name is taken by another class");
    horn_layer *l = horn_custom_layer("Mix", NULL); /* by its own name */
    ck_assert_ptr_nonnull(l);
    horn_layer_free(l);
    other.package = "another", other.forward = no_forward;
    ck_ok(horn_register_layer(&other));
    ck_assert_ptr_null(horn_custom_layer("Mix", NULL)); /* of two packages */
    ck_assert_ptr_nonnull(strstr(horn_last_error(), "layer class 'Mix' is not known"));
    l = horn_custom_layer("another>Mix", NULL);
    ck_assert_ptr_nonnull(l);
    horn_layer_free(l);
}
END_TEST

static void *register_all(void *result)
{
    for (int i = 0; i < 50; i++) {
        *(horn_status *)result = register_custom_classes();
        horn_layer_free(horn_custom_layer("demo>Mix", NULL));
    }
    return NULL;
}

START_TEST(test_custom__any_thread_may_register)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    horn_status results[THREADS];
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, register_all, &results[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        ck_assert_int_eq(results[i], HORN_OK);
    }
}
END_TEST

/* ---- making ---- */

static void refuse_layer(const horn_custom_layer_options *o, const char *words)
{
    ck_assert_ptr_null(horn_custom_layer("demo>Mix", o));
    ck_assert_msg(strstr(horn_last_error(), words) != NULL, "says '%s'", horn_last_error());
}

START_TEST(test_custom__arguments_are_checked)
{
    ck_ok(register_custom_classes());
    refuse_layer(&(horn_custom_layer_options){ .arguments = { HORN_STRING("gain", "much") } },
                 "layer (demo>Mix): argument 'gain' is \"much\", expected a number");
    refuse_layer(&(horn_custom_layer_options){ .arguments = { HORN_INTEGER("shifted", 1) } },
                 "argument 'shifted' is 1, expected true or false");
    refuse_layer(&(horn_custom_layer_options){ .arguments = { HORN_INTEGER("gain", 0) } },
                 "argument 'gain' is 0, expected another number");
    refuse_layer(&(horn_custom_layer_options){ .name = "m", .arguments = { HORN_NUMBER("grain", 1) } },
                 "layer 'm' (demo>Mix): unknown argument 'grain'");
    ck_assert_ptr_null(horn_custom_loss("demo>Quartic",
                                        &(horn_custom_loss_options){ .arguments = { HORN_NUMBER("w", 1) } }));
    ck_assert_ptr_nonnull(strstr(horn_last_error(), "loss demo>Quartic: unknown argument 'w'"));
    ck_assert_ptr_null(horn_custom_optimizer("Light", NULL));
    ck_assert_ptr_nonnull(strstr(horn_last_error(), "optimizer 'Light' is not known"));
    ck_assert_ptr_nonnull(strstr(horn_last_error(), "horn_register_optimizer"));
}
END_TEST

static horn_weight_options one_weight, another_weight;
static horn_shape odd_output;

static horn_status odd_build(void *self, horn_build *b)
{
    (void)self;
    horn_status status = horn_build_weight(b, &one_weight);
    if (!status && another_weight.name) status = horn_build_weight(b, &another_weight);
    if (odd_output.rank) b->output = odd_output;
    return status;
}

static void refuse_build(const char *words)
{
    horn_model *m;
    ck_ok(horn_sequential_new(&m, NULL));
    const horn_custom_layer_options first = { .name = "odd", .input_shape = { 4 } };
    horn_status status = horn_model_add(m, horn_custom_layer("Odd", &first));
    ck_assert_int_ne(status, HORN_OK);
    ck_assert_ptr_nonnull(strstr(horn_last_error(), "layer 'odd' (Custom>Odd): "));
    ck_assert_msg(strstr(horn_last_error(), words) != NULL, "says '%s'", horn_last_error());
    horn_model_free(m);
}

START_TEST(test_custom__what_cannot_be_built_is_refused)
{
    static horn_layer_class odd;
    odd = swish_class, odd.name = "Odd", odd.build = odd_build;
    ck_ok(horn_register_layer(&odd));
    one_weight = (horn_weight_options){ .name = "w", .initializer = "oddly" };
    refuse_build("w: initializer 'oddly' is not known");
    one_weight = (horn_weight_options){ .name = "a/b" };
    refuse_build("its weight 0 is called 'a/b'");
    one_weight = (horn_weight_options){ .name = "w", .shape = { 2, { 3 } } };
    refuse_build("its w has no size on axis 1");
    one_weight = (horn_weight_options){ .name = "w", .shape = { 9, { 1 } } };
    refuse_build("its w has 9 axes");
    one_weight = another_weight = (horn_weight_options){ .name = "w" };
    refuse_build("two of its weights are called 'w'");
    another_weight.name = NULL;
    odd_output = (horn_shape){ 1, { 0 } };
    refuse_build("its output has no size on axis 0");
}
END_TEST

/* ---- training ---- */

/* d(loss) / d(weights), from a step of plain SGD, against differences of the loss. */
START_TEST(test_custom__gradients_are_the_slopes_of_the_loss)
{
    enum { MOST = 64 };
    setup();
    for (size_t i = 0;; i++) {
        horn_model *m = make(1, horn_sgd(&(horn_sgd_options){ .learning_rate = 1 }));
        horn_weight w;
        horn_logs high, low;
        float before[MOST], moved[MOST];
        if (i == horn_model_weight_count(m)) {
            ck_assert_uint_eq(i, 2 + 3 + 1 + 2);
            horn_model_free(m);
            break;
        }
        ck_ok(horn_model_get_weight(m, i, &w));
        const size_t n = horn_view_count(&w.view);
        memcpy(before, w.view.data, n * sizeof *before);
        for (size_t k = 0; k < n; k++) {
            const float step = 0x1p-7f;
            memcpy(moved, before, sizeof moved);
            const horn_view v = { .data = moved,
                                  .dtype = HORN_FLOAT32,
                                  .rank = w.view.rank,
                                  .shape = { w.view.shape[0], w.view.shape[1] } };
            moved[k] = before[k] + step;
            ck_ok(horn_model_set_weight(m, i, &v));
            ck_ok(horn_model_evaluate(m, &x, &y, &(horn_evaluate_options){ .batch_size = SAMPLES }, &high));
            moved[k] = before[k] - step;
            ck_ok(horn_model_set_weight(m, i, &v));
            ck_ok(horn_model_evaluate(m, &x, &y, &(horn_evaluate_options){ .batch_size = SAMPLES }, &low));
            const double slope = (high.values[0] - low.values[0]) / (2 * (double)step);
            moved[k] = before[k];
            ck_ok(horn_model_set_weight(m, i, &v));
            horn_model *trained = make(1, horn_sgd(&(horn_sgd_options){ .learning_rate = 1 }));
            horn_weight after;
            ck_ok(horn_model_train_on_batch(trained, &x, &y, NULL));
            ck_ok(horn_model_get_weight(trained, i, &after));
            const double gradient = (double)before[k] - (double)((const float *)after.view.data)[k];
            const double expected = w.trainable ? slope : 0;
            ck_assert_msg(fabs(gradient - expected) <= 2e-3 * fmax(1, fabs(slope)),
                          "%s/%s %zu: %g, expected %g", w.layer, w.name, k, gradient, expected);
            horn_model_free(trained);
        }
        horn_model_free(m);
    }
    cleanup();
}
END_TEST

START_TEST(test_custom__training_lowers_the_loss_and_tells_the_metric)
{
    setup();
    horn_model *m = make(2, make_heavy());
    horn_logs before, after;
    float out[SAMPLES * OUTPUTS];
    ck_ok(horn_model_evaluate(m, &x, &y, NULL, &before));
    ck_ok(fit(m));
    ck_ok(horn_model_evaluate(m, &x, &y, NULL, &after));
    ck_assert_double_lt(horn_logs_get(&after, "loss"), horn_logs_get(&before, "loss"));
    ck_ok(horn_model_predict(m, &x, NULL, out, SAMPLES * OUTPUTS));
    double loss = 0, within = 0;
    for (size_t i = 0; i < SAMPLES * OUTPUTS; i++) {
        loss += 2 * pow((double)out[i] - (double)y_data[i], 4) / (SAMPLES * OUTPUTS);
        within += (fabsf(out[i] - y_data[i]) < 0.5f) / (double)(SAMPLES * OUTPUTS);
    }
    ck_assert_double_eq_tol(horn_logs_get(&after, "loss"), loss, 1e-6);
    ck_assert_double_eq_tol(horn_logs_get(&after, "within"), within, 1e-6);
    ck_assert_str_eq(horn_model_optimizer(m), "demo>Heavy");
    horn_model_free(m);
    cleanup();
}
END_TEST

START_TEST(test_custom__threads_change_no_bit)
{
    setup();
    for (int threads = 1; threads <= 4; threads++) {
        char name[32];
        horn_model *m = make(threads, make_heavy());
        ck_ok(fit(m));
        snprintf(name, sizeof name, "%d.h5", threads);
        ck_ok(horn_model_save(m, in_folder(name), NULL));
        horn_model_free(m);
        if (threads > 1) assert_same_files(in_folder("1.h5"), in_folder(name));
    }
    cleanup();
}
END_TEST

/* ---- random numbers ---- */

static float drawn[SAMPLES]; /* the first number of each sample of a step with one thread */
static size_t drawn_count;

static void noise_forward(const void *self, const horn_slice *s, const float *in, float *out)
{
    (void)self;
    memcpy(out, in, s->rows * s->input * sizeof *out);
    for (size_t row = 0; s->training && row < s->rows; row++) {
        horn_slice_uniforms(s, row, s->input, s->scratch);
        if (drawn_count < SAMPLES) drawn[drawn_count++] = s->scratch[0];
        for (size_t i = 0; i < s->input; i++) out[row * s->input + i] += s->scratch[i] - 0.5f;
    }
}

static void noise_backward(const void *self, const horn_slice *s, const float *in, const float *dy, float *dx)
{
    (void)self, (void)in;
    if (dx) memcpy(dx, dy, s->rows * s->input * sizeof *dx);
}

static horn_status noise_build(void *self, horn_build *b)
{
    (void)self;
    b->scratch = b->input.size[0];
    return HORN_OK;
}

static double noisy_loss(int threads, int steps)
{
    horn_model *m;
    horn_logs logs;
    ck_ok(register_custom_classes());
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .seed = 3, .threads = threads }));
    ck_ok(
        horn_model_add(m, horn_dense(&(horn_dense_options){ .units = OUTPUTS, .input_shape = { INPUTS } })));
    ck_ok(horn_model_add(m, horn_custom_layer("Noise", NULL)));
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = horn_sgd(&(horn_sgd_options){ .learning_rate = HORN_ZERO }),
                                    .loss = horn_custom_loss("Quartic", NULL) }));
    for (int i = 0; i < steps; i++) ck_ok(horn_model_train_on_batch(m, &x, &y, &logs));
    const double loss = horn_logs_get(&logs, "loss");
    horn_model_free(m);
    return loss;
}

START_TEST(test_custom__random_numbers_are_of_the_sample_and_the_step)
{
    static const horn_layer_class noise = {
        .name = "Noise", .build = noise_build, .forward = noise_forward, .backward = noise_backward
    };
    setup();
    ck_ok(horn_register_layer(&noise));
    const double loss = noisy_loss(1, 1);
    ck_assert_uint_eq(drawn_count, SAMPLES);
    for (size_t i = 0; i < SAMPLES; i++)
        for (size_t k = 0; k < i; k++) ck_assert_float_ne(drawn[i], drawn[k]);
    ck_assert_double_eq(loss, noisy_loss(3, 1));
    ck_assert_double_ne(noisy_loss(1, 1), noisy_loss(1, 2)); /* with the same weights */
    cleanup();
}
END_TEST

TEST_MAIN(test_custom__any_thread_may_register, test_custom__a_table_that_is_not_sound_is_refused,
          test_custom__a_name_that_will_not_do_is_refused, test_custom__a_name_is_taken_once,
          test_custom__arguments_are_checked, test_custom__what_cannot_be_built_is_refused,
          test_custom__gradients_are_the_slopes_of_the_loss,
          test_custom__training_lowers_the_loss_and_tells_the_metric, test_custom__threads_change_no_bit,
          test_custom__random_numbers_are_of_the_sample_and_the_step)
