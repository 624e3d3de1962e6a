/* A block of the dense factor stays in the first-level cache while all rows of x are multiplied with it. A bit mask
 * marks the values of a row that are not 0; each of them costs one fused multiply-add for 16 columns. */
#include "tensor/products/sparse.h"

#include <stdint.h>
#include "tensor/tuning.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,bmi")))
#define INLINE AVX512 __attribute__((always_inline)) static inline

/* Rows and columns of a block: as many as a mask has bits. */
enum { LANES = 16, ROW_BLOCK = 64, COLUMN_BLOCK = 64 };

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

/* One line of x: the mask of its values that are not 0, the values, and their sums. */
typedef struct line {
    uint64_t bits;
    /* Value k is x[k * step]. */
    const float *x;
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

/* sum[tile * 16] (+)= x[k] w[k, tile * 16] for two lines: if both have a value at k, w is loaded once for both.
 * `tile` is a constant after inlining. */
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

/* Bit r of bits[j]: block[r, j] is not 0. Of 16 columns, this is the transpose of the rows' masks. */
INLINE void column_bits(uint64_t bits[LANES], const float *block, size_t ldx, size_t depth, size_t columns)
{
    uint16_t lanes[COLUMN_BLOCK];
    for (size_t r = 0; r < COLUMN_BLOCK; r++)
        lanes[r] = r < depth ? (uint16_t)nonzero_lanes(block + r * ldx, columns) : 0;
    __m512i low = _mm512_loadu_si512(lanes), high = _mm512_loadu_si512(lanes + COLUMN_BLOCK / 2);
    for (size_t j = 0; j < LANES; j++) {
        __m512i lane = _mm512_set1_epi16((short)(1u << j));
        bits[j] = _mm512_test_epi16_mask(low, lane) | (uint64_t)_mm512_test_epi16_mask(high, lane) << 32;
    }
}

INLINE void columns_of_tile(int tile, size_t N, size_t D, const float *x, size_t ldx, const float *dy,
                            size_t ldy, float *dw, size_t ldw)
{
    uint64_t bits[LANES];
    for (size_t i = 0; i < N; i += COLUMN_BLOCK) {
        size_t depth = N - i < COLUMN_BLOCK ? N - i : COLUMN_BLOCK;
        for (size_t k = 0; k < D; k += LANES) {
            const float *block = x + i * ldx + k, *rows = dy + i * ldy;
            float *sums = dw + k * ldw;
            size_t columns = D - k < LANES ? D - k : LANES, j = 0;
            column_bits(bits, block, ldx, depth, columns);
            for (; j + 1 < columns; j += 2)
                accumulate(tile, (line){ bits[j], block + j, sums + j * ldw },
                           (line){ bits[j + 1], block + j + 1, sums + (j + 1) * ldw }, ldx, rows, ldy, i > 0);
            if (j < columns)
                accumulate_alone(tile, (line){ bits[j], block + j, sums + j * ldw }, ldx, rows, ldy, i > 0);
        }
    }
}

/* Takes columns 128 at a time, then the rest at once. */
#define TILE_CASE(tiles, call)   \
    case tiles: {                \
        enum { TILE = (tiles) }; \
        call;                    \
        break;                   \
    }
#define FOR_EACH_TILE(U, call)                               \
    for (size_t u = 0, tiles; u < (U); u += tiles * LANES) { \
        tiles = (U)-u < 8 * LANES ? ((U)-u) / LANES : 8;     \
        switch (tiles) {                                     \
            TILE_CASE(1, call)                               \
            TILE_CASE(2, call)                               \
            TILE_CASE(3, call)                               \
            TILE_CASE(4, call)                               \
            TILE_CASE(5, call)                               \
            TILE_CASE(6, call)                               \
            TILE_CASE(7, call)                               \
            TILE_CASE(8, call)                               \
        }                                                    \
    }

AVX512 static void rows(size_t N, size_t D, size_t U, const float *x, size_t ldx, const float *w,
                        float *y){ FOR_EACH_TILE(U, rows_of_tile(TILE, N, D, U, x, ldx, w + u, y + u)) }

AVX512 static void columns(size_t N, size_t D, size_t U, const float *x, size_t ldx, const float *dy,
                           size_t ldy, float *dw, size_t ldw){
    FOR_EACH_TILE(U, columns_of_tile(TILE, N, D, x, ldx, dy + u, ldy, dw + u, ldw))
}

/* One stage of a transpose of 16 rows: v[i] and v[i + step] exchange halves of their blocks of 2 step lanes. */
INLINE void exchange(__m512 v[LANES], int step, __m512i low, __m512i high)
{
    for (int i = 0; i < LANES; i++) {
        if (i & step) continue;
        __m512 a = v[i], b = v[i + step];
        v[i] = _mm512_permutex2var_ps(a, low, b);
        v[i + step] = _mm512_permutex2var_ps(a, high, b);
    }
}

/* The lane of a (or of b, from 16 on) that `exchange` puts into lane k of v[i], and of v[i + step]. */
INLINE __m512i exchanged(int step, bool high)
{
    int from[LANES];
    for (int k = 0; k < LANES; k++) {
        bool second = k & step;
        from[k] = high ? (second ? LANES + k : k + step) : (second ? LANES + k - step : k);
    }
    return _mm512_loadu_si512(from);
}

/* to[C,R] = from[R,C]^T; C and R are multiples of 16. */
AVX512 static void transpose(float *to, const float *from, size_t R, size_t C)
{
    __m512i low[4], high[4];
    for (int s = 0; s < 4; s++) low[s] = exchanged(1 << s, false), high[s] = exchanged(1 << s, true);
    for (size_t r = 0; r < R; r += LANES)
        for (size_t c = 0; c < C; c += LANES) {
            __m512 v[LANES];
            for (size_t i = 0; i < LANES; i++) v[i] = _mm512_loadu_ps(from + (r + i) * C + c);
            exchange(v, 1, low[0], high[0]);
            exchange(v, 2, low[1], high[1]);
            exchange(v, 4, low[2], high[2]);
            exchange(v, 8, low[3], high[3]);
            for (size_t i = 0; i < LANES; i++) _mm512_storeu_ps(to + (c + i) * R + r, v[i]);
        }
}

/* The share of x that is not 0, estimated from some of its rows. */
AVX512 static double share(size_t N, size_t D, const float *x, size_t ldx)
{
    const size_t rows = N < TUNING_SPARSE_SAMPLE ? N : TUNING_SPARSE_SAMPLE;
    size_t count = 0;
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < D; k += LANES)
            count += (size_t)__builtin_popcount(nonzero_lanes(x + i * N / rows * ldx + k, D - k));
    return (double)count / (double)(rows * D);
}

