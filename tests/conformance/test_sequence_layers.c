/* Layers of sequences and volumes, transposed and separable convolutions, padding, cropping and upsampling with all combinations of
 * their arguments: config there and back, gradients, shapes. What they compute is compared with Keras in
 * tests/interop/image_layers.py. */
#include "test.h"

#include "conformance/check_layer.h"

static const char *const paddings[] = { "valid", "same", "causal" };
static const size_t steps[][2] = { { 1, 1 }, { 2, 1 }, { 3, 1 }, { 5, 1 }, { 1, 2 }, { 1, 3 } };

START_TEST(test_sequence_layers__conv1d_in_every_combination)
{
    for (size_t i = 0; i < (size_t)3 * 6 * 3 * 2; i++) {
        const size_t *s = steps[i / 3 % 6], kernel = 1 + i / 18 % 3;
        char json[300];
        snprintf(json, sizeof json,
                 "{\"name\": \"c\", \"filters\": 4, \"kernel_size\": [%zu], \"strides\": [%zu], \"padding\": "
                 "\"%s\", "
                 "\"dilation_rate\": [%zu], \"groups\": %zu, \"use_bias\": %s}",
                 kernel, s[0], paddings[i % 3], s[1], 1 + i / 54, i % 3 ? "true" : "false");
        check_layer("Conv1D", json, &(shape){ 2, { i % 2 ? 7 : 8, 4 } });
    }
}
END_TEST

START_TEST(test_sequence_layers__conv3d_in_many_combinations)
{
    static const size_t strides[][3] = { { 1, 1, 1 }, { 2, 1, 1 }, { 1, 2, 3 }, { 3, 1, 2 } };
    static const size_t kernels[][3] = { { 2, 2, 2 }, { 3, 1, 2 }, { 1, 2, 1 } };
    for (size_t i = 0; i < (size_t)2 * 4 * 3; i++) {
        const size_t *s = strides[i / 2 % 4], *k = kernels[i / 8];
        char json[300];
        snprintf(json, sizeof json,
                 "{\"name\": \"c\", \"filters\": 4, \"kernel_size\": [%zu, %zu, %zu], \"strides\": [%zu, "
                 "%zu, %zu], "
                 "\"padding\": \"%s\", \"groups\": %zu}",
                 k[0], k[1], k[2], s[0], s[1], s[2], paddings[i % 2], 1 + i % 3 % 2);
        check_layer("Conv3D", json, &(shape){ 4, { 4, 3, 3, 2 } });
    }
    check_layer("Conv3D",
                "{\"name\": \"c\", \"filters\": 2, \"kernel_size\": [2, 2, 1], \"dilation_rate\": [2, 1, 1]}",
                &(shape){ 4, { 4, 2, 2, 1 } });
    check_layer("Conv3D",
                "{\"name\": \"c\", \"filters\": 2, \"kernel_size\": [2, 1, 2], \"dilation_rate\": [1, 1, 2], "
                "\"padding\": \"same\"}",
                &(shape){ 4, { 3, 2, 4, 1 } });
}
END_TEST

START_TEST(test_sequence_layers__transposed_convolutions_in_many_combinations)
{
    static const char *const outputs[] = { "null", "[0, 0]", "[1, 0]" };
    static const size_t strides[][2] = { { 2, 1 }, { 3, 2 }, { 2, 4 } };
    for (size_t i = 0; i < (size_t)2 * 3 * 3 * 2; i++) {
        const size_t *s = strides[i / 6 % 3], kernel = 1 + i / 18 * 2;
        char json[300];
        snprintf(json, sizeof json,
                 "{\"name\": \"c\", \"filters\": 3, \"kernel_size\": [%zu, 3], \"strides\": [%zu, %zu], "
                 "\"padding\": "
                 "\"%s\", \"output_padding\": %s, \"use_bias\": %s}",
                 kernel, s[0], s[1], paddings[i % 2], outputs[i / 2 % 3], i % 3 ? "true" : "false");
        check_layer("Conv2DTranspose", json, &(shape){ 3, { 3, 2, 2 } });
    }
    check_layer("Conv2DTranspose",
                "{\"name\": \"c\", \"filters\": 2, \"kernel_size\": [2, 3], \"dilation_rate\": [2, 2]}",
                &(shape){ 3, { 3, 2, 2 } });
    check_layer(
        "Conv1DTranspose",
        "{\"name\": \"c\", \"filters\": 20, \"kernel_size\": [5], \"strides\": [2], \"padding\": \"same\"}",
        &(shape){ 2, { 6, 17 } });
    check_layer("Conv3DTranspose",
                "{\"name\": \"c\", \"filters\": 2, \"kernel_size\": [2, 2, 3], \"strides\": [2, 1, 1]}",
                &(shape){ 4, { 2, 2, 2, 1 } });
}
END_TEST

