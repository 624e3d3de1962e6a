/* Every constructor of the public API in a host program that has set DAZ and FTZ, as -ffast-math does: an option that was left
 * out, HORN_ZERO and any other number become the same arguments as without. */
#include "custom_classes.h"
#include "conformance/sample.h"
#include "host_word.h"
#include "layers/layer.h"
#include "losses/loss.h"
#include "optimizers/optimizer.h"

#ifdef HAS_HOST_WORD

/* ---- layers, with `v` as each of their numbers ---- */

static layer *make_flatten(double v)
{
    (void)v;
    return horn_flatten(NULL);
}

static layer *make_dense(double v)
{
    return horn_dense(&(horn_dense_options){
        .units = 2,
        .kernel_regularizer = { .l1 = v, .l2 = 0.5 },
        .bias_regularizer = { .l1 = v, .l2 = v },
        .kernel_constraint = { .name = "min_max_norm", .min_value = v, .max_value = v, .rate = v } });
}

static layer *make_dropout(double v)
{
    return horn_dropout(&(horn_dropout_options){ .rate = v });
}

static layer *make_activation(double v)
{
    (void)v;
    return horn_activation(&(horn_activation_options){ .activation = "relu" });
}

static layer *make_activity_regularization(double v)
{
    return horn_activity_regularization(&(horn_activity_regularization_options){ .l1 = v, .l2 = 0.5 });
}

static layer *make_input(double v)
{
    (void)v;
    return horn_input(&(horn_input_options){ .input_shape = { 3 } });
}

static layer *make_reshape(double v)
{
    (void)v;
    return horn_reshape(&(horn_reshape_options){ .target_shape = { 3, HORN_REST } });
}

static layer *make_relu(double v)
{
    return horn_relu(&(horn_relu_options){ .max_value = v, .negative_slope = v, .threshold = v });
}

static layer *make_leaky_relu(double v)
{
    return horn_leaky_relu(&(horn_leaky_relu_options){ .alpha = v });
}

static layer *make_sequential_layer(double v)
{
    return horn_sequential_layer(&(horn_sequential_layer_options){
        .name = "s", .layers = { make_input(v), make_dense(v), make_dropout(0.5), make_dropout(0.5) } });
}

static layer *make_time_distributed(double v)
{
    return horn_time_distributed(&(horn_time_distributed_options){ .name = "t", .layer = make_relu(v) });
}

static layer *make_simple_rnn_cell(double v)
{
    return horn_simple_rnn_cell(
        &(horn_recurrent_options){ .units = 2, .recurrent_regularizer = { .l1 = v } });
}

static layer *make_lstm_cell(double v)
{
    return horn_lstm_cell(
        &(horn_recurrent_options){ .units = 2, .kernel_regularizer = { .l1 = v, .l2 = 0.5 } });
}

static layer *make_gru_cell(double v)
{
    return horn_gru_cell(&(horn_recurrent_options){
        .name = "c", .units = 2, .no_reset_after = true, .dropout = v, .recurrent_dropout = v });
}

static layer *make_stacked_rnn_cells(double v)
{
    return horn_stacked_rnn_cells(
        &(horn_stacked_rnn_cells_options){ .cells = { make_gru_cell(v), make_lstm_cell(0.5) } });
}

static layer *make_rnn(double v)
{
    return horn_rnn(&(horn_rnn_options){ .cell = make_gru_cell(v) });
}

static layer *make_bidirectional(double v)
{
    return horn_bidirectional(&(horn_bidirectional_options){
        .layer = horn_gru(&(horn_recurrent_options){ .units = 2, .name = "g", .dropout = v }),
        .merge_mode = "mul" });
}

static layer *make_masking(double v)
{
    return horn_masking(&(horn_masking_options){ .mask_value = v });
}

static layer *make_embedding(double v)
{
    return horn_embedding(&(horn_embedding_options){
        .input_dim = 3, .output_dim = 2, .embeddings_regularizer = { .l1 = v, .l2 = 0.5 } });
}

static layer *make_elu(double v)
{
    return horn_elu(&(horn_elu_options){ .alpha = v });
}

static layer *make_prelu(double v)
{
    return horn_prelu(&(horn_prelu_options){ .alpha_regularizer = { .l1 = v, .l2 = 0.5 } });
}

static layer *make_thresholded_relu(double v)
{
    return horn_thresholded_relu(&(horn_thresholded_relu_options){ .theta = v });
}

static layer *make_permute(double v)
{
    (void)v;
    return horn_permute(&(horn_permute_options){ .dims = { 2, 1 } });
}

