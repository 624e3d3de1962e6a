/* Convolution of images as in neural networks (cross-correlation: the kernel is not flipped), and its gradients.
 * Arrays are dense, row-major, channels last: x[rows, height, width, channels], y[rows, out_height, out_width,
 * units], kernel[kernel_height, kernel_width, channels / groups, units]. `units` is Keras' filters. Group g reads the
 * g-th part of the channels and computes the g-th part of the filters.
 *
 * y[n, oy, ox, u] = sum over ky, kx, c of kernel[ky, kx, c, u]
 *                   x[n, oy stride_y + ky dilation_y - pad_top, ox stride_x + kx dilation_x - pad_left, c]
 * with x = 0 outside. Results depend only on the arguments; the last bits of a row may depend on the number of rows,
 * as with gemm(). Nothing here fails or allocates: the caller checks the sizes (no line of kernel values or filters
 * longer than INT_MAX, for gemm()). */
#ifndef TENSOR_IMAGES_CONVOLUTION_H
#define TENSOR_IMAGES_CONVOLUTION_H

#include <stdbool.h>
#include <stddef.h>

typedef struct convolution {
    /* Channels of x, channels of y, of all groups together. */
    size_t channels, units, groups;
    size_t height, width;
    size_t kernel_height, kernel_width;
    size_t stride_y, stride_x, dilation_y, dilation_x;
    /* Lines and columns of zeros before x; those after it follow from the output's size. */
    size_t pad_top, pad_left;
    size_t out_height, out_width;
} convolution;

/* Applied to y while it is in registers or cache: adds bias[units] (NULL: none), then relu. */
typedef struct convolution_end {
    const float *bias;
    bool relu;
} convolution_end;

/* Floats of scratch that each call below needs, whatever the rows. */
size_t convolution_scratch(const convolution *);

/* Transforms the kernel once for all calls with up to `rows` rows: for forward, and if `back` for gradient_input. Makes
 * parts [first, end) of convolution_prepare_parts, each of which is made on its own. */
void convolution_prepare(const convolution *, size_t rows, bool back, size_t first, size_t end,
                         const float *kernel, float *prepared);
/* Floats of `prepared`. */
size_t convolution_prepared(const convolution *);
size_t convolution_prepare_parts(const convolution *);

/* Overwrites y. */
void convolution_forward(const convolution *, size_t rows, const float *x, const float *kernel,
                         const float *prepared, convolution_end, float *y, float *scratch);
/* Overwrites dx. */
void convolution_gradient_input(const convolution *, size_t rows, const float *kernel, const float *prepared,
                                const float *dy, float *dx, float *scratch);
/* Adds to dkernel. */
void convolution_gradient_kernel(const convolution *, size_t rows, const float *x, const float *dy,
                                 float *dkernel, float *scratch);

#endif
