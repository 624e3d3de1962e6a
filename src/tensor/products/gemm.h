/* Matrix products. No other file uses the BLAS.
 *
 * A product runs on the calling thread only, and gives the same bits whatever number of threads the host program has
 * set in OpenBLAS. OpenBLAS has no setting for one call or one thread: its number of threads belongs to the whole
 * process. But it never splits a product of m*n*k <= 2^18 (SMP_THRESHOLD_MIN * GEMM_MULTITHREAD_THRESHOLD); so gemm()
 * cuts every product into smaller blocks, which depend on M, N and K only. With the AVX-512 kernels, which treat
 * small products specially, this is as fast as one call or faster at the sizes of models (256x128x784: 115 instead of
 * 104 GFLOP/s); it is slower at 2048x2048x2048 (75 %) and if b is transposed (80 to 100 %; transposing a weight once
 * avoids that). With Haswell's kernels it costs 10 to 20 %.
 *
 * The last bits of a row depend on M, so a batch must always be cut in the same way. <horn/kernels.h> tells which
 * kernels OpenBLAS uses. */
#ifndef TENSOR_PRODUCTS_GEMM_H
#define TENSOR_PRODUCTS_GEMM_H

#include <stdbool.h>
#include <stddef.h>
#include <horn/status.h>

/* c[M,N] = op(a)[M,K] op(b)[K,N] + beta c, row-major. With transpose_a, a is a[K,M]; with transpose_b, b is b[N,K].
 * lda, ldb and ldc count the floats from one row to the next. With beta = 0 c is not read; K may be 0. */
void gemm(bool transpose_a, bool transpose_b, size_t M, size_t N, size_t K, const float *a, size_t lda,
          const float *b, size_t ldb, float beta, float *c, size_t ldc);

/* Call it before the first product. OpenBLAS maps a work buffer of 128 MiB of address space for each call that runs
 * at the same time, and keeps it; if it gets none, it retries for ever. gemm_reserve makes it map the buffers for
 * `calls` calls now, and fails if there is no room for them. */
enum { GEMM_MOST_CALLS = 64 };
HORN_CHECKED horn_status gemm_reserve(int calls);

/* Strings of OpenBLAS, borrowed: the name of its kernels ("Cooperlake"), and its version and build options, which
 * begin with "OpenBLAS 0.3.21 ". */
const char *gemm_core(void);
const char *gemm_library(void);

#endif