static layer *make_repeat_vector(double v)
{
    (void)v;
    return horn_repeat_vector(&(horn_repeat_vector_options){ .n = 2 });
}

static layer *make_add(double v)
{
    (void)v;
    return horn_add(&(horn_merging_options){ .name = "m" });
}

static layer *make_average(double v)
{
    (void)v;
    return horn_average(&(horn_merging_options){ .name = "m" });
}

static layer *make_maximum(double v)
{
    (void)v;
    return horn_maximum(&(horn_merging_options){ .name = "m" });
}

static layer *make_minimum(double v)
{
    (void)v;
    return horn_minimum(&(horn_merging_options){ .name = "m" });
}

static layer *make_multiply(double v)
{
    (void)v;
    return horn_multiply(&(horn_merging_options){ .name = "m" });
}

static layer *make_subtract(double v)
{
    (void)v;
    return horn_subtract(&(horn_merging_options){ .name = "m" });
}

static layer *make_concatenate(double v)
{
    (void)v;
    return horn_concatenate(NULL);
}

static layer *make_attention(double v)
{
    (void)v;
    return horn_attention(
        &(horn_attention_options){ .use_scale = true, .score_mode = "concat", .use_causal_mask = true });
}

static layer *make_additive_attention(double v)
{
    (void)v;
    return horn_additive_attention(&(horn_attention_options){ .no_scale = true });
}

static layer *make_multi_head_attention(double v)
{
    (void)v;
    return horn_multi_head_attention(&(horn_multi_head_attention_options){
        .num_heads = 2, .key_dim = 3, .output_shape = 4, .no_bias = true });
}

static layer *make_dot(double v)
{
    (void)v;
    return horn_dot(&(horn_dot_options){ .axes = { 1, 2 } });
}

static layer *make_rescaling(double v)
{
    return horn_rescaling(&(horn_rescaling_options){ .scale = 2, .offset = v });
}

static layer *make_gaussian_noise(double v)
{
    return horn_gaussian_noise(&(horn_gaussian_noise_options){ .stddev = v });
}

static layer *make_gaussian_dropout(double v)
{
    return horn_gaussian_dropout(&(horn_dropout_options){ .rate = v });
}

static layer *make_alpha_dropout(double v)
{
    return horn_alpha_dropout(&(horn_dropout_options){ .rate = v });
}

static layer *make_spatial_dropout1d(double v)
{
    return horn_spatial_dropout1d(&(horn_spatial_dropout_options){ .rate = v });
}

static layer *make_spatial_dropout2d(double v)
{
    return horn_spatial_dropout2d(&(horn_spatial_dropout_options){ .rate = v });
}

static layer *make_spatial_dropout3d(double v)
{
    return horn_spatial_dropout3d(&(horn_spatial_dropout_options){ .rate = v });
}

static layer *make_layer_normalization(double v)
{
    return horn_layer_normalization(&(horn_layer_normalization_options){ .epsilon = v });
}

static layer *make_group_normalization(double v)
{
    return horn_group_normalization(&(horn_group_normalization_options){ .epsilon = v });
}

static layer *make_unit_normalization(double v)
{
    (void)v;
    return horn_unit_normalization(NULL);
}

static layer *make_normalization(double v)
{
    (void)v;
    return horn_normalization(NULL);
}

static layer *make_softmax(double v)
{
    (void)v;
    return horn_softmax(NULL);
}

static layer *make_batch_normalization(double v)
{
    return horn_batch_normalization(&(horn_batch_normalization_options){ .momentum = v, .epsilon = v });
}

/* Layers of sequences, images and volumes. */
#define MAKE(constructor, options, ...)                                        \
    static layer *make_##constructor(double v)                                 \
    {                                                                          \
        (void)v;                                                               \
        return horn_##constructor(&(horn_##options##_options){ __VA_ARGS__ }); \
    }
#define KERNEL    .kernel_regularizer = { .l1 = 0.5, .l2 = v }, .bias_regularizer = { .l1 = v, .l2 = v }
#define DEPTHWISE .depthwise_regularizer = { .l1 = v, .l2 = v }, .bias_regularizer = { .l1 = v }

