/* If the multiplier is above 1, the input is repeated once for each output channel. Then three arrays of equal width
 * are multiplied, which vectorises over the channels. */
#include "tensor/images/depthwise.h"

#include <string.h>
#include "base/kernel.h"
#include "tensor/elementwise.h"

static size_t units_of(const depthwise *d)
{
    return d->channels * d->multiplier;
}

static size_t spread_floats(const depthwise *d)
{
    return d->multiplier > 1 ? d->height * d->width * units_of(d) : 0;
}

size_t depthwise_scratch(const depthwise *d)
{
    return spread_floats(d) + d->kernel[0] * d->kernel[1] * units_of(d);
}

static const float *spread(const depthwise *d, const float *x, float *out)
{
    const size_t M = d->multiplier, n = d->height * d->width * d->channels;
    if (M == 1) return x;
    for (size_t i = 0; i < n; i++)
        for (size_t m = 0; m < M; m++) out[i * M + m] = x[i];
    return out;
}

/* Runs the body for each pixel of output row `oy` with each cell of the kernel that lies in the image: `a` (the
 * image), `k` (the kernel) and `b` (the output) point to the channels. */
#define FOR_EACH_CELL(d, oy, U, body)                                                                \
    for (size_t ox = 0; ox < (d)->out[1]; ox++)                                                      \
        for (size_t ky = 0; ky < (d)->kernel[0]; ky++) {                                             \
            const size_t iy = (oy) * (d)->stride[0] + ky * (d)->dilation[0] - (d)->pad[0];           \
            if (iy >= (d)->height) continue; /* negative: a huge number */                           \
            for (size_t kx = 0; kx < (d)->kernel[1]; kx++) {                                         \
                const size_t ix = ox * (d)->stride[1] + kx * (d)->dilation[1] - (d)->pad[1];         \
                if (ix >= (d)->width) continue;                                                      \
                const size_t a = (iy * (d)->width + ix) * (U), k = (ky * (d)->kernel[1] + kx) * (U), \
                             b = ox * (U);                                                           \
                for (size_t u = 0; u < (U); u++) body;                                               \
            }                                                                                        \
        }

KERNEL static void forward_row(const depthwise *d, size_t U, size_t oy, const float *restrict x,
                               const float *restrict kernel, float *restrict y)
{
    memset(y, 0, d->out[1] * U * sizeof *y);
    FOR_EACH_CELL(d, oy, U, y[b + u] += x[a + u] * kernel[k + u])
}

KERNEL static void kernel_row(const depthwise *d, size_t U, size_t oy, const float *restrict x,
                              const float *restrict dy, float *restrict dkernel){
    FOR_EACH_CELL(d, oy, U, dkernel[k + u] += x[a + u] * dy[b + u])
}

KERNEL static void input_row(const depthwise *d, size_t U, size_t oy, const float *restrict kernel,
                             const float *restrict dy, float *restrict dx)
{
    FOR_EACH_CELL(d, oy, U, dx[a + u] += kernel[k + u] * dy[b + u])
}

void depthwise_forward(const depthwise *d, size_t N, const float *x, const float *kernel, float *y,
                       float *scratch)
{
    const size_t U = units_of(d), image = d->height * d->width * d->channels, row = d->out[1] * U;
    for (size_t n = 0; n < N; n++) {
        const float *wide = spread(d, x + n * image, scratch);
        for (size_t oy = 0; oy < d->out[0]; oy++)
            forward_row(d, U, oy, wide, kernel, y + (n * d->out[0] + oy) * row);
    }
}

void depthwise_gradient_kernel(const depthwise *d, size_t N, const float *x, const float *dy, float *dkernel,
                               float *scratch)
{
    const size_t U = units_of(d), image = d->height * d->width * d->channels, row = d->out[1] * U;
    const size_t cells = d->kernel[0] * d->kernel[1] * U;
    float *sums = scratch + spread_floats(d);
    for (size_t n = 0; n < N; n++) {
        const float *wide = spread(d, x + n * image, scratch);
        memset(sums, 0, cells * sizeof *sums);
        for (size_t oy = 0; oy < d->out[0]; oy++)
            kernel_row(d, U, oy, wide, dy + (n * d->out[0] + oy) * row, sums);
        elementwise_add(dkernel, sums, cells);
    }
}

void depthwise_gradient_input(const depthwise *d, size_t N, const float *kernel, const float *dy, float *dx,
                              float *scratch)
{
    const size_t U = units_of(d), M = d->multiplier, image = d->height * d->width * d->channels,
                 row = d->out[1] * U;
    for (size_t n = 0; n < N; n++) {
        float *own = dx + n * image, *wide = M > 1 ? scratch : own;
        memset(wide, 0, image * M * sizeof *wide);
        for (size_t oy = 0; oy < d->out[0]; oy++)
            input_row(d, U, oy, kernel, dy + (n * d->out[0] + oy) * row, wide);
        for (size_t i = 0; M > 1 && i < image; i++) {
            own[i] = 0;
            for (size_t m = 0; m < M; m++) own[i] += wide[i * M + m];
        }
    }
}
