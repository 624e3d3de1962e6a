/* Convolution of images, as networks mean it (the kernel isn't flipped), and its gradients. All arrays are
 * dense and row-major, channels last: x[rows, height, width, channels], y[rows, out_height, out_width, units],
 * kernel[kernel_height, kernel_width, channels / groups, units]. Group g reads the g-th part of the channels
 * and makes the g-th part of the units.
 *
 * y[n, oy, ox, u] = sum over ky, kx, c of kernel[ky, kx, c, u]
 *                   x[n, oy stride_y + ky dilation_y - pad_top, ox stride_x + kx dilation_x - pad_left, c]
 * with x = 0 outside. Results depend on the arguments alone; a row's last bits, as with gemm(), on how many
 * rows there are. Sizes are the caller's to check (no line of kernel values or units longer than INT_MAX,
 * which gemm() asks for): nothing here fails or allocates. */
#ifndef TENSOR_IMAGES_CONVOLUTION_H
#define TENSOR_IMAGES_CONVOLUTION_H

#include <stdbool.h>
#include <stddef.h>

typedef struct convolution {
    size_t channels, units, groups; /* channels in, channels out, of all groups together */
    size_t height, width;
    size_t kernel_height, kernel_width;
    size_t stride_y, stride_x, dilation_y, dilation_x;
    size_t pad_top, pad_left; /* zeros around x; what lies past the other edges follows from the output */
    size_t out_height, out_width;
} convolution;

/* What is done to y while it is at hand: + bias[units] (NULL: none), then relu. */
typedef struct convolution_end {
    const float *bias;
    bool relu;
} convolution_end;

size_t convolution_scratch(const convolution *); /* floats that the calls below need, whatever the rows */

/* What forward and, where told, gradient_input need made of the kernel, once for all calls with up to `rows`
 * rows each. */
size_t convolution_prepared(const convolution *); /* floats of it */
void convolution_prepare(const convolution *, size_t rows, bool back, const float *kernel, float *prepared);

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