MAKE(conv1d, conv1d, .filters = 2, .kernel_size = 3, KERNEL)
MAKE(conv2d, conv2d, .filters = 2, .kernel_size = { 3 }, KERNEL)
MAKE(conv3d, conv3d, .filters = 2, .kernel_size = { 3 }, KERNEL)
MAKE(conv1d_transpose, conv1d_transpose, .filters = 2, .kernel_size = 3, KERNEL)
MAKE(conv2d_transpose, conv2d_transpose, .filters = 2, .kernel_size = { 3 }, KERNEL)
MAKE(conv3d_transpose, conv3d_transpose, .filters = 2, .kernel_size = { 3 }, KERNEL)
MAKE(depthwise_conv1d, depthwise_conv1d, .kernel_size = 3, DEPTHWISE)
MAKE(depthwise_conv2d, depthwise_conv2d, .kernel_size = { 3 }, DEPTHWISE)
MAKE(separable_conv1d, separable_conv1d, .filters = 2, .kernel_size = 3, DEPTHWISE)
MAKE(separable_conv2d, separable_conv2d, .filters = 2, .kernel_size = { 3 }, DEPTHWISE)
MAKE(max_pooling1d, pooling1d, .name = "p")
MAKE(max_pooling2d, pooling2d, .name = "p")
MAKE(max_pooling3d, pooling3d, .name = "p")
MAKE(average_pooling1d, pooling1d, .name = "p")
MAKE(average_pooling2d, pooling2d, .name = "p")
MAKE(average_pooling3d, pooling3d, .name = "p")
MAKE(global_max_pooling1d, global_pooling, .name = "p")
MAKE(global_max_pooling2d, global_pooling, .name = "p")
MAKE(global_max_pooling3d, global_pooling, .name = "p")
MAKE(global_average_pooling1d, global_pooling, .name = "p")
MAKE(global_average_pooling2d, global_pooling, .name = "p")
MAKE(global_average_pooling3d, global_pooling, .name = "p")
MAKE(zero_padding1d, zero_padding1d, .name = "p")
MAKE(zero_padding2d, zero_padding2d, .name = "p")
MAKE(cropping1d, cropping1d, .name = "p")
MAKE(cropping2d, cropping2d, .name = "p")
MAKE(up_sampling1d, up_sampling1d, .name = "p")
MAKE(up_sampling2d, up_sampling2d, .name = "p")
MAKE(resizing, resizing, .name = "p", .height = 3, .width = 4)
MAKE(center_crop, center_crop, .name = "p", .height = 3, .width = 4)

static layer *make_simple_rnn(double v)
{
    return horn_simple_rnn(&(horn_recurrent_options){ .units = 2, .recurrent_regularizer = { .l1 = v } });
}

static layer *make_lstm(double v)
{
    return horn_lstm(&(horn_recurrent_options){ .units = 2, .kernel_regularizer = { .l1 = v, .l2 = 0.5 } });
}

static layer *make_gru(double v)
{
    return horn_gru(&(horn_recurrent_options){ .units = 2, .dropout = v, .recurrent_dropout = v });
}

/* Its argument is said, whatever it is. */
static layer *make_custom(double v)
{
    return horn_custom_layer("demo>Mix",
                             &(horn_custom_layer_options){ .arguments = { HORN_NUMBER("gain", v) } });
}

