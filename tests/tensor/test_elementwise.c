#include "test.h"

#include <math.h>
#include <stdint.h>
#include "tensor/elementwise.h"
#include "tensor/float_math.h"

/* The distance from the true value in units of the last place of a float of its size. */
static double count_ulps(float got, double want)
{
    if (isnan(want)) return isnan(got) ? 0 : INFINITY;
    if (isinf((float)want) || isinf(got)) return got == (float)want ? 0 : INFINITY;
    int exponent;
    frexp(want, &exponent);
    return fabs((double)got - want) / ldexp(1, exponent - 24 < -149 ? -149 : exponent - 24);
}

enum { BLOCK = 4096 };
static float x[BLOCK], y[BLOCK];

typedef void kernel(float *y, const float *x, size_t n);

/* Every 4096th run of 4096 floats among all 2^32, shifted each time so that all low bits come up. */
static double worst_ulps(kernel *f, double (*truth)(double))
{
    double worst = 0;
    for (uint64_t first = 0; first < (uint64_t)1 << 32; first += (uint64_t)BLOCK * 1021) {
        for (uint32_t i = 0; i < BLOCK; i++) x[i] = float_from_bits((uint32_t)first + i * 997);
        f(y, x, BLOCK);
        for (int i = 0; i < BLOCK; i++) worst = fmax(worst, count_ulps(y[i], truth((double)x[i])));
    }
    return worst;
}

START_TEST(test_elementwise__exp_log_tanh_are_accurate)
{
    ck_assert_double_lt(worst_ulps(elementwise_exp, exp), 1);
    ck_assert_double_lt(worst_ulps(elementwise_log, log), 1);
    ck_assert_double_lt(worst_ulps(elementwise_tanh, tanh), 1.4);
}
END_TEST

