/* Layers, by Keras' names and arguments. Zero means Keras' default; what Keras switches on is named by its
 * opposite.
 *
 * A constructor returns an owned layer, never NULL. One that could not be made carries its error: horn_layer_status reports
 * it, and so does horn_model_add, so that horn_model_add(model, horn_dense(...)) needs one check. input_shape is said by the
 * first layer alone, without the batch; it ends at the first 0. */
#ifndef HORN_LAYERS_H
#define HORN_LAYERS_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/export.h>
#include <horn/options.h>
#include <horn/status.h>
#include <horn/view.h>

HORN_BEGIN

typedef struct horn_layer horn_layer;

/* In an input_shape, a size that each batch sets: Keras' None. */
#define HORN_OPEN ((size_t)-2)

typedef struct horn_flatten_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
} horn_flatten_options;
horn_layer *horn_flatten(
    const horn_flatten_options *options); /* x[N, ...] -> y[N, product]; options may be NULL */

typedef struct horn_dense_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t units;
    const char *
        activation; /* "linear"; "relu", "gelu", ...: Keras' names; any but glu, threshold (no functions of one value for each) and sparsemax (Keras computes another one than its source); "hard_sigmoid" is Keras 2's, "keras3_hard_sigmoid" Keras 3's */
    bool no_bias;
    const char *kernel_initializer; /* "glorot_uniform" */
    const char *bias_initializer;   /* "zeros" */
    horn_regularizer kernel_regularizer, bias_regularizer;
    horn_constraint kernel_constraint, bias_constraint;
} horn_dense_options;
horn_layer *horn_dense(const horn_dense_options *options); /* x[N, ..., D] -> y[N, ..., units] */

typedef struct horn_dropout_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    double rate; /* share of the inputs set to 0 in training, in [0, 1) */
} horn_dropout_options;
horn_layer *horn_dropout(const horn_dropout_options *options);

/* A row of the table for each index, x[N, ...] -> y[N, ..., output_dim]. Indices are whole numbers below input_dim. */
typedef struct horn_embedding_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t input_dim, output_dim;
    const char *embeddings_initializer; /* "random_uniform" */
    horn_regularizer embeddings_regularizer;
    horn_constraint embeddings_constraint;
    bool mask_zero; /* masks the positions of index 0 */
} horn_embedding_options;
horn_layer *horn_embedding(const horn_embedding_options *options);

typedef struct horn_activation_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    const char *activation;
} horn_activation_options;
horn_layer *horn_activation(const horn_activation_options *options);

/* y = x; adds (l1 sum |x| + l2 sum x^2) / samples of the batch to the loss */
typedef struct horn_activity_regularization_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    double l1, l2; /* 0 */
} horn_activity_regularization_options;
horn_layer *horn_activity_regularization(const horn_activity_regularization_options *options);

/* The model's input on its own, in front of all layers: none of them needs an input_shape then. */
typedef struct horn_input_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    const char *dtype; /* "float32": what Keras gets; Horn takes data of any type */
    size_t batch_size; /* of each batch, which stateful layers need; 0: any */
} horn_input_options;
horn_layer *horn_input(const horn_input_options *options);

#define HORN_REST ((size_t)-1)

typedef struct horn_reshape_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t target_shape[HORN_MAX_RANK]; /* ends at the first 0; one may be HORN_REST: whatever is left */
} horn_reshape_options;
horn_layer *horn_reshape(const horn_reshape_options *options); /* x[N, ...] -> y[N, target_shape] */

typedef struct horn_relu_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    double max_value;      /* none */
    double negative_slope; /* 0 */
    double threshold;      /* 0 */
} horn_relu_options;
horn_layer *horn_relu(const horn_relu_options *options); /* options may be NULL, here and in the next two */

typedef struct horn_leaky_relu_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    double alpha; /* 0.3: the slope below 0, which Keras 3 calls negative_slope */
} horn_leaky_relu_options;
horn_layer *horn_leaky_relu(const horn_leaky_relu_options *options);