/* What the description has in it if the numbers are left out, and if they are HORN_ZERO. NULL: it has no numbers. */
static const struct {
    const char *name;
    layer *(*make)(double);
    const char *left_out, *zero;
} layers[] = {
    { "Flatten", make_flatten, NULL, NULL },
    { "Dense", make_dense, "\"bias_regularizer\": null", "\"bias_regularizer\": null" },
    { "Dropout", make_dropout, "\"rate\": 0.0", "\"rate\": 0.0" },
    { "Activation", make_activation, NULL, NULL },
    { "ActivityRegularization", make_activity_regularization, NULL, NULL },
    { "InputLayer", make_input, NULL, NULL },
    { "Reshape", make_reshape, NULL, NULL },
    { "ReLU", make_relu, "\"max_value\": null, \"negative_slope\": 0.0, \"threshold\": 0.0",
      "\"max_value\": 0.0, \"negative_slope\": 0.0, \"threshold\": 0.0" },
    { "LeakyReLU", make_leaky_relu, "\"alpha\": 0.3", "\"alpha\": 0.0" },
    { "Sequential", make_sequential_layer, "\"batch_input_shape\": [null, 3]", NULL },
    { "TimeDistributed", make_time_distributed, NULL, "\"max_value\": 0.0" },
    { "Masking", make_masking, "\"mask_value\": 0.0", "\"mask_value\": 0.0" },
    { "Embedding", make_embedding, "\"l2\": 0.5", "\"l2\": 0.5" },
    { "ELU", make_elu, "\"alpha\": 1.0", "\"alpha\": 0.0" },
    { "PReLU", make_prelu, "\"l2\": 0.5", "\"l2\": 0.5" },
    { "ThresholdedReLU", make_thresholded_relu, "\"theta\": 1.0", "\"theta\": 0.0" },
    { "Permute", make_permute, NULL, NULL },
    { "RepeatVector", make_repeat_vector, NULL, NULL },
    { "Add", make_add, NULL, NULL },
    { "Average", make_average, NULL, NULL },
    { "Maximum", make_maximum, NULL, NULL },
    { "Minimum", make_minimum, NULL, NULL },
    { "Multiply", make_multiply, NULL, NULL },
    { "Subtract", make_subtract, NULL, NULL },
    { "Concatenate", make_concatenate, "\"axis\": -1", NULL },
    { "Attention", make_attention,
      "\"use_scale\": true, \"score_mode\": \"concat\", \"use_causal_mask\": true", NULL },
    { "AdditiveAttention", make_additive_attention, "\"use_scale\": false", NULL },
    { "MultiHeadAttention", make_multi_head_attention,
      "\"num_heads\": 2, \"key_dim\": 3, \"value_dim\": 3, \"dropout\": 0.0, \"use_bias\": false, "
      "\"output_shape\": 4",
      NULL },
    { "Dot", make_dot, "\"axes\": [1, 2], \"normalize\": false", NULL },
    { "Rescaling", make_rescaling, "\"scale\": 2.0, \"offset\": 0.0", "\"scale\": 2.0, \"offset\": 0.0" },
    { "GaussianNoise", make_gaussian_noise, "\"stddev\": 0.0", "\"stddev\": 0.0" },
    { "GaussianDropout", make_gaussian_dropout, "\"rate\": 0.0", "\"rate\": 0.0" },
    { "AlphaDropout", make_alpha_dropout, "\"rate\": 0.0", "\"rate\": 0.0" },
    { "SpatialDropout1D", make_spatial_dropout1d, "\"rate\": 0.0", "\"rate\": 0.0" },
    { "SpatialDropout2D", make_spatial_dropout2d, "\"rate\": 0.0", "\"rate\": 0.0" },
    { "SpatialDropout3D", make_spatial_dropout3d, "\"rate\": 0.0", "\"rate\": 0.0" },
    { "LayerNormalization", make_layer_normalization, "\"epsilon\": 0.001", "\"epsilon\": 0.0" },
    { "GroupNormalization", make_group_normalization, "\"groups\": 32, \"axis\": -1, \"epsilon\": 0.001",
      "\"epsilon\": 0.0" },
    { "UnitNormalization", make_unit_normalization, NULL, NULL },
    { "Normalization", make_normalization, NULL, NULL },
    { "Softmax", make_softmax, NULL, NULL },
    { "BatchNormalization", make_batch_normalization, "\"momentum\": 0.99, \"epsilon\": 0.001",
      "\"momentum\": 0.0, \"epsilon\": 0.0" },
    { "Conv1D", make_conv1d, "\"bias_regularizer\": null", "\"bias_regularizer\": null" },
    { "Conv2D", make_conv2d, "\"bias_regularizer\": null", "\"bias_regularizer\": null" },
    { "Conv3D", make_conv3d, "\"bias_regularizer\": null", "\"bias_regularizer\": null" },
    { "Conv1DTranspose", make_conv1d_transpose, "\"bias_regularizer\": null", "\"bias_regularizer\": null" },
    { "Conv2DTranspose", make_conv2d_transpose, "\"bias_regularizer\": null", "\"bias_regularizer\": null" },
    { "Conv3DTranspose", make_conv3d_transpose, "\"bias_regularizer\": null", "\"bias_regularizer\": null" },
    { "DepthwiseConv1D", make_depthwise_conv1d, "\"depthwise_regularizer\": null",
      "\"depthwise_regularizer\": null" },
    { "DepthwiseConv2D", make_depthwise_conv2d, "\"depthwise_regularizer\": null",
      "\"depthwise_regularizer\": null" },
    { "SeparableConv1D", make_separable_conv1d, "\"depthwise_regularizer\": null",
      "\"depthwise_regularizer\": null" },
    { "SeparableConv2D", make_separable_conv2d, "\"depthwise_regularizer\": null",
      "\"depthwise_regularizer\": null" },
    { "MaxPooling1D", make_max_pooling1d, NULL, NULL },
    { "MaxPooling2D", make_max_pooling2d, NULL, NULL },
    { "MaxPooling3D", make_max_pooling3d, NULL, NULL },
    { "AveragePooling1D", make_average_pooling1d, NULL, NULL },
    { "AveragePooling2D", make_average_pooling2d, NULL, NULL },
    { "AveragePooling3D", make_average_pooling3d, NULL, NULL },
    { "GlobalMaxPooling1D", make_global_max_pooling1d, NULL, NULL },
    { "GlobalMaxPooling2D", make_global_max_pooling2d, NULL, NULL },
    { "GlobalMaxPooling3D", make_global_max_pooling3d, NULL, NULL },
    { "GlobalAveragePooling1D", make_global_average_pooling1d, NULL, NULL },
    { "GlobalAveragePooling2D", make_global_average_pooling2d, NULL, NULL },
    { "GlobalAveragePooling3D", make_global_average_pooling3d, NULL, NULL },
    { "ZeroPadding1D", make_zero_padding1d, NULL, NULL },
    { "ZeroPadding2D", make_zero_padding2d, NULL, NULL },
    { "Cropping1D", make_cropping1d, NULL, NULL },
    { "Cropping2D", make_cropping2d, NULL, NULL },
    { "UpSampling1D", make_up_sampling1d, NULL, NULL },
    { "UpSampling2D", make_up_sampling2d, NULL, NULL },
    { "Resizing", make_resizing, NULL, NULL },
    { "CenterCrop", make_center_crop, NULL, NULL },
    { "SimpleRNN", make_simple_rnn, "\"recurrent_regularizer\": null", "\"recurrent_regularizer\": null" },
    { "LSTM", make_lstm, "\"l2\": 0.5", "\"l2\": 0.5" },
    { "SimpleRNNCell", make_simple_rnn_cell, "\"recurrent_regularizer\": null",
      "\"recurrent_regularizer\": null" },
    { "LSTMCell", make_lstm_cell, "\"l2\": 0.5", "\"l2\": 0.5" },
    { "GRUCell", make_gru_cell, "\"dropout\": 0.0, \"recurrent_dropout\": 0.0",
      "\"dropout\": 0.0, \"recurrent_dropout\": 0.0" },
    { "StackedRNNCells", make_stacked_rnn_cells,
      "\"dropout\": 0.0, \"recurrent_dropout\": 0.0, \"reset_after\": false",
      "\"dropout\": 0.0, \"recurrent_dropout\": 0.0, \"reset_after\": false" },
    { "RNN", make_rnn, "\"dropout\": 0.0, \"recurrent_dropout\": 0.0, \"reset_after\": false",
      "\"dropout\": 0.0, \"recurrent_dropout\": 0.0, \"reset_after\": false" },
    { "Bidirectional", make_bidirectional,
      "\"dropout\": 0.0, \"recurrent_dropout\": 0.0, \"reset_after\": true",
      "\"dropout\": 0.0, \"recurrent_dropout\": 0.0, \"reset_after\": true" },
    { "GRU", make_gru, "\"dropout\": 0.0, \"recurrent_dropout\": 0.0",
      "\"dropout\": 0.0, \"recurrent_dropout\": 0.0" },
};