#define CHECK_VALUE(f, from, want)                                                               \
    do {                                                                                         \
        float in_ = (from), out_ = 0, want_ = (want);                                            \
        f(&out_, &in_, 1);                                                                       \
        ck_assert_msg(float_bits(out_) == float_bits(want_) || (isnan(out_) && isnan(want_)),    \
                      "%s(%a) = %a, expected %a", #f, (double)in_, (double)out_, (double)want_); \
    } while (0)

START_TEST(test_elementwise__exp_log_tanh_at_the_edges)
{
    CHECK_VALUE(elementwise_exp, 0.0f, 1.0f);
    CHECK_VALUE(elementwise_exp, -0.0f, 1.0f);
    CHECK_VALUE(elementwise_exp, INFINITY, INFINITY);
    CHECK_VALUE(elementwise_exp, -INFINITY, 0.0f);
    CHECK_VALUE(elementwise_exp, NAN, NAN);
    CHECK_VALUE(elementwise_exp, 88.73f, INFINITY);
    CHECK_VALUE(elementwise_exp, -103.9f, 0x1p-149f);
    CHECK_VALUE(elementwise_exp, -104.1f, 0.0f);
    CHECK_VALUE(elementwise_log, 1.0f, 0.0f);
    CHECK_VALUE(elementwise_log, 0.0f, -INFINITY);
    CHECK_VALUE(elementwise_log, -0.0f, -INFINITY);
    CHECK_VALUE(elementwise_log, -1.0f, NAN);
    CHECK_VALUE(elementwise_log, INFINITY, INFINITY);
    CHECK_VALUE(elementwise_log, -INFINITY, NAN);
    CHECK_VALUE(elementwise_log, NAN, NAN);
    CHECK_VALUE(elementwise_log, 0x1p-149f, -0x1.9d1dap+6f);
    CHECK_VALUE(elementwise_tanh, 0.0f, 0.0f);
    CHECK_VALUE(elementwise_tanh, INFINITY, 1.0f);
    CHECK_VALUE(elementwise_tanh, -INFINITY, -1.0f);
    CHECK_VALUE(elementwise_tanh, NAN, NAN);
}
END_TEST

/* However an array is cut, and whether an element falls into a vector or a tail. */
START_TEST(test_elementwise__same_bits_at_every_place)
{
    static kernel *const kernels[] = { elementwise_exp, elementwise_log, elementwise_tanh };
    static float one_by_one[BLOCK];
    for (int i = 0; i < BLOCK; i++) x[i] = (float)(i - 1000) * 0.037f;
    for (int k = 0; k < 3; k++) {
        kernels[k](y, x, BLOCK);
        for (int i = 0; i < BLOCK; i++) kernels[k](one_by_one + i, x + i, 1);
        ck_assert(memcmp(y, one_by_one, sizeof y) == 0);
        for (int i = 0, n = 1; i < BLOCK; i += n, n = n % 37 + 1)
            kernels[k](one_by_one + i, x + i, (size_t)(n < BLOCK - i ? n : BLOCK - i));
        ck_assert(memcmp(y, one_by_one, sizeof y) == 0);
    }
}
END_TEST

START_TEST(test_elementwise__arithmetic)
{
    for (size_t n = 0; n < 70; n++) {
        float a[71], b[71], c[71];
        uint8_t mask[71];
        int faults = 0;
        for (size_t i = 0; i < 71; i++) {
            a[i] = (float)i * 0.3f - 2;
            b[i] = (float)i * 1.7f;
            mask[i] = i % 3 == 0;
        }
        memcpy(c, a, sizeof c);
        elementwise_add(c, b, n);
        for (size_t i = 0; i < 71; i++) faults += c[i] != (i < n ? a[i] + b[i] : a[i]);
        memcpy(c, a, sizeof c);
        elementwise_multiply(c, b, n);
        for (size_t i = 0; i < 71; i++) faults += c[i] != (i < n ? a[i] * b[i] : a[i]);
        memcpy(c, a, sizeof c);
        elementwise_scale(c, 0.7f, n);
        for (size_t i = 0; i < 71; i++) faults += c[i] != (i < n ? a[i] * 0.7f : a[i]);
        memcpy(c, a, sizeof c);
        elementwise_add_scaled(c, 0.1f, b, n);
        for (size_t i = 0; i < n; i++) {
            float product = 0.1f * b[i];
            faults += c[i] != a[i] + product;
        }
        elementwise_fill(c, 5, n);
        for (size_t i = 0; i < 71; i++) faults += c[i] != (i < n ? 5 : a[i]);
        elementwise_mask(c, b, mask, 2, n);
        for (size_t i = 0; i < 71; i++) faults += c[i] != (i >= n ? a[i] : mask[i] ? 2 * b[i] : 0);
        ck_assert_msg(faults == 0, "n %zu: %d faults", n, faults);
    }
}
END_TEST

START_TEST(test_elementwise__transpose_and_relu)
{
    enum { K = 35, U = 19, STRIDE = 21 };
    float from[K * STRIDE], to[U * K + 1] = { [U * K] = 7 }, line[40];
    for (size_t i = 0; i < K * STRIDE; i++) from[i] = (float)i;
    elementwise_transpose(to, K, from, STRIDE, K, U);
    for (size_t u = 0; u < U; u++)
        for (size_t k = 0; k < K; k++) ck_assert_float_eq(to[u * K + k], from[k * STRIDE + u]);
    ck_assert_float_eq(to[U * K], 7);
    for (int i = 0; i < 40; i++) line[i] = (float)(i - 20);
    line[3] = NAN;
    elementwise_relu(line, 39);
    for (int i = 0; i < 39; i++)
        ck_assert(i == 3 ? isnan(line[i]) : line[i] == (i < 20 ? 0 : (float)(i - 20)));
    elementwise_relu(line, 1);
    ck_assert_float_eq(line[39], 19);
}
END_TEST

/* Whole numbers, whose sums have no last bits, in whatever order rows are added. */
START_TEST(test_elementwise__rows_and_columns)
{
    enum { N = 50, U = 37, STRIDE = 40 };
    static float rows[N * STRIDE], kept[N * STRIDE];
    float sums[U], wanted[U], bias[U];
    for (size_t i = 0; i < N * STRIDE; i++) rows[i] = kept[i] = floorf(sinf((float)i) * 100);
    for (size_t u = 0; u < U; u++) sums[u] = wanted[u] = bias[u] = (float)u;
    for (size_t row = 0; row < N; row++)
        for (size_t u = 0; u < U; u++) wanted[u] += rows[row * STRIDE + u];
    elementwise_add_columns(sums, rows, STRIDE, N, U);
    ck_assert(memcmp(sums, wanted, sizeof sums) == 0);
    for (size_t u = 0; u < U; u++) sums[u] = bias[u]; /* the same in two slices of columns and of rows */
    elementwise_add_columns(sums, rows, STRIDE, 20, 5);
    elementwise_add_columns(sums, rows + 20 * STRIDE, STRIDE, N - 20, 5);
    elementwise_add_columns(sums + 5, rows + 5, STRIDE, N, U - 5);
    ck_assert(memcmp(sums, wanted, sizeof sums) == 0);
    elementwise_add_bias(rows, STRIDE, bias, N, U);
    int faults = 0;
    for (size_t i = 0; i < N * STRIDE; i++)
        faults += rows[i] != (i % STRIDE < U ? kept[i] + bias[i % STRIDE] : kept[i]);
    ck_assert_int_eq(faults, 0);
}
END_TEST

TEST_MAIN(test_elementwise__exp_log_tanh_are_accurate, test_elementwise__exp_log_tanh_at_the_edges,
          test_elementwise__same_bits_at_every_place, test_elementwise__arithmetic,
          test_elementwise__transpose_and_relu, test_elementwise__rows_and_columns)
