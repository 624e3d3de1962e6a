#include "formats/chains/patterns.h"

/* Keras' ReLU is min(above, max_value) - negative_slope max(threshold - x, 0), without what its arguments leave out; its
 * normalization is x factor + (beta - mean factor). */
const pattern_definition chain_definitions[] = {
    { "factor", { "Rsqrt(Add(variance, #epsilon))", "Mul(Rsqrt(Add(variance, #epsilon)), gamma)" } },
    { "positive", { "Relu(x)", "Minimum(Relu(x), #most)", "Maximum(Minimum(Relu(x), #most), 0)" } },
    { "above", { "Mul(x, Cast(Greater(x, #threshold)))", "Select(Greater(x, #threshold), x, 0)" } },
    { "upper", { "above", "Maximum(Minimum(above, #most), 0)" } },
    { 0 },
};

static const chain_pattern patterns[] = {
    /* Over sequences, as images that are one high or one wide. */
    { "Squeeze(Conv2D(ExpandDims(x), kernel))", "Conv1D", NULL, chain_add_convolution },
    { "Squeeze(DepthwiseConv2D(ExpandDims(x), kernel))", "DepthwiseConv1D", NULL, chain_add_convolution },
    { "Squeeze(Conv2DTranspose(ExpandDims(x), kernel))", "Conv1DTranspose", NULL, chain_add_transposed },
    { "Squeeze(MaxPool(ExpandDims(x)))", "MaxPooling1D", NULL, chain_add_pool },
    { "Squeeze(AvgPool(ExpandDims(x)))", "AveragePooling1D", NULL, chain_add_pool },
    { "Squeeze(Max(ExpandDims(x)))", "GlobalMaxPooling1D", NULL, chain_add_global_pool },
    { "Squeeze(Mean(ExpandDims(x)))", "GlobalAveragePooling1D", NULL, chain_add_global_pool },
    { "Max(ExpandDims(x))", "GlobalMaxPooling1D", NULL, chain_add_global_pool },
    { "Mean(ExpandDims(x))", "GlobalAveragePooling1D", NULL, chain_add_global_pool },
    { "Squeeze(Pad(ExpandDims(x)))", "ZeroPadding1D", NULL, chain_add_padding },

    { "Reshape(x)", "Reshape", "Flatten", chain_add_reshape },
    { "ExpandDims(x)", "Reshape", "Reshape", chain_add_reshape },
    { "Squeeze(x)", "Reshape", "Flatten", chain_add_reshape },
    { "MatMul(x, kernel)", "Dense", NULL, chain_add_dense },
    { "Conv2D(x, kernel)", "Conv2D", NULL, chain_add_convolution },
    { "DepthwiseConv2D(x, kernel)", "DepthwiseConv2D", NULL, chain_add_convolution },
    { "Conv2DTranspose(x, kernel)", "Conv2DTranspose", NULL, chain_add_transposed },
    { "BiasAdd(x, bias)", NULL, NULL, chain_add_bias },
    { "Add(x, bias)", NULL, NULL, chain_add_bias },

    { "MaxPool(x)", "MaxPooling2D", NULL, chain_add_pool },
    { "AvgPool(x)", "AveragePooling2D", NULL, chain_add_pool },
    { "Max(x)", "GlobalMaxPooling2D", NULL, chain_add_global_pool },
    { "Mean(x)", "GlobalAveragePooling2D", NULL, chain_add_global_pool },
    { "Pad(x)", "ZeroPadding2D", NULL, chain_add_padding },

    { "BatchNormalization(x, mean, variance, gamma, beta)", "BatchNormalization", NULL,
      chain_add_normalization },
    { "Add(Mul(x, factor), Sub(beta, Mul(mean, factor)))", "BatchNormalization", NULL,
      chain_add_normalization },
    { "Add(Mul(x, factor), Mul(Neg(mean), factor))", "BatchNormalization", NULL, chain_add_normalization },
    { "Sub(Mul(x, factor), Mul(mean, factor))", "BatchNormalization", NULL, chain_add_normalization },

    { "Relu(x)", "Activation", "relu", chain_add_activation },
    { "Softmax(x)", "Activation", "softmax", chain_add_activation },
    { "Sigmoid(x)", "Activation", "sigmoid", chain_add_activation },
    { "Tanh(x)", "Activation", "tanh", chain_add_activation },
    { "Elu(x)", "Activation", "elu", chain_add_activation },
    { "Selu(x)", "Activation", "selu", chain_add_activation },
    { "Softplus(x)", "Activation", "softplus", chain_add_activation },

    { "LeakyRelu(x)", "LeakyReLU", NULL, chain_add_leaky_relu },
    { "positive", "ReLU", NULL, chain_add_relu },
    { "upper", "ReLU", NULL, chain_add_relu },
    { "Sub(positive, Mul(#slope, Relu(Neg(x))))", "ReLU", NULL, chain_add_relu },
    { "Sub(upper, Mul(#slope, Relu(Add(Neg(x), #threshold))))", "ReLU", NULL, chain_add_relu },
    { "Select(Greater(x, #threshold), x, Mul(Sub(x, #threshold), #slope))", "ReLU", NULL, chain_add_relu },
    { "Select(Greater(x, #threshold), Minimum(x, #most), Mul(Sub(x, #threshold), #slope))", "ReLU", NULL,
      chain_add_relu },
};

const chain_pattern *chain_pattern_at(size_t index)
{
    return index < sizeof patterns / sizeof *patterns ? &patterns[index] : NULL;
}
