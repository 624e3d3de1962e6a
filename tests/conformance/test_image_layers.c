/* Layers of images with all combinations of their arguments: config there and back, shapes, gradients. What
 * they compute is compared with Keras in test_layer_values.c. */
#include "test.h"

#include "conformance/check_layer.h"

static const char *const paddings[] = { "valid", "same" };

START_TEST(test_image_layers__conv2d_in_every_combination)
{
    static const size_t steps[][4] = { { 1, 1, 1, 1 }, { 2, 2, 1, 1 }, { 3, 1, 1, 1 }, { 1, 2, 1, 1 },
                                       { 1, 1, 2, 2 }, { 1, 1, 1, 3 }, { 1, 1, 2, 1 } };
    static const size_t kernels[][2] = { { 3, 3 }, { 2, 1 }, { 1, 1 } };
    for (size_t i = 0; i < (size_t)2 * 7 * 3 * 3; i++) {
        const size_t *s = steps[i / 2 % 7], *k = kernels[i / 14 % 3], groups = (size_t)1 << i / 42;
        char json[512];
        snprintf(json, sizeof json,
                 "{\"name\": \"c\", \"filters\": 4, \"kernel_size\": [%zu, %zu], \"strides\": [%zu, %zu], "
                 "\"padding\": \"%s\", \"dilation_rate\": [%zu, %zu], \"groups\": %zu, \"use_bias\": %s}",
                 k[0], k[1], s[0], s[1], paddings[i % 2], s[2], s[3], groups, i % 3 ? "true" : "false");
        check_layer("Conv2D", json, &(shape){ 3, { 6, 7, 4 } });
    }
}
END_TEST

START_TEST(test_image_layers__depthwise_conv2d_in_every_combination)
{
    static const size_t steps[][4] = { { 1, 1, 1, 1 }, { 2, 2, 1, 1 }, { 3, 1, 1, 1 }, { 1, 2, 1, 1 },
                                       { 1, 1, 2, 2 }, { 1, 1, 1, 3 }, { 1, 1, 2, 1 } };
    static const size_t kernels[][2] = { { 3, 3 }, { 2, 1 }, { 1, 1 } };
    for (size_t i = 0; i < (size_t)2 * 7 * 3 * 3; i++) {
        const size_t *s = steps[i / 2 % 7], *k = kernels[i / 14 % 3];
        char json[512];
        snprintf(
            json, sizeof json,
            "{\"name\": \"c\", \"kernel_size\": [%zu, %zu], \"strides\": [%zu, %zu], \"padding\": \"%s\", "
            "\"dilation_rate\": [%zu, %zu], \"depth_multiplier\": %zu, \"use_bias\": %s}",
            k[0], k[1], s[0], s[1], paddings[i % 2], s[2], s[3], 1 + i / 42, i % 3 ? "true" : "false");
        check_layer("DepthwiseConv2D", json, &(shape){ 3, { 6, 7, 3 } });
    }
}
END_TEST

START_TEST(test_image_layers__pooling_in_every_combination)
{
    static const char *const names[] = { "MaxPooling2D", "AveragePooling2D" };
    static const size_t steps[][4] = { { 2, 2, 2, 2 }, { 2, 2, 1, 1 }, { 3, 2, 2, 3 }, { 1, 1, 1, 1 },
                                       { 2, 3, 3, 4 }, { 5, 5, 2, 2 }, { 4, 1, 1, 2 } };
    for (size_t i = 0; i < (size_t)2 * 2 * 7; i++) {
        const size_t *s = steps[i / 4];
        char json[256];
        snprintf(json, sizeof json,
                 "{\"name\": \"p\", \"pool_size\": [%zu, %zu], \"padding\": \"%s\", \"strides\": [%zu, %zu]}",
                 s[0], s[1], paddings[i % 2], s[2], s[3]);
        check_layer(names[i / 2 % 2], json, &(shape){ 3, { 5, 6, 3 } });
    }
    check_layer("GlobalMaxPooling2D", "{\"name\": \"g\"}", &(shape){ 3, { 4, 3, 2 } });
    check_layer("GlobalMaxPooling2D", "{\"name\": \"g\", \"keepdims\": true}", &(shape){ 3, { 17, 16, 1 } });
    check_layer("GlobalAveragePooling2D", "{\"name\": \"g\"}", &(shape){ 3, { 4, 3, 2 } });
    check_layer("GlobalAveragePooling2D", "{\"name\": \"g\", \"keepdims\": true}",
                &(shape){ 3, { 1, 5, 18 } });
}
END_TEST

START_TEST(test_image_layers__zero_padding_in_every_form)
{
    check_gradients("ZeroPadding2D", "{}", &(shape){ 3, { 3, 2, 2 } });
    check_gradients("ZeroPadding2D", "{\"padding\": 0}", &(shape){ 3, { 3, 2, 2 } });
    check_gradients("ZeroPadding2D", "{\"padding\": [0, [2, 1]]}", &(shape){ 3, { 3, 2, 2 } });
    check_layer("ZeroPadding2D", "{\"name\": \"z\", \"padding\": [[1, 2], [3, 4]]}",
                &(shape){ 3, { 3, 2, 2 } });
    layer *l = make_layer("ZeroPadding2D", "{\"padding\": [2, [3, 4]]}");
    call *c;
    ck_ok(harness_place(&c, l, &(shape){ 3, { 10, 20, 3 } }));
    ck_assert(shape_equal(c->outputs, &(shape){ 3, { 14, 27, 3 } }));
    call_free(c);
    layer_free(l);
}
END_TEST

