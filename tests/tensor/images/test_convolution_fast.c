#include "test.h"

#include <math.h>
#include <stdint.h>
#include "tensor/images/convolution_fast.h"

static uint32_t state = 1;

static float uniform(void)
{
    state = state * 1664525u + 1013904223u;
    return (float)(state >> 8) * 0x1p-24f;
}

/* In a block of its own size, so that ASan sees who reads or writes behind it. */
static float *fill(size_t n, double share)
{
    float *x = malloc(n * sizeof *x);
    for (size_t i = 0; i < n; i++) x[i] = uniform() < share ? uniform() - 0.5f : 0;
    return x;
}

static float *fill_with(size_t n, float value)
{
    float *x = malloc(n * sizeof *x);
    for (size_t i = 0; i < n; i++) x[i] = value;
    return x;
}

static size_t count_x(const convolution *c)
{
    return c->height * c->width * c->channels;
}

static size_t count_y(const convolution *c)
{
    return c->out_height * c->out_width * c->units;
}

static size_t count_kernel(const convolution *c)
{
    return c->kernel_height * c->kernel_width * c->channels * c->units;
}

/* All three at once, in double: each product of the sums goes to y, dx and dkernel. */
static void convolve(const convolution *c, size_t rows, const float *x, const float *kernel, const float *dy,
                     double *y, double *dx, double *dkernel)
{
    for (size_t n = 0; n < rows; n++)
        for (size_t o = 0; o < c->out_height * c->out_width; o++)
            for (size_t k = 0; k < c->kernel_height * c->kernel_width; k++) {
                const size_t iy = o / c->out_width * c->stride_y + k / c->kernel_width * c->dilation_y;
                const size_t ix = o % c->out_width * c->stride_x + k % c->kernel_width * c->dilation_x;
                if (iy < c->pad_top || iy - c->pad_top >= c->height) continue;
                if (ix < c->pad_left || ix - c->pad_left >= c->width) continue;
                const size_t in = ((n * c->height + iy - c->pad_top) * c->width + ix - c->pad_left);
                for (size_t i = 0; i < c->channels; i++)
                    for (size_t u = 0; u < c->units; u++) {
                        const size_t px = in * c->channels + i, pk = (k * c->channels + i) * c->units + u;
                        const size_t py = (n * c->out_height * c->out_width + o) * c->units + u;
                        y[py] += (double)x[px] * kernel[pk];
                        dx[px] += (double)dy[py] * kernel[pk];
                        dkernel[pk] += (double)dy[py] * x[px];
                    }
            }
}

static void assert_near(const char *what, const float *found, const double *wanted, size_t n)
{
    double largest = 1;
    for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs(wanted[i]));
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(fabs(found[i] - wanted[i]) <= 1e-5 * largest, "%s[%zu] is %.9g, not %.9g", what, i,
                      (double)found[i], wanted[i]);
}

typedef struct trial {
    convolution c;
    size_t rows;
    float *x, *kernel, *bias, *dy, *scratch, *prepared, *y, *dx, *dkernel;
    double *wanted_y, *wanted_dx, *wanted_dkernel;
} trial;

/* share: of dy that isn't 0. Scratch and results begin with NaN, and dkernel with 0. */
static trial begin(convolution c, size_t rows, double share)
{
    const size_t X = rows * count_x(&c), Y = rows * count_y(&c), K = count_kernel(&c);
    trial t = { .c = c, .rows = rows, .x = fill(X, 1), .kernel = fill(K, 1), .dy = fill(Y, share) };
    t.scratch = fill_with(convolution_fast_scratch(&c), NAN), t.bias = fill(c.units, 1);
    t.prepared = fill_with(convolution_fast_prepared(&c), NAN);
    t.y = fill_with(Y, NAN), t.dx = fill_with(X, NAN), t.dkernel = fill_with(K, 0);
    t.wanted_y = calloc(Y, sizeof(double)), t.wanted_dx = calloc(X, sizeof(double));
    t.wanted_dkernel = calloc(K, sizeof(double));
    convolve(&c, rows, t.x, t.kernel, t.dy, t.wanted_y, t.wanted_dx, t.wanted_dkernel);
    return t;
}

static void assert_y(const trial *t)
{
    assert_near("y", t->y, t->wanted_y, t->rows * count_y(&t->c));
}

/* With bias and relu; after it wanted_y is that, too. */
static void assert_ended(const trial *t)
{
    const size_t n = t->rows * count_y(&t->c);
    for (size_t i = 0; i < n; i++) t->wanted_y[i] = fmax(0, t->wanted_y[i] + t->bias[i % t->c.units]);
    assert_near("relu(y + bias)", t->y, t->wanted_y, n);
}

static void assert_dx(const trial *t)
{
    assert_near("dx", t->dx, t->wanted_dx, t->rows * count_x(&t->c));
}