START_TEST(test_sequence_layers__separable_convolutions_in_many_combinations)
{
    for (size_t i = 0; i < (size_t)3 * 6 * 2; i++) {
        const size_t *s = steps[i / 3 % 6], multiplier = 1 + i / 18;
        char json[300];
        snprintf(json, sizeof json,
                 "{\"name\": \"c\", \"filters\": 3, \"kernel_size\": [2], \"strides\": [%zu], \"padding\": "
                 "\"%s\", "
                 "\"dilation_rate\": [%zu], \"depth_multiplier\": %zu, \"use_bias\": %s}",
                 s[0], paddings[i % 3], s[1], multiplier, i % 2 ? "true" : "false");
        check_layer("SeparableConv1D", json, &(shape){ 2, { 7, 2 } });
        if (i % 3 == 2) continue;
        snprintf(json, sizeof json,
                 "{\"name\": \"c\", \"kernel_size\": [2], \"strides\": [%zu], \"padding\": \"%s\", "
                 "\"dilation_rate\": [%zu], \"depth_multiplier\": %zu, \"use_bias\": %s}",
                 s[0], paddings[i % 3], s[1], multiplier, i % 2 ? "true" : "false");
        check_layer("DepthwiseConv1D", json, &(shape){ 2, { 7, 2 } });
        snprintf(json, sizeof json,
                 "{\"name\": \"c\", \"filters\": 3, \"kernel_size\": [2, 3], \"strides\": [%zu, %zu], "
                 "\"padding\": \"%s\", "
                 "\"dilation_rate\": [%zu, 1], \"depth_multiplier\": %zu}",
                 s[0], s[0], paddings[i % 3], s[1], multiplier);
        check_layer("SeparableConv2D", json, &(shape){ 3, { 5, 4, 2 } });
    }
}
END_TEST

START_TEST(test_sequence_layers__pooling_in_every_combination)
{
    static const size_t windows[][2] = {
        { 2, 2 }, { 2, 1 }, { 3, 2 }, { 1, 1 }, { 2, 3 }, { 5, 2 }, { 1, 4 }
    };
    for (size_t i = 0; i < (size_t)2 * 2 * 7; i++) {
        const size_t *w = windows[i / 4];
        char json[200];
        snprintf(json, sizeof json,
                 "{\"name\": \"p\", \"pool_size\": [%zu], \"strides\": [%zu], \"padding\": \"%s\"}", w[0],
                 w[1], paddings[i % 2]);
        check_layer(i / 2 % 2 ? "MaxPooling1D" : "AveragePooling1D", json, &(shape){ 2, { 6, 3 } });
        snprintf(
            json, sizeof json,
            "{\"name\": \"p\", \"pool_size\": [%zu, 2, 3], \"strides\": [%zu, 1, 2], \"padding\": \"%s\"}",
            w[0] > 3 ? 3 : w[0], w[1], paddings[i % 2]);
        check_layer(i / 2 % 2 ? "MaxPooling3D" : "AveragePooling3D", json, &(shape){ 4, { 3, 3, 4, 2 } });
    }
    static const char *const kinds[] = { "Max", "Average" };
    for (int i = 0; i < 4; i++) {
        char name[40], json[60];
        snprintf(json, sizeof json, "{\"name\": \"g\", \"keepdims\": %s}", i % 2 ? "true" : "false");
        snprintf(name, sizeof name, "Global%sPooling1D", kinds[i / 2]);
        check_layer(name, json, &(shape){ 2, { 7, 3 } });
        snprintf(name, sizeof name, "Global%sPooling3D", kinds[i / 2]);
        check_layer(name, json, &(shape){ 4, { 2, 3, 2, 3 } });
    }
}
END_TEST

