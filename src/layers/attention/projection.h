/* The projections of a MultiHeadAttention: Keras' EinsumDense.
 *
 * y[N, units] = x[N, inputs] kernel + bias; the weights stand in the shapes that Keras has: kernel [inputs, heads, K], bias [heads, K]. */
#ifndef LAYERS_ATTENTION_PROJECTION_H
#define LAYERS_ATTENTION_PROJECTION_H

#include "layers/call.h"
#include "layers/kernel_and_bias.h"

typedef struct projection {
    size_t inputs, units;
    /* Index of the kernel among the layer's weights; the bias is behind it. */
    size_t kernel;
    bool has_bias;
} projection;

/* Adds the weights. `bias` has no axis that the input has. */
HORN_CHECKED horn_status projection_build(layer *, const kernel_and_bias *, const shape *kernel,
                                          const shape *bias);

void projection_forward(const layer *, const projection *, size_t N, const float *x, float *y);
/* Adds to the gradients of the weights; dx = dx beta + that of x, unless it is NULL. */
void projection_backward(const call *, const lane *, const projection *, size_t N, const float *x,
                         const float *dy, float beta, float *dx);

#endif