typedef struct horn_softmax_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
} horn_softmax_options;
horn_layer *horn_softmax(const horn_softmax_options *options); /* along the last axis */

/* Masks each position whose values along the last axis all are mask_value: they count neither in the loss nor in metrics, as long
 * as the layers behind pass the mask on (those that keep positions apart: Dense, Dropout, BatchNormalization, activations). */
typedef struct horn_masking_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    double mask_value; /* 0 */
} horn_masking_options;
horn_layer *horn_masking(const horn_masking_options *options); /* may be NULL */

typedef struct horn_batch_normalization_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    int axis[HORN_MAX_RANK]; /* { -1 }: the channels; from 1 on, as 0 is the batch; ends at the first 0 */
    double momentum;         /* 0.99 */
    double epsilon;          /* 0.001 */
    bool no_center, no_scale;
    bool biased_moving_variance; /* as in Keras 3; else as in Keras 2, which differs for images: 1/(N-1) */
} horn_batch_normalization_options;
horn_layer *horn_batch_normalization(const horn_batch_normalization_options *options); /* may be NULL */

/* ---- activations as layers; options may be NULL ---- */

typedef struct horn_elu_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    double alpha; /* 1 */
} horn_elu_options;
horn_layer *horn_elu(const horn_elu_options *options);

typedef struct horn_prelu_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    const char *alpha_initializer; /* "zeros" */
    horn_regularizer alpha_regularizer;
    horn_constraint alpha_constraint;
    size_t shared_axes
        [HORN_MAX_RANK]; /* from 1 on; ends at the first 0: { 1, 2 } has one slope for each channel of images */
} horn_prelu_options;
horn_layer *horn_prelu(const horn_prelu_options *options);

typedef struct horn_thresholded_relu_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    double theta; /* 1 */
} horn_thresholded_relu_options;
horn_layer *horn_thresholded_relu(const horn_thresholded_relu_options *options); /* of Keras 2 */

/* ---- shapes ---- */

typedef struct horn_permute_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t dims[HORN_MAX_RANK]; /* axes of x from 1 on, in the order of y */
} horn_permute_options;
horn_layer *horn_permute(const horn_permute_options *options);

typedef struct horn_repeat_vector_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t n;
} horn_repeat_vector_options;
horn_layer *horn_repeat_vector(const horn_repeat_vector_options *options); /* x[N, D] -> y[N, n, D] */

/* Layers that are called on several inputs, which have one shape, or shapes that stretch to one as in numpy. Subtract takes two. */
typedef struct horn_merging_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
} horn_merging_options;
horn_layer *horn_add(const horn_merging_options *options);
horn_layer *horn_subtract(const horn_merging_options *options);
horn_layer *horn_multiply(const horn_merging_options *options);
horn_layer *horn_average(const horn_merging_options *options);
horn_layer *horn_maximum(const horn_merging_options *options);
horn_layer *horn_minimum(const horn_merging_options *options);

typedef struct horn_concatenate_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    int axis; /* -1: the last one; axes of x count from 1 on */
} horn_concatenate_options;
horn_layer *horn_concatenate(const horn_concatenate_options *options);

typedef struct horn_dot_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    int axes[2]; /* of both inputs, from 1 on or below 0; the second one: as the first */
    bool normalize;
} horn_dot_options;
horn_layer *horn_dot(const horn_dot_options *options); /* sums x0 x1 over an axis of each */

/* Called on a query, a value and a key, which is the value if it is not given. */
typedef struct horn_attention_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    const char *score_mode; /* of Attention: "dot", "concat"; NULL: dot */
    bool use_scale;         /* of Attention */
    bool no_scale;          /* of AdditiveAttention */
    bool use_causal_mask;   /* Keras' argument of the call */
    double dropout;
} horn_attention_options;
horn_layer *horn_attention(const horn_attention_options *options);
horn_layer *horn_additive_attention(const horn_attention_options *options);

