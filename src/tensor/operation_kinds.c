#include "tensor/operation_kinds.h"

#include <stddef.h>

static const operation_facts facts[OPERATION_KINDS] = {
    [OPERATION_NONE] = { "none", 0, 0 },
    [OPERATION_INPUT] = { "Input", 0, 0 },
    [OPERATION_WEIGHT] = { "Weight", 0, 0 },
    [OPERATION_NUMBER] = { "Number", 0, 0 },
    [OPERATION_NUMBERS] = { "Numbers", 0, 0 },
    [OPERATION_RESHAPE] = { "Reshape", 1, 1 },
    [OPERATION_EXPAND_DIMS] = { "ExpandDims", 1, 1 },
    [OPERATION_SQUEEZE] = { "Squeeze", 1, 1 },
    [OPERATION_MATMUL] = { "MatMul", 2, 2 },
    [OPERATION_BIAS_ADD] = { "BiasAdd", 2, 2 },
    [OPERATION_CONV2D] = { "Conv2D", 2, 2 },
    [OPERATION_DEPTHWISE_CONV2D] = { "DepthwiseConv2D", 2, 2 },
    [OPERATION_CONV2D_TRANSPOSE] = { "Conv2DTranspose", 2, 2 },
    [OPERATION_MAX_POOL] = { "MaxPool", 1, 1 },
    [OPERATION_AVG_POOL] = { "AvgPool", 1, 1 },
    [OPERATION_MEAN] = { "Mean", 1, 1 },
    [OPERATION_MAX] = { "Max", 1, 1 },
    [OPERATION_CONV3D] = { "Conv3D", 2, 2 },
    [OPERATION_CONV3D_TRANSPOSE] = { "Conv3DTranspose", 2, 2 },
    [OPERATION_MAX_POOL3D] = { "MaxPool3D", 1, 1 },
    [OPERATION_AVG_POOL3D] = { "AvgPool3D", 1, 1 },
    [OPERATION_PAD] = { "Pad", 1, 1 },
    [OPERATION_CROP] = { "Crop", 1, 1 },
    [OPERATION_TRANSPOSE] = { "Transpose", 1, 1 },
    [OPERATION_TILE] = { "Tile", 1, 1 },
    [OPERATION_RESIZE_NEAREST] = { "ResizeNearest", 1, 1 },
    [OPERATION_RESIZE_BILINEAR] = { "ResizeBilinear", 1, 1 },
    [OPERATION_MEAN_ALONG] = { "MeanAlong", 1, 1 },
    [OPERATION_GATHER] = { "Gather", 2, 2 },
    [OPERATION_SLICE] = { "Slice", 1, 1 },
    [OPERATION_JOIN] = { "Join", 2, 2 },
    [OPERATION_DOT] = { "Dot", 2, 2 },
    [OPERATION_SIMPLE_RNN] = { "SimpleRNN", 3, 5 },
    [OPERATION_LSTM] = { "LSTM", 3, 5 },
    [OPERATION_GRU] = { "GRU", 3, 5 },
    [OPERATION_BATCH_NORMALIZATION] = { "BatchNormalization", 3, 5 },
    [OPERATION_LEAKY_RELU] = { "LeakyRelu", 1, 1 },
    [OPERATION_RELU] = { "Relu", 1, 1 },
    [OPERATION_RELU6] = { "Relu6", 1, 1 },
    [OPERATION_SOFTMAX] = { "Softmax", 1, 1 },
    [OPERATION_SIGMOID] = { "Sigmoid", 1, 1 },
    [OPERATION_TANH] = { "Tanh", 1, 1 },
    [OPERATION_ELU] = { "Elu", 1, 1 },
    [OPERATION_SELU] = { "Selu", 1, 1 },
    [OPERATION_SOFTPLUS] = { "Softplus", 1, 1 },
    [OPERATION_GREATER] = { "Greater", 2, 2 },
    [OPERATION_MINIMUM] = { "Minimum", 2, 2 },
    [OPERATION_MAXIMUM] = { "Maximum", 2, 2 },
    [OPERATION_ADD] = { "Add", 2, 2 },
    [OPERATION_SUB] = { "Sub", 2, 2 },
    [OPERATION_MUL] = { "Mul", 2, 2 },
    [OPERATION_SELECT] = { "Select", 3, 3 },
    [OPERATION_CAST] = { "Cast", 1, 1 },
    [OPERATION_NEG] = { "Neg", 1, 1 },
    [OPERATION_RSQRT] = { "Rsqrt", 1, 1 },
};

const operation_facts *operation_facts_of(operation_kind kind)
{
    return (unsigned)kind < OPERATION_KINDS ? &facts[kind] : NULL;
}

const char *operation_name(operation_kind kind)
{
    return (unsigned)kind < OPERATION_KINDS ? facts[kind].name : facts[OPERATION_NONE].name;
}
