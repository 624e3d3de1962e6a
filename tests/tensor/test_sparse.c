#include "test.h"

#include <math.h>
#include <stdint.h>
#include "tensor/sparse.h"

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

static void assert_product(size_t N, size_t D, size_t U, size_t ldx, double share)
{
    float *x = fill(N * ldx, share), *w = fill(D * U, 1), *dy = fill(N * U, 1), *y = fill(N * U, 1),
          *dw = fill(D * U, 1);
    sparse_rows(N, D, U, x, ldx, w, y);
    sparse_columns(N, D, U, x, ldx, dy, dw);
    for (size_t i = 0; i < N; i++)
        for (size_t u = 0; u < U; u++) {
            double sum = 0;
            for (size_t k = 0; k < D; k++) sum += (double)x[i * ldx + k] * w[k * U + u];
            ck_assert_double_eq_tol(y[i * U + u], sum, 1e-5);
        }
    for (size_t k = 0; k < D; k++)
        for (size_t u = 0; u < U; u++) {
            double sum = 0;
            for (size_t i = 0; i < N; i++) sum += (double)x[i * ldx + k] * dy[i * U + u];
            ck_assert_double_eq_tol(dw[k * U + u], sum, 1e-5);
        }
    free(x), free(w), free(dy), free(y), free(dw);
}

/* The kernels run where a picture is asked about; on other CPUs there is nothing to test. */
static bool kernels_run(void)
{
    float *x = fill(64 * 64, 0.3);
    bool runs = sparse_pays(64, 64, 128, x, 64);
    free(x);
    return runs;
}

START_TEST(test_sparse__products_are_those_of_a_plain_loop)
{
    static const size_t N[] = { 1, 2, 31, 32, 33, 70 }, D[] = { 16, 17, 64, 98, 130 },
                        U[] = { 32, 48, 112, 128, 144, 256 };
    if (!kernels_run()) return;
    for (size_t a = 0; a < 6; a++)
        for (size_t b = 0; b < 5; b++)
            for (size_t c = 0; c < 6; c++)
                assert_product(N[a], D[b], U[c], D[b] + a, (double)(a + b + c) / 14);
}
END_TEST

START_TEST(test_sparse__bits_do_not_depend_on_an_even_cut)
{
    enum { N = 70, D = 130, U = 128 };
    if (!kernels_run()) return;
    float *x = fill(N * D, 0.5), *w = fill(D * U, 1), *a = fill(N * U, 1), *b = fill(N * U, 1);
    float *dy = fill(N * U, 1), *da = fill(D * U, 1), *db = fill(D * U, 1);
    sparse_rows(N, D, U, x, D, w, a);
    sparse_columns(N, D, U, x, D, dy, da);
    for (size_t i = 0; i < N; i += 14) sparse_rows(14, D, U, x + i * D, D, w, b + i * U);
    for (size_t k = 0; k < D; k += 26) sparse_columns(N, 26, U, x + k, D, dy, db + k * U);
    ck_assert_mem_eq(a, b, N * U * sizeof *a);
    ck_assert_mem_eq(da, db, D * U * sizeof *da);
    free(x), free(w), free(a), free(b), free(dy), free(da), free(db);
}
END_TEST

START_TEST(test_sparse__nan_is_no_zero)
{
    enum { N = 3, D = 40, U = 32 };
    if (!kernels_run()) return;
    float *x = fill(N * D, 0.2), *w = fill(D * U, 1), *y = fill(N * U, 1);
    x[D + 5] = NAN;
    sparse_rows(N, D, U, x, D, w, y);
    for (size_t u = 0; u < U; u++) ck_assert(!isnan(y[u]) && isnan(y[U + u]) && !isnan(y[2 * U + u]));
    free(x), free(w), free(y);
}
END_TEST

START_TEST(test_sparse__pays_for_zeros_alone)
{
    float *many = fill(64 * 64, 0.9), *few = fill(64 * 64, 0.3);
    ck_assert(!sparse_pays(64, 64, 128, many, 64));
    ck_assert(!sparse_pays(64, 64, 10, few, 64));
    ck_assert(!sparse_pays(4, 64, 128, few, 64));
    free(many), free(few);
}
END_TEST

TEST_MAIN(test_sparse__products_are_those_of_a_plain_loop, test_sparse__bits_do_not_depend_on_an_even_cut,
          test_sparse__nan_is_no_zero, test_sparse__pays_for_zeros_alone)