/* And 0 again, as dkernel is added to. */
static void assert_dkernel(trial *t)
{
    assert_near("dkernel", t->dkernel, t->wanted_dkernel, count_kernel(&t->c));
    for (size_t i = 0; i < count_kernel(&t->c); i++) t->dkernel[i] = 0;
}

static void end(trial *t)
{
    free(t->x), free(t->kernel), free(t->dy), free(t->scratch), free(t->y), free(t->dx), free(t->dkernel);
    free(t->bias), free(t->prepared), free(t->wanted_y), free(t->wanted_dx), free(t->wanted_dkernel);
}

/* Channels, units, size, kernel, stride, padding before; windows may reach over the far edges by as much. */
static convolution make(size_t channels, size_t units, size_t height, size_t width, size_t kernel_height,
                        size_t kernel_width, size_t stride, size_t dilation_y, size_t pad)
{
    convolution c = { .channels = channels, .units = units, .groups = 1, .height = height, .width = width };
    c.kernel_height = kernel_height, c.kernel_width = kernel_width;
    c.stride_y = c.stride_x = stride, c.dilation_y = dilation_y, c.dilation_x = 1;
    c.pad_top = pad, c.pad_left = pad;
    c.out_height = (height + 2 * pad - (kernel_height - 1) * dilation_y - 1) / stride + 1;
    c.out_width = (width + 2 * pad - kernel_width) / stride + 1;
    return c;
}

static const size_t shapes[][9] = {
    { 32, 64, 13, 13, 3, 3, 1, 1, 0 }, { 1, 32, 28, 28, 3, 3, 1, 1, 0 },  { 16, 16, 6, 6, 3, 3, 1, 1, 0 },
    { 33, 17, 7, 9, 3, 3, 1, 1, 1 },   { 16, 70, 5, 30, 3, 3, 2, 1, 0 },  { 3, 32, 9, 8, 5, 5, 1, 1, 2 },
    { 40, 130, 4, 4, 2, 2, 1, 1, 0 },  { 19, 33, 8, 8, 4, 3, 3, 1, 2 },   { 64, 20, 5, 5, 1, 1, 1, 1, 0 },
    { 20, 24, 11, 6, 3, 1, 1, 2, 1 },  { 100, 16, 4, 17, 3, 2, 1, 1, 0 }, { 7, 5, 6, 6, 3, 3, 1, 1, 2 },
    { 1, 1, 3, 3, 3, 3, 1, 1, 0 },     { 48, 48, 12, 12, 3, 3, 1, 1, 1 }, { 17, 31, 3, 3, 3, 3, 1, 1, 2 },
    { 9, 100, 10, 10, 7, 7, 2, 1, 3 },
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static convolution shape_at(size_t i)
{
    const size_t *s = shapes[i];
    return make(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8]);
}

static bool is_for_winograd(const convolution *c)
{
    return c->kernel_height == 3 && c->kernel_width == 3 && c->stride_y == 1 && c->dilation_y == 1;
}

/* In two parts. The widest panel has 32 filters. */
static float *pack(const convolution_kernels *kernels, const trial *t)
{
    float *panels = fill_with(count_kernel(&t->c) / t->c.units * (t->c.units + 31), 7);
    kernels->pack(&t->c, t->c.channels / 3, t->c.channels, t->kernel, panels);
    kernels->pack(&t->c, 0, t->c.channels / 3, t->kernel, panels);
    return panels;
}

START_TEST(test_convolution_fast__each_kernel_is_a_plain_loop)
{
    const convolution_kernels *kernels;
    for (size_t set = 0; (kernels = convolution_kernels_at(set)); set++)
        for (size_t i = 0; i < SHAPES; i++) {
            trial t = begin(shape_at(i), 1 + i % 5, (double)i / SHAPES);
            float *panels = pack(kernels, &t);
            kernels->direct(&t.c, t.rows, t.x, panels, (convolution_end){ 0 }, t.y, t.scratch);
            assert_y(&t);
            kernels->direct(&t.c, t.rows, t.x, panels, (convolution_end){ t.bias, true }, t.y, t.scratch);
            free(panels);
            assert_ended(&t);
            kernels->direct_gradient_kernel(&t.c, t.rows, t.x, t.dy, t.dkernel, t.scratch);
            assert_dkernel(&t);
            kernels->sparse_gradient_input(&t.c, t.rows, t.kernel, t.dy, t.dx, t.scratch);
            assert_dx(&t);
            kernels->sparse_gradient_kernel(&t.c, t.rows, t.x, t.dy, t.dkernel, t.scratch);
            assert_dkernel(&t);
            end(&t);
        }
}
END_TEST

