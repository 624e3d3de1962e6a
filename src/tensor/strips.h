/* Vectors of 16 floats that kernels (base/kernel.h) hold in registers while they go along columns: strips of
 * channels. They use the compiler's vector types: the same code serves every CPU and gives the same bits. */
#ifndef TENSOR_STRIPS_H
#define TENSOR_STRIPS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { STRIP = 16 };
#define STRIP_VECTOR __attribute__((vector_size(STRIP * 4)))
typedef float floats STRIP_VECTOR;
typedef int32_t ints STRIP_VECTOR;

/* Inlined into each version of a KERNEL; otherwise it would be compiled for the oldest CPU only. */
#define INLINE __attribute__((always_inline, unused)) static inline

INLINE size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

typedef float half_floats __attribute__((vector_size(STRIP * 2)));

/* Loads n <= STRIP floats; the rest is 0. Goes through an array, because a vector whose address is taken leaves its
 * register. */
INLINE void load(floats *v, const float *from, size_t n)
{
    float part[STRIP] = { 0 };
    if (n == STRIP) {
        memcpy(v, from, sizeof *v);
        return;
    }
    if (n == STRIP / 2) {
        half_floats half;
        memcpy(&half, from, sizeof half);
        *v = __builtin_shufflevector(half, (half_floats){ 0 }, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
                                     14, 15);
        return;
    }
    for (size_t i = 0; i < n; i++) part[i] = from[i];
    memcpy(v, part, sizeof *v);
}

INLINE void store(float *to, const floats *v, size_t n)
{
    float part[STRIP];
    if (n == STRIP) {
        memcpy(to, v, sizeof *v);
        return;
    }
    if (n == STRIP / 2) {
        const half_floats half = __builtin_shufflevector(*v, *v, 0, 1, 2, 3, 4, 5, 6, 7);
        memcpy(to, &half, sizeof half);
        return;
    }
    memcpy(part, v, sizeof *v);
    for (size_t i = 0; i < n; i++) to[i] = part[i];
}

#endif
