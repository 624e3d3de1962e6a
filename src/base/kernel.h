/* KERNEL before a function: the compiler makes versions for SSE2, AVX2 and AVX-512, and the loader picks one for the
 * CPU. Loops in it must be vectorisable: restrict pointers, calls to static inline functions only, no early exit.
 *
 * All versions compute the same bits, because there is no fused multiply-add (-std=c11 forbids the compiler to
 * contract expressions). So results of kernels do not depend on the CPU. */
#ifndef BASE_KERNEL_H
#define BASE_KERNEL_H

/* Not with clang 14, which gives the clones names that nobody calls. Not with TSan: the loader would run instrumented
 * code. */
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
#define KERNEL __attribute__((target_clones("default", "avx2", "arch=x86-64-v4")))
#else
#define KERNEL
#endif

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

/* KERNEL_INDEPENDENT before a loop whose iterations are independent, if the compiler cannot see that because the
 * output may be the input itself. */
#if defined(__clang__)
#define KERNEL_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define KERNEL_INDEPENDENT _Pragma("GCC ivdep")
#endif

#endif