START_TEST(test_sequence_layers__edges_and_sizes_in_every_form)
{
    check_layer("ZeroPadding1D", "{\"name\": \"z\", \"padding\": [2, 0]}", &(shape){ 2, { 3, 2 } });
    check_layer("Cropping1D", "{\"name\": \"z\", \"cropping\": [0, 2]}", &(shape){ 2, { 3, 2 } });
    check_layer("Cropping2D", "{\"name\": \"z\", \"cropping\": [[1, 0], [0, 2]]}",
                &(shape){ 3, { 3, 4, 2 } });
    check_layer("UpSampling1D", "{\"name\": \"u\", \"size\": 3}", &(shape){ 2, { 3, 2 } });
    check_layer("UpSampling2D", "{\"name\": \"u\", \"size\": [1, 3], \"interpolation\": \"nearest\"}",
                &(shape){ 3, { 3, 2, 2 } });
    check_layer("UpSampling2D", "{\"name\": \"u\", \"size\": [2, 3], \"interpolation\": \"bilinear\"}",
                &(shape){ 3, { 3, 1, 18 } });
    check_output("Cropping2D", "{}", &(shape){ 3, { 3, 4, 2 } }, &(shape){ 3, { 3, 4, 2 } });
    check_output("Cropping2D", "{\"cropping\": 1}", &(shape){ 3, { 3, 4, 2 } }, &(shape){ 3, { 1, 2, 2 } });
    check_output("Cropping1D", "{}", &(shape){ 2, { 3, 2 } }, &(shape){ 2, { 1, 2 } });
    check_output("ZeroPadding1D", "{\"padding\": 3}", &(shape){ 2, { 3, 2 } }, &(shape){ 2, { 9, 2 } });
}
END_TEST

/* A mask leaves the mean of the steps that count; of none it is 0 / 0, as in Keras. */
START_TEST(test_sequence_layers__the_mean_is_of_the_steps_that_count)
{
    static const unsigned char mask[2][3] = { { 1, 0, 1 }, { 0, 0, 0 } };
    harness h;
    harness_open(&h, make_layer("GlobalAveragePooling1D", "{}"), &(shape){ 2, { 3, 2 } }, 2, true);
    h.x.mask = mask[0];
    harness_forward(&h);
    harness_backward(&h);
    const float *x = h.x.data, *dy = h.dy.data;
    for (int k = 0; k < 2; k++) {
        ck_assert_float_eq_tol(h.y.data[k], (x[k] + x[4 + k]) / 2, 1e-6f);
        ck_assert_float_nan(h.y.data[2 + k]);
        ck_assert_float_eq_tol(h.dx.data[k], dy[k] / 2, 1e-6f);
        ck_assert_float_eq(h.dx.data[2 + k], 0);
        ck_assert_float_eq_tol(h.dx.data[4 + k], dy[k] / 2, 1e-6f);
        for (int t = 0; t < 3; t++) ck_assert_float_eq(h.dx.data[6 + 2 * t + k], 0);
    }
    harness_close(&h);
}
END_TEST

/* ---- refusals ---- */

static const struct {
    const char *name, *json;
    horn_status status;
    const char *words;
} wrong[] = {
    { "Conv1D", "{\"filters\": 3}", HORN_ERROR_FORMAT, "'kernel_size' is missing" },
    { "Conv1D", "{\"filters\": 3, \"kernel_size\": [3, 3]}", HORN_ERROR_FORMAT, "kernel_size" },
    { "Conv1D", "{\"filters\": 3, \"kernel_size\": 3, \"padding\": \"full\"}", HORN_ERROR_FORMAT,
      "is \"full\", expected \"valid\", \"same\" or \"causal\"" },
    { "Conv1D", "{\"filters\": 3, \"kernel_size\": 3, \"strides\": 2, \"dilation_rate\": 2}",
      HORN_ERROR_FORMAT, "dilation_rate" },
    { "Conv1D", "{\"filters\": 3, \"kernel_size\": 3, \"groups\": 2}", HORN_ERROR_FORMAT, "groups" },
    { "Conv1D", "{\"filters\": 3, \"kernel_size\": 3, \"data_format\": \"NWC\"}", HORN_ERROR_ARGUMENT,
      "data_format" },
    { "Conv3D", "{\"filters\": 3, \"kernel_size\": 3, \"padding\": \"causal\"}", HORN_ERROR_FORMAT,
      "padding" },
    { "Conv2DTranspose", "{\"filters\": 3, \"kernel_size\": 3, \"output_padding\": 1}", HORN_ERROR_FORMAT,
      "output_padding" },
    { "Conv2DTranspose", "{\"filters\": 3, \"kernel_size\": 3, \"groups\": 2}", HORN_ERROR_UNSUPPORTED,
      "groups" },
    { "Conv1DTranspose", "{\"filters\": 3, \"kernel_size\": 3, \"padding\": \"causal\"}", HORN_ERROR_FORMAT,
      "padding" },
    { "SeparableConv2D", "{\"filters\": 3, \"kernel_size\": 3, \"depth_multiplier\": 0}", HORN_ERROR_FORMAT,
      "depth_multiplier" },
    { "DepthwiseConv1D", "{\"kernel_size\": 3, \"padding\": \"causal\"}", HORN_ERROR_FORMAT, "padding" },
    { "MaxPooling3D", "{\"pool_size\": [65536, 65536, 1]}", HORN_ERROR_UNSUPPORTED, "pool_size" },
    { "MaxPooling1D", "{\"pool_size\": 0}", HORN_ERROR_FORMAT, "pool_size" },
    { "GlobalAveragePooling1D", "{\"keepdims\": 1}", HORN_ERROR_FORMAT, "keepdims" },
    { "Cropping1D", "{\"cropping\": [1, 2, 3]}", HORN_ERROR_FORMAT, "cropping" },
    { "Cropping2D", "{\"cropping\": [[1, 2], [3]]}", HORN_ERROR_FORMAT, "cropping" },
    { "ZeroPadding1D", "{\"padding\": -1}", HORN_ERROR_FORMAT, "padding" },
    { "UpSampling1D", "{\"size\": 0}", HORN_ERROR_FORMAT, "size" },
    { "UpSampling2D", "{\"interpolation\": \"bicubic\"}", HORN_ERROR_UNSUPPORTED,
      "is \"bicubic\", expected" },
};

