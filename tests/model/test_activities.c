/* Activity regularizers: gradients are those of the loss, whatever is before and behind the layer. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <horn/horn.h>

enum { N = 70, PIXELS = 72, CLASSES = 3 };

static float x_data[N * PIXELS];
static uint8_t y_data[N];
static const horn_view x = { .data = x_data, .dtype = HORN_FLOAT32, .rank = 4, .shape = { N, 6, 6, 2 } };
static const horn_view y = { .data = y_data, .dtype = HORN_UINT8, .rank = 1, .shape = { N } };

#define L1L2(l1, l2) \
    "\"activity_regularizer\": {\"class_name\": \"L1L2\", \"config\": {\"l1\": " l1 ", \"l2\": " l2 "}}"
#define LAYER(class, arguments) "{\"class_name\": \"" class "\", \"config\": {" arguments "}}"
#define MODEL(layers)           "{\"class_name\": \"Sequential\", \"config\": {\"layers\": [" layers "]}}"
#define INPUT                   LAYER("InputLayer", "\"batch_input_shape\": [null, 6, 6, 2], \"name\": \"i\"")

static const char *const models[] = {
    /* ReLUs that are fused with the layers around them, views, softmax at the loss. */
    MODEL(INPUT ", " LAYER(
        "Conv2D",
        "\"filters\": 3, \"kernel_size\": 3, \"activation\": "
        "\"relu\", " L1L2(
            "0.2",
            "0.3")) ", " LAYER("MaxPooling2D",
                               L1L2(
                                   "0.1",
                                   "0.05")) ", " LAYER("Conv2D",
                                                       "\"filters\": 4, \"kernel_size\": 1, \"activation\": "
                                                       "\"tanh\", " L1L2(
                                                           "0.1",
                                                           "0.0")) ", " LAYER("Flatten",
                                                                              L1L2(
                                                                                  "0.0",
                                                                                  "0.2")) ", " LAYER("Dense",
                                                                                                     "\"units"
                                                                                                     "\": 3, "
                                                                                                     "\"activ"
                                                                                                     "ation\""
                                                                                                     ": "
                                                                                                     "\"softm"
                                                                                                     "ax\","
                                                                                                     " " L1L2(
                                                                                                         "0."
                                                                                                         "0",
                                                                                                         "0."
                                                                                                         "5"))),
    /* In place activations behind them, and a layer that couples the batch. */
    MODEL(INPUT ", " LAYER("ActivityRegularization", "\"l1\": 0.01, \"l2\": 0.02") ", " LAYER("Flatten", L1L2("0.05", "0.0")) ", " LAYER(
        "Dense",
        "\"units\": 5, " L1L2(
            "0.0",
            "0.3")) ", " LAYER("Activation",
                               "\"activation\": \"sigmoid\"") ", " LAYER("ActivityRegularization",
                                                                         "\"l2\": 0.4") ", " LAYER("Batch"
                                                                                                   "Norma"
                                                                                                   "lizat"
                                                                                                   "ion",
                                                                                                   L1L2(
                                                                                                       "0"
                                                                                                       "."
                                                                                                       "1",
                                                                                                       "0"
                                                                                                       "."
                                                                                                       "1")) ", " LAYER("Activation",
                                                                                                                        "\"activation\": \"relu\", " L1L2(
                                                                                                                            "0.3",
                                                                                                                            "0.0")) ", " LAYER("Dense",
                                                                                                                                               "\"units\": 3, \"activation\": \"softmax\"") ", " LAYER("ActivityRegularization",
                                                                                                                                                                                                       "\"l1\": 0.2, \"l2\": 0.1")),
};

static horn_model *make(const char *json, int threads, double rate)
{
    char path[] = "/tmp/horn-test-XXXXXX.json";
    horn_model *m;
    const int file = mkstemps(path, 5);
    ck_assert_int_eq((int)write(file, json, strlen(json)), (int)strlen(json));
    close(file);
    ck_ok(horn_model_load(&m, path, &(horn_load_options){ .threads = threads, .seed = 3 }));
    unlink(path);
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = horn_sgd(&(horn_sgd_options){ .learning_rate = rate }),
                                    .loss = horn_loss_by_name("sparse_categorical_crossentropy") }));
    return m;
}

static double loss_of_step(horn_model *m)
{
    horn_logs logs;
    ck_ok(horn_model_train_on_batch(&logs, m, &x, &y));
    return horn_logs_get(&logs, "loss");
}