static bool kernels_take(size_t N, size_t D, size_t U)
{
    return U % LANES == 0 && U >= 2 * LANES && D >= LANES && N * D >= 4096 && cpu_has_kernels();
}

bool sparse_rows(size_t N, size_t D, size_t U, const float *x, size_t ldx, const float *w, float *y)
{
    if (!kernels_take(N, D, U) || share(N, D, x, ldx) > TUNING_SPARSE_SHARE) return false;
    rows(N, D, U, x, ldx, w, y);
    return true;
}

bool sparse_columns(size_t N, size_t D, size_t U, const float *x, size_t ldx, const float *dy, float *dw,
                    float *turned)
{
    if (!kernels_take(N, D, U)) return false;
    const double of_x = share(N, D, x, ldx), of_dy = D % LANES ? 1 : share(N, U, dy, U);
    if (of_x > TUNING_SPARSE_SHARE && of_dy > TUNING_SPARSE_SHARE) return false;
    if (of_x <= of_dy) {
        columns(N, D, U, x, ldx, dy, U, dw, U);
    } else {
        /* dw^T = dy^T x. */
        columns(N, U, D, dy, U, x, ldx, turned, D);
        transpose(dw, turned, U, D);
    }
    return true;
}

#else

bool sparse_rows(size_t N, size_t D, size_t U, const float *x, size_t ldx, const float *w, float *y)
{
    (void)N, (void)D, (void)U, (void)x, (void)ldx, (void)w, (void)y;
    return false;
}

bool sparse_columns(size_t N, size_t D, size_t U, const float *x, size_t ldx, const float *dy, float *dw,
                    float *turned)
{
    (void)N, (void)D, (void)U, (void)x, (void)ldx, (void)dy, (void)dw, (void)turned;
    return false;
}

#endif
