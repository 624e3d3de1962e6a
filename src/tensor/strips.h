/* Vectors of 16 floats that kernels (see base/kernel.h) hold in registers while they go along columns: strips
 * of channels. Written with the compiler's vectors, so that one text serves every CPU and every bit is the
 * same there. */
#ifndef TENSOR_STRIPS_H
#define TENSOR_STRIPS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { STRIP = 16 };
#define STRIP_VECTOR __attribute__((vector_size(STRIP * 4)))
typedef float floats STRIP_VECTOR;
typedef int32_t ints STRIP_VECTOR;

/* Into each version of a KERNEL, or it would be compiled for the oldest CPU alone. */
#define INLINE __attribute__((always_inline, unused)) static inline

INLINE size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* n <= STRIP of them; what is behind is 0. Through arrays of their own, as a vector that something points into
 * leaves its register. */
INLINE void load(floats *v, const float *from, size_t n)
{
    float part[STRIP] = { 0 };
    if (n == STRIP) {
        memcpy(v, from, sizeof *v);
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
    memcpy(part, v, sizeof *v);
    for (size_t i = 0; i < n; i++) to[i] = part[i];
}

#endif
