/* Layers that are random in training: the statistics of their numbers, and that these depend on where they are alone. */
#include "test.h"

#include <math.h>
#include <horn/layers.h>
#include "conformance/harness.h"

enum { COUNT = 100000 };

typedef struct moments {
    double mean, variance;
} moments;

static moments measure(size_t n, const float *values)
{
    moments m = { 0 };
    for (size_t i = 0; i < n; i++) m.mean += (double)values[i] / (double)n;
    for (size_t i = 0; i < n; i++) m.variance += pow((double)values[i] - m.mean, 2) / (double)n;
    return m;
}

static void open_ones(harness *h, layer *l, const shape *input, size_t rows)
{
    harness_open(h, l, input, rows, true);
    for (size_t i = 0; i < rows * shape_count(input); i++) h->x.data[i] = 1;
}

/* Within 5 standard errors of the mean, and of the variance of a normal distribution. */
static void check_normal(const float *values, double mean, double deviation)
{
    const moments m = measure(COUNT, values);
    ck_assert_msg(fabs(m.mean - mean) < 5 * deviation / sqrt(COUNT), "mean %g, expected %g", m.mean, mean);
    ck_assert_msg(fabs(m.variance / (deviation * deviation) - 1) < 5 * sqrt(2.0 / COUNT),
                  "variance %g, expected %g", m.variance, deviation * deviation);
}

START_TEST(test_noise__gaussian_noise_is_added)
{
    harness h;
    open_ones(&h, horn_gaussian_noise(&(horn_gaussian_noise_options){ .stddev = 0.25 }),
              &(shape){ 1, { COUNT } }, 1);
    harness_forward(&h);
    check_normal(h.y.data, 1, 0.25);
    harness_backward(&h);
    ck_assert_mem_eq(h.dx.data, h.dy.data, COUNT * sizeof(float));
    harness_close(&h);
}
END_TEST

/* sqrt(0.2 / 0.8) = 0.5 */
START_TEST(test_noise__gaussian_dropout_multiplies)
{
    harness h;
    open_ones(&h, horn_gaussian_dropout(&(horn_dropout_options){ .rate = 0.2 }), &(shape){ 1, { COUNT } }, 1);
    harness_forward(&h);
    check_normal(h.y.data, 1, 0.5);
    harness_backward(&h);
    for (size_t i = 0; i < COUNT; i++)
        ck_assert_float_eq_tol(h.dx.data[i], h.dy.data[i] * h.y.data[i], 1e-6f);
    harness_close(&h);
}
END_TEST

/* Of normal numbers it keeps mean and variance. */
START_TEST(test_noise__alpha_dropout_keeps_the_moments)
{
    harness h;
    open_ones(&h, horn_alpha_dropout(&(horn_dropout_options){ .rate = 0.3 }), &(shape){ 1, { COUNT } }, 1);
    random_normals(random_key_make(5, RANDOM_INITIALIZER, 0), 0, 0, COUNT, h.x.data);
    harness_forward(&h);
    const moments m = measure(COUNT, h.y.data);
    ck_assert_msg(fabs(m.mean) < 0.02, "mean %g", m.mean);
    ck_assert_msg(fabs(m.variance - 1) < 0.03, "variance %g", m.variance);
    size_t dropped = 0;
    harness_backward(&h);
    for (size_t i = 0; i < COUNT; i++) dropped += h.dx.data[i] == 0;
    ck_assert_msg(dropped > 30000 - 5 * 145 && dropped < 30000 + 5 * 145, "%zu dropped", dropped);
    harness_close(&h);
}
END_TEST

START_TEST(test_noise__spatial_dropout_drops_channels)
{
    enum { LENGTH = 3, CHANNELS = 20000 };
    harness h;
    size_t kept = 0;
    open_ones(&h, horn_spatial_dropout1d(&(horn_spatial_dropout_options){ .rate = 0.3 }),
              &(shape){ 2, { LENGTH, CHANNELS } }, 2);
    harness_forward(&h);
    for (size_t row = 0; row < 2; row++)
        for (size_t i = 0; i < CHANNELS; i++) {
            const float first = h.y.data[row * LENGTH * CHANNELS + i];
            ck_assert(first == 0 || fabsf(first - 1 / 0.7f) < 1e-6f);
            for (size_t t = 1; t < LENGTH; t++)
                ck_assert_float_eq(h.y.data[(row * LENGTH + t) * CHANNELS + i], first);
            kept += first != 0;
        }
    /* 0.7 n, deviation sqrt(0.21 n) = 92 */
    ck_assert_msg(kept > 28000 - 5 * 92 && kept < 28000 + 5 * 92, "%zu of 40000 kept", kept);
    ck_assert_mem_ne(h.y.data, h.y.data + LENGTH * CHANNELS, CHANNELS * sizeof(float));
    harness_close(&h);
}
END_TEST

static layer *make(int which)
{
    const horn_dropout_options rate = { .rate = 0.5 };
    return which == 0   ? horn_gaussian_noise(&(horn_gaussian_noise_options){ .stddev = 1 })
           : which == 1 ? horn_gaussian_dropout(&rate)
           : which == 2 ? horn_alpha_dropout(&rate)
                        : horn_spatial_dropout1d(&(horn_spatial_dropout_options){ .rate = 0.5 });
}

START_TEST(test_noise__numbers_depend_on_where_they_are)
{
    enum { N = 2 * 64 };
    for (int which = 0; which < 4; which++) {
        harness whole, slice;
        open_ones(&whole, make(which), &(shape){ 2, { 2, 64 } }, 4);
        open_ones(&slice, make(which), &(shape){ 2, { 2, 64 } }, 2);
        harness_forward(&whole);
        slice.lane.first = 2; /* however a batch is cut */
        harness_forward(&slice);
        ck_assert_mem_eq(slice.y.data, whole.y.data + 2 * N, 2 * N * sizeof(float));
        slice.lane.step++;
        harness_forward(&slice);
        ck_assert_mem_ne(slice.y.data, whole.y.data + 2 * N, 2 * N * sizeof(float));
        slice.lane.step--, slice.lane.seed++;
        harness_forward(&slice);
        ck_assert_mem_ne(slice.y.data, whole.y.data + 2 * N, 2 * N * sizeof(float));
        harness_close(&slice), harness_close(&whole);
    }
}
END_TEST

TEST_MAIN(test_noise__gaussian_noise_is_added, test_noise__gaussian_dropout_multiplies,
          test_noise__alpha_dropout_keeps_the_moments, test_noise__spatial_dropout_drops_channels,
          test_noise__numbers_depend_on_where_they_are)
