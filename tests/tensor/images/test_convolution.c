#include "test.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "tensor/images/convolution.h"
#include "tensor/random.h"

typedef struct images {
    size_t rows, x_count, kernel_count, y_count;
    float *x, *kernel, *dy, *scratch, *prepared;
} images;

static float *noise_new(size_t n, uint32_t which)
{
    float *x = malloc((n ? n : 1) * sizeof *x);
    random_uniforms(random_key_make(7, 100, which), 0, 0, n, x);
    for (size_t i = 0; i < n; i++) x[i] -= 0.5f;
    return x;
}

/* The scratch is of the size asked for, so that a sanitizer sees what is written behind it, and holds NaN. */
static images images_new(const convolution *c, size_t rows)
{
    images m = { .rows = rows };
    m.x_count = rows * c->height * c->width * c->channels;
    m.kernel_count = c->kernel_height * c->kernel_width * (c->channels / c->groups) * c->units;
    m.y_count = rows * c->out_height * c->out_width * c->units;
    m.x = noise_new(m.x_count, 1);
    m.kernel = noise_new(m.kernel_count, 2);
    m.dy = noise_new(m.y_count, 3);
    m.scratch = malloc(convolution_scratch(c) * sizeof(float) + 1);
    m.prepared = malloc(convolution_prepared(c) * sizeof(float) + 1);
    for (size_t i = 0; i < convolution_scratch(c); i++) m.scratch[i] = NAN;
    return m;
}

static void images_free(images *m)
{
    free(m->x);
    free(m->kernel);
    free(m->dy);
    free(m->scratch), free(m->prepared);
}

/* Every product of x and kernel, in double: to y, to dx, or to dkernel; sizes[] gets the sum of the terms'
 * amounts. */
typedef enum direction { FORWARD, INPUT, KERNEL_ } direction;

static void run_naively(const convolution *c, const images *m, direction to, double *sums, double *sizes)
{
    const size_t C = c->channels / c->groups, U = c->units / c->groups;
    for (size_t y = 0; y < m->y_count; y++) {
        size_t u = y % c->units, pixel = y / c->units, group = u / U;
        size_t ox = pixel % c->out_width, oy = pixel / c->out_width % c->out_height;
        size_t n = pixel / c->out_width / c->out_height;
        for (size_t k = 0; k < c->kernel_height * c->kernel_width * C; k++) {
            size_t ch = k % C, kx = k / C % c->kernel_width, ky = k / C / c->kernel_width;
            size_t iy = oy * c->stride_y + ky * c->dilation_y - c->pad_top; /* wraps to huge above 0 */
            size_t ix = ox * c->stride_x + kx * c->dilation_x - c->pad_left;
            if (iy >= c->height || ix >= c->width) continue;
            size_t x = ((n * c->height + iy) * c->width + ix) * c->channels + group * C + ch;
            size_t w = k * c->units + u, at = to == FORWARD ? y : to == INPUT ? x : w;
            double term = (to == INPUT ? 1 : (double)m->x[x]) * (to == KERNEL_ ? 1 : (double)m->kernel[w]) *
                          (to == FORWARD ? 1 : (double)m->dy[y]);
            sums[at] += term;
            sizes[at] += fabs(term);
        }
    }
}

static void describe(char out[256], const convolution *c, size_t rows)
{
    snprintf(out, 256,
             "%zu of %zux%zux%zu, kernel %zux%zu, %zu units, %zu groups, strides %zu %zu, dilation %zu %zu, "
             "pad %zu %zu, out %zux%zu",
             rows, c->height, c->width, c->channels, c->kernel_height, c->kernel_width, c->units, c->groups,
             c->stride_y, c->stride_x, c->dilation_y, c->dilation_x, c->pad_top, c->pad_left, c->out_height,
             c->out_width);
}

/* With the bound of a sum of rounded terms. */
static void compare(const convolution *c, const images *m, direction to, const float *got, size_t n,
                    double start)
{
    static const char *const names[] = { "y", "dx", "dkernel" };
    double *sums = calloc(n, sizeof *sums), *sizes = calloc(n, sizeof *sizes);
    char what[256];
    describe(what, c, m->rows);
    run_naively(c, m, to, sums, sizes);
    for (size_t i = 0; i < n; i++) {
        double sum = sums[i] + start, size = sizes[i] + fabs(start);
        ck_assert_msg(fabs((double)got[i] - sum) <= 200 * (double)FLT_EPSILON * size, /* NaN fails */
                      "%s: %s[%zu] is %g, expected %g", what, names[to], i, (double)got[i], sum);
    }
    free(sums);
    free(sizes);
}

