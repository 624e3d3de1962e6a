#include "config/keras_classes.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include "config/keras_optimizers.h"

static const char *const layers[] = { "Activation",
                                      "ActivityRegularization",
                                      "AdaptiveAveragePooling1D",
                                      "AdaptiveAveragePooling2D",
                                      "AdaptiveAveragePooling3D",
                                      "AdaptiveMaxPooling1D",
                                      "AdaptiveMaxPooling2D",
                                      "AdaptiveMaxPooling3D",
                                      "Add",
                                      "AddLoss",
                                      "AddMetric",
                                      "AdditiveAttention",
                                      "AlphaDropout",
                                      "Attention",
                                      "AugMix",
                                      "AutoContrast",
                                      "Average",
                                      "AveragePooling1D",
                                      "AveragePooling2D",
                                      "AveragePooling3D",
                                      "BatchNormalization",
                                      "Bidirectional",
                                      "CategoryEncoding",
                                      "CenterCrop",
                                      "ClassMethod",
                                      "Concatenate",
                                      "ContrastLimitedAdaptiveHistogramEqualization",
                                      "Conv1D",
                                      "Conv1DTranspose",
                                      "Conv2D",
                                      "Conv2DTranspose",
                                      "Conv3D",
                                      "Conv3DTranspose",
                                      "ConvLSTM1D",
                                      "ConvLSTM2D",
                                      "ConvLSTM3D",
                                      "Cropping1D",
                                      "Cropping2D",
                                      "Cropping3D",
                                      "CuDNNGRU",
                                      "CuDNNLSTM",
                                      "CutMix",
                                      "Dense",
                                      "DenseFeatures",
                                      "DepthwiseConv1D",
                                      "DepthwiseConv2D",
                                      "Discretization",
                                      "Dot",
                                      "Dropout",
                                      "ELU",
                                      "EinsumDense",
                                      "Embedding",
                                      "Equalization",
                                      "Flatten",
                                      "FlaxLayer",
                                      "GRU",
                                      "GRUCell",
                                      "GaussianDropout",
                                      "GaussianNoise",
                                      "GlobalAveragePooling1D",
                                      "GlobalAveragePooling2D",
                                      "GlobalAveragePooling3D",
                                      "GlobalMaxPooling1D",
                                      "GlobalMaxPooling2D",
                                      "GlobalMaxPooling3D",
                                      "GroupNormalization",
                                      "GroupQueryAttention",
                                      "GroupedQueryAttention",
                                      "HashedCrossing",
                                      "Hashing",
                                      "Identity",
                                      "InputLayer",
                                      "IntegerLookup",
                                      "JaxLayer",
                                      "LSTM",
                                      "LSTMCell",
                                      "Lambda",
                                      "LayerNormalization",
                                      "LeakyReLU",
                                      "LocallyConnected1D",
                                      "LocallyConnected2D",
                                      "Masking",
                                      "MaxNumBoundingBoxes",
                                      "MaxPooling1D",
                                      "MaxPooling2D",
                                      "MaxPooling3D",
                                      "Maximum",
                                      "MelSpectrogram",
                                      "Minimum",
                                      "MixUp",
                                      "MultiHeadAttention",
                                      "Multiply",
                                      "Normalization",
                                      "Operation",
                                      "PReLU",
                                      "Permute",
                                      "Pipeline",
                                      "RMSNormalization",
                                      "RNN",
                                      "RandAugment",
                                      "RandomBrightness",
                                      "RandomColorDegeneration",
                                      "RandomColorJitter",
                                      "RandomContrast",
                                      "RandomCrop",
                                      "RandomElasticTransform",
                                      "RandomErasing",
                                      "RandomFlip",
                                      "RandomGaussianBlur",
                                      "RandomGrayscale",
                                      "RandomHeight",
                                      "RandomHue",
                                      "RandomInvert",
                                      "RandomPerspective",
                                      "RandomPosterization",
                                      "RandomRotation",
                                      "RandomSaturation",
                                      "RandomSharpness",
                                      "RandomShear",
                                      "RandomTranslation",
                                      "RandomWidth",
                                      "RandomZoom",
                                      "ReLU",
                                      "RepeatVector",
                                      "Rescaling",
                                      "Reshape",
                                      "Resizing",
                                      "ReversibleEmbedding",
                                      "STFTSpectrogram",
                                      "SeparableConv1D",
                                      "SeparableConv2D",
                                      "SimpleRNN",
                                      "SimpleRNNCell",
                                      "SlicingOpLambda",
                                      "Softmax",
                                      "Solarization",
                                      "SpatialDropout1D",
                                      "SpatialDropout2D",
                                      "SpatialDropout3D",
                                      "SpectralNormalization",
                                      "StackedRNNCells",
                                      "StringLookup",
                                      "Subtract",
                                      "SyncBatchNormalization",
                                      "TFOpLambda",
                                      "TFSMLayer",
                                      "TensorFlowOpLayer",
                                      "TextVectorization",
                                      "ThresholdedReLU",
                                      "TimeDistributed",
                                      "TorchModuleWrapper",
                                      "UnitNormalization",
                                      "UpSampling1D",
                                      "UpSampling2D",
                                      "UpSampling3D",
                                      "ZeroPadding1D",
                                      "ZeroPadding2D",
                                      "ZeroPadding3D",
                                      NULL };

