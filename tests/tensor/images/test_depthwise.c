/* Depthwise convolutions against plain loops in double. */
#include "test.h"

#include <math.h>
#include "tensor/images/depthwise.h"

enum { ROWS = 2, MOST = 40000 };

static float x[MOST], y[MOST], kernel[MOST], scratch[MOST], found[MOST];
static double wanted[MOST];

static void fill(float *to)
{
    static unsigned seed = 1;
    for (size_t i = 0; i < MOST; i++) {
        seed = seed * 1664525u + 1013904223u;
        to[i] = (float)(seed >> 8) / (1 << 23) - 1;
    }
}

static depthwise make(size_t channels, size_t multiplier, size_t size, const size_t of[4])
{
    depthwise d = { .channels = channels, .multiplier = multiplier, .height = 7, .width = size };
    for (int i = 0; i < 2; i++) {
        const size_t length = i ? d.width : d.height;
        d.kernel[i] = i ? of[0] : of[1];
        d.stride[i] = of[2], d.dilation[i] = of[3];
        d.pad[i] = (d.kernel[i] - 1) * d.dilation[i] / 2;
        d.out[i] = (length + 2 * d.pad[i] - (d.kernel[i] - 1) * d.dilation[i] - 1) / d.stride[i] + 1;
    }
    return d;
}

/* Calls for each pair of a value of x, a value of the kernel and a value of y. */
static void each(const depthwise *d, void (*pair)(size_t x, size_t k, size_t y))
{
    const size_t C = d->channels, M = d->multiplier;
    for (size_t i = 0; i < ROWS * d->out[0] * d->out[1] * C * M; i++) {
        const size_t u = i % (C * M), ox = i / (C * M) % d->out[1], line = i / (C * M) / d->out[1];
        for (size_t k = 0; k < d->kernel[0] * d->kernel[1]; k++) {
            const size_t iy = line % d->out[0] * d->stride[0] + k / d->kernel[1] * d->dilation[0] - d->pad[0],
                         ix = ox * d->stride[1] + k % d->kernel[1] * d->dilation[1] - d->pad[1];
            if (iy >= d->height || ix >= d->width) continue;
            pair(((line / d->out[0] * d->height + iy) * d->width + ix) * C + u / M, k * C * M + u, i);
        }
    }
}

static void to_y(size_t i, size_t k, size_t o)
{
    wanted[o] += (double)x[i] * (double)kernel[k];
}

static void to_kernel(size_t i, size_t k, size_t o)
{
    wanted[k] += (double)x[i] * (double)y[o];
}

static void to_x(size_t i, size_t k, size_t o)
{
    wanted[i] += (double)y[o] * (double)kernel[k];
}

static void compare(const char *what, const depthwise *d, size_t count, double limit)
{
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(fabs((double)found[i] - wanted[i]) < limit, "%s[%zu] of %zu channels is %g, not %g",
                      what, i, d->channels, (double)found[i], wanted[i]);
}

static void check(const depthwise *d)
{
    const size_t U = d->channels * d->multiplier, in = ROWS * d->height * d->width * d->channels,
                 out = ROWS * d->out[0] * d->out[1] * U, cells = d->kernel[0] * d->kernel[1] * U;
    ck_assert_uint_le(in, MOST);
    ck_assert_uint_le(depthwise_scratch(d), MOST);
    fill(x), fill(y), fill(kernel), fill(scratch);
    memset(wanted, 0, sizeof wanted);
    each(d, to_y);
    depthwise_forward(d, ROWS, x, kernel, found, scratch);
    compare("y", d, out, 1e-5);
    memset(wanted, 0, sizeof wanted);
    for (size_t i = 0; i < cells; i++) wanted[i] = 1, found[i] = 1;
    each(d, to_kernel);
    depthwise_gradient_kernel(d, ROWS, x, y, found, scratch);
    compare("dkernel", d, cells, 1e-4);
    memset(wanted, 0, sizeof wanted);
    fill(found);
    each(d, to_x);
    depthwise_gradient_input(d, ROWS, kernel, y, found, scratch);
    compare("dx", d, in, 1e-5);
}

START_TEST(test_depthwise__each_kernel_is_a_plain_loop)
{
    static const size_t channels[] = { 1, 8, 16, 19, 24, 40, 48 }, sizes[] = { 2, 3, 5, 12 },
                        kernels[][4] = { { 3, 3, 1, 1 }, { 3, 3, 2, 1 }, { 5, 5, 1, 1 }, { 5, 3, 2, 1 },
                                         { 1, 2, 1, 1 }, { 3, 3, 1, 2 }, { 2, 4, 3, 1 } };
    for (size_t c = 0; c < sizeof channels / sizeof *channels; c++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            for (size_t k = 0; k < sizeof kernels / sizeof *kernels; k++)
                for (size_t multiplier = 1; multiplier < 3; multiplier++) {
                    const depthwise d = make(channels[c], multiplier, sizes[s], kernels[k]);
                    check(&d);
                }
}
END_TEST

TEST_MAIN(test_depthwise__each_kernel_is_a_plain_loop)
