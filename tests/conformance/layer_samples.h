/* Samples of layers, for the tests that run over the registry of layers: at least one for each member. */
#ifndef TESTS_LAYER_SAMPLES_H
#define TESTS_LAYER_SAMPLES_H

#include "tensor/tensor.h"

#define GLOROT                                                                                               \
    "{\"module\": \"keras.initializers\", \"class_name\": \"GlorotUniform\", \"config\": {\"seed\": null}, " \
    "\"registered_name\": null}"
#define ZEROS                                                                                               \
    "{\"module\": \"keras.initializers\", \"class_name\": \"Zeros\", \"config\": {}, \"registered_name\": " \
    "null}"
#define HE                                                                                              \
    "{\"module\": \"keras.initializers\", \"class_name\": \"HeNormal\", \"config\": {\"seed\": null}, " \
    "\"registered_name\": null}"
#define ONES                                                                                               \
    "{\"module\": \"keras.initializers\", \"class_name\": \"Ones\", \"config\": {}, \"registered_name\": " \
    "null}"
#define NORM_INITIALIZERS                                                                                   \
    "\"beta_initializer\": " ZEROS ", \"gamma_initializer\": " ONES ", \"moving_mean_initializer\": " ZEROS \
    ", \"moving_variance_initializer\": " ONES
#define NORM_NULLS                                                                         \
    "\"beta_regularizer\": null, \"gamma_regularizer\": null, \"beta_constraint\": null, " \
    "\"gamma_constraint\": null"
#define L1L2                                                                                            \
    "{\"module\": \"keras.regularizers\", \"class_name\": \"L1L2\", \"config\": {\"l1\": 0.5, \"l2\": " \
    "0.25}, \"registered_name\": null}"
#define L2                                                                                      \
    "{\"module\": \"keras.regularizers\", \"class_name\": \"L2\", \"config\": {\"l2\": 0.01}, " \
    "\"registered_name\": null}"
#define NULLS                                                                                 \
    "\"kernel_regularizer\": null, \"bias_regularizer\": null, \"kernel_constraint\": null, " \
    "\"bias_constraint\": null"

#define DEPTHWISE_NULLS                                                                             \
    "\"depthwise_regularizer\": null, \"bias_regularizer\": null, \"activity_regularizer\": null, " \
    "\"depthwise_constraint\": null, \"bias_constraint\": null"
#define CONV_NULLS                                                                               \
    "\"kernel_regularizer\": null, \"bias_regularizer\": null, \"activity_regularizer\": null, " \
    "\"kernel_constraint\": null, \"bias_constraint\": null"

