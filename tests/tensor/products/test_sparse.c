#include "test.h"

#include <math.h>
#include <stdint.h>
#include "tensor/products/sparse.h"

static uint32_t state = 1;

static float uniform(void)
{
    state = state * 1664525u + 1013904223u;
    return (float)(state >> 8) * 0x1p-24f;
}

static float *fill(size_t n, double share)
{
    float *x = malloc((n + 1) * sizeof *x);
    for (size_t i = 0; i < n; i++) x[i] = uniform() < share ? uniform() - 0.5f : 0;
    x[n] = NAN; /* nobody may read behind the end and use it */
    return x;
}

static void assert_rows(size_t N, size_t D, size_t U, size_t ldx, double share)
{
    float *x = fill(N * ldx, share), *w = fill(D * U, 1), *y = fill(N * U, 1);
    if (sparse_rows(N, D, U, x, ldx, w, y))
        for (size_t i = 0; i < N; i++)
            for (size_t u = 0; u < U; u++) {
                double sum = 0;
                for (size_t k = 0; k < D; k++) sum += (double)x[i * ldx + k] * w[k * U + u];
                ck_assert_double_eq_tol(y[i * U + u], sum, 1e-5);
            }
    free(x), free(w), free(y);
}

static bool assert_columns(size_t N, size_t D, size_t U, size_t ldx, double share, double share_dy)
{
    float *x = fill(N * ldx, share), *dy = fill(N * U, share_dy), *dw = fill(D * U, 1),
          *turned = fill(D * U, 1);
    const bool done = sparse_columns(N, D, U, x, ldx, dy, dw, turned);
    for (size_t k = 0; done && k < D; k++)
        for (size_t u = 0; u < U; u++) {
            double sum = 0;
            for (size_t i = 0; i < N; i++) sum += (double)x[i * ldx + k] * dy[i * U + u];
            ck_assert_double_eq_tol(dw[k * U + u], sum, 1e-5);
        }
    ck_assert(isnan(turned[D * U]));
    free(x), free(dy), free(dw), free(turned);
    return done;
}

/* The kernels run where a picture is asked about; on other CPUs there is nothing to test. */
static bool kernels_run(void)
{
    float *x = fill(64 * 64, 0.3);
    float *w = fill(64 * 128, 1), *y = fill(64 * 128, 1);
    bool runs = sparse_rows(64, 64, 128, x, 64, w, y);
    free(x), free(w), free(y);
    return runs;
}

START_TEST(test_sparse__products_are_those_of_a_plain_loop)
{
    static const size_t N[] = { 1, 2, 63, 64, 65, 300 }, D[] = { 16, 17, 64, 98, 112, 144 },
                        U[] = { 32, 48, 112, 128, 144, 256 };
    if (!kernels_run()) return;
    for (size_t a = 0; a < 6; a++)
        for (size_t b = 0; b < 6; b++)
            for (size_t c = 0; c < 6; c++) {
                const double share = (double)(a + b + c) / 22;
                const bool large = N[a] * D[b] >= 4096;
                assert_rows(N[a], D[b], U[c], D[b] + a, share);
                bool done = assert_columns(N[a], D[b], U[c], D[b] + a, share, 1);
                ck_assert(done || !large || share > 0.65);
                done = assert_columns(N[a], D[b], U[c], D[b] + a, 1, share);
                ck_assert(done || !large || share > 0.65 || D[b] % 16);
            }
}
END_TEST

START_TEST(test_sparse__bits_do_not_depend_on_an_even_cut)
{
    enum { N = 140, D = 128, U = 128 };
    if (!kernels_run()) return;
    float *x = fill(N * D, 0.5), *w = fill(D * U, 1), *a = fill(N * U, 1), *b = fill(N * U, 1);
    ck_assert(sparse_rows(N, D, U, x, D, w, a));
    for (size_t i = 0; i < N; i += 70) ck_assert(sparse_rows(70, D, U, x + i * D, D, w, b + i * U));
    ck_assert_mem_eq(a, b, N * U * sizeof *a);
    for (int turn = 0; turn < 2; turn++) {
        float *dy = fill(N * U, turn ? 0.2 : 1), *turned = fill(D * U, 1);
        ck_assert(sparse_columns(N, D, U, x, D, dy, a, turned));
        for (size_t k = 0; k < D; k += 32)
            ck_assert(sparse_columns(N, 32, U, x + k, D, dy, b + k * U, turned));
        ck_assert_mem_eq(a, b, D * U * sizeof *a);
        free(dy), free(turned);
    }
    free(x), free(w), free(a), free(b);
}
END_TEST

START_TEST(test_sparse__nan_is_no_zero)
{
    enum { N = 3, D = 1400, U = 32 };
    if (!kernels_run()) return;
    float *x = fill(N * D, 0.2), *w = fill(D * U, 1), *y = fill(N * U, 1);
    x[D + 5] = NAN;
    ck_assert(sparse_rows(N, D, U, x, D, w, y));
    for (size_t u = 0; u < U; u++) ck_assert(!isnan(y[u]) && isnan(y[U + u]) && !isnan(y[2 * U + u]));
    free(x), free(w), free(y);
}
END_TEST

START_TEST(test_sparse__pays_for_zeros_alone)
{
    float *many = fill(64 * 64, 0.9), *few = fill(64 * 64, 0.3), *w = fill(64 * 128, 1),
          *y = fill(64 * 128, 1);
    ck_assert(!sparse_rows(64, 64, 128, many, 64, w, y));
    ck_assert(!sparse_rows(64, 64, 10, few, 64, w, y));
    ck_assert(!sparse_rows(4, 64, 128, few, 64, w, y));
    ck_assert(!sparse_columns(64, 64, 32, many, 64, w, y, y));
    free(many), free(few), free(w), free(y);
}
END_TEST

TEST_MAIN(test_sparse__products_are_those_of_a_plain_loop, test_sparse__bits_do_not_depend_on_an_even_cut,
          test_sparse__nan_is_no_zero, test_sparse__pays_for_zeros_alone)
