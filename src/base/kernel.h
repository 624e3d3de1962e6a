/* KERNEL before a function: it is compiled for SSE2, AVX2 and AVX-512, and the loader picks by the CPU. Write
 * its loops so that the compiler can vectorise them: restrict, no calls but to static inline functions, no
 * early exit.
 *
 * Without fused multiply-add (ISO C keeps products and sums apart, as -std=c11 does) every version computes
 * the same bits, so a kernel's results do not depend on the CPU. */
#ifndef BASE_KERNEL_H
#define BASE_KERNEL_H

/* clang 14 writes the clones under names that nobody calls; under TSan the loader would run instrumented
 * code. */
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
#define KERNEL __attribute__((target_clones("default", "avx2", "arch=x86-64-v4")))
#else
#define KERNEL
#endif

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

/* KERNEL_INDEPENDENT before a loop whose iterations touch nothing of each other's, where the compiler cannot
 * know it: the output may be the input itself. */
#if defined(__clang__)
#define KERNEL_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define KERNEL_INDEPENDENT _Pragma("GCC ivdep")
#endif

#endif
