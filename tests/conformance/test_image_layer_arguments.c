/* Layers of images: arguments and inputs that are refused, and the options of constructors. */
#include "test.h"

#include "conformance/check_layer.h"

/* ---- refusals ---- */

static const struct {
    const char *name, *json;
    horn_status status;
    const char *words;
} wrong[] = {
    { "Conv2D", "{\"kernel_size\": 3}", HORN_ERROR_FORMAT, "'filters' is missing" },
    { "Conv2D", "{\"filters\": 3}", HORN_ERROR_FORMAT, "'kernel_size' is missing" },
    { "Conv2D", "{\"filters\": 0, \"kernel_size\": 3}", HORN_ERROR_FORMAT, "filters" },
    { "Conv2D", "{\"filters\": 3, \"kernel_size\": [3, 0]}", HORN_ERROR_FORMAT, "kernel_size" },
    { "Conv2D", "{\"filters\": 3, \"kernel_size\": [3, 3, 3]}", HORN_ERROR_FORMAT, "kernel_size" },
    { "Conv2D", "{\"filters\": 3, \"kernel_size\": 2147483648}", HORN_ERROR_FORMAT, "less than 2^31" },
    { "Conv2D", "{\"filters\": 3, \"kernel_size\": 3, \"padding\": \"causal\"}", HORN_ERROR_FORMAT,
      "padding" },
    { "Conv2D", "{\"filters\": 3, \"kernel_size\": 3, \"data_format\": \"NCHW\"}", HORN_ERROR_ARGUMENT,
      "data_format" },
    { "Conv2D", "{\"filters\": 3, \"kernel_size\": 3, \"strides\": [1, 2], \"dilation_rate\": [2, 1]}",
      HORN_ERROR_FORMAT, "dilation_rate" },
    { "Conv2D", "{\"filters\": 3, \"kernel_size\": 3, \"groups\": 2}", HORN_ERROR_FORMAT, "groups" },
    { "Conv2D", "{\"filters\": 3, \"kernel_size\": 3, \"groups\": 0}", HORN_ERROR_FORMAT, "groups" },
    { "DepthwiseConv2D", "{}", HORN_ERROR_FORMAT, "'kernel_size' is missing" },
    { "DepthwiseConv2D", "{\"kernel_size\": 3, \"groups\": 2}", HORN_ERROR_UNSUPPORTED, "groups" },
    { "DepthwiseConv2D", "{\"kernel_size\": 3, \"depth_multiplier\": 0}", HORN_ERROR_FORMAT,
      "depth_multiplier" },
    { "DepthwiseConv2D", "{\"kernel_size\": 3, \"strides\": 2, \"dilation_rate\": 2}", HORN_ERROR_FORMAT,
      "dilation_rate" },
    { "MaxPooling2D", "{\"pool_size\": [65536, 65536]}", HORN_ERROR_UNSUPPORTED, "pool_size" },
    { "MaxPooling2D", "{\"strides\": 0}", HORN_ERROR_FORMAT, "strides" },
    { "AveragePooling2D", "{\"padding\": 3}", HORN_ERROR_FORMAT, "padding" },
    { "AveragePooling2D", "{\"data_format\": \"first\"}", HORN_ERROR_ARGUMENT, "data_format" },
    { "GlobalMaxPooling2D", "{\"keepdims\": 1}", HORN_ERROR_FORMAT, "keepdims" },
    { "GlobalMaxPooling2D", "{\"pool_size\": 2}", HORN_ERROR_UNSUPPORTED, "pool_size" },
    { "ZeroPadding2D", "{\"padding\": -1}", HORN_ERROR_FORMAT, "padding" },
    { "ZeroPadding2D", "{\"padding\": [1, 2, 3]}", HORN_ERROR_FORMAT, "padding" },
    { "ZeroPadding2D", "{\"padding\": [1, [2, 3, 4]]}", HORN_ERROR_FORMAT, "padding" },
};

