/* The table of convolution_fast.h's kernels for the instruction set of VECTORS; empty on other machines. */
#ifndef TENSOR_IMAGES_CONVOLUTION_SET_H
#define TENSOR_IMAGES_CONVOLUTION_SET_H

#include "tensor/images/convolution_direct.h"
#include "tensor/images/convolution_sparse.h"
#include "tensor/images/convolution_winograd_gradient.h"

#if defined(VECTORS)

static bool runs(void)
{
#if VECTORS == 512
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("fma");
#else
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("fma");
#endif
}

#if VECTORS == 512
const convolution_kernels convolution_avx512 = {
    .name = "AVX-512",
#else
const convolution_kernels convolution_avx2 = {
    .name = "AVX2",
#endif
    .runs = runs,
    .count_nonzeros = count_nonzeros,
    .make_panels = make_panels,
    .winograd = winograd,
    .pack = pack,
    .pack_turned = pack_turned,
    .direct = direct,
    .winograd_gradient_kernel = winograd_gradient_kernel,
    .direct_gradient_kernel = direct_gradient_kernel,
    .sparse_gradient_input = sparse_gradient_input,
    .sparse_gradient_kernel = sparse_gradient_kernel,
};

#endif
#endif
