#include "tensor/products/gemm.h"

#include <assert.h>
#include <cblas.h>
#include <limits.h>
#include <string.h>
#include "base/memory.h"
#include "tensor/products/kernel_generation.h"
#include "tensor/tuning.h"

/* The largest m*n*k that OpenBLAS never splits among threads. */
enum { LARGEST_BLOCK = 1 << 18 };

/* Functions of OpenBLAS without a declaration in its headers; NULL if this OpenBLAS does not export them. */
void *blas_memory_alloc(int position) __attribute__((weak));
void blas_memory_free(void *buffer) __attribute__((weak));

typedef struct block {
    size_t m, n, k;
} block;

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Pieces of about equal length, at most `limit`, in multiples of 16 if possible: 100 by 64 gives 64 and 36. */
static size_t cut_evenly(size_t length, size_t limit)
{
    if (length <= limit) return length;
    if (limit > 16) limit -= limit % 16;
    size_t pieces = (length + limit - 1) / limit, piece = (length + pieces - 1) / pieces;
    return least(limit, (piece + 15) / 16 * 16);
}

/* The AVX-512 kernels multiply small products without packing; with b transposed only if m*n <= 1200 and k >= 32.
 * Other kernels pack, which costs least for cubes. If one side is shorter than its limit, the others get longer
 * blocks. */
static block choose_block(bool avx512, bool transpose_b, size_t M, size_t N, size_t K)
{
    bool narrow = avx512 && transpose_b;
    block most = narrow
                     ? (block){ TUNING_GEMM_TRANSPOSED_M, TUNING_GEMM_TRANSPOSED_N, TUNING_GEMM_TRANSPOSED_K }
                 : avx512 ? (block){ TUNING_GEMM_AVX512_M, TUNING_GEMM_AVX512_N, TUNING_GEMM_AVX512_K }
                          : (block){ TUNING_GEMM_CUBE, TUNING_GEMM_CUBE, TUNING_GEMM_CUBE };
    size_t k = least(K, most.k), area = narrow && k >= 32 ? 1024 : LARGEST_BLOCK / k;
    size_t m = least(M, most.m);
    size_t n = cut_evenly(N, area / m);
    m = cut_evenly(M, area / n);
    return (block){ m, n, cut_evenly(K, LARGEST_BLOCK / (m * n)) };
}

/* The result of a product with K = 0. */
static void scale_rows(size_t M, size_t N, float beta, float *c, size_t ldc)
{
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < N; j++) c[i * ldc + j] = beta == 0 ? 0 : beta * c[i * ldc + j];
}

void gemm(bool transpose_a, bool transpose_b, size_t M, size_t N, size_t K, const float *a, size_t lda,
          const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
    assert(lda <= INT_MAX && ldb <= INT_MAX && ldc <= INT_MAX);
    if (M == 0 || N == 0) return;
    if (K == 0) {
        scale_rows(M, N, beta, c, ldc);
        return;
    }
    block cut = choose_block(kernel_generation_of(gemm_core()) == KERNEL_AVX512, transpose_b, M, N, K);
    for (size_t p = 0; p < K; p += cut.k)
        for (size_t j = 0; j < N; j += cut.n)
            for (size_t i = 0; i < M; i += cut.m)
                cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
                            transpose_b ? CblasTrans : CblasNoTrans, (int)least(M - i, cut.m),
                            (int)least(N - j, cut.n), (int)least(K - p, cut.k), 1,
                            transpose_a ? a + p * lda + i : a + i * lda + p, (int)lda,
                            transpose_b ? b + j * ldb + p : b + p * ldb + j, (int)ldb, p ? 1 : beta,
                            c + i * ldc + j, (int)ldc);
}

horn_status gemm_reserve(int calls)
{
    void *buffers[GEMM_MOST_CALLS];
    assert(calls <= GEMM_MOST_CALLS);
    horn_status status = memory_need_room("OpenBLAS' work buffers", (size_t)calls, (size_t)128 << 20);
    if (status || !blas_memory_alloc || !blas_memory_free) return status;
    for (int i = 0; i < calls; i++) buffers[i] = blas_memory_alloc(0);
    for (int i = 0; i < calls; i++) blas_memory_free(buffers[i]);
    return HORN_OK;
}

const char *gemm_core(void)
{
    return openblas_get_corename();
}

const char *gemm_library(void)
{
    return openblas_get_config();
}
