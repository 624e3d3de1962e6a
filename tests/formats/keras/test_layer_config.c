/* Layers whose arguments the dialects of Keras spell differently, as Keras 2.15 and 3.15 write them. */
#include "test.h"

#include "conformance/sample.h"
#include "formats/keras/layer_config.h"

#define POLICY                                                                                       \
    "{\"module\": \"keras\", \"class_name\": \"DTypePolicy\", \"config\": {\"name\": \"float32\"}, " \
    "\"registered_name\": null}"
#define KERAS2(rest) "{\"name\": \"x\", \"trainable\": true, \"dtype\": \"float32\", " rest "}"
#define KERAS3(rest) "{\"name\": \"x\", \"trainable\": true, \"dtype\": " POLICY ", " rest "}"
#define OBJECT(kind, name, arguments)                                                              \
    "{\"module\": \"keras." kind "\", \"class_name\": \"" name "\", \"config\": {" arguments "}, " \
    "\"registered_name\": null}"
#define DENSE(kernel, bias, regularizer)                                                            \
    "\"units\": 2, \"activation\": \"linear\", \"use_bias\": true, \"kernel_initializer\": " kernel \
    ", \"bias_initializer\": " bias ", \"kernel_regularizer\": " regularizer                        \
    ", \"bias_regularizer\": null, \"kernel_constraint\": null, \"bias_constraint\": null"
#define SCALING(more)                         \
    OBJECT("initializers", "VarianceScaling", \
           "\"scale\": 2.0, \"mode\": \"fan_out\", \"distribution\": \"uniform\", \"seed\": null" more)
#define NORMAL OBJECT("initializers", "RandomNormal", "\"mean\": 0.0, \"stddev\": 0.05, \"seed\": null")
#define L1L2   OBJECT("regularizers", "L1L2", "\"l1\": 0.5, \"l2\": 0.25")
#define AXES   ", \"input_axes\": null, \"output_axes\": null"

static const struct {
    const char *class_name, *keras2, *keras3;
} samples[] = {
    { "Reshape", KERAS2("\"target_shape\": [2, -1]"), KERAS3("\"target_shape\": [2, -1]") },
    { "LeakyReLU", KERAS2("\"alpha\": 0.25"), KERAS3("\"negative_slope\": 0.25") },
    { "ReLU", KERAS2("\"max_value\": 6.0, \"negative_slope\": 0.5, \"threshold\": 0.0"),
      KERAS3("\"max_value\": 6.0, \"negative_slope\": 0.5, \"threshold\": 0.0") },
    { "Softmax", KERAS2("\"axis\": -1"), KERAS3("\"axis\": -1") },
    { "Dense", KERAS2(DENSE(SCALING(""), NORMAL, L1L2)),
      KERAS3(DENSE(SCALING(AXES), NORMAL, L1L2) ", \"quantization_config\": null") },
    { "ZeroPadding1D", KERAS2("\"padding\": [1, 2]"),
      KERAS3("\"padding\": [1, 2], \"data_format\": \"channels_last\"") },
    { "SeparableConv2D", KERAS2("\"filters\": 2"), KERAS3("\"filters\": 2") },
};

enum { SAMPLES = sizeof samples / sizeof samples[0] };

static config *read_sample(const char *class_name, const char *json)
{
    config *given = sample_parse(json), *neutral = NULL;
    ck_ok(keras_layer_config_read(&neutral, class_name, "x", given, "here"));
    config_free(given);
    return neutral;
}

START_TEST(test_keras_layer_config__neutral_form_is_keras_2s_from_either)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        config *a = read_sample(samples[i].class_name, samples[i].keras2);
        config *b = read_sample(samples[i].class_name, samples[i].keras3);
        sample_check(a, samples[i].keras2);
        sample_check(b, samples[i].keras2);
        config_free(a);
        config_free(b);
    }
}
END_TEST

START_TEST(test_keras_layer_config__each_dialect_is_written_as_its_keras_does)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        const char *class_name = samples[i].class_name;
        config *neutral = read_sample(class_name, samples[i].keras3);
        config *a = keras_layer_config_write(class_name, "x", neutral, KERAS_2);
        config *b = keras_layer_config_write(class_name, "x", neutral, KERAS_3);
        sample_check(a, samples[i].keras2);
        sample_check(b, samples[i].keras3);
        config_free(a);
        config_free(b);
        config_free(neutral);
    }
}
END_TEST

/* Keras 3 refuses what its classes do not take; Keras 2 writes it, whether or not it has an effect. */
START_TEST(test_keras_layer_config__arguments_of_keras_2_alone_stay_there)
{
    static const char *const classes[] = { "DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D",
                                           "SeparableConv2D", "Conv1DTranspose", "Conv2DTranspose",
                                           "Conv3DTranspose" };
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        config *a = read_sample(classes[i], KERAS2("\"groups\": 1")),
               *b = read_sample(classes[i], KERAS2("\"groups\": 2"));
        ck_assert_ptr_null(config_get(a, "groups"));
        ck_assert_ptr_nonnull(config_get(b, "groups"));
        config_free(a);
        config_free(b);
    }
    config *neutral =
        read_sample("SeparableConv2D", KERAS2("\"filters\": 2, \"kernel_initializer\": \"ones\""));
    config *a = keras_layer_config_write("SeparableConv2D", "x", neutral, KERAS_2);
    config *b = keras_layer_config_write("SeparableConv2D", "x", neutral, KERAS_3);
    ck_assert_str_eq(config_get_string(a, "kernel_initializer"), "ones");
    ck_assert_ptr_null(config_get(b, "kernel_initializer"));
    config_free(a);
    config_free(b);
    config_free(neutral);
}
END_TEST