START_TEST(test_sequence_layers__arguments_that_cannot_be_are_refused)
{
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        check_refused(wrong[i].name, wrong[i].json, wrong[i].status, wrong[i].words);
}
END_TEST

START_TEST(test_sequence_layers__inputs_that_do_not_fit_are_refused)
{
    const shape sequence = { 2, { 5, 4 } }, volume = { 4, { 3, 4, 5, 2 } };
    check_no_build("Conv1D", "{\"name\": \"c\", \"filters\": 3, \"kernel_size\": 3, \"dilation_rate\": 3}",
                   &sequence, "layer 'c' (Conv1D): a window that is 7 long does not fit into (5, 4)");
    check_no_build("Conv1D", "{\"filters\": 3, \"kernel_size\": 3}", &volume, "expected (steps, channels)");
    check_no_build("Conv1D", "{\"filters\": 6, \"kernel_size\": 3, \"groups\": 3}", &sequence, "4 channels");
    check_no_build("Conv3D", "{\"filters\": 3, \"kernel_size\": [4, 1, 1]}", &volume, "4 deep");
    check_no_build("Conv3D", "{\"filters\": 3, \"kernel_size\": 1}", &sequence,
                   "its input is (5, 4), expected (depth, height, width, channels)");
    check_no_build("MaxPooling1D", "{\"pool_size\": 6}", &sequence, "6 long");
    check_no_build("AveragePooling3D", "{\"pool_size\": [1, 5, 1]}", &volume, "5 high");
    check_no_build("GlobalMaxPooling3D", "{}", &sequence, "(5, 4)");
    check_no_build(
        "Cropping1D", "{\"name\": \"c\", \"cropping\": [2, 3]}", &sequence,
        "layer 'c' (Cropping1D): of its input (5, 4) it takes off 5 along axis 1: nothing is left");
    check_no_build(
        "Conv2DTranspose",
        "{\"filters\": 1, \"kernel_size\": 2, \"strides\": 2, \"padding\": \"same\", \"output_padding\": 0}",
        &(shape){ 3, { 3, 4, 2 } }, "does not make its input (3, 4, 2)");
    check_no_build(
        "Conv2DTranspose",
        "{\"filters\": 1, \"kernel_size\": 2, \"strides\": 2, \"padding\": \"same\", \"output_padding\": 0}",
        &(shape){ 3, { 1, 1, 2 } }, "its output is empty");
    check_no_build("UpSampling1D", "{\"size\": 2147483647}", &(shape){ 2, { SIZE_MAX / 64, 1 } }, "");
    check_no_build("SeparableConv1D",
                   "{\"filters\": 1, \"kernel_size\": 1, \"depth_multiplier\": 2147483647}", &sequence,
                   "too large");
}
END_TEST

TEST_MAIN(test_sequence_layers__conv1d_in_every_combination,
          test_sequence_layers__conv3d_in_many_combinations,
          test_sequence_layers__transposed_convolutions_in_many_combinations,
          test_sequence_layers__separable_convolutions_in_many_combinations,
          test_sequence_layers__pooling_in_every_combination,
          test_sequence_layers__edges_and_sizes_in_every_form,
          test_sequence_layers__the_mean_is_of_the_steps_that_count,
          test_sequence_layers__arguments_that_cannot_be_are_refused,
          test_sequence_layers__inputs_that_do_not_fit_are_refused)
