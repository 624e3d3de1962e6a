#include "test.h"

#include <cblas.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <horn/kernels.h>
#include "tensor/products/gemm.h"
#include "tensor/products/kernel_generation.h"
#include "tensor/random.h"

typedef struct product {
    bool transpose_a, transpose_b;
    size_t M, N, K, lda, ldb, ldc;
    float beta;
    float *a, *b, *c, *before;
} product;

static float *floats_new(size_t n, uint32_t which)
{
    float *x = malloc((n ? n : 1) * sizeof *x);
    random_uniforms(random_key_make(7, 100, which), 0, 0, n, x);
    for (size_t i = 0; i < n; i++) x[i] -= 0.5f;
    return x;
}

/* Rows are longer than needed by `gap`; what lies between must stay as it is. */
static product product_new(int transposes, size_t M, size_t N, size_t K, float beta, size_t gap)
{
    product p = {
        .transpose_a = transposes & 1, .transpose_b = transposes & 2, .M = M, .N = N, .K = K, .beta = beta
    };
    p.lda = (p.transpose_a ? M : K) + gap;
    p.ldb = (p.transpose_b ? K : N) + gap;
    p.ldc = N + gap;
    if (p.lda == 0) p.lda = 1;
    if (p.ldb == 0) p.ldb = 1;
    p.a = floats_new((p.transpose_a ? K : M) * p.lda, 1);
    p.b = floats_new((p.transpose_b ? N : K) * p.ldb, 2);
    p.c = floats_new(M * p.ldc, 3);
    p.before = floats_new(M * p.ldc, 3);
    if (beta == 0)
        for (size_t i = 0; i < M; i++)
            for (size_t j = 0; j < N; j++) p.c[i * p.ldc + j] = NAN; /* never read */
    return p;
}

static void product_free(product *p)
{
    free(p->a);
    free(p->b);
    free(p->c);
    free(p->before);
}

static void product_run(product *p)
{
    gemm(p->transpose_a, p->transpose_b, p->M, p->N, p->K, p->a, p->lda, p->b, p->ldb, p->beta, p->c, p->ldc);
}

/* In double, with the bound of a sum of K rounded terms. */
static int count_faults(const product *p)
{
    int faults = 0;
    for (size_t i = 0; i < p->M; i++) {
        for (size_t j = 0; j < p->ldc; j++) {
            double sum = (double)p->beta * p->before[i * p->ldc + j], size = fabs(sum);
            for (size_t k = 0; k < p->K && j < p->N; k++) {
                double term = (double)p->a[p->transpose_a ? k * p->lda + i : i * p->lda + k] *
                              p->b[p->transpose_b ? j * p->ldb + k : k * p->ldb + j];
                sum += term;
                size += fabs(term);
            }
            float got = p->c[i * p->ldc + j];
            if (j >= p->N)
                faults += got != p->before[i * p->ldc + j];
            else
                faults += !(fabs(got - sum) <= ((double)p->K + 2) * FLT_EPSILON * size);
        }
    }
    return faults;
}

START_TEST(test_gemm__agrees_with_the_sum_in_double)
{
    static const size_t sizes[] = { 0, 1, 2, 7, 16, 31, 33, 65, 100, 257, 300 };
    static const float betas[] = { 0, 1, -0.5f };
    enum { SIZES = sizeof sizes / sizeof sizes[0] };
    random_key key = random_key_make(3, 4, 5);
    for (uint64_t i = 0; i < 600; i++) {
        uint32_t pick[4];
        random_block(key, (uint64_t[2]){ i, 0 }, pick);
        product p = product_new((int)(i % 4), sizes[pick[0] % SIZES], sizes[pick[1] % SIZES],
                                sizes[pick[2] % SIZES], betas[pick[3] % 3], i % 5);
        product_run(&p);
        int faults = count_faults(&p);
        ck_assert_msg(faults == 0, "%zux%zux%zu transposes %d beta %g: %d faults", p.M, p.N, p.K,
                      (int)(i % 4), (double)p.beta, faults);
        product_free(&p);
    }
}
END_TEST

START_TEST(test_gemm__long_and_thin_products)
{
    static const size_t shapes[][3] = { { 5000, 3, 9 },   { 3, 5000, 9 },   { 3, 9, 5000 },  { 1, 300000, 2 },
                                        { 300000, 1, 1 }, { 1, 1, 300000 }, { 256, 10, 784 } };
    for (size_t i = 0; i < 4 * sizeof shapes / sizeof shapes[0]; i++) {
        product p = product_new((int)(i % 4), shapes[i / 4][0], shapes[i / 4][1], shapes[i / 4][2], 0, 0);
        product_run(&p);
        ck_assert_int_eq(count_faults(&p), 0);
        product_free(&p);
    }
}
END_TEST

/* The host program's setting must not reach the bits: what OpenBLAS would share among threads, gemm never
 * hands over. */
START_TEST(test_gemm__same_bits_whatever_openblas_does_with_threads)
{
    static const size_t shapes[][3] = { { 256, 128, 784 }, { 784, 128, 256 }, { 256, 10, 128 },
                                        { 1352, 64, 288 }, { 3000, 32, 9 },   { 600, 500, 400 },
                                        { 1, 4096, 4096 }, { 4096, 1, 4096 }, { 40, 40, 5000 } };
    int before = openblas_get_num_threads();
    for (size_t i = 0; i < 4 * sizeof shapes / sizeof shapes[0]; i++) {
        product p = product_new((int)(i % 4), shapes[i / 4][0], shapes[i / 4][1], shapes[i / 4][2], 0, 0);
        size_t bytes = p.M * p.ldc * sizeof(float);
        openblas_set_num_threads(1);
        product_run(&p);
        memcpy(p.before, p.c, bytes);
        openblas_set_num_threads(4);
        product_run(&p);
        ck_assert_msg(memcmp(p.before, p.c, bytes) == 0, "%zux%zux%zu transposes %zu", p.M, p.N, p.K, i % 4);
        product_free(&p);
    }
    openblas_set_num_threads(before);
}
END_TEST

START_TEST(test_gemm__kernels_are_named_and_not_below_the_cpu_unknowingly)
{
    ck_assert_int_eq(strncmp(horn_kernels(), "OpenBLAS ", 9), 0);
    ck_assert_ptr_nonnull(strstr(horn_kernels(), openblas_get_corename()));
    ck_assert_int_eq(kernel_generation_of("Prescott"), KERNEL_OLD);
    ck_assert_int_eq(kernel_generation_of("SANDYBRIDGE"), KERNEL_AVX);
    ck_assert_int_eq(kernel_generation_of("Zen"), KERNEL_AVX2);
    ck_assert_int_eq(kernel_generation_of("SkylakeX"), KERNEL_AVX512);
    ck_assert_int_eq(kernel_generation_of("a newer one"), KERNEL_UNKNOWN);
    const char *wanted = horn_kernels_wanted();
    if (wanted) ck_assert_int_gt(kernel_generation_of(wanted), kernel_generation_of(gemm_core()));
    if (kernel_generation_of(gemm_core()) == KERNEL_AVX512) ck_assert_ptr_null(wanted);
}
END_TEST

TEST_MAIN(test_gemm__agrees_with_the_sum_in_double, test_gemm__long_and_thin_products,
          test_gemm__same_bits_whatever_openblas_does_with_threads,
          test_gemm__kernels_are_named_and_not_below_the_cpu_unknowingly)
