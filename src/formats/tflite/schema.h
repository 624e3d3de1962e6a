/* The parts of TensorFlow Lite's schema (schema.fbs, version 3) that Horn writes, reads and lists. Tables, and fields by number:
 *
 *     Model         0 version, 1 operator codes, 2 subgraphs, 3 description, 4 buffers, 7 signatures
 *     OperatorCode  0 code, at most 127, 2 version, 3 code
 *     SubGraph      0 tensors, 1 inputs, 2 outputs, 3 operators, 4 name
 *     Tensor        0 shape, 1 type, 2 buffer, 3 name, 4 quantization {2 scales}, 7 shape with -1 for an open axis
 *     Operator      0 operator code, 1 inputs, 2 outputs, 3 kind of options, 4 options
 *     Buffer        0 bytes, from a multiple of 16 on
 *     Signature     0 inputs, 1 outputs: {0 name, 1 tensor}, 2 key
 *
 * Codes, tensors and buffers are numbers in their vectors; buffer 0 is empty. Input -1 is left out. */
#ifndef FORMATS_TFLITE_SCHEMA_H
#define FORMATS_TFLITE_SCHEMA_H

#define TFLITE_IDENTIFIER "TFL3"

enum { TFLITE_VERSION = 3, TFLITE_LEFT_OUT = -1 };

typedef enum tflite_op {
    TFLITE_ADD = 0,
    TFLITE_AVERAGE_POOL_2D = 1,
    TFLITE_CONCATENATION = 2,
    TFLITE_CONV_2D = 3,
    TFLITE_DEPTHWISE_CONV_2D = 4,
    TFLITE_FULLY_CONNECTED = 9,
    TFLITE_LOGISTIC = 14,
    TFLITE_MAX_POOL_2D = 17,
    TFLITE_MUL = 18,
    TFLITE_RELU = 19,
    TFLITE_RELU6 = 21,
    TFLITE_RESHAPE = 22,
    TFLITE_RESIZE_BILINEAR = 23,
    TFLITE_SOFTMAX = 25,
    TFLITE_TANH = 28,
    TFLITE_PAD = 34,
    TFLITE_GATHER = 36,
    TFLITE_TRANSPOSE = 39,
    TFLITE_MEAN = 40,
    TFLITE_SUB = 41,
    TFLITE_SQUEEZE = 43,
    TFLITE_STRIDED_SLICE = 45,
    TFLITE_EXP = 47,
    TFLITE_CAST = 53,
    TFLITE_PRELU = 54,
    TFLITE_MAXIMUM = 55,
    TFLITE_MINIMUM = 57,
    TFLITE_NEG = 59,
    TFLITE_GREATER = 61,
    TFLITE_SLICE = 65,
    TFLITE_TRANSPOSE_CONV = 67,
    TFLITE_TILE = 69,
    TFLITE_EXPAND_DIMS = 70,
    TFLITE_LOG = 73,
    TFLITE_RSQRT = 76,
    TFLITE_SHAPE = 77,
    TFLITE_REDUCE_MAX = 82,
    TFLITE_RESIZE_NEAREST = 97,
    TFLITE_LEAKY_RELU = 98,
    TFLITE_ABS = 101,
    TFLITE_ELU = 111,
    TFLITE_SELECT_V2 = 123,
    TFLITE_BATCH_MATMUL = 126,
    TFLITE_CONV_3D = 132,
    TFLITE_CONV_3D_TRANSPOSE = 141,
} tflite_op;

/* Kinds of options, and their fields by number. */
typedef enum tflite_options {
    TFLITE_NO_OPTIONS = 0,
    TFLITE_CONV_OPTIONS = 1, /* 0 padding, 1 stride w, 2 stride h, 3 activation, 4 dilation w, 5 dilation h */
    TFLITE_DEPTHWISE_OPTIONS =
        2, /* 0 padding, 1 stride w, 2 stride h, 3 multiplier, 4 activation, 5, 6 dilation */
    TFLITE_POOL_OPTIONS = 5, /* 0 padding, 1 stride w, 2 stride h, 3 width, 4 height, 5 activation */
    TFLITE_FULLY_CONNECTED_OPTIONS = 8, /* 0 activation, 2 keeps the number of axes */
    TFLITE_SOFTMAX_OPTIONS = 9,         /* 0 beta */
    TFLITE_CONCATENATION_OPTIONS = 10,  /* 0 axis */
    TFLITE_ADD_OPTIONS = 11,            /* 0 activation, as the next and TFLITE_SUB_OPTIONS */
    TFLITE_BILINEAR_OPTIONS = 15,       /* 2 corners, 3 pixels as areas */
    TFLITE_MUL_OPTIONS = 21,
    TFLITE_GATHER_OPTIONS = 23,  /* 0 axis */
    TFLITE_REDUCER_OPTIONS = 27, /* 0 keeps the axes */
    TFLITE_SUB_OPTIONS = 28,
    TFLITE_STRIDED_SLICE_OPTIONS = 32,  /* 0 begin mask, 1 end mask */
    TFLITE_TRANSPOSE_CONV_OPTIONS = 49, /* 0 padding, 1 stride w, 2 stride h, 3 activation */
    TFLITE_SHAPE_OPTIONS = 55,          /* 0 type */
    TFLITE_NEAREST_OPTIONS = 74,        /* 0 corners, 1 pixels as areas */
    TFLITE_LEAKY_RELU_OPTIONS = 75,     /* 0 slope */
    TFLITE_BATCH_MATMUL_OPTIONS = 101,  /* 0 turns x, 1 turns y */
    TFLITE_CONV_3D_OPTIONS =
        106, /* 0 padding, 1 stride d, 2 stride w, 3 stride h, 4 activation, 5 dilation d, 6 w, 7 h */
} tflite_options;

enum { TFLITE_SAME = 0, TFLITE_VALID = 1 };
enum { TFLITE_NO_ACTIVATION = 0, TFLITE_FUSED_RELU = 1, TFLITE_FUSED_RELU6 = 3 };
enum { TFLITE_FLOAT32 = 0, TFLITE_INT32 = 2, TFLITE_BOOL = 6 };

#endif