START_TEST(test_convolution_fast__winograd_is_a_plain_loop_both_ways)
{
    const convolution_kernels *kernels;
    for (size_t set = 0; (kernels = convolution_kernels_at(set)); set++)
        for (size_t i = 0; i < SHAPES; i++) {
            const convolution c = shape_at(i);
            if (!is_for_winograd(&c)) continue;
            trial t = begin(c, 1 + (i + 3) % 5, 1);
            kernels->make_panels(&t.c, 0, t.c.channels, t.kernel, t.prepared);
            kernels->winograd(&t.c, t.rows, t.x, t.prepared, (convolution_end){ 0 }, t.y, t.scratch);
            assert_y(&t);
            kernels->winograd(&t.c, t.rows, t.x, t.prepared, (convolution_end){ t.bias, true }, t.y,
                              t.scratch);
            assert_ended(&t);
            const convolution turned = convolution_turned(&t.c);
            float *turned_kernel = fill_with(count_kernel(&t.c), NAN);
            convolution_turn_kernel(&t.c, 0, t.c.units, t.kernel, turned_kernel);
            kernels->make_panels(&turned, 0, turned.channels, turned_kernel, t.prepared);
            kernels->winograd(&turned, t.rows, t.dy, t.prepared, (convolution_end){ 0 }, t.dx, t.scratch);
            assert_dx(&t);
            kernels->winograd_gradient_kernel(&t.c, t.rows, t.x, t.dy, t.dkernel, t.scratch);
            assert_dkernel(&t);
            free(turned_kernel);
            end(&t);
        }
}
END_TEST

static bool forward(trial *t)
{
    return convolution_fast_forward(&t->c, t->rows, t->x, t->kernel, t->prepared, (convolution_end){ 0 },
                                    t->y, t->scratch);
}

static bool gradient_input(trial *t)
{
    return convolution_fast_gradient_input(&t->c, t->rows, t->kernel, t->prepared, t->dy, t->dx, t->scratch);
}

/* What is chosen gives the same; or nothing fits, and nothing is touched. */
START_TEST(test_convolution_fast__choices_are_right_whatever_dy_is)
{
    static const double shares[] = { 0, 0.1, 1 };
    for (size_t i = 0; i < 3 * SHAPES; i++) {
        trial t = begin(shape_at(i / 3), 1 + i % 2, shares[i % 3]);
        convolution_prepare(&t.c, t.rows + i % 4, true, 0, t.c.channels + t.c.units, t.kernel, t.prepared);
        if (forward(&t)) assert_y(&t);
        if (gradient_input(&t)) assert_dx(&t);
        if (convolution_fast_gradient_kernel(&t.c, t.rows, t.x, t.dy, t.dkernel, t.scratch))
            assert_dkernel(&t);
        end(&t);
    }
}
END_TEST

START_TEST(test_convolution_fast__the_networks_of_the_benchmark_fit)
{
    if (!convolution_kernels_at(0)) return;
    for (size_t i = 0; i < 2; i++) {
        trial t = begin(shape_at(i), 4, 0.1);
        convolution_prepare(&t.c, t.rows, true, 0, t.c.channels + t.c.units, t.kernel, t.prepared);
        ck_assert(forward(&t));
        ck_assert(convolution_fast_gradient_kernel(&t.c, t.rows, t.x, t.dy, t.dkernel, t.scratch));
        if (i == 0) ck_assert(gradient_input(&t));
        end(&t);
    }
}
END_TEST

START_TEST(test_convolution_fast__groups_and_wide_dilation_do_not_fit)
{
    convolution grouped = make(32, 32, 8, 8, 3, 3, 1, 1, 0), wide = grouped;
    grouped.groups = 2;
    wide.dilation_x = 2, wide.out_width = 4;
    ck_assert(!forward(&(trial){ .c = grouped, .rows = 1 }));
    ck_assert(!forward(&(trial){ .c = wide, .rows = 1 }));
    ck_assert_uint_eq(convolution_fast_scratch(&grouped), 0);
    ck_assert_uint_eq(convolution_fast_scratch(&wide), 0);
    ck_assert_uint_eq(convolution_fast_prepared(&grouped), 0);
}
END_TEST

START_TEST(test_convolution_fast__nan_is_no_zero)
{
    const convolution_kernels *kernels;
    for (size_t set = 0; (kernels = convolution_kernels_at(set)); set++) {
        trial t = begin(shape_at(0), 2, 0.1);
        t.dy[count_y(&t.c) + 40] = NAN; /* unit 40 of the second sample's first pixel */
        kernels->sparse_gradient_input(&t.c, 2, t.kernel, t.dy, t.dx, t.scratch);
        kernels->sparse_gradient_kernel(&t.c, 2, t.x, t.dy, t.dkernel, t.scratch);
        ck_assert(!isnan(t.dx[0]) && isnan(t.dx[count_x(&t.c)]));
        ck_assert(!isnan(t.dkernel[39]) && isnan(t.dkernel[40]));
        end(&t);
    }
}
END_TEST

TEST_MAIN(test_convolution_fast__each_kernel_is_a_plain_loop,
          test_convolution_fast__winograd_is_a_plain_loop_both_ways,
          test_convolution_fast__choices_are_right_whatever_dy_is,
          test_convolution_fast__the_networks_of_the_benchmark_fit,
          test_convolution_fast__groups_and_wide_dilation_do_not_fit, test_convolution_fast__nan_is_no_zero)