START_TEST(test_image_layer_arguments__arguments_that_cannot_be_are_refused)
{
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        check_refused(wrong[i].name, wrong[i].json, wrong[i].status, wrong[i].words);
}
END_TEST

START_TEST(test_image_layer_arguments__inputs_that_do_not_fit_are_refused)
{
    const shape image = { 3, { 5, 9, 4 } };
    check_no_build("Conv2D", "{\"name\": \"c\", \"filters\": 3, \"kernel_size\": 6}", &image,
                   "layer 'c' (Conv2D): a window that is 6 high does not fit into (5, 9, 4)");
    check_no_build("Conv2D", "{\"filters\": 3, \"kernel_size\": [1, 4], \"dilation_rate\": 3}", &image,
                   "10 wide");
    check_no_build("Conv2D", "{\"filters\": 6, \"kernel_size\": 3, \"groups\": 3}", &image, "4 channels");
    check_no_build("Conv2D", "{\"filters\": 6, \"kernel_size\": 3}", &(shape){ 2, { 5, 9 } },
                   "its input is (5, 9), expected (height, width, channels)");
    check_no_build("Conv2D", "{\"filters\": 6, \"kernel_size\": [1000000, 1000000], \"padding\": \"same\"}",
                   &image, "kernel");
    check_no_build("Conv2D", "{\"filters\": 2147483648, \"kernel_size\": 1}", &image, "kernel");
    check_no_build("DepthwiseConv2D", "{\"depth_multiplier\": 2147483647, \"kernel_size\": 1}", &image,
                   "kernel");
    check_no_build("DepthwiseConv2D", "{\"kernel_size\": 6}", &image, "does not fit");
    check_no_build("Conv2D", "{\"filters\": 2147483647, \"kernel_size\": 1, \"padding\": \"same\"}",
                   &(shape){ 3, { 1 << 20, 1 << 20, 4 } }, "output");
    check_no_build("MaxPooling2D", "{\"pool_size\": 6}", &image, "6 high");
    check_no_build("AveragePooling2D", "{}", &(shape){ 1, { 5 } }, "(5,)");
    check_no_build("GlobalMaxPooling2D", "{}", &(shape){ 4, { 2, 2, 2, 2 } }, "(2, 2, 2, 2)");
    check_no_build("ZeroPadding2D", "{}", &(shape){ 2, { 2, 2 } }, "(2, 2)");
    check_no_build("ZeroPadding2D", "{\"padding\": 2147483647}", &image, "output");
}
END_TEST

/* ---- constructors ---- */

static void check_constructed(layer *l, const char *class_name, const char *json)
{
    config *description;
    ck_assert_msg(l != NULL, "%s", horn_last_error());
    ck_assert_str_eq(l->class->name, class_name);
    layer *same = make_layer(class_name, json);
    config *expected;
    l->trainable = same->trainable;
    ck_ok(layer_describe(l, &description));
    ck_ok(layer_describe(same, &expected));
    ck_assert_msg(config_equal(description, expected), "%s %s", class_name, json);
    config_free(description);
    config_free(expected);
    layer_free(same);
    layer_free(l);
}

