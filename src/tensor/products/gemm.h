/* Matrix products, and the only user of the BLAS.
 *
 * A product runs on the calling thread alone and has the same bits whatever the host program told its
 * OpenBLAS about threads. OpenBLAS has no switch for one call or one thread: its number of threads belongs to
 * the whole process, which is the host's. But it never cuts a product of m*n*k <= 2^18 (SMP_THRESHOLD_MIN *
 * GEMM_MULTITHREAD_THRESHOLD), so every product is handed over in blocks below that, cut from M, N and K
 * only. With the AVX-512 kernels, which have ways of their own for small products, this is as fast as one
 * call or faster at the sizes of models (256x128x784: 115 instead of 104 GFLOP/s), slower at 2048x2048x2048
 * (75 %) and where b is transposed (80 to 100 %; transposing a weight once spares that). With Haswell's it
 * costs 10 to 20 %.
 *
 * A row's last bits depend on M, so whoever cuts a batch must do so in a fixed way. Kernels are told of in
 * <horn/kernels.h>. */
#ifndef TENSOR_PRODUCTS_GEMM_H
#define TENSOR_PRODUCTS_GEMM_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/status.h>

/* c[M,N] = op(a)[M,K] op(b)[K,N] + beta c, row-major; op transposes where told, so that a is a[K,M] or b is
 * b[N,K] then. lda, ldb, ldc count the floats from one row to the next. beta 0 never reads c; K may be 0. */
void gemm(bool transpose_a, bool transpose_b, size_t M, size_t N, size_t K, const float *a, size_t lda,
          const float *b, size_t ldb, float beta, float *c, size_t ldc);

/* Comes before the first product. OpenBLAS maps a work buffer of 128 MiB of address space for each call that runs at
 * the same time, and keeps it; if it gets none it tries again for ever. gemm_reserve makes it map the buffers for
 * `calls` calls now, and fails if there is no room for them. */
enum { GEMM_MOST_CALLS = 64 };
HORN_CHECKED horn_status gemm_reserve(int calls);

/* Borrowed from OpenBLAS: the name of the kernels it has chosen, "Cooperlake"; and what it was built as,
 * beginning with "OpenBLAS 0.3.21 ". */
const char *gemm_core(void);
const char *gemm_library(void);

#endif
