/* Convolutions by special kernels instead of im2col and matrix products: for one group, without horizontal dilation,
 * on CPUs with AVX2 or AVX-512. convolution.c tries them first.
 *
 *     forward           3x3 with stride 1: Winograd F(4x4, 3x3); others: direct, about 12 pixels at a time
 *     gradient_input    dy mostly zeros, as behind relu and max pooling: multiplies only the other values; 3x3 and 1xK
 *                       with stride 1: Winograd and direct, as a forward convolution of dy
 *     gradient_kernel   dy mostly zeros: as above; 3x3 with stride 1: Winograd; others: direct
 *
 * The choice depends only on the arguments, data included, and on the CPU. */
#ifndef TENSOR_IMAGES_CONVOLUTION_FAST_H
#define TENSOR_IMAGES_CONVOLUTION_FAST_H

#include <stdbool.h>
#include "tensor/images/convolution.h"

/* Do the same as the functions of these names in convolution.h, and return true; or do nothing and return false. */
bool convolution_fast_forward(const convolution *, size_t rows, const float *x, const float *kernel,
                              const float *prepared, convolution_end, float *y, float *scratch);
bool convolution_fast_gradient_input(const convolution *, size_t rows, const float *kernel,
                                     const float *prepared, const float *dy, float *dx, float *scratch);
bool convolution_fast_gradient_kernel(const convolution *, size_t rows, const float *x, const float *dy,
                                      float *dkernel, float *scratch);

/* Floats of scratch for these three, whatever the rows. */
size_t convolution_fast_scratch(const convolution *);
size_t convolution_fast_prepared(const convolution *);
/* Of channels [first, end), for forward; of units [first, end), for gradient_input. */
void convolution_fast_prepare(const convolution *, size_t rows, size_t first, size_t end, const float *kernel,
                              float *prepared);
void convolution_fast_prepare_back(const convolution *, size_t rows, size_t first, size_t end,
                                   const float *kernel, float *prepared);

/* ---- the kernels of one instruction set ---- */

typedef struct convolution_kernels {
    const char *name;
    /* True if this CPU can run them. */
    bool (*runs)(void);
    size_t (*count_nonzeros)(size_t n, const float *);
    /* Of channels [first, end). */
    void (*make_panels)(const convolution *, size_t first, size_t end, const float *kernel, float *panels);
    void (*winograd)(const convolution *, size_t rows, const float *x, const float *panels, convolution_end,
                     float *y, float *scratch);
    /* Packs the kernel's lines of channels [first, end) for direct; floats of panels: kernel_size in convolution_fast.c. */
    void (*pack)(const convolution *, size_t first, size_t end, const float *kernel, float *panels);
    void (*pack_turned)(const convolution *turned, size_t first, size_t end, const float *kernel,
                        float *panels);
    void (*direct)(const convolution *, size_t rows, const float *x, const float *panels, convolution_end,
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

/* Returns the index-th set of kernels that this CPU can run, the fastest first; NULL past the last. */
const convolution_kernels *convolution_kernels_at(size_t index);

/* The convolution that computes dx from dy, which is its x[rows, out_height, out_width, units]; its kernel goes to
 * turned[kernel_height, kernel_width, units, channels]. For stride 1 without dilation. */
convolution convolution_turned(const convolution *);
void convolution_turn_kernel(const convolution *, size_t first, size_t end, const float *kernel,
                             float *turned);

#endif
