#include "layers/layer.h"

extern const layer_class activation_layer_class, activity_regularization_class, batch_normalization_class,
    dense_class, dropout_class, embedding_class, flatten_class;
extern const layer_class input_layer_class, leaky_relu_class, masking_class, relu_class, reshape_class,
    softmax_layer_class;
extern const layer_class conv1d_class, conv2d_class, conv3d_class, conv1d_transpose_class,
    conv2d_transpose_class, conv3d_transpose_class, depthwise_conv1d_class, depthwise_conv2d_class,
    separable_conv1d_class, separable_conv2d_class;
extern const layer_class max_pooling1d_class, max_pooling2d_class, max_pooling3d_class,
    average_pooling1d_class, average_pooling2d_class, average_pooling3d_class, global_max_pooling1d_class,
    global_max_pooling2d_class, global_max_pooling3d_class, global_average_pooling1d_class,
    global_average_pooling2d_class, global_average_pooling3d_class;
extern const layer_class zero_padding1d_class, zero_padding2d_class, cropping1d_class, cropping2d_class,
    up_sampling1d_class, up_sampling2d_class;
extern const layer_class sequential_layer_class, time_distributed_class;
extern const layer_class simple_rnn_class, lstm_class, gru_class;
extern const layer_class elu_class, permute_class, prelu_class, repeat_vector_class, rescaling_class,
    thresholded_relu_class, alpha_dropout_class, gaussian_dropout_class, gaussian_noise_class,
    spatial_dropout1d_class, spatial_dropout2d_class, spatial_dropout3d_class, group_normalization_class,
    layer_normalization_class, normalization_class, unit_normalization_class;

static const layer_class *const classes[] = {
    &activation_layer_class,
    &activity_regularization_class,
    &batch_normalization_class,
    &dense_class,
    &dropout_class,
    &embedding_class,
    &flatten_class,
    &input_layer_class,
    &leaky_relu_class,
    &masking_class,
    &relu_class,
    &reshape_class,
    &softmax_layer_class,
    &conv1d_class,
    &conv2d_class,
    &conv3d_class,
    &conv1d_transpose_class,
    &conv2d_transpose_class,
    &conv3d_transpose_class,
    &depthwise_conv1d_class,
    &depthwise_conv2d_class,
    &separable_conv1d_class,
    &separable_conv2d_class,
    &max_pooling1d_class,
    &max_pooling2d_class,
    &max_pooling3d_class,
    &average_pooling1d_class,
    &average_pooling2d_class,
    &average_pooling3d_class,
    &global_max_pooling1d_class,
    &global_max_pooling2d_class,
    &global_max_pooling3d_class,
    &global_average_pooling1d_class,
    &global_average_pooling2d_class,
    &global_average_pooling3d_class,
    &zero_padding1d_class,
    &zero_padding2d_class,
    &elu_class,
    &permute_class,
    &prelu_class,
    &repeat_vector_class,
    &rescaling_class,
    &thresholded_relu_class,
    &alpha_dropout_class,
    &gaussian_dropout_class,
    &gaussian_noise_class,
    &spatial_dropout1d_class,
    &spatial_dropout2d_class,
    &spatial_dropout3d_class,
    &group_normalization_class,
    &layer_normalization_class,
    &normalization_class,
    &unit_normalization_class,
    &cropping1d_class,
    &cropping2d_class,
    &up_sampling1d_class,
    &up_sampling2d_class,
    &simple_rnn_class,
    &lstm_class,
    &gru_class,
    &sequential_layer_class,
    &time_distributed_class,
};

const layer_class *layer_class_at(size_t index)
{
    return index < sizeof classes / sizeof classes[0] ? classes[index] : NULL;
}
