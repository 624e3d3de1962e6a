/* Random orthogonal matrices, for the initializer Orthogonal. */
#ifndef FUNCTIONS_ORTHOGONAL_H
#define FUNCTIONS_ORTHOGONAL_H

#include <horn/status.h>
#include "tensor/random.h"

/* Overwrites out[rows, columns]: its columns are orthogonal and of length `gain`, or its rows if it has fewer rows than columns.
 * The matrix is Q of the QR decomposition of normal random numbers in which the diagonal of R is positive: Q is uniformly
 * distributed ("How to generate random matrices from the classical compact groups", Mezzadri, 2007), and Keras makes the same.
 * Computes in double in a fixed order: the bits depend on the key only. Fails if there is no memory. */
HORN_CHECKED horn_status orthogonal_fill(random_key key, double gain, size_t rows, size_t columns,
                                         float *out);

#endif
