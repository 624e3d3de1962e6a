/* The functions that C source calls, as text: each is written if it is called. */
#ifndef FORMATS_C_SOURCE_HELPERS_H
#define FORMATS_C_SOURCE_HELPERS_H

#include "base/bytes.h"

typedef enum helper {
    HELPER_NONE,
    HELPER_WINDOW,
    HELPER_MATMUL,
    HELPER_CONVOLVE,
    HELPER_CONVOLVE_DEPTHWISE,
    HELPER_CONVOLVE_BACK,
    HELPER_MAX_POOL,
    HELPER_AVG_POOL,
    HELPER_MEAN,
    HELPER_MAX,
    HELPER_NORMALIZE,
    HELPER_SOFTMAX,
    HELPER_COPY_CELLS,
    HELPER_CLEAR,
    HELPER_MEAN_ALONG,
    HELPER_DOT,
    HELPER_RESIZE,
    HELPER_GATHER,
    HELPER_SELECT,
    HELPER_LEAKY_RELU,
    HELPER_RELU,
    HELPER_RELU6,
    HELPER_SIGMOID,
    HELPER_TANH,
    HELPER_ELU,
    HELPER_SELU,
    HELPER_SOFTPLUS,
    HELPER_NEG,
    HELPER_RSQRT,
    HELPER_COPY,
    HELPER_ADD,
    HELPER_SUB,
    HELPER_MUL,
    HELPER_GREATER,
    HELPER_MINIMUM,
    HELPER_MAXIMUM,
    HELPERS
} helper;

/* The name of its function. */
const char *helper_name(helper);
/* Appends those that are called, in their order. */
void helpers_write(bytes *, const bool called[HELPERS]);

#endif