/* Takes the description. */
static bytes text_of(config *description)
{
    bytes text = { 0 };
    ck_ok(config_print(description, false, &text));
    config_free(description);
    return text;
}

/* Takes the layer. Of one that was refused the text is the error's. */
static bytes layer_text(layer *l)
{
    config *description = NULL;
    bytes text = { 0 };
    if (horn_layer_status(l)) {
        bytes_print(&text, "%s", horn_last_error());
        layer_free(l);
        return text;
    }
    ck_ok(layer_describe(l, &description));
    layer_free(l);
    return text_of(description);
}

/* Takes both texts. */
static void same(const char *what, bytes wanted, bytes found, const char *words)
{
    ck_assert_msg(strcmp(bytes_text(&wanted), bytes_text(&found)) == 0, "%s: %s, expected %s", what,
                  bytes_text(&found), bytes_text(&wanted));
    ck_assert_msg(!words || strstr(bytes_text(&found), words), "%s: %s, expected %s in it", what,
                  bytes_text(&found), words);
    bytes_free(&wanted);
    bytes_free(&found);
}

static layer *make_layer(layer *(*make)(double), double v, unsigned bits)
{
    const unsigned before = host_word_add(bits);
    layer *l = make(v);
    _mm_setcsr(before);
    return l;
}

static void check_layer(const char *name, layer *(*make)(double), double v, const char *words)
{
    same(name, layer_text(make_layer(make, v, 0)), layer_text(make_layer(make, v, WORD_DAZ | WORD_FTZ)),
         words);
}