static float *weight(horn_model *m, size_t index, size_t *count)
{
    static float values[2][1000];
    static int next;
    horn_weight w;
    ck_ok(horn_model_get_weight(&w, m, index));
    *count = horn_view_count(&w.view);
    float *copy = values[next++ % 2];
    ck_assert_uint_le(*count, 1000);
    memcpy(copy, w.view.data, *count * sizeof *copy);
    return copy;
}

/* The loss of a step at rate 0, with one value of a weight moved. */
static double moved(horn_model *still, size_t index, float *values, size_t at, float by)
{
    horn_weight w;
    const float before = values[at];
    ck_ok(horn_model_get_weight(&w, still, index));
    horn_view view = w.view;
    view.data = values;
    values[at] += by;
    ck_ok(horn_model_set_weight(still, index, &view));
    const double loss = loss_of_step(still);
    values[at] = before;
    ck_ok(horn_model_set_weight(still, index, &view));
    return loss;
}

static void check_gradient(const char *json, size_t index)
{
    size_t count;
    horn_model *m = make(json, 2, 1), *still = make(json, 2, HORN_ZERO);
    float *before = weight(m, index, &count);
    (void)loss_of_step(m);
    float *after = weight(m, index, &count);
    for (size_t i = 0; i < count; i += count / 5 + 1) {
        const double slope =
            (moved(still, index, before, i, 0.002f) - moved(still, index, before, i, -0.002f)) / 0.004;
        ck_assert_msg(fabs(slope - (double)(before[i] - after[i])) < 0.004 + 0.01 * fabs(slope),
                      "weight %zu, value %zu: gradient %g, the loss has slope %g", index, i,
                      (double)(before[i] - after[i]), slope);
    }
    horn_model_free(m), horn_model_free(still);
}

static void fill(void)
{
    uint32_t state = 7;
    for (size_t i = 0; i < N * PIXELS; i++) {
        state = state * 1664525u + 1013904223u;
        x_data[i] = (float)(state >> 8) * 0x1p-23f - 1;
    }
    for (size_t i = 0; i < N; i++) y_data[i] = (uint8_t)(i % CLASSES);
}

START_TEST(test_activities__gradients_are_those_of_the_loss)
{
    fill();
    for (size_t k = 0; k < 2; k++)
        for (size_t index = 0; index < 4; index++) check_gradient(models[k], index);
}
END_TEST

/* Penalties are divided by the batch: the loss of twice the batch is the same. */
START_TEST(test_activities__penalties_do_not_depend_on_batch_or_threads)
{
    fill();
    for (size_t k = 0; k < 2; k++) {
        horn_model *one = make(models[k], 1, 0.1), *three = make(models[k], 3, 0.1);
        horn_logs whole, cut;
        ck_ok(horn_model_evaluate(&whole, one, &x, &y, &(horn_evaluate_options){ .batch_size = N }));
        ck_ok(horn_model_evaluate(&cut, one, &x, &y, &(horn_evaluate_options){ .batch_size = N / 7 }));
        ck_assert_double_eq_tol(horn_logs_get(&whole, "loss"), horn_logs_get(&cut, "loss"), 1e-6);
        for (int i = 0; i < 3; i++) ck_assert(loss_of_step(one) == loss_of_step(three));
        horn_model_free(one), horn_model_free(three);
    }
}
END_TEST

#define CONSTANT \
    "\"units\": 3, \"kernel_initializer\": {\"class_name\": \"Constant\", \"config\": {\"value\": 0.25}}"
#define END LAYER("Flatten", "") ", " LAYER("Dense", CONSTANT)

/* Steps of a TimeDistributed are samples: 6 of them divide a penalty by 6. */
START_TEST(test_activities__steps_are_samples)
{
    static const char *const pair[] = {
        MODEL(INPUT ", " LAYER("TimeDistributed",
                               "\"layer\": " LAYER("Dense", CONSTANT ", " L1L2("0.6", "1.2"))) ", " END),
        MODEL(INPUT ", " LAYER("Dense", CONSTANT ", " L1L2("0.1", "0.2")) ", " END),
    };
    fill();
    horn_model *steps = make(pair[0], 1, 0.1), *plain = make(pair[1], 1, 0.1);
    for (int i = 0; i < 3; i++) ck_assert_double_eq_tol(loss_of_step(steps), loss_of_step(plain), 1e-5);
    horn_model_free(steps), horn_model_free(plain);
}
END_TEST

TEST_MAIN(test_activities__steps_are_samples, test_activities__gradients_are_those_of_the_loss,
          test_activities__penalties_do_not_depend_on_batch_or_threads)