typedef struct horn_multi_head_attention_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t num_heads, key_dim;
    size_t value_dim;    /* 0: key_dim */
    size_t output_shape; /* 0: the query's last axis */
    bool no_bias, use_causal_mask;
    double dropout;
    const char *kernel_initializer, *bias_initializer;
    horn_regularizer kernel_regularizer, bias_regularizer;
    horn_constraint kernel_constraint, bias_constraint;
} horn_multi_head_attention_options;
horn_layer *horn_multi_head_attention(const horn_multi_head_attention_options *options);

/* y = x scale + offset */
typedef struct horn_rescaling_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    double scale;
    double offset; /* 0 */
} horn_rescaling_options;
horn_layer *horn_rescaling(const horn_rescaling_options *options);

/* ---- noise, in training alone; its random numbers follow from the model's seed ---- */

typedef struct horn_gaussian_noise_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    double stddev;
} horn_gaussian_noise_options;
horn_layer *horn_gaussian_noise(const horn_gaussian_noise_options *options);
horn_layer *horn_gaussian_dropout(const horn_dropout_options *options);
horn_layer *horn_alpha_dropout(const horn_dropout_options *options); /* behind selu */

/* Dropout of whole channels of sequences, images and volumes. */
typedef struct horn_spatial_dropout_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    double rate;
    const char *data_format; /* "channels_last"; sequences have no other */
} horn_spatial_dropout_options;
horn_layer *horn_spatial_dropout1d(const horn_spatial_dropout_options *options);
horn_layer *horn_spatial_dropout2d(const horn_spatial_dropout_options *options);
horn_layer *horn_spatial_dropout3d(const horn_spatial_dropout_options *options);

/* ---- normalization of each sample; options may be NULL. An axis is counted from 1, as 0 is the batch, or from the last, -1 ---- */

typedef struct horn_layer_normalization_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    int axis[HORN_MAX_RANK]; /* { -1 }; ends at the first 0 */
    double epsilon;          /* 0.001 */
    bool no_center, no_scale;
    bool rms_scaling; /* of Keras 3: the mean is not subtracted */
} horn_layer_normalization_options;
horn_layer *horn_layer_normalization(const horn_layer_normalization_options *options);

typedef struct horn_group_normalization_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    int groups;     /* 32; -1: as many as channels */
    int axis;       /* -1 */
    double epsilon; /* 0.001 */
    bool no_center, no_scale;
} horn_group_normalization_options;
horn_layer *horn_group_normalization(const horn_group_normalization_options *options);

typedef struct horn_unit_normalization_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    int axis[HORN_MAX_RANK]; /* { -1 }; ends at the first 0 */
} horn_unit_normalization_options;
horn_layer *horn_unit_normalization(const horn_unit_normalization_options *options);

/* y = (x - mean) / sqrt(variance), both of horn_model_adapt's data; with `invert` the other way round. */
typedef struct horn_normalization_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    int axis[HORN_MAX_RANK]; /* { -1 }: along which they vary; ends at the first 0 */
    bool of_all;             /* one mean and variance of all values: Keras' axis=None */
    bool invert;
} horn_normalization_options;
horn_layer *horn_normalization(const horn_normalization_options *options);

/* ---- sequences x[N, steps, channels], images x[N, height, width, channels], volumes x[N, depth, height, width, channels] ----
 *
 * Pairs are (y, x), triples (z, y, x); a 0 behind another number stands for that number. */

