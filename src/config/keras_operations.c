#include "config/keras_operations.h"

#include <string.h>

#define NUMPY "keras.src.ops.numpy"
#define NN    "keras.src.ops.nn"
#define MATH  "keras.src.ops.math"
#define CORE  "keras.src.ops.core"

#define OPERAND(NAME, KERAS2)                    \
    {                                            \
        NAME, KERAS2, KERAS_OPERAND, NULL, false \
    }
#define SETTING(NAME, KERAS2, OTHERWISE)              \
    {                                                 \
        NAME, KERAS2, KERAS_SETTING, OTHERWISE, false \
    }
#define KERAS2_ONLY(NAME, KERAS2, OTHERWISE)         \
    {                                                \
        NAME, KERAS2, KERAS_SETTING, OTHERWISE, true \
    }

/* x1 and x2 are numpy's names, x and y TensorFlow's. */
#define PAIR(NAME, ...)                            \
    {                                              \
        NAME, NUMPY, { __VA_ARGS__ },              \
        {                                          \
            OPERAND("x1", "x"), OPERAND("x2", "y") \
        }                                          \
    }
#define VALUE(NAME, MODULE, ...)       \
    {                                  \
        NAME, MODULE, { __VA_ARGS__ }, \
        {                              \
            OPERAND("x", "x")          \
        }                              \
    }
#define ROW(NAME, FUNCTION)                                       \
    {                                                             \
        NAME, NN, { FUNCTION },                                   \
        {                                                         \
            OPERAND("x", "logits"), SETTING("axis", "axis", "-1") \
        }                                                         \
    }
#define SUM(NAME, FUNCTION)                                              \
    {                                                                    \
        NAME, NUMPY, { FUNCTION },                                       \
        {                                                                \
            OPERAND("x", "input_tensor"), SETTING("axis", "axis", NULL), \
                SETTING("keepdims", "keepdims", "false")                 \
        }                                                                \
    }
#define GREATEST(NAME, FUNCTION)                                                         \
    {                                                                                    \
        NAME, NUMPY, { FUNCTION },                                                       \
        {                                                                                \
            OPERAND("x", "input_tensor"), SETTING("axis", "axis", NULL),                 \
                SETTING("keepdims", "keepdims", "false"), SETTING("initial", NULL, NULL) \
        }                                                                                \
    }

