#include "test.h"

#include "config/keras_classes.h"
#include "layers/layer.h"

START_TEST(test_keras_classes__every_alias_is_of_a_class)
{
    static const char *const aliases[] = {
        "BatchNormalizationV1", "BatchNormalizationV2", "MaxPool2D", "AvgPool2D",
        "GlobalAvgPool2D",      "Convolution2D",        "LSTMV2",    "GRUV1"
    };
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++) {
        ck_assert(!keras_has_class(KERAS_LAYER, aliases[i]));
        ck_assert(keras_has_class(KERAS_LAYER, keras_layer_by_alias(aliases[i])));
    }
    ck_assert_str_eq(keras_layer_by_alias("BatchNormalizationV1"), "BatchNormalization");
    ck_assert_str_eq(keras_layer_by_alias("DenseV1"), "DenseV1");
}
END_TEST

START_TEST(test_keras_classes__has_every_layer_that_horn_has)
{
    const layer_class *class;
    for (size_t i = 0; (class = layer_class_at(i)); i++)
        ck_assert_msg(keras_has_class(KERAS_LAYER, class->name) ||
                          keras_role_of(class->name) == KERAS_SEQUENTIAL ||
                          keras_role_of(class->name) == KERAS_FUNCTIONAL, /* models as layers */
                      "%s", class->name);
}
END_TEST

/* Keras finds layers by their exact names, all else in any spelling. */
START_TEST(test_keras_classes__finds_each_kind_as_keras_does)
{
    ck_assert(keras_has_class(KERAS_LAYER, "LSTM"));
    ck_assert(!keras_has_class(KERAS_LAYER, "lstm"));
    ck_assert(!keras_has_class(KERAS_LAYER, "Sequential"));
    ck_assert(keras_has_class(KERAS_LOSS, "mean_squared_error"));
    ck_assert(keras_has_class(KERAS_LOSS, "MSE"));
    ck_assert(!keras_has_class(KERAS_LOSS, "mean_squared"));
    ck_assert(!keras_has_class(KERAS_LOSS, ""));
    ck_assert(keras_has_class(KERAS_METRIC, "MeanSquaredError"));
    ck_assert(keras_has_class(KERAS_METRIC, "top_k_categorical_accuracy"));
    ck_assert(keras_has_class(KERAS_OPTIMIZER, "rmsprop"));
    ck_assert(!keras_has_class(KERAS_OPTIMIZER, "AUC"));
}
END_TEST

TEST_MAIN(test_keras_classes__every_alias_is_of_a_class, test_keras_classes__has_every_layer_that_horn_has,
          test_keras_classes__finds_each_kind_as_keras_does)