/* ---- shapes and parameters ---- */

START_TEST(test_image_layers__outputs_have_the_shapes_of_keras)
{
    const shape image = { 3, { 28, 27, 6 } };
    check_output("Conv2D", "{\"filters\": 5, \"kernel_size\": 3}", &image, &(shape){ 3, { 26, 25, 5 } });
    check_output("Conv2D", "{\"filters\": 5, \"kernel_size\": 3, \"padding\": \"SAME\", \"strides\": 2}",
                 &image, &(shape){ 3, { 14, 14, 5 } });
    check_output("Conv2D", "{\"filters\": 5, \"kernel_size\": [3, 2], \"strides\": [2, 3]}", &image,
                 &(shape){ 3, { 13, 9, 5 } });
    check_output("Conv2D", "{\"filters\": 5, \"kernel_size\": 3, \"dilation_rate\": [4, 1]}", &image,
                 &(shape){ 3, { 20, 25, 5 } });
    check_output("Conv2D", "{\"filters\": 5, \"kernel_size\": 40, \"padding\": \"same\"}", &image,
                 &(shape){ 3, { 28, 27, 5 } });
    check_output("MaxPooling2D", "{}", &image, &(shape){ 3, { 14, 13, 6 } });
    check_output("MaxPooling2D", "{\"padding\": \"same\"}", &image, &(shape){ 3, { 14, 14, 6 } });
    check_output("AveragePooling2D", "{\"pool_size\": 3, \"strides\": null}", &image,
                 &(shape){ 3, { 9, 9, 6 } });
    check_output("GlobalMaxPooling2D", "{}", &image, &(shape){ 1, { 6 } });
    check_output("GlobalAveragePooling2D", "{\"keepdims\": true}", &image, &(shape){ 3, { 1, 1, 6 } });
}
END_TEST

START_TEST(test_image_layers__conv2d_has_kernel_and_bias)
{
    layer *l = make_layer("Conv2D", "{\"filters\": 8, \"kernel_size\": [3, 2], \"groups\": 2, "
                                    "\"kernel_regularizer\": {\"class_name\": \"L2\", \"config\": {}}}");
    ck_ok(layer_build(l, &(shape){ 3, { 28, 27, 6 } }, 1));
    ck_assert_int_eq(l->weight_count, 2);
    ck_assert_str_eq(l->weights[0].name, "kernel");
    ck_assert_str_eq(l->weights[0].axes, "hwio");
    ck_assert(shape_equal(&l->weights[0].shape, &(shape){ 4, { 3, 2, 3, 8 } }));
    ck_assert_double_eq(l->weights[0].fan_in, 18);
    ck_assert_double_eq(l->weights[0].fan_out, 48);
    ck_assert_ptr_nonnull(l->weights[0].regularizer.class);
    ck_assert_str_eq(l->weights[1].name, "bias");
    ck_assert(shape_equal(&l->weights[1].shape, &(shape){ 1, { 8 } }));
    ck_assert_ptr_null(l->weights[1].regularizer.class);
    layer_free(l);
}
END_TEST

START_TEST(test_image_layers__a_frozen_conv2d_only_hands_the_gradient_on)
{
    harness h, other;
    const char *json = "{\"filters\": 3, \"kernel_size\": 2}";
    const shape input = { 3, { 4, 4, 2 } };
    harness_open(&h, make_layer("Conv2D", json), &input, 2, true);
    harness_open(&other, make_layer("Conv2D", json), &input, 2, true);
    h.lane.gradients = (float *[]){ NULL, NULL };
    h.layer->class->backward(h.call, &h.lane, &h.x, &h.y, &h.dy, &h.dx);
    harness_backward(&other);
    ck_assert_mem_eq(h.dx.data, other.dx.data, 2 * shape_count(&input) * sizeof(float));
    other.layer->class->backward(other.call, &other.lane, &h.x, &h.y, &h.dy, NULL); /* nor that */
    harness_close(&h);
    harness_close(&other);
}
END_TEST

START_TEST(test_image_layers__maxima_need_no_places_in_inference)
{
    harness h;
    harness_open(&h, make_layer("MaxPooling2D", "{}"), &(shape){ 3, { 4, 4, 2 } }, 2, false);
    h.lane.keep = NULL;
    harness_forward(&h);
    harness_close(&h);
}
END_TEST

TEST_MAIN(test_image_layers__conv2d_in_every_combination,
          test_image_layers__depthwise_conv2d_in_every_combination,
          test_image_layers__pooling_in_every_combination, test_image_layers__zero_padding_in_every_form,
          test_image_layers__outputs_have_the_shapes_of_keras, test_image_layers__conv2d_has_kernel_and_bias,
          test_image_layers__a_frozen_conv2d_only_hands_the_gradient_on,
          test_image_layers__maxima_need_no_places_in_inference)