static void check(const convolution *c, size_t rows)
{
    images m = images_new(c, rows);
    float *y = malloc(m.y_count * sizeof *y), *dx = malloc(m.x_count * sizeof *dx);
    float *dkernel = malloc(m.kernel_count * sizeof *dkernel);
    for (size_t i = 0; i < m.y_count; i++) y[i] = NAN; /* overwritten */
    for (size_t i = 0; i < m.x_count; i++) dx[i] = NAN;
    for (size_t i = 0; i < m.kernel_count; i++) dkernel[i] = 0.25f; /* added to */
    /* In parts of all sizes. */
    for (size_t first = 0, part = 1, end = convolution_prepare_parts(c); first < end; first += part++)
        convolution_prepare(c, rows, true, first, first + part < end ? first + part : end, m.kernel,
                            m.prepared);
    convolution_forward(c, rows, m.x, m.kernel, m.prepared, (convolution_end){ 0 }, y, m.scratch);
    compare(c, &m, FORWARD, y, m.y_count, 0);
    convolution_gradient_kernel(c, rows, m.x, m.dy, dkernel, m.scratch);
    compare(c, &m, KERNEL_, dkernel, m.kernel_count, 0.25);
    convolution_gradient_input(c, rows, m.kernel, m.prepared, m.dy, dx, m.scratch);
    compare(c, &m, INPUT, dx, m.x_count, 0);
    free(y);
    free(dx);
    free(dkernel);
    images_free(&m);
}

/* Sets the output and padding as layers do: TensorFlow's "same" or "valid". False where there is none. */
static bool fit(convolution *c, bool same)
{
    size_t reach_y = (c->kernel_height - 1) * c->dilation_y + 1;
    size_t reach_x = (c->kernel_width - 1) * c->dilation_x + 1;
    if (!same && (reach_y > c->height || reach_x > c->width)) return false;
    c->out_height = ((same ? c->height : c->height - reach_y + 1) + c->stride_y - 1) / c->stride_y;
    c->out_width = ((same ? c->width : c->width - reach_x + 1) + c->stride_x - 1) / c->stride_x;
    size_t total_y = (c->out_height - 1) * c->stride_y + reach_y;
    size_t total_x = (c->out_width - 1) * c->stride_x + reach_x;
    c->pad_top = same && total_y > c->height ? (total_y - c->height) / 2 : 0;
    c->pad_left = same && total_x > c->width ? (total_x - c->width) / 2 : 0;
    return true;
}

START_TEST(test_convolution__every_combination_is_the_sum_of_its_products)
{
    static const size_t sizes[][2] = { { 1, 2 }, { 5, 6 }, { 9, 7 } };
    static const size_t kernels[][2] = { { 1, 1 }, { 2, 2 }, { 3, 3 }, { 1, 3 }, { 5, 2 } };
    static const size_t strides[][2] = { { 1, 1 }, { 2, 2 }, { 1, 3 }, { 4, 1 } };
    static const size_t dilations[][2] = { { 1, 1 }, { 2, 2 }, { 1, 2 }, { 3, 1 } };
    static const size_t parts[][3] = { { 3, 5, 1 }, { 4, 6, 2 }, { 3, 3, 3 } };
    size_t count = 0;
    for (size_t i = 0; i < (size_t)3 * 5 * 4 * 4 * 3 * 2; i++) {
        const size_t *n = sizes[i % 3], *k = kernels[i / 3 % 5], *s = strides[i / 15 % 4];
        const size_t *d = dilations[i / 60 % 4], *p = parts[i / 240 % 3];
        convolution c = { .channels = p[0],
                          .units = p[1],
                          .groups = p[2],
                          .height = n[0],
                          .width = n[1],
                          .kernel_height = k[0],
                          .kernel_width = k[1],
                          .stride_y = s[0],
                          .stride_x = s[1],
                          .dilation_y = d[0],
                          .dilation_x = d[1] };
        if (!fit(&c, i / 720)) continue;
        check(&c, 1 + i % 3);
        count++;
    }
    ck_assert_uint_gt(count, 1000);
}
END_TEST