typedef struct horn_conv1d_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t filters, kernel_size;
    size_t strides;       /* 1 */
    const char *padding;  /* "valid", "same", or "causal": window t ends in step t */
    size_t dilation_rate; /* 1; above that only where strides are 1 */
    size_t groups;        /* 1 */
    const char *activation;
    bool no_bias;
    const char *kernel_initializer; /* "glorot_uniform" */
    const char *bias_initializer;   /* "zeros" */
    horn_regularizer kernel_regularizer, bias_regularizer;
    horn_constraint kernel_constraint, bias_constraint;
} horn_conv1d_options;
horn_layer *horn_conv1d(const horn_conv1d_options *options);

typedef struct horn_conv2d_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t filters, kernel_size[2];
    size_t strides[2];       /* 1 */
    const char *padding;     /* "valid", or "same" */
    size_t dilation_rate[2]; /* 1; above that only where strides are 1 */
    size_t groups;           /* 1 */
    const char *activation;
    bool no_bias;
    const char *kernel_initializer; /* "glorot_uniform" */
    const char *bias_initializer;   /* "zeros" */
    horn_regularizer kernel_regularizer, bias_regularizer;
    horn_constraint kernel_constraint, bias_constraint;
} horn_conv2d_options;
horn_layer *horn_conv2d(const horn_conv2d_options *options);

typedef struct horn_conv3d_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t filters, kernel_size[3];
    size_t strides[3];       /* 1 */
    const char *padding;     /* "valid", or "same" */
    size_t dilation_rate[3]; /* 1; above that only where strides are 1 */
    size_t groups;           /* 1 */
    const char *activation;
    bool no_bias;
    const char *kernel_initializer; /* "glorot_uniform" */
    const char *bias_initializer;   /* "zeros" */
    horn_regularizer kernel_regularizer, bias_regularizer;
    horn_constraint kernel_constraint, bias_constraint;
} horn_conv3d_options;
horn_layer *horn_conv3d(const horn_conv3d_options *options);

/* The gradient of a convolution as a layer: makes more steps, pixels or cells of fewer. */
typedef struct horn_conv1d_transpose_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t filters, kernel_size;
    size_t strides;          /* 1 */
    const char *padding;     /* "valid", or "same" */
    bool has_output_padding; /* if not, the output has Keras' usual size */
    size_t output_padding;   /* less than strides */
    size_t dilation_rate;    /* 1; above that only where strides are 1 */
    const char *activation;
    bool no_bias;
    const char *kernel_initializer; /* "glorot_uniform" */
    const char *bias_initializer;   /* "zeros" */
    horn_regularizer kernel_regularizer, bias_regularizer;
    horn_constraint kernel_constraint, bias_constraint;
} horn_conv1d_transpose_options;
horn_layer *horn_conv1d_transpose(const horn_conv1d_transpose_options *options);

typedef struct horn_conv2d_transpose_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t filters, kernel_size[2];
    size_t strides[2];        /* 1 */
    const char *padding;      /* "valid", or "same" */
    bool has_output_padding;  /* if not, the output has Keras' usual size */
    size_t output_padding[2]; /* less than strides */
    size_t dilation_rate[2];  /* 1; above that only where strides are 1 */
    const char *activation;
    bool no_bias;
    const char *kernel_initializer; /* "glorot_uniform" */
    const char *bias_initializer;   /* "zeros" */
    horn_regularizer kernel_regularizer, bias_regularizer;
    horn_constraint kernel_constraint, bias_constraint;
} horn_conv2d_transpose_options;
horn_layer *horn_conv2d_transpose(const horn_conv2d_transpose_options *options);

typedef struct horn_conv3d_transpose_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t filters, kernel_size[3];
    size_t strides[3];        /* 1 */
    const char *padding;      /* "valid", or "same" */
    bool has_output_padding;  /* if not, the output has Keras' usual size */
    size_t output_padding[3]; /* less than strides */
    size_t dilation_rate[3];  /* 1; above that only where strides are 1 */
    const char *activation;
    bool no_bias;
    const char *kernel_initializer; /* "glorot_uniform" */
    const char *bias_initializer;   /* "zeros" */
    horn_regularizer kernel_regularizer, bias_regularizer;
    horn_constraint kernel_constraint, bias_constraint;
} horn_conv3d_transpose_options;
horn_layer *horn_conv3d_transpose(const horn_conv3d_transpose_options *options);

