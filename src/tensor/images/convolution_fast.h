/* Convolutions by kernels made for them, instead of by patches and matrix products: for one group, without
 * horizontal dilation, on CPUs with AVX2 or AVX-512. convolution.c asks here first.
 *
 *     forward           3x3 with stride 1: Winograd F(4x4, 3x3); others: direct, a dozen pixels at a time
 *     gradient_input    dy mostly zeros, as below relu and max pooling: only the others are multiplied;
 *                       3x3 with stride 1: Winograd, as a forward convolution of dy
 *     gradient_kernel   dy mostly zeros: as above; 3x3 with stride 1: Winograd; others: direct
 *
 * What is chosen is a function of the arguments, data included, and of the CPU. */
#ifndef TENSOR_IMAGES_CONVOLUTION_FAST_H
#define TENSOR_IMAGES_CONVOLUTION_FAST_H

#include <stdbool.h>
#include "tensor/images/convolution.h"

/* These do as their namesakes in convolution.h; or nothing, and return false. */
bool convolution_fast_forward(const convolution *, size_t rows, const float *x, const float *kernel,
                              const float *prepared, convolution_end, float *y, float *scratch);
bool convolution_fast_gradient_input(const convolution *, size_t rows, const float *kernel,
                                     const float *prepared, const float *dy, float *dx, float *scratch);
bool convolution_fast_gradient_kernel(const convolution *, size_t rows, const float *x, const float *dy,
                                      float *dkernel, float *scratch);
size_t convolution_fast_scratch(const convolution *); /* floats that these three need, whatever the rows */
size_t convolution_fast_prepared(const convolution *);
void convolution_fast_prepare(const convolution *, size_t rows, bool back, const float *kernel,
                              float *prepared);

/* ---- the kernels of one instruction set ---- */

typedef struct convolution_kernels {
    const char *name;
    bool (*runs)(void); /* on this CPU */
    size_t (*count_nonzeros)(size_t n, const float *);
    void (*make_panels)(const convolution *, const float *kernel, float *panels);
    void (*winograd)(const convolution *, size_t rows, const float *x, const float *panels, convolution_end,
                     float *y, float *scratch);
    void (*direct)(const convolution *, size_t rows, const float *x, const float *kernel, convolution_end,
                   float *y, float *scratch);
    void (*winograd_gradient_kernel)(const convolution *, size_t rows, const float *x, const float *dy,
                                     float *dkernel, float *scratch);
    void (*direct_gradient_kernel)(const convolution *, size_t rows, const float *x, const float *dy,
                                   float *dkernel, float *scratch);
    void (*sparse_gradient_input)(const convolution *, size_t rows, const float *kernel, const float *dy,
                                  float *dx, float *scratch);
    void (*sparse_gradient_kernel)(const convolution *, size_t rows, const float *x, const float *dy,
                                   float *dkernel, float *scratch);
} convolution_kernels;

#if defined(__x86_64__)
extern const convolution_kernels convolution_avx512, convolution_avx2;
#endif

/* The index-th set that runs on this CPU, the best one first; NULL past the last. */
const convolution_kernels *convolution_kernels_at(size_t index);

/* Of x[rows, out_height, out_width, units] with pads of their own, the convolution that makes dx from dy; the
 * kernel for it goes to turned[kernel_height, kernel_width, units, channels]. For stride 1 and no dilation. */
convolution convolution_turned(const convolution *);
void convolution_turn_kernel(const convolution *, const float *kernel, float *turned);

#endif
