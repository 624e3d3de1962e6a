/* Depthwise convolution: each channel has its own kernels.
 *
 *     x[N, H, W, C]   kernel[KH, KW, C, M]   y[N, H', W', C M]
 *     y[n, oy, ox, c M + m] = sum of x[n, oy SY + ky DY - pad, ox SX + kx DX - pad, c] kernel[ky, kx, c, m]
 *
 * x is 0 outside the image. The caller gives depthwise_scratch floats of scratch. */
#ifndef TENSOR_IMAGES_DEPTHWISE_H
#define TENSOR_IMAGES_DEPTHWISE_H

#include <stddef.h>

typedef struct depthwise {
    size_t channels, multiplier;
    /* Pairs are (y, x). */
    size_t height, width, kernel[2], stride[2], dilation[2], pad[2], out[2];
} depthwise;

size_t depthwise_scratch(const depthwise *);
void depthwise_forward(const depthwise *, size_t N, const float *x, const float *kernel, float *y,
                       float *scratch);
/* dkernel += its gradient; each sample is summed on its own first. */
void depthwise_gradient_kernel(const depthwise *, size_t N, const float *x, const float *dy, float *dkernel,
                               float *scratch);
/* Overwrites dx. */
void depthwise_gradient_input(const depthwise *, size_t N, const float *kernel, const float *dy, float *dx,
                              float *scratch);

#endif
