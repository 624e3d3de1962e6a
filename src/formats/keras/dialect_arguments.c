#include "formats/keras/dialect_arguments.h"

#include <string.h>
#include "base/text.h"

/* An argument that one Keras writes, with the value that means nothing. */
typedef struct only {
    const char *class_name, *key;
    /* LAST: "channels_last". CONSTANT: "constant". WHATEVER: it has no effect; each value is kept, but left out for the other Keras. */
    enum { NOTHING, NO, NUMBER, LAST, CONSTANT, WHATEVER } kind;
    double number;
} only;

/* Arguments that Keras 3 writes and Keras 2 refuses or does not need. */
static const only keras3_only[] = {
    { "Dense", "quantization_config", NOTHING, 0 },
    { "EinsumDense", "quantization_config", NOTHING, 0 },
    { "Embedding", "quantization_config", NOTHING, 0 },
    { "InputLayer", "optional", NO, 0 },
    { "AlphaDropout", "noise_shape", NOTHING, 0 },
    { "LayerNormalization", "rms_scaling", NO, 0 },
    { "BatchNormalization", "renorm", NO, 0 },
    { "BatchNormalization", "renorm_clipping", NOTHING, 0 },
    { "BatchNormalization", "renorm_momentum", NUMBER, 0.99 },
    { "SimpleRNN", "zero_output_for_mask", NO, 0 },
    { "SimpleRNN", "seed", NOTHING, 0 },
    { "LSTM", "zero_output_for_mask", NO, 0 },
    { "LSTM", "seed", NOTHING, 0 },
    { "GRU", "zero_output_for_mask", NO, 0 },
    { "GRU", "seed", NOTHING, 0 },
    { "RNN", "zero_output_for_mask", NO, 0 },
    { "SimpleRNNCell", "seed", NOTHING, 0 },
    { "LSTMCell", "seed", NOTHING, 0 },
    { "GRUCell", "seed", NOTHING, 0 },
    { "Attention", "seed", NOTHING, 0 },
    { "AdditiveAttention", "seed", NOTHING, 0 },
    { "MultiHeadAttention", "use_gate", NO, 0 },
    { "MultiHeadAttention", "sliding_window", NOTHING, 0 },
    { "MultiHeadAttention", "seed", NOTHING, 0 },
    { "ZeroPadding1D", "data_format", LAST, 0 },
    { "CenterCrop", "data_format", LAST, 0 },
    { "Resizing", "pad_to_aspect_ratio", NO, 0 },
    { "Resizing", "fill_mode", CONSTANT, 0 },
    { "Resizing", "fill_value", NUMBER, 0 },
    { "Resizing", "antialias", NO, 0 },
    { "Resizing", "data_format", LAST, 0 },
};

/* Arguments that Keras 2 writes and Keras 3 does not, the same way. */
static const only keras2_only[] = {
    { "Dense", "activity_regularizer", NOTHING, 0 },
    { "MultiHeadAttention", "activity_regularizer", NOTHING, 0 },
    { "MultiHeadAttention", "query_shape", WHATEVER, 0 },
    { "MultiHeadAttention", "key_shape", WHATEVER, 0 },
    { "MultiHeadAttention", "value_shape", WHATEVER, 0 },
    { "SpatialDropout1D", "noise_shape", NOTHING, 0 },
    { "SpatialDropout2D", "noise_shape", NOTHING, 0 },
    { "SpatialDropout3D", "noise_shape", NOTHING, 0 },
    { "SimpleRNN", "time_major", NO, 0 },
    { "LSTM", "time_major", NO, 0 },
    { "LSTM", "implementation", NUMBER, 2 },
    { "GRU", "time_major", NO, 0 },
    { "GRU", "implementation", NUMBER, 2 },
    { "RNN", "time_major", NO, 0 },
    { "LSTMCell", "implementation", NUMBER, 2 },
    { "GRUCell", "implementation", NUMBER, 2 },
    { "DepthwiseConv1D", "groups", NUMBER, 1 },
    { "DepthwiseConv2D", "groups", NUMBER, 1 },
    { "Conv1DTranspose", "groups", NUMBER, 1 },
    { "Conv2DTranspose", "groups", NUMBER, 1 },
    { "Conv3DTranspose", "groups", NUMBER, 1 },
    { "SeparableConv1D", "groups", NUMBER, 1 },
    { "SeparableConv2D", "groups", NUMBER, 1 },
    { "SeparableConv1D", "kernel_initializer", WHATEVER, 0 },
    { "SeparableConv1D", "kernel_regularizer", WHATEVER, 0 },
    { "SeparableConv1D", "kernel_constraint", WHATEVER, 0 },
    { "SeparableConv2D", "kernel_initializer", WHATEVER, 0 },
    { "SeparableConv2D", "kernel_regularizer", WHATEVER, 0 },
    { "SeparableConv2D", "kernel_constraint", WHATEVER, 0 },
};
/* Arguments that Keras got later, with what it computed before: reset_after in 2.1.4. */
static const struct {
    const char *class_name, *key;
    bool value;
} later[] = { { "GRU", "reset_after", false }, { "GRUCell", "reset_after", false } };