/* At least one for each member. The config is in full and in Keras' order; a last axis of 2 or more. */
static const struct {
    const char *name, *config;
    shape input;
} samples[] = {
    { "Dense",
      "{\"name\": \"d\", \"trainable\": true, \"dtype\": \"float32\", \"units\": 3, \"activation\": "
      "\"linear\", "
      "\"use_bias\": true, \"kernel_initializer\": " GLOROT ", \"bias_initializer\": " ZEROS ", " NULLS "}",
      { 1, { 5 } } },
    { "Dense",
      "{\"name\": \"d\", \"trainable\": false, \"dtype\": \"float32\", \"units\": 2, \"activation\": "
      "\"relu\", "
      "\"use_bias\": false, \"kernel_initializer\": " HE ", \"bias_initializer\": " ZEROS ", " NULLS "}",
      { 2, { 2, 4 } } },
    { "BatchNormalization",
      "{\"name\": \"n\", \"trainable\": true, \"dtype\": \"float32\", \"axis\": -1, \"momentum\": 0.75, "
      "\"epsilon\": 0.01, \"center\": true, \"scale\": true, " NORM_INITIALIZERS ", " NORM_NULLS "}",
      { 3, { 2, 2, 3 } } },
    { "BatchNormalization",
      "{\"name\": \"n\", \"trainable\": true, \"dtype\": \"float32\", \"axis\": 1, \"momentum\": 0.99, "
      "\"epsilon\": 0.5, \"center\": true, \"scale\": false, " NORM_INITIALIZERS ", " NORM_NULLS
      ", \"synchronized\": false}",
      { 1, { 9 } } },
    { "BatchNormalization",
      "{\"name\": \"n\", \"trainable\": false, \"dtype\": \"float32\", \"axis\": -1, \"momentum\": 0.99, "
      "\"epsilon\": 0.001, \"center\": false, \"scale\": true, " NORM_INITIALIZERS ", " NORM_NULLS "}",
      { 2, { 2, 3 } } },
    { "Dense",
      "{\"name\": \"d\", \"trainable\": true, \"dtype\": \"float32\", \"units\": 2, \"activation\": "
      "\"linear\", "
      "\"use_bias\": true, \"kernel_initializer\": " GLOROT ", \"bias_initializer\": " ZEROS
      ", \"kernel_regularizer\": " L1L2 ", \"bias_regularizer\": " L2
      ", \"kernel_constraint\": null, \"bias_constraint\": null}",
      { 1, { 3 } } },
    { "InputLayer",
      "{\"name\": \"i\", \"trainable\": true, \"dtype\": \"float32\", \"batch_input_shape\": [null, 2, 3], "
      "\"sparse\": false, \"ragged\": false}",
      { 2, { 2, 3 } } },
    { "Reshape",
      "{\"name\": \"r\", \"trainable\": true, \"dtype\": \"float32\", \"target_shape\": [3, -1, 2]}",
      { 2, { 2, 6 } } },
    { "ReLU",
      "{\"name\": \"r\", \"trainable\": true, \"dtype\": \"float32\", \"max_value\": null, "
      "\"negative_slope\": 0.0, \"threshold\": 0.0}",
      { 2, { 2, 3 } } },
    { "ReLU",
      "{\"name\": \"r\", \"trainable\": true, \"dtype\": \"float32\", \"max_value\": 0.5, "
      "\"negative_slope\": 0.25, \"threshold\": 0.125}",
      { 2, { 3, 4 } } },
    { "LeakyReLU",
      "{\"name\": \"r\", \"trainable\": true, \"dtype\": \"float32\", \"alpha\": 0.30000001192092896}",
      { 2, { 3, 4 } } },
    { "Softmax",
      "{\"name\": \"s\", \"trainable\": true, \"dtype\": \"float32\", \"axis\": -1}",
      { 2, { 2, 3 } } },
    { "Flatten",
      "{\"name\": \"f\", \"trainable\": true, \"dtype\": \"float32\", \"data_format\": \"channels_last\"}",
      { 2, { 2, 3 } } },
    { "Dropout",
      "{\"name\": \"o\", \"trainable\": true, \"dtype\": \"float32\", \"rate\": 0.25, \"noise_shape\": null, "
      "\"seed\": null}",
      { 1, { 6 } } },
    { "Conv2D",
      "{\"name\": \"c\", \"trainable\": true, \"dtype\": \"float32\", \"filters\": 2, \"kernel_size\": [3, "
      "2], "
      "\"strides\": [2, 1], \"padding\": \"same\", \"data_format\": \"channels_last\", \"dilation_rate\": "
      "[1, 1], "
      "\"groups\": 1, \"activation\": \"linear\", \"use_bias\": true, \"kernel_initializer\": " GLOROT
      ", \"bias_initializer\": " ZEROS ", " CONV_NULLS "}",
      { 3, { 4, 3, 3 } } },
    { "Conv2D",
      "{\"name\": \"c\", \"trainable\": false, \"dtype\": \"float32\", \"filters\": 4, \"kernel_size\": [2, "
      "2], "
      "\"strides\": [1, 1], \"padding\": \"valid\", \"data_format\": \"channels_last\", \"dilation_rate\": "
      "[1, 2], "
      "\"groups\": 2, \"activation\": \"relu\", \"use_bias\": false, \"kernel_initializer\": " HE
      ", \"bias_initializer\": " ZEROS ", " CONV_NULLS "}",
      { 3, { 3, 4, 2 } } },
    { "DepthwiseConv2D",
      "{\"name\": \"c\", \"trainable\": true, \"dtype\": \"float32\", \"kernel_size\": [3, 2], "
      "\"strides\": [2, 2], \"padding\": \"same\", \"depth_multiplier\": 1, \"data_format\": "
      "\"channels_last\", \"dilation_rate\": [1, 1], \"activation\": \"linear\", \"use_bias\": true, "
      "\"depthwise_initializer\": " GLOROT ", \"bias_initializer\": " ZEROS ", " DEPTHWISE_NULLS "}",
      { 3, { 4, 3, 3 } } },
    { "DepthwiseConv2D",
      "{\"name\": \"c\", \"trainable\": false, \"dtype\": \"float32\", \"kernel_size\": [2, 2], "
      "\"strides\": [1, 1], \"padding\": \"valid\", \"depth_multiplier\": 3, \"data_format\": "
      "\"channels_last\", \"dilation_rate\": [1, 2], \"activation\": \"relu\", \"use_bias\": false, "
      "\"depthwise_initializer\": " HE ", \"bias_initializer\": " ZEROS ", " DEPTHWISE_NULLS "}",
      { 3, { 3, 4, 2 } } },
    { "MaxPooling2D",
      "{\"name\": \"p\", \"trainable\": true, \"dtype\": \"float32\", \"pool_size\": [2, 2], \"padding\": "
      "\"valid\", \"strides\": [2, 1], \"data_format\": \"channels_last\"}",
      { 3, { 4, 3, 2 } } },
    { "AveragePooling2D",
      "{\"name\": \"p\", \"trainable\": true, \"dtype\": \"float32\", \"pool_size\": [2, 3], \"padding\": "
      "\"same\", \"strides\": [2, 2], \"data_format\": \"channels_last\"}",
      { 3, { 3, 4, 2 } } },
    { "GlobalMaxPooling2D",
      "{\"name\": \"p\", \"trainable\": true, \"dtype\": \"float32\", \"data_format\": \"channels_last\", "
      "\"keepdims\": true}",
      { 3, { 3, 2, 3 } } },
    { "GlobalAveragePooling2D",
      "{\"name\": \"p\", \"trainable\": true, \"dtype\": \"float32\", \"data_format\": \"channels_last\", "
      "\"keepdims\": false}",
      { 3, { 3, 2, 3 } } },
    { "ZeroPadding2D",
      "{\"name\": \"z\", \"trainable\": true, \"dtype\": \"float32\", \"padding\": [[1, 0], [0, 2]], "
      "\"data_format\": \"channels_last\"}",
      { 3, { 2, 2, 2 } } },
    { "Activation",
      "{\"name\": \"a\", \"trainable\": true, \"dtype\": \"float32\", \"activation\": \"tanh\"}",
      { 2, { 2, 3 } } },
};

enum { SAMPLES = sizeof samples / sizeof samples[0] };

#endif