/* The name belongs to its class alone, and an axis may stand in a list. */
START_TEST(test_keras_layer_config__only_what_is_the_same_is_renamed)
{
    config *a = read_sample("ReLU", KERAS3("\"negative_slope\": 0.5"));
    config *b = read_sample("Softmax", KERAS2("\"axis\": [2]"));
    sample_check(a, KERAS2("\"negative_slope\": 0.5"));
    sample_check(b, KERAS2("\"axis\": 2"));
    config_free(a);
    config_free(b);
}
END_TEST

/* Keras 3's SpatialDropout takes no trainable, its Pipeline no dtype either. */
START_TEST(test_keras_layer_config__nothing_is_said_that_a_class_refuses)
{
    config *a = read_sample("SpatialDropout2D", "{\"name\": \"x\", \"dtype\": " POLICY ", \"rate\": 0.5}");
    config *b = read_sample("SpatialDropout2D", KERAS2("\"rate\": 0.5"));
    config *c = read_sample("Pipeline", "{\"name\": \"x\", \"layers\": []}");
    config *d = read_sample("Dropout", "{\"name\": \"x\", \"rate\": 0.5}");
    sample_check(a, "{\"name\": \"x\", \"dtype\": \"float32\", \"rate\": 0.5}");
    sample_check(b, "{\"name\": \"x\", \"dtype\": \"float32\", \"rate\": 0.5}");
    sample_check(c, "{\"name\": \"x\", \"layers\": []}");
    sample_check(d, KERAS2("\"rate\": 0.5"));
    config_free(a);
    config_free(b);
    config_free(c);
    config_free(d);
}
END_TEST

/* Arguments of recurrent layers that one Keras has, and silu, which Keras 2 calls swish. */
START_TEST(test_keras_layer_config__defaults_of_one_dialect_are_left_out)
{
    config *a = read_sample("LSTM", KERAS2("\"time_major\": false, \"units\": 2, \"recurrent_activation\": "
                                           "\"swish\", \"implementation\": 2"));
    config *b = read_sample("LSTM", KERAS3("\"zero_output_for_mask\": false, \"units\": 2, "
                                           "\"recurrent_activation\": \"silu\", \"seed\": null"));
    config *c = read_sample("GRU", KERAS2("\"time_major\": true, \"implementation\": 1, \"seed\": 3, "
                                          "\"zero_output_for_mask\": true"));
    config *old = keras_layer_config_write("LSTM", "x", a, KERAS_2);
    config *new = keras_layer_config_write("LSTM", "x", a, KERAS_3);
    sample_check(a, KERAS2("\"units\": 2, \"recurrent_activation\": \"silu\""));
    sample_check(b, KERAS2("\"units\": 2, \"recurrent_activation\": \"silu\""));
    sample_check(c, KERAS2("\"time_major\": true, \"implementation\": 1, \"seed\": 3, "
                           "\"zero_output_for_mask\": true, \"reset_after\": false"));
    sample_check(old, KERAS2("\"units\": 2, \"recurrent_activation\": \"swish\""));
    sample_check(new, KERAS3("\"units\": 2, \"recurrent_activation\": \"silu\", \"zero_output_for_mask\": "
                             "false, \"seed\": null"));
    config_free(a);
    config_free(b);
    config_free(c);
    config_free(old);
    config_free(new);
}
END_TEST

/* Keras 3 finds a class inside a wrapper by its module alone, in an .h5 of either Keras. */
START_TEST(test_keras_layer_config__what_lies_inside_a_wrapper_names_its_module)
{
    static const char *const inner = "{\"class_name\": \"ReLU\", \"config\": {\"max_value\": 6.0}}";
    static const char *const classes[][2] = { { "TimeDistributed", "layer" }, { "RNN", "cell" } };
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        for (keras_dialect dialect = KERAS_2; dialect <= KERAS_3; dialect++) {
            config *neutral = config_object();
            config_set(neutral, classes[i][1], sample_parse(inner));
            config *a = keras_layer_config_write(classes[i][0], "x", neutral, dialect);
            const config *wrapped = config_get(a, classes[i][1]);
            ck_assert_str_eq(config_get_string(wrapped, "module"), "keras.layers");
            ck_assert(config_is_null(config_get(wrapped, "registered_name")));
            config_free(a);
            config_free(neutral);
        }
    config *neutral = config_object(), *list = config_list();
    config_append(list, sample_parse(inner));
    config_set(neutral, "layers", list);
    config *a = keras_layer_config_write("Sequential", "x", neutral, KERAS_3);
    ck_assert_ptr_null(config_get(config_at(config_get(a, "layers"), 0), "module"));
    config_free(a);
    config_free(neutral);
}
END_TEST

TEST_MAIN(test_keras_layer_config__what_lies_inside_a_wrapper_names_its_module,
          test_keras_layer_config__defaults_of_one_dialect_are_left_out,
          test_keras_layer_config__arguments_of_keras_2_alone_stay_there,
          test_keras_layer_config__nothing_is_said_that_a_class_refuses,
          test_keras_layer_config__neutral_form_is_keras_2s_from_either,
          test_keras_layer_config__each_dialect_is_written_as_its_keras_does,
          test_keras_layer_config__only_what_is_the_same_is_renamed)