enum {
    KERAS2_ONLY = sizeof keras2_only / sizeof *keras2_only,
    KERAS3_ONLY = sizeof keras3_only / sizeof *keras3_only
};

static bool is_nothing(const only *o, const char *class_name, const char *key, const config *value)
{
    double number;
    if (strcmp(o->class_name, class_name) != 0 || strcmp(o->key, key) != 0) return false;
    switch (o->kind) {
    case NOTHING:
        return config_is_null(value);
    case NO:
        return config_is_false(value);
    case NUMBER:
        return config_number(value, &number) && number == o->number;
    case LAST:
        return config_string(value) && strcmp(config_string(value), "channels_last") == 0;
    case CONSTANT:
        return config_string(value) && strcmp(config_string(value), "constant") == 0;
    case WHATEVER:
        return false;
    }
    return false;
}

bool keras_argument_says_nothing(const char *class_name, const char *key, const config *value)
{
    for (size_t i = 0; i < KERAS2_ONLY; i++)
        if (is_nothing(&keras2_only[i], class_name, key, value)) return true;
    for (size_t i = 0; i < KERAS3_ONLY; i++)
        if (is_nothing(&keras3_only[i], class_name, key, value)) return true;
    return false;
}

/* Arguments that the two Keras call differently. */
static const struct {
    const char *class_name, *keras2, *keras3;
} renamed[] = { { "LeakyReLU", "alpha", "negative_slope" },
                { "InputLayer", "batch_input_shape", "batch_shape" } };

const char *keras_argument_name(const char *class_name, const char *key, bool keras3)
{
    for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++)
        if (strcmp(renamed[i].class_name, class_name) == 0 &&
            strcmp(keras3 ? renamed[i].keras2 : renamed[i].keras3, key) == 0)
            return keras3 ? renamed[i].keras3 : renamed[i].keras2;
    return key;
}

bool keras3_refuses(const char *class_name, const char *key)
{
    static const char *const no_trainable[] = { "SpatialDropout1D",
                                                "SpatialDropout2D",
                                                "SpatialDropout3D",
                                                "Discretization",
                                                "Pipeline",
                                                "InputLayer",
                                                NULL };
    static const char *const no_dtype[] = { "Pipeline", NULL };
    if (strcmp(key, "dtype") == 0) return text_is_among(class_name, no_dtype);
    return strcmp(key, "trainable") == 0 && text_is_among(class_name, no_trainable);
}

bool keras_argument_has_no_effect(const char *class_name, const char *key)
{
    for (size_t i = 0; i < KERAS2_ONLY; i++)
        if (keras2_only[i].kind == WHATEVER && strcmp(keras2_only[i].class_name, class_name) == 0 &&
            strcmp(keras2_only[i].key, key) == 0)
            return true;
    return false;
}

void keras_add_older_arguments(config *result, const char *class_name)
{
    /* Keras 2 looks for them, and does without if they are null. */
    static const char *const shapes[] = { "query_shape", "key_shape", "value_shape" };
    for (size_t i = 0; i < 3 && strcmp(class_name, "MultiHeadAttention") == 0; i++)
        if (!config_get(result, shapes[i])) config_set_null(result, shapes[i]);
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        if (strcmp(later[i].class_name, class_name) == 0 && !config_get(result, later[i].key))
            config_set_boolean(result, later[i].key, later[i].value);
}

void keras3_add_arguments(config *result, const char *class_name)
{
    for (size_t i = 0; i < KERAS3_ONLY; i++) {
        const char *key = keras3_only[i].key;
        if (strcmp(keras3_only[i].class_name, class_name) != 0 || config_get(result, key)) continue;
        switch (keras3_only[i].kind) {
        case NOTHING:
            config_set_null(result, key);
            break;
        case NO:
            config_set_boolean(result, key, false);
            break;
        case NUMBER:
            config_set_number(result, key, keras3_only[i].number);
            break;
        case LAST:
            config_set_string(result, key, "channels_last");
            break;
        case CONSTANT:
            config_set_string(result, key, "constant");
            break;
        case WHATEVER:
            break;
        }
    }
}
