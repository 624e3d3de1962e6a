/* For the files of activations: loops over elements, and what the tables of activation.h are made of. */
#ifndef FUNCTIONS_ACTIVATION_LOOPS_H
#define FUNCTIONS_ACTIVATION_LOOPS_H

#include "base/kernel.h"
#include "functions/activation.h"

/* Defines NAME_forward from NAME_of(z). Loops keep NaN and can be vectorised if the function has no branches and calls only
 * functions that have none (tensor/float_math.h). */
#define ACTIVATION_FORWARD(NAME)                                                             \
    KERNEL static void NAME##_forward(size_t rows, size_t columns, const float *z, float *y) \
    {                                                                                        \
        KERNEL_INDEPENDENT                                                                   \
        for (size_t i = 0; i < rows * columns; i++) y[i] = NAME##_of(z[i]);                  \
    }

/* Defines NAME_backward from NAME_slope, a function of y. */
#define ACTIVATION_BACKWARD(NAME)                                                                   \
    KERNEL static void NAME##_backward(size_t rows, size_t columns, const float *z, const float *y, \
                                       const float *dy, float *dz)                                  \
    {                                                                                               \
        (void)z;                                                                                    \
        KERNEL_INDEPENDENT                                                                          \
        for (size_t i = 0; i < rows * columns; i++) dz[i] = dy[i] * NAME##_slope(y[i]);             \
    }

/* The same for an activation that reads z: NAME_slope(z, y). */
#define ACTIVATION_BACKWARD_OF_Z(NAME)                                                              \
    KERNEL static void NAME##_backward(size_t rows, size_t columns, const float *z, const float *y, \
                                       const float *dy, float *dz)                                  \
    {                                                                                               \
        KERNEL_INDEPENDENT                                                                          \
        for (size_t i = 0; i < rows * columns; i++) dz[i] = dy[i] * NAME##_slope(z[i], y[i]);       \
    }

/* The activations of a file; ended by one without a name. */
extern const activation piecewise_activations[], smooth_activations[], row_activations[];

#endif
