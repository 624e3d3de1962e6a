/* If the multiplier is above 1, the input is repeated once for each output channel. Then three arrays of equal width
 * are multiplied, which vectorises over the channels. */
#include "tensor/images/depthwise.h"

#include <stdbool.h>
#include <string.h>
#include "base/kernel.h"
#include "tensor/elementwise.h"
#include "tensor/strips.h"

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

/* ---- strips of channels ---- */

/* The cells of a kernel, [first, end) along an axis, that lie in the image for an output at `at`. */
typedef struct reach {
    size_t first, end;
} reach;

INLINE reach reach_of(const depthwise *d, int axis, size_t at)
{
    const size_t length = axis ? d->width : d->height, start = at * d->stride[axis], step = d->dilation[axis];
    reach r = { 0, d->kernel[axis] };
    while (r.first < r.end && start + r.first * step < d->pad[axis]) r.first++;
    while (r.end > r.first && start + (r.end - 1) * step >= length + d->pad[axis]) r.end--;
    return r;
}

/* The first float of the image that a cell of the kernel meets. */
INLINE size_t cell_at(const depthwise *d, size_t U, size_t oy, size_t ox, size_t ky, size_t kx)
{
    const size_t iy = oy * d->stride[0] + ky * d->dilation[0] - d->pad[0],
                 ix = ox * d->stride[1] + kx * d->dilation[1] - d->pad[1];
    return (iy * d->width + ix) * U;
}

/* Outputs of a line, from the first to before the last, whose windows lie in the image. */
INLINE reach inner_of(const depthwise *d)
{
    reach r = { 0, d->out[1] };
    while (r.first < r.end && r.first * d->stride[1] < d->pad[1]) r.first++;
    while (r.end > r.first &&
           (r.end - 1) * d->stride[1] + (d->kernel[1] - 1) * d->dilation[1] >= d->width + d->pad[1])
        r.end--;
    return r;
}

/* Up to `count` neighbouring pixels of y, n channels. count and n are constants after inlining, but at the ends. */
INLINE void sum_pixels(const depthwise *d, size_t count, size_t n, size_t U, size_t oy, size_t ox, reach y,
                       reach x, const float *image, const float *kernel, float *to)
{
    floats sums[4] = { { 0 } }, weight, value;
    for (size_t ky = y.first; ky < y.end; ky++)
        for (size_t kx = x.first; kx < x.end; kx++) {
            const float *from = image + cell_at(d, U, oy, ox, ky, kx);
            load(&weight, kernel + (ky * d->kernel[1] + kx) * U, n);
            for (size_t i = 0; i < count; i++) {
                load(&value, from + i * d->stride[1] * U, n);
                sums[i] += value * weight;
            }
        }
    for (size_t i = 0; i < count; i++) store(to + i * U, &sums[i], n);
}

INLINE void sum_strip(const depthwise *d, size_t n, size_t U, size_t oy, const float *image,
                      const float *kernel, float *to)
{
    const reach y = reach_of(d, 0, oy), inner = inner_of(d), all = { 0, d->kernel[1] };
    size_t ox = 0;
    for (; ox < inner.first; ox++)
        sum_pixels(d, 1, n, U, oy, ox, y, reach_of(d, 1, ox), image, kernel, to + ox * U);
    for (; ox + 4 <= inner.end; ox += 4) sum_pixels(d, 4, n, U, oy, ox, y, all, image, kernel, to + ox * U);
    for (; ox < d->out[1]; ox++)
        sum_pixels(d, 1, n, U, oy, ox, y, reach_of(d, 1, ox), image, kernel, to + ox * U);
}

KERNEL static void forward_row(const depthwise *d, size_t U, size_t oy, const float *x, const float *kernel,
                               float *y)
{
    size_t u = 0;
    for (; u + STRIP <= U; u += STRIP) sum_strip(d, STRIP, U, oy, x + u, kernel + u, y + u);
    if (U - u == STRIP / 2)
        sum_strip(d, STRIP / 2, U, oy, x + u, kernel + u, y + u);
    else if (u < U)
        sum_strip(d, U - u, U, oy, x + u, kernel + u, y + u);
}

/* The sum of a cell of the kernel, over all pixels of a sample. */
INLINE void sum_cell(const depthwise *d, size_t n, size_t U, size_t ky, size_t kx, const float *image,
                     const float *dy, float *dkernel)
{
    floats sum = { 0 }, by, value;
    for (size_t oy = 0; oy < d->out[0]; oy++) {
        const reach y = reach_of(d, 0, oy);
        if (ky < y.first || ky >= y.end) continue;
        const float *from = dy + oy * d->out[1] * U;
        for (size_t ox = 0; ox < d->out[1]; ox++) {
            const reach x = reach_of(d, 1, ox);
            if (kx < x.first || kx >= x.end) continue;
            load(&by, from + ox * U, n);
            load(&value, image + cell_at(d, U, oy, ox, ky, kx), n);
            sum += value * by;
        }
    }
    store(dkernel, &sum, n);
}