START_TEST(test_options__layers_have_the_same_arguments)
{
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        const char *name = layers[i].name;
        check_layer(name, layers[i].make, 0, layers[i].left_out);
        check_layer(name, layers[i].make, -0.0, layers[i].left_out);
        check_layer(name, layers[i].make, HORN_ZERO, layers[i].zero);
        check_layer(name, layers[i].make, 0.25, layers[i].zero ? "0.25" : NULL);
    }
    ck_ok(horn_register_layer(&mix_class));
    check_layer("Mix", make_custom, 0, "argument 'gain' is 0.0");
    check_layer("Mix", make_custom, HORN_ZERO, "argument 'gain' is 0.0");
    check_layer("Mix", make_custom, 0.25, "\"gain\": 0.25");
}
END_TEST

/* ---- optimizers ---- */

static horn_optimizer *make_sgd(double v)
{
    return horn_sgd(&(horn_sgd_options){ .learning_rate = v, .momentum = v, .weight_decay = v });
}

static horn_optimizer *make_rmsprop(double v)
{
    return horn_rmsprop(&(horn_rmsprop_options){
        .learning_rate = v, .rho = v, .momentum = v, .epsilon = v, .clipping = { .clipnorm = v } });
}

static horn_optimizer *make_adam(double v)
{
    return horn_adam(&(horn_adam_options){
        .learning_rate = v, .beta_1 = v, .beta_2 = v, .epsilon = v, .clipping = { .clipvalue = v } });
}

static horn_optimizer *make_adamw(double v)
{
    return horn_adamw(&(horn_adamw_options){
        .learning_rate = v, .beta_1 = v, .beta_2 = v, .epsilon = v, .weight_decay = v });
}

static horn_optimizer *make_adamax(double v)
{
    return horn_adamax(&(horn_adamax_options){ .learning_rate = v, .beta_1 = v, .beta_2 = v, .epsilon = v });
}

static horn_optimizer *make_nadam(double v)
{
    return horn_nadam(&(horn_nadam_options){ .learning_rate = v, .beta_1 = v, .beta_2 = v, .epsilon = v });
}

static horn_optimizer *make_adagrad(double v)
{
    return horn_adagrad(
        &(horn_adagrad_options){ .learning_rate = v, .initial_accumulator_value = v, .epsilon = v });
}

static horn_optimizer *make_adadelta(double v)
{
    return horn_adadelta(&(horn_adadelta_options){ .learning_rate = v, .rho = v, .epsilon = v });
}

static horn_optimizer *make_ftrl(double v)
{
    return horn_ftrl(&(horn_ftrl_options){ .learning_rate = v,
                                           .learning_rate_power = v == 0.25 ? -v : v,
                                           .initial_accumulator_value = v,
                                           .l1_regularization_strength = v,
                                           .l2_regularization_strength = v,
                                           .l2_shrinkage_regularization_strength = v,
                                           .beta = v });
}

static horn_optimizer *make_lion(double v)
{
    return horn_lion(&(horn_lion_options){ .learning_rate = v, .beta_1 = v, .beta_2 = v });
}

static horn_optimizer *make_custom_optimizer(double v)
{
    return horn_custom_optimizer(
        "demo>Heavy",
        &(horn_custom_optimizer_options){ .learning_rate = v, .clipping = { .global_clipnorm = v } });
}

static horn_optimizer *make_polynomial(double v)
{
    const horn_schedule s = { .name = "PolynomialDecay",
                              .initial_learning_rate = 0.5,
                              .decay_steps = 10,
                              .end_learning_rate = v,
                              .power = v };
    return horn_sgd(&(horn_sgd_options){ .schedule = s });
}

static horn_optimizer *make_cosine(double v)
{
    const horn_schedule s = {
        .name = "CosineDecay", .initial_learning_rate = v, .decay_steps = 10, .alpha = v
    };
    return horn_sgd(&(horn_sgd_options){ .schedule = s });
}

/* Of a class whose own learning rate is HORN_ZERO. */
static horn_optimizer *make_still(double v)
{
    return horn_custom_optimizer("demo>Still", &(horn_custom_optimizer_options){ .learning_rate = v });
}