START_TEST(test_image_layer_arguments__constructors_take_options)
{
    check_constructed(horn_conv2d(&(horn_conv2d_options){ .name = "x", .filters = 4, .kernel_size = { 3 } }),
                      "Conv2D", "{\"name\": \"x\", \"filters\": 4, \"kernel_size\": 3}");
    check_constructed(horn_conv2d(&(horn_conv2d_options){ .name = "x",
                                                          .filters = 4,
                                                          .kernel_size = { 3, 2 },
                                                          .padding = "same",
                                                          .dilation_rate = { 1, 2 },
                                                          .groups = 2,
                                                          .activation = "relu",
                                                          .no_bias = true,
                                                          .kernel_initializer = "he_normal",
                                                          .bias_initializer = "ones",
                                                          .kernel_regularizer = { .l2 = 0.5 },
                                                          .bias_regularizer = { .l1 = 0.25 } }),
                      "Conv2D",
                      "{\"name\": \"x\", \"filters\": 4, \"kernel_size\": [3, 2], \"padding\": \"same\", "
                      "\"dilation_rate\": [1, 2], \"groups\": 2, \"activation\": \"relu\", \"use_bias\": "
                      "false, \"kernel_initializer\": \"he_normal\", \"bias_initializer\": \"ones\", "
                      "\"kernel_regularizer\": {\"class_name\": \"L2\", \"config\": {\"l2\": 0.5}}, "
                      "\"bias_regularizer\": {\"class_name\": \"L1\", \"config\": {\"l1\": 0.25}}}");
    check_constructed(
        horn_depthwise_conv2d(&(horn_depthwise_conv2d_options){ .name = "x",
                                                                .kernel_size = { 3, 2 },
                                                                .padding = "same",
                                                                .depth_multiplier = 2,
                                                                .dilation_rate = { 1, 2 },
                                                                .activation = "relu",
                                                                .no_bias = true,
                                                                .depthwise_initializer = "he_normal",
                                                                .bias_initializer = "ones",
                                                                .depthwise_regularizer = { .l2 = 0.5 },
                                                                .bias_regularizer = { .l1 = 0.25 } }),
        "DepthwiseConv2D",
        "{\"name\": \"x\", \"kernel_size\": [3, 2], \"padding\": \"same\", \"depth_multiplier\": 2, "
        "\"dilation_rate\": [1, 2], \"activation\": \"relu\", \"use_bias\": false, "
        "\"depthwise_initializer\": \"he_normal\", \"bias_initializer\": \"ones\", "
        "\"depthwise_regularizer\": {\"class_name\": \"L2\", \"config\": {\"l2\": 0.5}}, "
        "\"bias_regularizer\": {\"class_name\": \"L1\", \"config\": {\"l1\": 0.25}}}");
    check_constructed(horn_max_pooling2d(&(horn_pooling2d_options){ .name = "x", .pool_size = { 3 } }),
                      "MaxPooling2D", "{\"name\": \"x\", \"pool_size\": 3}");
    check_constructed(horn_average_pooling2d(
                          &(horn_pooling2d_options){ .name = "x", .strides = { 1, 2 }, .padding = "same" }),
                      "AveragePooling2D", "{\"name\": \"x\", \"strides\": [1, 2], \"padding\": \"same\"}");
    check_constructed(horn_global_max_pooling2d(&(horn_global_pooling_options){ .name = "x" }),
                      "GlobalMaxPooling2D", "{\"name\": \"x\"}");
    check_constructed(
        horn_global_average_pooling2d(&(horn_global_pooling_options){ .name = "x", .keepdims = true }),
        "GlobalAveragePooling2D", "{\"name\": \"x\", \"keepdims\": true}");
    check_constructed(horn_zero_padding2d(&(horn_zero_padding2d_options){ .name = "x" }), "ZeroPadding2D",
                      "{\"name\": \"x\"}");
    check_constructed(
        horn_zero_padding2d(&(horn_zero_padding2d_options){ .name = "x", .padding = { 0, 1, 2, 3 } }),
        "ZeroPadding2D", "{\"name\": \"x\", \"padding\": [[0, 1], [2, 3]]}");
    ck_carries(layer, horn_conv2d(NULL), HORN_ERROR_FORMAT, "kernel_size");
    ck_carries(layer, horn_conv2d(&(horn_conv2d_options){ .filters = 1, .kernel_size = { 0, 2 } }),
               HORN_ERROR_FORMAT, "kernel_size");
    layer_free(horn_max_pooling2d(NULL));
    layer_free(horn_global_average_pooling2d(NULL));
    layer_free(horn_zero_padding2d(NULL));
}
END_TEST

TEST_MAIN(test_image_layer_arguments__arguments_that_cannot_be_are_refused,
          test_image_layer_arguments__inputs_that_do_not_fit_are_refused,
          test_image_layer_arguments__constructors_take_options)