/* The same for a line of 3 cells. */
INLINE void sum_three(const depthwise *d, size_t n, size_t U, size_t ky, const float *image, const float *dy,
                      float *dkernel)
{
    floats left = { 0 }, middle = { 0 }, right = { 0 }, by, value;
    const reach inner = inner_of(d);
    const size_t step = d->dilation[1] * U;
    for (size_t oy = 0; oy < d->out[0]; oy++) {
        const reach y = reach_of(d, 0, oy);
        if (ky < y.first || ky >= y.end) continue;
        const float *from = dy + oy * d->out[1] * U;
        for (size_t ox = 0; ox < d->out[1]; ox++) {
            const reach x = ox >= inner.first && ox < inner.end ? (reach){ 0, 3 } : reach_of(d, 1, ox);
            /* Of the first cell; if that is outside, a huge number. */
            const size_t at = cell_at(d, U, oy, ox, ky, 0);
            load(&by, from + ox * U, n);
            if (x.first == 0 && x.end > 0) load(&value, image + at, n), left += value * by;
            if (x.first <= 1 && x.end > 1) load(&value, image + (at + step), n), middle += value * by;
            if (x.end > 2) load(&value, image + (at + 2 * step), n), right += value * by;
        }
    }
    store(dkernel, &left, n);
    store(dkernel + U, &middle, n);
    store(dkernel + 2 * U, &right, n);
}

INLINE void kernel_strip(const depthwise *d, size_t n, size_t U, const float *image, const float *dy,
                         float *dkernel)
{
    for (size_t ky = 0; ky < d->kernel[0]; ky++) {
        float *to = dkernel + ky * d->kernel[1] * U;
        if (d->kernel[1] == 3)
            sum_three(d, n, U, ky, image, dy, to);
        else
            for (size_t kx = 0; kx < d->kernel[1]; kx++) sum_cell(d, n, U, ky, kx, image, dy, to + kx * U);
    }
}

/* Overwrites dkernel with the sums of a sample. */
KERNEL static void kernel_sums(const depthwise *d, size_t U, const float *x, const float *dy, float *dkernel)
{
    size_t u = 0;
    for (; u + STRIP <= U; u += STRIP) kernel_strip(d, STRIP, U, x + u, dy + u, dkernel + u);
    if (U - u == STRIP / 2)
        kernel_strip(d, STRIP / 2, U, x + u, dy + u, dkernel + u);
    else if (u < U)
        kernel_strip(d, U - u, U, x + u, dy + u, dkernel + u);
}

/* ---- the gradient of the input ---- */

/* With stride 1 it is a convolution of dy with the kernel turned around; its sums have the order of those below. */
static bool turns(const depthwise *d)
{
    return d->stride[0] == 1 && d->stride[1] == 1 && d->pad[0] <= (d->kernel[0] - 1) * d->dilation[0] &&
           d->pad[1] <= (d->kernel[1] - 1) * d->dilation[1];
}

static depthwise turned_of(const depthwise *d)
{
    depthwise t = *d;
    t.height = d->out[0], t.width = d->out[1];
    t.out[0] = d->height, t.out[1] = d->width;
    for (int i = 0; i < 2; i++) t.pad[i] = (d->kernel[i] - 1) * d->dilation[i] - d->pad[i];
    return t;
}

static const float *turn_kernel(const depthwise *d, size_t U, const float *kernel, float *turned)
{
    const size_t cells = d->kernel[0] * d->kernel[1];
    for (size_t i = 0; i < cells; i++)
        memcpy(turned + i * U, kernel + (cells - 1 - i) * U, U * sizeof *turned);
    return turned;
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
        kernel_sums(d, U, spread(d, x + n * image, scratch), dy + n * d->out[0] * row, sums);
        elementwise_add(dkernel, sums, cells);
    }
}

void depthwise_gradient_input(const depthwise *d, size_t N, const float *kernel, const float *dy, float *dx,
                              float *scratch)
{
    const size_t U = units_of(d), M = d->multiplier, image = d->height * d->width * d->channels,
                 row = d->out[1] * U;
    const depthwise t = turned_of(d);
    const float *turned = turns(d) ? turn_kernel(d, U, kernel, scratch + spread_floats(d)) : NULL;
    for (size_t n = 0; n < N; n++) {
        float *own = dx + n * image, *wide = M > 1 ? scratch : own;
        if (!turned) memset(wide, 0, image * M * sizeof *wide);
        for (size_t oy = 0; !turned && oy < d->out[0]; oy++)
            input_row(d, U, oy, kernel, dy + (n * d->out[0] + oy) * row, wide);
        for (size_t iy = 0; turned && iy < d->height; iy++)
            forward_row(&t, U, iy, dy + n * d->out[0] * row, turned, wide + iy * d->width * U);
        for (size_t i = 0; M > 1 && i < image; i++) {
            own[i] = 0;
            for (size_t m = 0; m < M; m++) own[i] += wide[i * M + m];
        }
    }
}