static const struct {
    const char *name;
    horn_optimizer *(*make)(double);
    const char *left_out, *zero;
} optimizers[] = {
    { "SGD", make_sgd, "\"learning_rate\": 0.009999999776482582, \"momentum\": 0.0",
      "\"learning_rate\": 0.0, \"momentum\": 0.0" },
    { "RMSprop", make_rmsprop,
      "\"learning_rate\": 0.0010000000474974513, \"rho\": 0.9, \"momentum\": 0.0, \"epsilon\": 1e-07",
      "\"learning_rate\": 0.0, \"rho\": 0.0, \"momentum\": 0.0, \"epsilon\": 0.0" },
    { "Adam", make_adam,
      "\"learning_rate\": 0.0010000000474974513, \"beta_1\": 0.9, \"beta_2\": 0.999, \"epsilon\": 1e-07",
      "\"learning_rate\": 0.0, \"beta_1\": 0.0, \"beta_2\": 0.0, \"epsilon\": 0.0" },
    { "AdamW", make_adamw, "\"epsilon\": 1e-07, \"amsgrad\": false, \"weight_decay\": 0.004",
      "\"epsilon\": 0.0, \"amsgrad\": false, \"weight_decay\": 0.0" },
    { "Adamax", make_adamax, "\"beta_1\": 0.9, \"beta_2\": 0.999, \"epsilon\": 1e-07",
      "\"beta_1\": 0.0, \"beta_2\": 0.0, \"epsilon\": 0.0" },
    { "Nadam", make_nadam, "\"beta_1\": 0.9, \"beta_2\": 0.999, \"epsilon\": 1e-07",
      "\"beta_1\": 0.0, \"beta_2\": 0.0, \"epsilon\": 0.0" },
    { "Adagrad", make_adagrad, "\"initial_accumulator_value\": 0.1, \"epsilon\": 1e-07",
      "\"initial_accumulator_value\": 0.0, \"epsilon\": 0.0" },
    { "Adadelta", make_adadelta, "\"rho\": 0.95, \"epsilon\": 1e-07", "\"rho\": 0.0, \"epsilon\": 0.0" },
    { "Ftrl", make_ftrl, "\"learning_rate_power\": -0.5, \"initial_accumulator_value\": 0.1",
      "\"learning_rate_power\": 0.0, \"initial_accumulator_value\": 0.0" },
    { "Lion", make_lion, "\"beta_1\": 0.9, \"beta_2\": 0.99",
      "argument 'beta_1' is 0.0, expected more than 0" },
    { "Heavy", make_custom_optimizer, "\"learning_rate\": 0.009999999776482582", "\"learning_rate\": 0.0" },
    { "Still", make_still, "\"learning_rate\": 0.0", "\"learning_rate\": 0.0" },
    { "PolynomialDecay", make_polynomial, "\"end_learning_rate\": 0.0001, \"power\": 1.0",
      "\"end_learning_rate\": 0.0, \"power\": 0.0" },
    { "CosineDecay", make_cosine, "argument 'initial_learning_rate' is missing",
      "\"initial_learning_rate\": 0.0, \"decay_steps\": 10, \"alpha\": 0.0" },
};

/* Takes the optimizer. */
static bytes optimizer_text(horn_optimizer *o)
{
    config *description = NULL;
    bytes text = { 0 };
    if (horn_optimizer_status(o)) {
        bytes_print(&text, "%s", horn_last_error());
        horn_optimizer_free(o);
        return text;
    }
    ck_ok(optimizer_describe(o, &description));
    horn_optimizer_free(o);
    return text_of(description);
}

static horn_optimizer *make_optimizer(horn_optimizer *(*make)(double), double v, unsigned bits)
{
    const unsigned before = host_word_add(bits);
    horn_optimizer *o = make(v);
    _mm_setcsr(before);
    return o;
}

static void check_optimizer(const char *name, horn_optimizer *(*make)(double), double v, const char *words)
{
    same(name, optimizer_text(make_optimizer(make, v, 0)),
         optimizer_text(make_optimizer(make, v, WORD_DAZ | WORD_FTZ)), words);
}

START_TEST(test_options__optimizers_have_the_same_arguments)
{
    static horn_optimizer_class still;
    const unsigned before = host_word_add(WORD_DAZ | WORD_FTZ);
    still = heavy_class, still.name = "Still", still.learning_rate = HORN_ZERO;
    ck_ok(horn_register_optimizer(&heavy_class));
    ck_ok(horn_register_optimizer(&still));
    _mm_setcsr(before);
    for (size_t i = 0; i < sizeof optimizers / sizeof *optimizers; i++) {
        check_optimizer(optimizers[i].name, optimizers[i].make, 0, optimizers[i].left_out);
        check_optimizer(optimizers[i].name, optimizers[i].make, HORN_ZERO, optimizers[i].zero);
        check_optimizer(optimizers[i].name, optimizers[i].make, 0.25, "0.25");
    }
}
END_TEST

/* ---- losses ---- */

static bytes loss_text(horn_loss *l)
{
    config *description = NULL;
    ck_ok(horn_loss_status(l));
    ck_ok(loss_describe(l, &description));
    horn_loss_free(l);
    return text_of(description);
}

static horn_loss *make_sparse_categorical_crossentropy(double v)
{
    return horn_sparse_categorical_crossentropy(&(horn_crossentropy_options){ .from_logits = v > 0.1 });
}