/* y[N, ..., channels depth_multiplier]: each channel on its own */
typedef struct horn_depthwise_conv1d_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t kernel_size;
    size_t strides;          /* 1 */
    const char *padding;     /* "valid", or "same" */
    size_t depth_multiplier; /* 1: outputs of each channel */
    size_t dilation_rate;    /* 1; above that only where strides are 1 */
    const char *activation;
    bool no_bias;
    const char *depthwise_initializer; /* "glorot_uniform" */
    const char *bias_initializer;      /* "zeros" */
    horn_regularizer depthwise_regularizer, bias_regularizer;
    horn_constraint depthwise_constraint, bias_constraint;
} horn_depthwise_conv1d_options;
horn_layer *horn_depthwise_conv1d(const horn_depthwise_conv1d_options *options);

typedef struct horn_depthwise_conv2d_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t kernel_size[2];
    size_t strides[2];       /* 1 */
    const char *padding;     /* "valid", or "same" */
    size_t depth_multiplier; /* 1: outputs of each channel */
    size_t dilation_rate[2]; /* 1; above that only where strides are 1 */
    const char *activation;
    bool no_bias;
    const char *depthwise_initializer; /* "glorot_uniform" */
    const char *bias_initializer;      /* "zeros" */
    horn_regularizer depthwise_regularizer, bias_regularizer;
    horn_constraint depthwise_constraint, bias_constraint;
} horn_depthwise_conv2d_options;
horn_layer *horn_depthwise_conv2d(const horn_depthwise_conv2d_options *options);

/* Each channel on its own, then all of them at each step or pixel. */
typedef struct horn_separable_conv1d_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t filters, kernel_size;
    size_t strides;          /* 1 */
    const char *padding;     /* "valid", "same", or "causal" */
    size_t depth_multiplier; /* 1: outputs of each channel of the depthwise convolution */
    size_t dilation_rate;    /* 1; above that only where strides are 1 */
    const char *activation;
    bool no_bias;
    const char *depthwise_initializer, *pointwise_initializer; /* "glorot_uniform" */
    const char *bias_initializer;                              /* "zeros" */
    horn_regularizer depthwise_regularizer, pointwise_regularizer, bias_regularizer;
    horn_constraint depthwise_constraint, pointwise_constraint, bias_constraint;
} horn_separable_conv1d_options;
horn_layer *horn_separable_conv1d(const horn_separable_conv1d_options *options);

typedef struct horn_separable_conv2d_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t filters, kernel_size[2];
    size_t strides[2];       /* 1 */
    const char *padding;     /* "valid", or "same" */
    size_t depth_multiplier; /* 1: outputs of each channel of the depthwise convolution */
    size_t dilation_rate[2]; /* 1; above that only where strides are 1 */
    const char *activation;
    bool no_bias;
    const char *depthwise_initializer, *pointwise_initializer; /* "glorot_uniform" */
    const char *bias_initializer;                              /* "zeros" */
    horn_regularizer depthwise_regularizer, pointwise_regularizer, bias_regularizer;
    horn_constraint depthwise_constraint, pointwise_constraint, bias_constraint;
} horn_separable_conv2d_options;
horn_layer *horn_separable_conv2d(const horn_separable_conv2d_options *options);

typedef struct horn_pooling1d_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t pool_size;    /* 2 */
    size_t strides;      /* the pool size */
    const char *padding; /* "valid", or "same", which leaves the padding's cells out of account */
} horn_pooling1d_options;
horn_layer *horn_max_pooling1d(const horn_pooling1d_options *options); /* options of these may be NULL */
horn_layer *horn_average_pooling1d(const horn_pooling1d_options *options);

