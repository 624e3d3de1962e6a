/* Training with classes of a user's own: gradients, sums, threads, random numbers. */
#include "model/custom_run.h"

/* The loss where number k of weight i is moved by so much. */
static double loss_at(horn_model *m, size_t i, size_t k, float moved_by)
{
    enum { MOST = 64 };
    horn_weight w;
    horn_logs logs;
    float moved[MOST], before[MOST];
    ck_ok(horn_model_get_weight(&w, m, i));
    horn_view v = w.view;
    memcpy(before, w.view.data, horn_view_count(&v) * sizeof *before);
    memcpy(moved, before, horn_view_count(&v) * sizeof *before);
    moved[k] += moved_by;
    v.data = moved;
    ck_ok(horn_model_set_weight(m, i, &v));
    ck_ok(horn_model_evaluate(&logs, m, &x, &y, &(horn_evaluate_options){ .batch_size = SAMPLES }));
    v.data = before;
    ck_ok(horn_model_set_weight(m, i, &v));
    return horn_logs_get(&logs, "loss");
}

/* d(loss) / d(weights), from a step of plain SGD, against differences of the loss. */
START_TEST(test_custom_training__gradients_are_the_slopes_of_the_loss)
{
    const float step = 0x1p-7f;
    setup();
    horn_model *m = make(1, horn_sgd(&(horn_sgd_options){ .learning_rate = 1 }));
    horn_model *trained = make(1, horn_sgd(&(horn_sgd_options){ .learning_rate = 1 }));
    ck_ok(horn_model_train_on_batch(NULL, trained, &x, &y));
    ck_assert_uint_eq(horn_model_weight_count(m), 2 + 3 + 1 + 2);
    for (size_t i = 0; i < horn_model_weight_count(m); i++) {
        horn_weight w, after;
        ck_ok(horn_model_get_weight(&w, m, i));
        ck_ok(horn_model_get_weight(&after, trained, i));
        for (size_t k = 0; k < horn_view_count(&w.view); k++) {
            const double slope = (loss_at(m, i, k, step) - loss_at(m, i, k, -step)) / (2 * (double)step);
            const float *before = w.view.data, *now = after.view.data;
            const double gradient = (double)before[k] - (double)now[k], expected = w.trainable ? slope : 0;
            ck_assert_msg(fabs(gradient - expected) <= 2e-3 * fmax(1, fabs(slope)),
                          "%s/%s %zu: %g, expected %g", w.layer, w.name, k, gradient, expected);
        }
    }
    horn_model_free(m);
    horn_model_free(trained);
    cleanup();
}
END_TEST

/* ---- losses of labels ---- */

/* 1 - p of the label, of each row: of each position, where outputs have two axes */
static double missed_value(const void *self, const horn_comparison *c, float *gradient)
{
    double sum = 0;
    (void)self;
    ck_assert_ptr_null(c->targets);
    for (size_t row = 0; row < c->rows; row++) {
        sum += 1 - (double)c->outputs[row * c->columns + (size_t)c->labels[row]];
        for (size_t i = 0; gradient && i < c->columns; i++)
            gradient[row * c->columns + i] = (int32_t)i == c->labels[row] ? -1 : 0;
    }
    return sum;
}

static double first_sum(const horn_comparison *c)
{
    double sum = 0;
    for (size_t row = 0; row < c->rows; row++) sum += c->labels[row] == 0;
    return sum;
}