static horn_loss *make_categorical_crossentropy(double v)
{
    return horn_categorical_crossentropy(&(horn_crossentropy_options){ .label_smoothing = v });
}

static horn_loss *make_binary_crossentropy(double v)
{
    return horn_binary_crossentropy(&(horn_crossentropy_options){ .label_smoothing = v });
}

static horn_loss *make_binary_focal_crossentropy(double v)
{
    return horn_binary_focal_crossentropy(
        &(horn_focal_crossentropy_options){ .label_smoothing = v, .alpha = v, .gamma = v });
}

static horn_loss *make_categorical_focal_crossentropy(double v)
{
    return horn_categorical_focal_crossentropy(
        &(horn_focal_crossentropy_options){ .label_smoothing = v, .alpha = v, .gamma = v });
}

static horn_loss *make_huber(double v)
{
    return horn_huber(&(horn_huber_options){ .delta = v });
}

/* These have no numbers. */
#define PLAIN_LOSS(make, constructor) \
    static horn_loss *make(double v)  \
    {                                 \
        (void)v;                      \
        return constructor(NULL);     \
    }
PLAIN_LOSS(make_kl_divergence, horn_kl_divergence)
PLAIN_LOSS(make_poisson, horn_poisson)
PLAIN_LOSS(make_mean_squared_error, horn_mean_squared_error)
PLAIN_LOSS(make_mean_absolute_error, horn_mean_absolute_error)
PLAIN_LOSS(make_mean_absolute_percentage_error, horn_mean_absolute_percentage_error)
PLAIN_LOSS(make_mean_squared_logarithmic_error, horn_mean_squared_logarithmic_error)
PLAIN_LOSS(make_log_cosh, horn_log_cosh)
PLAIN_LOSS(make_cosine_similarity, horn_cosine_similarity)
PLAIN_LOSS(make_hinge, horn_hinge)
PLAIN_LOSS(make_squared_hinge, horn_squared_hinge)
PLAIN_LOSS(make_categorical_hinge, horn_categorical_hinge)

/* What the description has in it if the numbers are left out, and if they are HORN_ZERO. */
static const struct {
    horn_loss *(*make)(double);
    const char *left_out, *zero;
} losses[] = {
    { make_sparse_categorical_crossentropy, "false", "false" },
    { make_categorical_crossentropy, "\"label_smoothing\": 0.0", "\"label_smoothing\": 0.0" },
    { make_binary_crossentropy, "\"label_smoothing\": 0.0", "\"label_smoothing\": 0.0" },
    { make_binary_focal_crossentropy, "\"alpha\": 0.25, \"gamma\": 2.0", "\"alpha\": 0.0, \"gamma\": 0.0" },
    { make_categorical_focal_crossentropy, "\"alpha\": 0.25, \"gamma\": 2.0",
      "\"alpha\": 0.0, \"gamma\": 0.0" },
    { make_huber, "\"delta\": 1.0", "\"delta\": 0.0" },
    { make_kl_divergence, "kl_divergence", "" },
    { make_poisson, "poisson", "" },
    { make_mean_squared_error, "mean_squared_error", "" },
    { make_mean_absolute_error, "mean_absolute_error", "" },
    { make_mean_absolute_percentage_error, "mean_absolute_percentage_error", "" },
    { make_mean_squared_logarithmic_error, "mean_squared_logarithmic_error", "" },
    { make_log_cosh, "log_cosh", "" },
    { make_cosine_similarity, "cosine_similarity", "" },
    { make_hinge, "hinge", "" },
    { make_squared_hinge, "squared_hinge", "" },
    { make_categorical_hinge, "categorical_hinge", "" },
};

START_TEST(test_options__losses_have_the_same_arguments)
{
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++)
        for (int number = 0; number < 3; number++) {
            const double v = number == 0 ? 0 : number == 1 ? HORN_ZERO : 0.25;
            horn_loss *wanted = losses[i].make(v);
            const unsigned before = host_word_add(WORD_DAZ | WORD_FTZ);
            horn_loss *found = losses[i].make(v);
            _mm_setcsr(before);
            same("loss", loss_text(wanted), loss_text(found),
                 number == 0   ? losses[i].left_out
                 : number == 1 ? losses[i].zero
                               : "");
        }
}
END_TEST

TEST_MAIN(test_options__layers_have_the_same_arguments, test_options__optimizers_have_the_same_arguments,
          test_options__losses_have_the_same_arguments)

#else
START_TEST(test_options__no_word_to_set)
{
    ck_assert_double_eq(HORN_ZERO, 4.9406564584124654e-324);
}
END_TEST

TEST_MAIN(test_options__no_word_to_set)
#endif