typedef struct horn_pooling2d_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t pool_size[2]; /* 2 */
    size_t strides[2];   /* the pool size */
    const char *padding; /* "valid", or "same", which leaves the padding's cells out of account */
} horn_pooling2d_options;
horn_layer *horn_max_pooling2d(const horn_pooling2d_options *options);
horn_layer *horn_average_pooling2d(const horn_pooling2d_options *options);

typedef struct horn_pooling3d_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t pool_size[3]; /* 2 */
    size_t strides[3];   /* the pool size */
    const char *padding; /* "valid", or "same", which leaves the padding's cells out of account */
} horn_pooling3d_options;
horn_layer *horn_max_pooling3d(const horn_pooling3d_options *options);
horn_layer *horn_average_pooling3d(const horn_pooling3d_options *options);

typedef struct horn_global_pooling_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    bool keepdims; /* y[N, 1, channels], y[N, 1, 1, channels], ..., else y[N, channels] */
} horn_global_pooling_options;
horn_layer *horn_global_max_pooling1d(const horn_global_pooling_options *options);
horn_layer *horn_global_average_pooling1d(const horn_global_pooling_options *options);
horn_layer *horn_global_max_pooling2d(const horn_global_pooling_options *options);
horn_layer *horn_global_average_pooling2d(const horn_global_pooling_options *options);
horn_layer *horn_global_max_pooling3d(const horn_global_pooling_options *options);
horn_layer *horn_global_average_pooling3d(const horn_global_pooling_options *options);

typedef struct horn_zero_padding1d_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t padding[2]; /* before, behind; both 0: 1 each */
} horn_zero_padding1d_options;
horn_layer *horn_zero_padding1d(const horn_zero_padding1d_options *options);

typedef struct horn_zero_padding2d_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t padding[4]; /* top, bottom, left, right; all 0: 1 each */
} horn_zero_padding2d_options;
horn_layer *horn_zero_padding2d(const horn_zero_padding2d_options *options);

typedef struct horn_cropping1d_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t cropping[2]; /* before, behind; both 0: 1 each */
} horn_cropping1d_options;
horn_layer *horn_cropping1d(const horn_cropping1d_options *options);

typedef struct horn_cropping2d_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t cropping[4]; /* top, bottom, left, right; all 0: none */
} horn_cropping2d_options;
horn_layer *horn_cropping2d(const horn_cropping2d_options *options);

typedef struct horn_up_sampling1d_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t size; /* 2 */
} horn_up_sampling1d_options;
horn_layer *horn_up_sampling1d(const horn_up_sampling1d_options *options);

typedef struct horn_up_sampling2d_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t size[2];            /* 2 */
    const char *interpolation; /* "nearest", or "bilinear" */
} horn_up_sampling2d_options;
horn_layer *horn_up_sampling2d(const horn_up_sampling2d_options *options);

typedef struct horn_resizing_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t height, width;
    const char *interpolation; /* "bilinear"; "nearest" */
    bool crop_to_aspect_ratio; /* resizes the largest part in the middle that has the shape of the output */
} horn_resizing_options;
horn_layer *horn_resizing(const horn_resizing_options *options);

typedef struct horn_center_crop_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    size_t height, width;
} horn_center_crop_options;
horn_layer *horn_center_crop(const horn_center_crop_options *options);

/* ---- sequences x[N, time steps, features] ---- */

