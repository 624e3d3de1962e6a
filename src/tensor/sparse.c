/* A block of the dense factor stays in the first cache while every row of x passes over it; a bit mask says
 * which of a row's values are not 0, and each of those costs one fused multiply-add for 16 columns. */
#include "tensor/sparse.h"

#include <assert.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,bmi")))
#define INLINE AVX512 __attribute__((always_inline)) static inline

enum { LANES = 16, ROW_BLOCK = 64, COLUMN_BLOCK = 32 };

static bool cpu_has_kernels(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("bmi");
}

INLINE __mmask16 first_lanes(size_t n)
{
    return n < LANES ? (__mmask16)((1u << n) - 1) : (__mmask16)0xffff;
}

INLINE unsigned nonzero_lanes(const float *x, size_t n)
{
    __mmask16 lanes = first_lanes(n);
    return _mm512_mask_cmp_ps_mask(lanes, _mm512_maskz_loadu_ps(lanes, x), _mm512_setzero_ps(), _CMP_NEQ_UQ);
}

/* Bit k: x[k] is not 0; n <= 64. */
INLINE uint64_t nonzeros(const float *x, size_t n)
{
    uint64_t bits = 0;
    for (size_t k = 0; k < n; k += LANES) bits |= (uint64_t)nonzero_lanes(x + k, n - k) << k;
    return bits;
}

AVX512 static size_t count_nonzeros(size_t N, size_t D, const float *x, size_t ldx)
{
    size_t count = 0;
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < D; k += LANES)
            count += (size_t)__builtin_popcount(nonzero_lanes(x + i * ldx + k, D - k));
    return count;
}

/* One line of x: its values that are not 0, where they stand, and the sums that they go into. */
typedef struct line {
    uint64_t bits;
    const float *x; /* value k at x[k * step] */
    float *sum;
} line;

INLINE void load_sums(int tile, __m512 *s, const float *sum, bool add)
{
    for (int t = 0; t < tile; t++) s[t] = add ? _mm512_loadu_ps(sum + t * LANES) : _mm512_setzero_ps();
}

INLINE void store_sums(int tile, const __m512 *s, float *sum)
{
    for (int t = 0; t < tile; t++) _mm512_storeu_ps(sum + t * LANES, s[t]);
}

INLINE void add_products(int tile, __m512 *s, uint64_t bits, const float *x, size_t step, const float *w,
                         size_t ldw)
{
    for (; bits; bits &= bits - 1) {
        size_t k = (size_t)__builtin_ctzll(bits);
        __m512 value = _mm512_set1_ps(x[k * step]);
        for (int t = 0; t < tile; t++)
            s[t] = _mm512_fmadd_ps(value, _mm512_loadu_ps(w + k * ldw + (size_t)t * LANES), s[t]);
    }
}

/* sum[tile * 16] (+)= x[k] w[k, tile * 16] of two lines: where both have a value, what is loaded of w serves
 * both. `tile` is a constant where this is inlined. */
INLINE void accumulate(int tile, line a, line b, size_t step, const float *w, size_t ldw, bool add)
{
    __m512 sa[8], sb[8];
    load_sums(tile, sa, a.sum, add);
    load_sums(tile, sb, b.sum, add);
    for (uint64_t both = a.bits & b.bits; both; both &= both - 1) {
        size_t k = (size_t)__builtin_ctzll(both);
        __m512 va = _mm512_set1_ps(a.x[k * step]), vb = _mm512_set1_ps(b.x[k * step]);
        for (int t = 0; t < tile; t++) {
            __m512 row = _mm512_loadu_ps(w + k * ldw + (size_t)t * LANES);
            sa[t] = _mm512_fmadd_ps(va, row, sa[t]);
            sb[t] = _mm512_fmadd_ps(vb, row, sb[t]);
        }
    }
    add_products(tile, sa, a.bits & ~b.bits, a.x, step, w, ldw);
    add_products(tile, sb, b.bits & ~a.bits, b.x, step, w, ldw);
    store_sums(tile, sa, a.sum);
    store_sums(tile, sb, b.sum);
}

INLINE void accumulate_alone(int tile, line a, size_t step, const float *w, size_t ldw, bool add)
{
    __m512 sa[8];
    load_sums(tile, sa, a.sum, add);
    add_products(tile, sa, a.bits, a.x, step, w, ldw);
    store_sums(tile, sa, a.sum);
}

INLINE line row_line(const float *x, size_t depth, float *y)
{
    return (line){ nonzeros(x, depth), x, y };
}

