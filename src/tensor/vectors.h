/* The vectors of one instruction set, for kernels whose code is compiled for several. A file defines VECTORS as 512
 * (AVX-512) or 256 (AVX2 with FMA) before it includes the kernels' headers; on other machines VECTORS stays
 * undefined. Only fma_of() fuses a product and a sum, so every compiler gives the same bits. */
#ifndef TENSOR_VECTORS_H
#define TENSOR_VECTORS_H

#include <stddef.h>
#include <stdint.h>

#if !defined(VECTORS) && defined(__x86_64__)
#define VECTORS 512
#endif

#if defined(VECTORS)
#include <immintrin.h>

#if VECTORS == 512
#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,bmi,fma")))
enum { LANES = 16, REGISTERS = 32 };
typedef __m512 vec;

/* A mask of a vector's first lanes. */
typedef __mmask16 lanes;
#else
#define TARGET __attribute__((target("avx2,bmi,fma")))
enum { LANES = 8, REGISTERS = 16 };
typedef __m256 vec;
typedef __m256i lanes;
#endif

#define INLINE  TARGET __attribute__((always_inline, unused)) static inline
#define OUTLINE TARGET __attribute__((noinline, unused)) static
/* Before a loop over vectors that must stay in registers: its bound is a constant after inlining. */
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

#if VECTORS == 512

INLINE lanes first_lanes(size_t n)
{
    return n < LANES ? (lanes)((1u << n) - 1) : (lanes)0xffff;
}

INLINE vec load(const float *p)
{
    return _mm512_loadu_ps(p);
}

/* The other lanes are 0, and not read. */
INLINE vec load_part(const float *p, lanes part)
{
    return _mm512_maskz_loadu_ps(part, p);
}

INLINE void store(float *p, vec v)
{
    _mm512_storeu_ps(p, v);
}

INLINE void store_part(float *p, lanes part, vec v)
{
    _mm512_mask_storeu_ps(p, part, v);
}

INLINE vec all(float value)
{
    return _mm512_set1_ps(value);
}

INLINE vec add(vec a, vec b)
{
    return _mm512_add_ps(a, b);
}

INLINE vec sub(vec a, vec b)
{
    return _mm512_sub_ps(a, b);
}

INLINE vec mul(vec a, vec b)
{
    return _mm512_mul_ps(a, b);
}

/* a b + c. */
INLINE vec fma_of(vec a, vec b, vec c)
{
    return _mm512_fmadd_ps(a, b, c);
}

/* Relu; keeps NaN. */
INLINE vec above_zero(vec v)
{
    return _mm512_max_ps(_mm512_setzero_ps(), v);
}

/* Bit i: lane i is not 0. NaN counts as 0. */
INLINE unsigned nonzero_lanes(vec v)
{
    return _mm512_cmp_ps_mask(v, _mm512_setzero_ps(), _CMP_NEQ_UQ);
}

#else

INLINE lanes first_lanes(size_t n)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n < LANES ? (int)n : LANES),
                              _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

INLINE vec load(const float *p)
{
    return _mm256_loadu_ps(p);
}

INLINE vec load_part(const float *p, lanes part)
{
    return _mm256_maskload_ps(p, part);
}

INLINE void store(float *p, vec v)
{
    _mm256_storeu_ps(p, v);
}

INLINE void store_part(float *p, lanes part, vec v)
{
    _mm256_maskstore_ps(p, part, v);
}

INLINE vec all(float value)
{
    return _mm256_set1_ps(value);
}

INLINE vec add(vec a, vec b)
{
    return _mm256_add_ps(a, b);
}

INLINE vec sub(vec a, vec b)
{
    return _mm256_sub_ps(a, b);
}

INLINE vec mul(vec a, vec b)
{
    return _mm256_mul_ps(a, b);
}

INLINE vec fma_of(vec a, vec b, vec c)
{
    return _mm256_fmadd_ps(a, b, c);
}

INLINE vec above_zero(vec v)
{
    return _mm256_max_ps(_mm256_setzero_ps(), v);
}

INLINE unsigned nonzero_lanes(vec v)
{
    return (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(v, _mm256_setzero_ps(), _CMP_NEQ_UQ));
}

#endif

/* Loads the first n floats, at most a vector. */
INLINE vec load_first(const float *p, size_t n)
{
    return n < LANES ? load_part(p, first_lanes(n)) : load(p);
}

INLINE void store_first(float *p, size_t n, vec v)
{
    /* Slow on some CPUs. */
    if (n < LANES)
        store_part(p, first_lanes(n), v);
    else
        store(p, v);
}

/* Bit k: x[k] is not 0; n <= 64. */
INLINE uint64_t nonzeros(const float *x, size_t n)
{
    uint64_t bits = 0;
    for (size_t k = 0; k < n; k += LANES) bits |= (uint64_t)nonzero_lanes(load_first(x + k, n - k)) << k;
    return bits;
}

#endif
#endif
