/* Keras' example of a network whose Dense acts on images, without a Flatten. */
#include "test.h"

#include <math.h>
#include <horn/model.h>

enum { SIDE = 224, OUT = 218, CLASSES = 10 };

static const char summary[] = "Model: \"sequential\"\n"
                              "_________________________________________________________________\n"
                              " Layer (type)                Output Shape              Param #   \n"
                              "=================================================================\n"
                              " conv2d (Conv2D)             (None, 222, 222, 32)      896       \n"
                              "                                                                 \n"
                              " conv2d_1 (Conv2D)           (None, 220, 220, 64)      18496     \n"
                              "                                                                 \n"
                              " conv2d_2 (Conv2D)           (None, 218, 218, 128)     73856     \n"
                              "                                                                 \n"
                              " dense (Dense)               (None, 218, 218, 10)      1290      \n"
                              "                                                                 \n"
                              "=================================================================\n"
                              "Total params: 94538 (369.29 KB)\n"
                              "Trainable params: 94538 (369.29 KB)\n"
                              "Non-trainable params: 0 (0.00 Byte)\n"
                              "_________________________________________________________________\n";

static horn_model *make(void)
{
    horn_model *m;
    ck_ok(horn_sequential_new(&m, NULL));
    for (size_t i = 0; i < 3; i++)
        ck_ok(horn_model_add(m, horn_conv2d(&(horn_conv2d_options){
                                    .filters = (size_t)32 << i,
                                    .kernel_size = { 3 },
                                    .activation = "relu",
                                    .input_shape = { i ? 0 : SIDE, i ? 0 : SIDE, i ? 0 : 3 } })));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = CLASSES, .activation = "softmax" })));
    ck_ok(horn_model_compile(m, &(horn_compile_options){ .loss = horn_sparse_categorical_crossentropy(NULL),
                                                         .optimizer = horn_sgd(NULL) }));
    return m;
}

START_TEST(test_image_example__has_the_summary_of_keras_and_trains)
{
    horn_model *m = make();
    char *text;
    horn_logs before, after;
    uint8_t *pixels = malloc(SIDE * SIDE * 3);
    int32_t *classes = malloc(OUT * OUT * sizeof *classes);
    for (size_t i = 0; i < SIDE * SIDE * 3; i++) pixels[i] = (uint8_t)(i * 2654435761u >> 24);
    for (size_t i = 0; i < OUT * OUT; i++) classes[i] = (int32_t)(i % CLASSES);
    ck_ok(horn_model_summary(&text, m));
    ck_assert_str_eq(text, summary);
    horn_view x = { pixels, HORN_UINT8, 4, { 1, SIDE, SIDE, 3 }, 255, NULL, NULL };
    horn_view y = { classes, HORN_INT32, 3, { 1, OUT, OUT }, 0, NULL, NULL };
    ck_ok(horn_model_train_on_batch(&before, m, &x, &y));
    ck_ok(horn_model_evaluate(&after, m, &x, &y, NULL));
    /* of ten classes with nothing to tell them by: log 10 */
    ck_assert_double_eq_tol(horn_logs_get(&before, "loss"), 2.303, 0.3);
    ck_assert_double_lt(horn_logs_get(&after, "loss"), horn_logs_get(&before, "loss"));
    free(text);
    free(pixels);
    free(classes);
    horn_model_free(m);
}
END_TEST

TEST_MAIN(test_image_example__has_the_summary_of_keras_and_trains)
