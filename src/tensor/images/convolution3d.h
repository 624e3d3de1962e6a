/* Convolution along depth, height and width, made of convolutions of images: plane od of y is the sum, over the planes kd of the
 * kernel, of the convolution of plane id = od stride + kd dilation - pad of x with it; x is 0 outside.
 *
 *     x[rows, depth, (plane)]   kernel[kernel_depth, (plane)]   y[rows, out_depth, (plane)]
 *
 * A kernel of depth 1 with stride 1 makes images of all planes: an image is a volume of depth 1. The functions are those of
 * convolution.h and do the same. */
#ifndef TENSOR_IMAGES_CONVOLUTION3D_H
#define TENSOR_IMAGES_CONVOLUTION3D_H

#include "tensor/images/convolution.h"

typedef struct convolution3d {
    /* Of one plane. */
    convolution plane;
    size_t depth, kernel_depth, stride, dilation, pad, out_depth;
} convolution3d;

size_t convolution3d_scratch(const convolution3d *);
size_t convolution3d_prepared(const convolution3d *);
size_t convolution3d_prepare_parts(const convolution3d *);
void convolution3d_prepare(const convolution3d *, size_t rows, bool back, size_t first, size_t end,
                           const float *kernel, float *prepared);
void convolution3d_forward(const convolution3d *, size_t rows, const float *x, const float *kernel,
                           const float *prepared, convolution_end, float *y, float *scratch);
void convolution3d_gradient_input(const convolution3d *, size_t rows, const float *kernel,
                                  const float *prepared, const float *dy, float *dx, float *scratch);
void convolution3d_gradient_kernel(const convolution3d *, size_t rows, const float *x, const float *dy,
                                   float *dkernel, float *scratch);

#endif