static const keras_operation operations[] = {
    PAIR("Add", "__operators__.add", "math.add"),
    PAIR("Subtract", "math.subtract"),
    PAIR("Multiply", "math.multiply"),
    PAIR("TrueDivide", "math.truediv", "math.divide"),
    PAIR("Divide", "math.truediv"),
    PAIR("Power", "math.pow"),
    PAIR("Maximum", "math.maximum"),
    PAIR("Minimum", "math.minimum"),
    { "SquaredDifference", NULL, { "math.squared_difference" }, { OPERAND("x1", "x"), OPERAND("x2", "y") } },
    VALUE("Negative", NUMPY, "math.negative"),
    VALUE("Absolute", NUMPY, "math.abs"),
    VALUE("Exp", NUMPY, "math.exp"),
    VALUE("Expm1", NUMPY, "math.expm1"),
    VALUE("Log", NUMPY, "math.log"),
    VALUE("Log1p", NUMPY, "math.log1p"),
    VALUE("Sqrt", NUMPY, "math.sqrt"),
    VALUE("Rsqrt", MATH, "math.rsqrt"),
    VALUE("Square", NUMPY, "math.square"),
    VALUE("Reciprocal", NUMPY, "math.reciprocal"),
    VALUE("Sin", NUMPY, "math.sin"),
    VALUE("Cos", NUMPY, "math.cos"),
    VALUE("Tanh", NUMPY, "math.tanh"),
    VALUE("Sigmoid", NN, "math.sigmoid"),
    VALUE("LogSigmoid", NN, "math.log_sigmoid"),
    VALUE("HardSigmoid", NN, NULL),
    VALUE("HardSilu", NN, NULL),
    VALUE("HardTanh", NN, NULL),
    { "Relu", NN, { "nn.relu" }, { OPERAND("x", "features") } },
    { "Relu6", NN, { "nn.relu6" }, { OPERAND("x", "features") } },
    { "Selu", NN, { "nn.selu" }, { OPERAND("x", "features") } },
    { "Softplus", NN, { "math.softplus" }, { OPERAND("x", "features") } },
    { "Softsign", NN, { "nn.softsign" }, { OPERAND("x", "features") } },
    { "Silu", NN, { "nn.silu" }, { OPERAND("x", "features"), KERAS2_ONLY("beta", "beta", "1.0") } },
    { "Elu", NN, { "nn.elu" }, { OPERAND("x", "features"), SETTING("alpha", NULL, "1.0") } },
    { "Gelu",
      NN,
      { "nn.gelu" },
      { OPERAND("x", "features"), SETTING("approximate", "approximate", "false") } },
    { "LeakyRelu",
      NN,
      { "nn.leaky_relu" },
      { OPERAND("x", "features"), SETTING("negative_slope", "alpha", "0.2") } },
    { "Clip",
      NUMPY,
      { "clip_by_value" },
      { OPERAND("x", "t"), SETTING("x_min", "clip_value_min", NULL),
        SETTING("x_max", "clip_value_max", NULL) } },
    { "Cast", CORE, { "cast" }, { OPERAND("x", "x"), SETTING("dtype", "dtype", NULL) } },
    { "StopGradient", CORE, { "stop_gradient" }, { OPERAND("variable", "input") } },
    ROW("Softmax", "nn.softmax"),
    ROW("LogSoftmax", "nn.log_softmax"),
    SUM("Mean", "math.reduce_mean"),
    SUM("Sum", "math.reduce_sum"),
    GREATEST("Max", "math.reduce_max"),
    GREATEST("Min", "math.reduce_min"),
    /* Two that differ in what is at least epsilon: the norm, and its square. */
    { "Normalize",
      NN,
      { NULL },
      { OPERAND("x", NULL), SETTING("axis", NULL, NULL), SETTING("order", NULL, NULL),
        SETTING("epsilon", NULL, NULL) } },
    { "L2Normalize",
      NULL,
      { "math.l2_normalize" },
      { OPERAND("x", "x"), SETTING("axis", "axis", NULL), SETTING("epsilon", "epsilon", "1e-12") } },
    { "Reshape", NUMPY, { "reshape" }, { OPERAND("x", "tensor"), SETTING("newshape", "shape", NULL) } },
    { "ExpandDims", NUMPY, { "expand_dims" }, { OPERAND("x", "input"), SETTING("axis", "axis", NULL) } },
    { "Squeeze",
      NUMPY,
      { "compat.v1.squeeze", "squeeze" },
      { OPERAND("x", "input"), SETTING("axis", "axis", NULL) } },
    { "Transpose",
      NUMPY,
      { "compat.v1.transpose", "transpose" },
      { OPERAND("x", "a"), SETTING("axes", "perm", NULL) } },
    { "GetItem",
      NUMPY,
      { "__operators__.getitem" },
      { OPERAND("x", "tensor"), { "key", "slice_spec", KERAS_ARGUMENT, NULL, false } } },
    { "Concatenate",
      NUMPY,
      { "concat" },
      { { "xs", "values", KERAS_OPERANDS, NULL, false }, SETTING("axis", "axis", "0") } },
    { "Stack",
      NUMPY,
      { "stack" },
      { { "x", "values", KERAS_OPERANDS, NULL, false }, SETTING("axis", "axis", "0") } },
    { "Matmul",
      NUMPY,
      { "linalg.matmul" },
      { OPERAND("x1", "a"), OPERAND("x2", "b"), KERAS2_ONLY("transpose_a", "transpose_a", "false"),
        KERAS2_ONLY("transpose_b", "transpose_b", "false") } },
};

const keras_operation *keras_operation_at(size_t index)
{
    return index < sizeof operations / sizeof *operations ? &operations[index] : NULL;
}

const keras_operation *keras_operation_by_name(const char *name)
{
    const keras_operation *o;
    for (size_t i = 0; name && (o = keras_operation_at(i)); i++)
        if (strcmp(o->name, name) == 0) return o;
    return NULL;
}

const keras_operation *keras_operation_by_function(const char *function)
{
    const keras_operation *o;
    for (size_t i = 0; function && (o = keras_operation_at(i)); i++)
        for (size_t k = 0; k < KERAS_OPERATION_FUNCTIONS && o->functions[k]; k++)
            if (strcmp(o->functions[k], function) == 0) return o;
    return NULL;
}

const char *keras_operation_class(const keras_operation *o)
{
    return strcmp(o->name, "GetItem") == 0 ? "SlicingOpLambda" : "TFOpLambda";
}
