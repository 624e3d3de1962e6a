#include <horn/kernels.h>

#include <stddef.h>
#include <stdio.h>
#include "tensor/products/gemm.h"
#include "tensor/products/kernel_generation.h"

/* The best core for this CPU, by the instructions that the CPU and the operating system support. */
static const char *best_core(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512cd"))
        return __builtin_cpu_supports("avx512bf16") ? "Cooperlake" : "SkylakeX";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return __builtin_cpu_is("amd") ? "Zen" : "Haswell";
#endif
    return NULL;
}

const char *horn_kernels_wanted(void)
{
    const char *best = best_core();
    return best && kernel_generation_of(gemm_core()) < kernel_generation_of(best) ? best : NULL;
}

const char *horn_kernels(void)
{
    static _Thread_local char text[96];
    const char *library = gemm_library(), *end = library;
    for (int words = 0; *end; end++)
        if (*end == ' ' && ++words == 2) break;
    snprintf(text, sizeof text, "%.*s %s", (int)(end - library), library, gemm_core());
    return text;
}