/* Many blocks, and blocks that end within a row of x. */
START_TEST(test_convolution__large_ones_go_through_in_blocks)
{
    static const size_t samples[][6] = { /* side, channels, units, kernel, stride, rows */
                                         { 28, 1, 32, 3, 1, 4 },  { 13, 32, 64, 3, 1, 5 },
                                         { 7, 300, 8, 5, 2, 3 },  { 20, 64, 24, 1, 1, 3 },
                                         { 20, 64, 24, 1, 2, 3 }, { 4, 1100, 3, 4, 1, 2 }
    };
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        const size_t *s = samples[i];
        for (int same = 0; same < 2; same++)
            for (size_t groups = 1; groups < 3; groups++) {
                convolution c = { s[1], s[2], s[1] % 2 || s[2] % 2 ? 1 : groups,
                                  s[0], s[0], s[3],
                                  s[3], s[4], s[4],
                                  1,    1,    0,
                                  0,    0,    0 };
                ck_assert(fit(&c, same));
                check(&c, s[5]);
            }
    }
}
END_TEST

/* Of one line, padded in front, behind, or not: also those whose gradient of the input is a convolution of dy. */
START_TEST(test_convolution__sequences_of_all_sizes)
{
    static const size_t channels[] = { 5, 32, 40, 64 }, units[] = { 1, 33, 64 }, widths[] = { 5, 9, 45 };
    size_t count = 0;
    for (size_t i = 0; i < (size_t)4 * 3 * 3 * 4 * 3; i++) {
        const size_t K = 2 + i / 36 % 4, W = widths[i / 12 % 3],
                     before = i / 144 == 0   ? 0
                              : i / 144 == 1 ? K - 1
                                             : K / 2,
                     behind = i / 144 == 2 ? K - 1 - K / 2 : 0;
        convolution c = { .channels = channels[i % 4],
                          .units = units[i / 4 % 3],
                          .groups = 1,
                          .height = 1,
                          .width = W,
                          .kernel_height = 1,
                          .kernel_width = K,
                          .stride_y = 1,
                          .stride_x = 1,
                          .dilation_y = 1,
                          .dilation_x = 1,
                          .pad_left = before,
                          .out_height = 1,
                          .out_width = W + before + behind - K + 1 };
        check(&c, 1 + i % 2);
        count++;
    }
    ck_assert_uint_eq(count, 432);
}
END_TEST

START_TEST(test_convolution__no_rows_are_no_work)
{
    convolution c = { 2, 3, 1, 5, 5, 3, 3, 1, 1, 1, 1, 0, 0, 3, 3 };
    images m = images_new(&c, 0);
    float dkernel[54] = { 0 };
    convolution_forward(&c, 0, m.x, m.kernel, m.prepared, (convolution_end){ 0 }, NULL, m.scratch);
    convolution_gradient_input(&c, 0, m.kernel, m.prepared, NULL, NULL, m.scratch);
    convolution_gradient_kernel(&c, 0, m.x, m.dy, dkernel, m.scratch);
    for (int i = 0; i < 54; i++) ck_assert_float_eq(dkernel[i], 0);
    images_free(&m);
}
END_TEST

/* The second cache holds 1 MB or more; a huge patch has to go through, a line at a time if need be. */
START_TEST(test_convolution__scratch_stays_small)
{
    convolution c = { 128, 128, 1, 224, 224, 3, 3, 1, 1, 1, 1, 1, 1, 224, 224 };
    ck_assert_uint_le(convolution_scratch(&c), (1 << 16) + 9 * 128 * 128);
    c = (convolution){ 1, 1, 1, 40000, 50000, 40000, 50000, 1, 1, 1, 1, 0, 0, 1, 1 };
    ck_assert_uint_eq(convolution_scratch(&c), 2 * (size_t)2000000000);
}
END_TEST

TEST_MAIN(test_convolution__every_combination_is_the_sum_of_its_products,
          test_convolution__large_ones_go_through_in_blocks, test_convolution__sequences_of_all_sizes,
          test_convolution__no_rows_are_no_work, test_convolution__scratch_stays_small)
