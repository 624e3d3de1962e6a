/* The kinds of operations of the intermediate representation (snapshot/graph.h), in one table. Layers and activations name
 * what they compute by a kind; each format of graphs has one table, indexed by kind, of how it writes them.
 *
 *     Input                   the model's input
 *     Weight                  the tensor `weight` of layer number `layer` of the snapshot
 *     Number                  number, a scalar
 *     Numbers                 values, of the result's shape
 *     Reshape    x            to the result's shape
 *     ExpandDims, Squeeze  x  to the result's shape, which has an axis of length 1 more, or less; other axes may be open
 *     MatMul     x, kernel    over x's last axis
 *     BiasAdd    x, bias      along the last axis
 *     Conv2D     x, kernel    stride, dilation, same; groups = channels of x / those of the kernel
 *     DepthwiseConv2D  x, kernel     stride, dilation, same
 *     Conv2DTranspose  x, kernel     stride, dilation, same: that of a Conv2D which makes x of the result; the kernel is its
 *     MaxPool, AvgPool   x    size, stride, same; cells outside the image do not count
 *     Mean, Max  x            over all axes but the last, which stay as 1 if the result has x's rank
 *     Conv3D, Conv3DTranspose, MaxPool3D, AvgPool3D          the same of volumes, (depth, height, width, channels)
 *     Pad        x            padding: zeros before and behind each axis but the last: lines and columns
 *     Crop       x            padding: cells that are taken off in the same places
 *     Transpose  x            order
 *     Tile       x            as often along each axis as the result is longer
 *     ResizeNearest, ResizeBilinear  x     an image size times as high and wide, pixels as areas
 *     MeanAlong  x            the mean over axes, which stay as 1
 *     Slice      x            along axis `axis` the cells from `first` on, as many as the result has
 *     Join       x, y         one behind the other along axis `axis`
 *     Dot        x, y         (M, K) and (N, K), both of samples: each row of x with each of y, (M, N)
 *     SimpleRNN, LSTM, GRU    x, kernel, recurrent_kernel, bias, mask     weights as Keras has them; bias and mask may be NO_VALUE;
 *                x is (steps, features), the result all steps in the order in which they are computed, or the last one: (units);
 *                the mask is (steps, 1), 1 for steps that count and 0 for those that change no state
 *     Gather     table, x     the rows of a table with these numbers, fractions of which are cut off
 *     BatchNormalization  x, mean, variance, gamma, beta     number = epsilon; gamma, beta may be NO_VALUE
 *     LeakyRelu  x            number = the slope below 0
 *     Relu, Relu6, Softmax, Sigmoid, Tanh, Elu, Selu, Softplus   x
 *     Neg, Rsqrt  x           -x, 1 / sqrt(x)
 *     Greater, Minimum, Maximum, Add, Sub, Mul   x, y: axes of length 1 are repeated, those in front may be missing
 *     Select     condition, x, y      Cast   condition: 1 if it holds, else 0
 *
 * To add one: the enum, a line of operation_kinds.c, a line in the table of each format of graphs, and a sample in
 * tests/conformance/test_operations.c. */
#ifndef TENSOR_OPERATION_KINDS_H
#define TENSOR_OPERATION_KINDS_H

typedef enum operation_kind {
    OPERATION_NONE, /* of an activation: no graph has it */
    OPERATION_INPUT,
    OPERATION_WEIGHT,
    OPERATION_NUMBER,
    OPERATION_NUMBERS,
    OPERATION_RESHAPE,
    OPERATION_EXPAND_DIMS,
    OPERATION_SQUEEZE,
    OPERATION_MATMUL,
    OPERATION_BIAS_ADD,
    OPERATION_CONV2D,
    OPERATION_DEPTHWISE_CONV2D,
    OPERATION_CONV2D_TRANSPOSE,
    OPERATION_MAX_POOL,
    OPERATION_AVG_POOL,
    OPERATION_MEAN,
    OPERATION_MAX,
    OPERATION_CONV3D,
    OPERATION_CONV3D_TRANSPOSE,
    OPERATION_MAX_POOL3D,
    OPERATION_AVG_POOL3D,
    OPERATION_PAD,
    OPERATION_CROP,
    OPERATION_TRANSPOSE,
    OPERATION_TILE,
    OPERATION_RESIZE_NEAREST,
    OPERATION_RESIZE_BILINEAR,
    OPERATION_MEAN_ALONG,
    OPERATION_GATHER,
    OPERATION_SLICE,
    OPERATION_JOIN,
    OPERATION_DOT,
    OPERATION_SIMPLE_RNN,
    OPERATION_LSTM,
    OPERATION_GRU,
    OPERATION_BATCH_NORMALIZATION,
    OPERATION_LEAKY_RELU,
    OPERATION_RELU,
    OPERATION_RELU6,
    OPERATION_SOFTMAX,
    OPERATION_SIGMOID,
    OPERATION_TANH,
    OPERATION_ELU,
    OPERATION_SELU,
    OPERATION_SOFTPLUS,
    OPERATION_GREATER,
    OPERATION_MINIMUM,
    OPERATION_MAXIMUM,
    OPERATION_ADD,
    OPERATION_SUB,
    OPERATION_MUL,
    OPERATION_SELECT,
    OPERATION_CAST,
    OPERATION_NEG,
    OPERATION_RSQRT,
    OPERATION_KINDS, /* how many there are */
} operation_kind;

typedef struct operation_facts {
    const char *name;
    int needed, inputs; /* inputs behind the needed ones may be NO_VALUE */
} operation_facts;

/* NULL for what is no kind. */
const operation_facts *operation_facts_of(operation_kind);
const char *operation_name(operation_kind); /* "none" for what is no kind */

#endif