typedef struct horn_recurrent_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK]; /* { HORN_OPEN, 8 }: sequences of any length, one for each batch */
    size_t units;
    const char *activation;           /* "tanh" */
    const char *recurrent_activation; /* "sigmoid"; of LSTM and GRU */
    bool no_bias;
    const char *kernel_initializer;    /* "glorot_uniform" */
    const char *recurrent_initializer; /* "orthogonal" */
    const char *bias_initializer;      /* "zeros" */
    bool no_unit_forget_bias;          /* of LSTM: its forget gate has no bias of 1 at first */
    bool no_reset_after;               /* of GRU: as in Keras before 2.1.4 */
    horn_regularizer kernel_regularizer, recurrent_regularizer, bias_regularizer;
    horn_constraint kernel_constraint, recurrent_constraint, bias_constraint;
    double dropout,
        recurrent_dropout;     /* share of the inputs, and of the states, set to 0 in training, in [0, 1) */
    bool return_sequences;     /* y[N, time steps, units], else y[N, units]: that of the last step */
    bool go_backwards;         /* from the last time step to the first */
    bool zero_output_for_mask; /* y of masked steps is 0, not that of the step before */
    bool
        stateful; /* sample i of a batch goes on from sample i of the batch before, until horn_model_reset_states */
} horn_recurrent_options;
horn_layer *horn_simple_rnn(const horn_recurrent_options *options);
horn_layer *horn_lstm(const horn_recurrent_options *options);
horn_layer *horn_gru(const horn_recurrent_options *options);

/* ---- layers that hold layers ---- */

enum { HORN_MAX_INNER = 64 };

/* Cells of an RNN. They have the same options, but for those of the walk over time, which are the RNN's: input_shape,
 * return_sequences, go_backwards, zero_output_for_mask, stateful. */
horn_layer *horn_simple_rnn_cell(const horn_recurrent_options *options);
horn_layer *horn_lstm_cell(const horn_recurrent_options *options);
horn_layer *horn_gru_cell(const horn_recurrent_options *options);

/* Cells one behind the other, as one cell of an RNN. */
typedef struct horn_stacked_rnn_cells_options {
    const char *name;
    horn_layer *cells[HORN_MAX_INNER]; /* taken, also on failure; a NULL ends them */
} horn_stacked_rnn_cells_options;
horn_layer *horn_stacked_rnn_cells(const horn_stacked_rnn_cells_options *options);

typedef struct horn_rnn_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    horn_layer *cell; /* taken, also on failure; a horn_stacked_rnn_cells for several */
    bool return_sequences, go_backwards, zero_output_for_mask, stateful; /* as in horn_recurrent_options */
} horn_rnn_options;
horn_layer *horn_rnn(const horn_rnn_options *options);

/* Two recurrent layers, one forwards and one backwards in time, whose outputs are merged. */
typedef struct horn_bidirectional_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    horn_layer *layer; /* taken, also on failure: horn_lstm, horn_gru, horn_simple_rnn or horn_rnn */
    /* taken, also on failure; NULL: one like `layer` in the other direction of time */
    horn_layer *backward_layer;
    const char *merge_mode; /* "concat", or "sum", "mul", "ave" */
} horn_bidirectional_options;
horn_layer *horn_bidirectional(const horn_bidirectional_options *options);

/* A chain of layers as one layer: Keras' Sequential in a Sequential. At most 64 of them within each other. */
typedef struct horn_sequential_layer_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    horn_layer
        *layers[HORN_MAX_INNER]; /* taken, also on failure; a NULL ends them; the first may be a horn_input */
} horn_sequential_layer_options;
horn_layer *horn_sequential_layer(const horn_sequential_layer_options *options);

/* y[N, t, ...] = layer(x[N, t, ...]) at each time step t */
typedef struct horn_time_distributed_options {
    const char *name;
    size_t input_shape[HORN_MAX_RANK];
    horn_layer *layer; /* taken, also on failure; a horn_sequential_layer for several */
} horn_time_distributed_options;
horn_layer *horn_time_distributed(const horn_time_distributed_options *options);

/* Returns the error that the layer carries; HORN_OK if it could be made. */
HORN_CHECKED horn_status horn_layer_status(const horn_layer *layer);
/* Only for layers that no model took; NULL is fine. */
void horn_layer_free(horn_layer *layer);

HORN_END
#endif
