#include "test.h"

#include <horn/horn.h>

/* A convolution of one pixel by one weight, relu, the greatest of 2x2 pixels, perhaps another activation, and
 * two units. Where all is below 0, nothing reaches the weight. */
static horn_model *model_new(const char *behind)
{
    horn_model *m;
    ck_ok(horn_sequential_new(&m, &(horn_sequential_options){ .threads = 1 }));
    ck_ok(horn_model_add(m, horn_conv2d(&(horn_conv2d_options){ .filters = 1,
                                                                .kernel_size = { 1, 1 },
                                                                .no_bias = true,
                                                                .activation = "relu",
                                                                .kernel_initializer = "ones",
                                                                .input_shape = { 2, 2, 1 } })));
    ck_ok(horn_model_add(m, horn_max_pooling2d(NULL)));
    if (behind) ck_ok(horn_model_add(m, horn_activation(&(horn_activation_options){ .activation = behind })));
    ck_ok(horn_model_add(m, horn_flatten(NULL)));
    ck_ok(horn_model_add(m, horn_dense(&(horn_dense_options){ .units = 2 })));
    ck_ok(horn_model_compile(
        m, &(horn_compile_options){ .optimizer = horn_sgd(NULL),
                                    .loss = horn_sparse_categorical_crossentropy(
                                        &(horn_crossentropy_options){ .from_logits = true }) }));
    return m;
}

static bool learns(const char *behind, float pixel)
{
    float pixels[4] = { pixel, pixel, pixel, pixel }, weight;
    uint8_t label = 0;
    horn_weight kernel;
    const horn_view x = { .data = pixels, .dtype = HORN_FLOAT32, .rank = 4, .shape = { 1, 2, 2, 1 } };
    const horn_view y = { .data = &label, .dtype = HORN_UINT8, .rank = 1, .shape = { 1 } };
    horn_model *m = model_new(behind);
    ck_ok(horn_model_train_on_batch(NULL, m, &x, &y));
    ck_ok(horn_model_get_weight(&kernel, m, 0));
    weight = *(const float *)kernel.view.data;
    horn_model_free(m);
    return weight != 1;
}

START_TEST(test_relu_steps__what_relu_stops_stays_stopped)
{
    static const char *const behind[] = { NULL, "relu", "sigmoid", "tanh", "softplus" };
    for (size_t i = 0; i < sizeof behind / sizeof behind[0]; i++) {
        ck_assert_msg(learns(behind[i], 1), "behind: %s", behind[i] ? behind[i] : "nothing");
        ck_assert_msg(!learns(behind[i], -1), "behind: %s", behind[i] ? behind[i] : "nothing");
    }
}
END_TEST

TEST_MAIN(test_relu_steps__what_relu_stops_stays_stopped)