INLINE void rows_of_tile(int tile, size_t N, size_t D, size_t U, const float *x, size_t ldx, const float *w,
                         float *y)
{
    for (size_t k = 0; k < D; k += ROW_BLOCK) {
        size_t depth = D - k < ROW_BLOCK ? D - k : ROW_BLOCK, i = 0;
        for (; i + 1 < N; i += 2)
            accumulate(tile, row_line(x + i * ldx + k, depth, y + i * U),
                       row_line(x + (i + 1) * ldx + k, depth, y + (i + 1) * U), 1, w + k * U, U, k > 0);
        if (i < N)
            accumulate_alone(tile, row_line(x + i * ldx + k, depth, y + i * U), 1, w + k * U, U, k > 0);
    }
}

/* Column j of a block, of the 16 whose masks are given. */
INLINE line column_line(__m512i masks, size_t j, const float *block, float *dw)
{
    return (line){ _mm512_test_epi16_mask(masks, _mm512_set1_epi16((short)(1u << j))), block + j, dw };
}

/* 16 columns of x at a time: their masks over the rows of a block are the transpose of the rows' masks. */
INLINE void columns_of_tile(int tile, size_t N, size_t D, size_t U, const float *x, size_t ldx,
                            const float *dy, float *dw)
{
    uint16_t lanes[COLUMN_BLOCK];
    for (size_t i = 0; i < N; i += COLUMN_BLOCK) {
        size_t depth = N - i < COLUMN_BLOCK ? N - i : COLUMN_BLOCK;
        for (size_t k = 0; k < D; k += LANES) {
            const float *block = x + i * ldx + k, *rows = dy + i * U;
            float *sums = dw + k * U;
            size_t columns = D - k < LANES ? D - k : LANES, j = 0;
            for (size_t r = 0; r < COLUMN_BLOCK; r++)
                lanes[r] = r < depth ? (uint16_t)nonzero_lanes(block + r * ldx, columns) : 0;
            __m512i masks = _mm512_loadu_si512(lanes);
            for (; j + 1 < columns; j += 2)
                accumulate(tile, column_line(masks, j, block, sums + j * U),
                           column_line(masks, j + 1, block, sums + (j + 1) * U), ldx, rows, U, i > 0);
            if (j < columns)
                accumulate_alone(tile, column_line(masks, j, block, sums + j * U), ldx, rows, U, i > 0);
        }
    }
}

/* Columns are taken 128 at a time, then 64, 32 and 16. */
#define FOR_EACH_TILE(U, call)                           \
    for (size_t u = 0, left = (U); left; left = (U)-u) { \
        if (left >= 128) {                               \
            enum { TILE = 8 };                           \
            call;                                        \
            u += 128;                                    \
        } else if (left >= 64) {                         \
            enum { TILE = 4 };                           \
            call;                                        \
            u += 64;                                     \
        } else if (left >= 32) {                         \
            enum { TILE = 2 };                           \
            call;                                        \
            u += 32;                                     \
        } else {                                         \
            enum { TILE = 1 };                           \
            call;                                        \
            u += 16;                                     \
        }                                                \
    }

AVX512 void sparse_rows(size_t N, size_t D, size_t U, const float *x, size_t ldx, const float *w,
                        float *y){ FOR_EACH_TILE(U, rows_of_tile(TILE, N, D, U, x, ldx, w + u, y + u)) }

AVX512
    void sparse_columns(size_t N, size_t D, size_t U, const float *x, size_t ldx, const float *dy, float *dw)
{
    FOR_EACH_TILE(U, columns_of_tile(TILE, N, D, U, x, ldx, dy + u, dw + u))
}

bool sparse_pays(size_t N, size_t D, size_t U, const float *x, size_t ldx)
{
    if (U % LANES || U < 2 * LANES || D < LANES || N * D < 4096 || !cpu_has_kernels()) return false;
    return count_nonzeros(N, D, x, ldx) <= N * D / 10 * 7;
}

#else

bool sparse_pays(size_t N, size_t D, size_t U, const float *x, size_t ldx)
{
    (void)N, (void)D, (void)U, (void)x, (void)ldx;
    return false;
}

void sparse_rows(size_t N, size_t D, size_t U, const float *x, size_t ldx, const float *w, float *y)
{
    (void)N, (void)D, (void)U, (void)x, (void)ldx, (void)w, (void)y;
    assert(!"sparse_pays said no");
}

void sparse_columns(size_t N, size_t D, size_t U, const float *x, size_t ldx, const float *dy, float *dw)
{
    (void)N, (void)D, (void)U, (void)x, (void)ldx, (void)dy, (void)dw;
    assert(!"sparse_pays said no");
}

#endif