START_TEST(test_custom_training__a_loss_may_take_labels)
{
    static const horn_loss_class missed = { .name = "Missed",
                                            .targets = HORN_TARGETS_LABELS,
                                            .value = missed_value };
    static const horn_metric_class first = { .name = "First",
                                             .targets = HORN_TARGETS_LABELS,
                                             .sum = first_sum };
    static int32_t labels[SAMPLES];
    const horn_view l = { .data = labels, .dtype = HORN_INT32, .rank = 1, .shape = { SAMPLES } };
    horn_model *m;
    horn_logs logs, after;
    float out[SAMPLES * OUTPUTS];
    double sum = 0;
    setup();
    ck_ok(horn_register_loss(&missed));
    ck_ok(horn_register_metric(&first));
    for (size_t i = 0; i < SAMPLES; i++) labels[i] = (int32_t)(i % OUTPUTS);
    ck_ok(horn_sequential_new(&m, NULL));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){
                                .units = OUTPUTS, .activation = "softmax", .input_shape = { INPUTS } })));
    ck_ok(horn_model_compile(m, &(horn_compile_options){ .loss = horn_custom_loss("Missed", NULL),
                                                         .metrics = { horn_metric_by_name("Custom>First"),
                                                                      horn_metric_by_name("accuracy") } }));
    ck_ok(horn_model_predict(out, SAMPLES * OUTPUTS, m, &x, NULL));
    for (size_t i = 0; i < SAMPLES; i++)
        sum += 1 - (double)out[i * OUTPUTS + i % OUTPUTS]; /* of the softmax, which stays */
    ck_ok(horn_model_train_on_batch(&logs, m, &x, &l));
    ck_assert_double_eq_tol(horn_logs_get(&logs, "loss"), sum / SAMPLES, 1e-6);
    ck_assert_double_eq_tol(horn_logs_get(&logs, "first"), 21.0 / SAMPLES, 1e-9);
    ck_ok(horn_model_evaluate(&after, m, &x, &l, NULL));
    ck_assert_double_lt(horn_logs_get(&after, "loss"), horn_logs_get(&logs, "loss"));
    ck_fails(horn_model_train_on_batch(NULL, m, &x, &y), HORN_ERROR_SHAPE, "y has samples of shape (3,)");
    horn_model_free(m);
    cleanup();
}
END_TEST

START_TEST(test_custom_training__training_lowers_the_loss_and_tells_the_metric)
{
    setup();
    horn_model *m = make(2, make_heavy());
    horn_logs before, after;
    float out[SAMPLES * OUTPUTS];
    ck_ok(horn_model_evaluate(&before, m, &x, &y, NULL));
    ck_ok(fit(m));
    ck_ok(horn_model_evaluate(&after, m, &x, &y, NULL));
    ck_assert_double_lt(horn_logs_get(&after, "loss"), horn_logs_get(&before, "loss"));
    ck_ok(horn_model_predict(out, SAMPLES * OUTPUTS, m, &x, NULL));
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

START_TEST(test_custom_training__threads_change_no_bit)
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

static void noise_forward(const void *self, const horn_slice *s, const horn_tensor *in, horn_tensor *out)
{
    (void)self;
    const size_t n = horn_shape_count(&in->shape);
    memcpy(out->data, in->data, in->rows * n * sizeof *out->data);
    for (size_t row = 0; s->training && row < in->rows; row++) {
        horn_slice_uniforms(s->scratch, n, s, row);
        if (drawn_count < SAMPLES) drawn[drawn_count++] = s->scratch[0];
        for (size_t i = 0; i < n; i++) out->data[row * n + i] += s->scratch[i] - 0.5f;
    }
}

static void noise_backward(const void *self, const horn_slice *s, const horn_tensor *in,
                           const horn_tensor *dy, horn_tensor *dx)
{
    (void)self, (void)s;
    if (dx) memcpy(dx->data, dy->data, horn_tensor_count(in) * sizeof *dx->data);
}

static horn_status noise_place(const void *self, horn_call *c)
{
    (void)self;
    c->scratch = c->inputs->dim[0];
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
    for (int i = 0; i < steps; i++) ck_ok(horn_model_train_on_batch(&logs, m, &x, &y));
    const double loss = horn_logs_get(&logs, "loss");
    horn_model_free(m);
    return loss;
}

START_TEST(test_custom_training__random_numbers_are_of_the_sample_and_the_step)
{
    static const horn_layer_class noise = {
        .name = "Noise", .place = noise_place, .forward = noise_forward, .backward = noise_backward
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

TEST_MAIN(test_custom_training__gradients_are_the_slopes_of_the_loss,
          test_custom_training__a_loss_may_take_labels,
          test_custom_training__training_lowers_the_loss_and_tells_the_metric,
          test_custom_training__threads_change_no_bit,
          test_custom_training__random_numbers_are_of_the_sample_and_the_step)