static const char *const losses[] = { "BinaryCrossentropy",
                                      "BinaryFocalCrossentropy",
                                      "CategoricalCrossentropy",
                                      "CategoricalFocalCrossentropy",
                                      "CategoricalGeneralizedCrossEntropy",
                                      "CategoricalHinge",
                                      "Circle",
                                      "CosineSimilarity",
                                      "CTC",
                                      "Dice",
                                      "Hinge",
                                      "Huber",
                                      "KLD",
                                      "KLDivergence",
                                      "KullbackLeiblerDivergence",
                                      "LogCosh",
                                      "MAE",
                                      "MAPE",
                                      "MSE",
                                      "MSLE",
                                      "MeanAbsoluteError",
                                      "MeanAbsolutePercentageError",
                                      "MeanSquaredError",
                                      "MeanSquaredLogarithmicError",
                                      "Poisson",
                                      "SparseCategoricalCrossentropy",
                                      "SquaredHinge",
                                      "Tversky",
                                      NULL };

static const char *const metrics[] = { "AUC",
                                       "Accuracy",
                                       "BinaryAccuracy",
                                       "BinaryIoU",
                                       "CategoricalAccuracy",
                                       "ConcordanceCorrelation",
                                       "F1Score",
                                       "FBetaScore",
                                       "FalseNegatives",
                                       "FalsePositives",
                                       "IoU",
                                       "LogCoshError",
                                       "Mean",
                                       "MeanIoU",
                                       "MeanMetricWrapper",
                                       "MeanRelativeError",
                                       "MeanTensor",
                                       "OneHotIoU",
                                       "OneHotMeanIoU",
                                       "PearsonCorrelation",
                                       "Precision",
                                       "PrecisionAtRecall",
                                       "R2Score",
                                       "Recall",
                                       "RecallAtPrecision",
                                       "RootMeanSquaredError",
                                       "SensitivityAtSpecificity",
                                       "SparseCategoricalAccuracy",
                                       "SparseTopKCategoricalAccuracy",
                                       "SpecificityAtSensitivity",
                                       "Sum",
                                       "TopKCategoricalAccuracy",
                                       "TrueNegatives",
                                       "TruePositives",
                                       NULL };

static const struct {
    const char *alias, *name;
} aliases[] = {
    { "AvgPool1D", "AveragePooling1D" },
    { "AvgPool2D", "AveragePooling2D" },
    { "AvgPool3D", "AveragePooling3D" },
    { "BatchNormalizationV1", "BatchNormalization" },
    { "BatchNormalizationV2", "BatchNormalization" },
    { "Convolution1D", "Conv1D" },
    { "Convolution1DTranspose", "Conv1DTranspose" },
    { "Convolution2D", "Conv2D" },
    { "Convolution2DTranspose", "Conv2DTranspose" },
    { "Convolution3D", "Conv3D" },
    { "Convolution3DTranspose", "Conv3DTranspose" },
    { "GRUCellV1", "GRUCell" },
    { "GRUCellV2", "GRUCell" },
    { "GRUV1", "GRU" },
    { "GRUV2", "GRU" },
    { "GlobalAvgPool1D", "GlobalAveragePooling1D" },
    { "GlobalAvgPool2D", "GlobalAveragePooling2D" },
    { "GlobalAvgPool3D", "GlobalAveragePooling3D" },
    { "GlobalMaxPool1D", "GlobalMaxPooling1D" },
    { "GlobalMaxPool2D", "GlobalMaxPooling2D" },
    { "GlobalMaxPool3D", "GlobalMaxPooling3D" },
    { "LSTMCellV1", "LSTMCell" },
    { "LSTMCellV2", "LSTMCell" },
    { "LSTMV1", "LSTM" },
    { "LSTMV2", "LSTM" },
    { "MaxPool1D", "MaxPooling1D" },
    { "MaxPool2D", "MaxPooling2D" },
    { "MaxPool3D", "MaxPooling3D" },
    { "SeparableConvolution1D", "SeparableConv1D" },
    { "SeparableConvolution2D", "SeparableConv2D" },
};

static const char *const roles[] = { [KERAS_INPUT] = "InputLayer",
                                     [KERAS_SEQUENTIAL] = "Sequential",
                                     [KERAS_FUNCTIONAL] = "Functional",
                                     [KERAS_MODEL] = "Model",
                                     [KERAS_CODE] = "Lambda" };

/* Ignores case and '_'. */
static bool same_name(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a == '_') a++;
        while (*b == '_') b++;
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b)) return false;
        if (!*a) return true;
    }
}

static bool has(const char *const *names, const char *name)
{
    for (; *names; names++)
        if (same_name(*names, name)) return true;
    return false;
}

static bool has_optimizer(const char *name)
{
    const keras_optimizer *o;
    for (size_t i = 0; (o = keras_optimizer_at(i)); i++)
        if (same_name(o->name, name)) return true;
    return false;
}

bool keras_has_class(keras_kind kind, const char *name)
{
    if (kind == KERAS_OPTIMIZER) return has_optimizer(name);
    if (kind == KERAS_METRIC) return has(metrics, name) || has(losses, name);
    if (kind == KERAS_LOSS) return has(losses, name);
    for (size_t i = 0; layers[i]; i++)
        if (strcmp(layers[i], name) == 0) return true;
    return false;
}

keras_role keras_role_of(const char *class_name)
{
    for (size_t i = KERAS_LAYER_ROLE + 1; i < sizeof roles / sizeof *roles; i++)
        if (strcmp(roles[i], class_name) == 0) return (keras_role)i;
    return KERAS_LAYER_ROLE;
}

const char *keras_class_of(keras_role role)
{
    return roles[role];
}

const char *keras_layer_by_alias(const char *name)
{
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (strcmp(aliases[i].alias, name) == 0) return aliases[i].name;
    return name;
}
