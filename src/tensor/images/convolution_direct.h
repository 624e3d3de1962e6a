/* Kernels for convolution_fast.h: the product that all dense kernels use, and the direct convolution.
 *
 * P neighbouring pixels of a line of y, for PANEL filters, are summed in registers:
 *
 *     for ky, for k in a line of the window (kernel_width * channels floats, contiguous in x)
 *         for p < P:  sum[p, PANEL] += x[ky, p * stride + k] * kernel[ky, k, PANEL]
 *
 * The gradient of the kernel is the same product with other strides: P neighbouring values of a line of the window
 * take the place of the pixels, and the sum goes over the pixels of a line of y. */
#ifndef TENSOR_IMAGES_CONVOLUTION_DIRECT_H
#define TENSOR_IMAGES_CONVOLUTION_DIRECT_H

#include "tensor/images/convolution_fast.h"
#include "tensor/images/padded.h"
#include "tensor/vectors.h"

#if defined(VECTORS)

/* 2 P sums, a PANEL of the second factor and one value of the first fill the registers. */
enum { PANEL = 2 * LANES, MOST_LINES = REGISTERS == 32 ? 13 : 6 };

/* The sums of up to MOST_LINES lines of PANEL floats. */
typedef struct sums {
    vec of[MOST_LINES][2];
} sums;

/* A first factor a: line p begins `line` floats after line p - 1; consecutive values are `step` floats apart. */
typedef struct factor {
    const float *data;
    size_t line, step;
} factor;

/* PANEL filters of a row: their address and their number. */
typedef struct panel {
    const float *data;
    size_t step;
    lanes part[2];
} panel;

INLINE size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

INLINE panel panel_of(const float *data, size_t step, size_t units)
{
    return (panel){ data, step, { first_lanes(units), first_lanes(units > LANES ? units - LANES : 0) } };
}

/* The end for the filters from u on. */
INLINE convolution_end end_at(convolution_end end, size_t u)
{
    return (convolution_end){ end.bias ? end.bias + u : NULL, end.relu };
}

INLINE vec finish(vec y, vec bias, convolution_end end)
{
    /* Not sum = y + 0: -0 + 0 would be 0. */
    const vec sum = end.bias ? add(y, bias) : y;
    return end.relu ? above_zero(sum) : sum;
}

INLINE void clear_sums(const int P, sums *s)
{
    UNROLL for (int p = 0; p < P; p++) s->of[p][0] = s->of[p][1] = all(0);
}

/* s[p, PANEL] += sum over k < K of a[p, k] b[k, PANEL], or the first half of each panel if it is not wide. P, wide and masked are
 * constants after inlining. */
INLINE void add_products(const int P, const bool wide, const bool masked, size_t K, factor a, panel b,
                         sums *s)
{
    for (size_t k = 0; k < K; k++, a.data += a.step, b.data += b.step) {
        const vec b0 = masked ? load_part(b.data, b.part[0]) : load(b.data),
                  b1 = !wide    ? all(0)
                       : masked ? load_part(b.data + LANES, b.part[1])
                                : load(b.data + LANES);
        /* One pointer that moves: a product for each p would need a register each. */
        const float *line = a.data;
        UNROLL for (int p = 0; p < P; p++, line += a.line)
        {
            const vec value = all(*line);
            s->of[p][0] = fma_of(value, b0, s->of[p][0]);
            if (wide) s->of[p][1] = fma_of(value, b1, s->of[p][1]);
        }
    }
}

/* Compiles `call` for each number of lines, as the constant P. */
#define LINES(n, call)    \
    case n: {             \
        enum { P = (n) }; \
        call;             \
        break;            \
    }
#define FEW_LINES(call) \
    LINES(1, call) LINES(2, call) LINES(3, call) LINES(4, call) LINES(5, call) LINES(6, call)
#if VECTORS == 512
#define WITH_LINES(lines, call)                                                                       \
    switch (lines) {                                                                                  \
        FEW_LINES(call)                                                                               \
        LINES(7, call)                                                                                \
        LINES(8, call) LINES(9, call) LINES(10, call) LINES(11, call) LINES(12, call) LINES(13, call) \
    }
#else
#define WITH_LINES(lines, call) \
    switch (lines) {            \
        FEW_LINES(call)         \
    }
#endif

/* Cuts a length into pieces of about equal size, at most MOST_LINES. */
INLINE size_t pieces_of(size_t length)
{
    return (length + MOST_LINES - 1) / MOST_LINES;
}

/* ---- forward ---- */

/* Packs kernel[K, U] into panels [U / PANEL][K][PANEL], with zeros after the last filter: the lines of channels [first, end). */
OUTLINE void pack(const convolution *c, size_t first, size_t end, const float *kernel, float *panels)
{
    const size_t C = c->channels, U = c->units, cells = c->kernel_height * c->kernel_width;
    for (size_t u = 0; u < U; u += PANEL, panels += cells * C * PANEL)
        for (size_t k = first; k < cells * C; k = k % C + 1 < end ? k + 1 : k - k % C + C + first) {
            const float *from = kernel + k * U + u;
            store(panels + k * PANEL, load_first(from, U - u));
            store(panels + k * PANEL + LANES,
                  U - u > LANES ? load_first(from + LANES, U - u - LANES) : all(0));
        }
}

/* The same of the transposed kernel, of a kernel[U, K] of one cell. */
OUTLINE void pack_turned(const convolution *turned, size_t first, size_t end, const float *kernel,
                         float *panels)
{
    const size_t K = turned->channels, U = turned->units, whole = (U + PANEL - 1) / PANEL * PANEL;
    for (size_t u = 0; u < whole; u++) {
        float *to = panels + u / PANEL * PANEL * K + u % PANEL;
        for (size_t k = first; k < end; k++) to[k * PANEL] = u < U ? kernel[u * K + k] : 0;
    }
}

INLINE void pixels(const int P, const bool wide, const convolution *c, const float *x, size_t pitch,
                   const float *kernel, convolution_end end, float *y, size_t units)
{
    const size_t behind = units > LANES ? units - LANES : 0;
    const vec bias = end.bias ? load_first(end.bias, units) : all(0),
              bias_behind = end.bias && behind ? load_first(end.bias + LANES, behind) : all(0);
    const size_t run = c->kernel_width * c->channels;
    sums s;
    clear_sums(P, &s);
    for (size_t ky = 0; ky < c->kernel_height; ky++)
        add_products(P, wide, false, run,
                     (factor){ x + ky * c->dilation_y * pitch, c->stride_x * c->channels, 1 },
                     (panel){ .data = kernel + ky * run * PANEL, .step = PANEL }, &s);
    UNROLL for (int p = 0; p < P; p++)
    {
        store_first(y + (size_t)p * c->units, units, finish(s.of[p][0], bias, end));
        if (behind)
            store_first(y + (size_t)p * c->units + LANES, behind, finish(s.of[p][1], bias_behind, end));
    }
}

OUTLINE void pixels_of(size_t count, const convolution *c, const float *x, size_t pitch, const float *kernel,
                       convolution_end end, float *y, size_t units)
{
    if (units > LANES)
        WITH_LINES(count, pixels(P, true, c, x, pitch, kernel, end, y, units))
    else
        WITH_LINES(count, pixels(P, false, c, x, pitch, kernel, end, y, units))
}

/* Scratch: a padded sample. */
OUTLINE void direct(const convolution *c, size_t rows, const float *x, const float *panels,
                    convolution_end end, float *y, float *scratch)
{
    const size_t U = c->units, K = c->kernel_height * c->kernel_width * c->channels;
    const size_t pieces = pieces_of(c->out_width);
    for (size_t n = 0; n < rows; n++) {
        const padded in = convolution_pad(c, n, x, scratch);
        for (size_t u = 0; u < U; u += PANEL)
            for (size_t oy = 0; oy < c->out_height; oy++)
                for (size_t i = 0; i < pieces; i++) {
                    const size_t ox = c->out_width * i / pieces, next = c->out_width * (i + 1) / pieces;
                    pixels_of(next - ox, c,
                              in.data + oy * c->stride_y * in.pitch + ox * c->stride_x * c->channels,
                              in.pitch, panels + u * K, end_at(end, u),
                              y + ((n * c->out_height + oy) * c->out_width + ox) * U + u, U - u);
                }
    }
}

/* ---- gradient of the kernel ---- */

/* Adds P lines of dkernel, of those in a line of the window. */
INLINE void kernel_lines(const int P, const bool wide, const bool masked, const convolution *c,
                         const float *x, size_t pitch, const float *dy, float *dkernel, size_t units)
{
    const size_t U = c->units;
    sums s;
    clear_sums(P, &s);
    for (size_t oy = 0; oy < c->out_height; oy++)
        add_products(P, wide, masked, c->out_width,
                     (factor){ x + oy * c->stride_y * pitch, 1, c->stride_x * c->channels },
                     panel_of(dy + oy * c->out_width * U, U, units), &s);
    UNROLL for (int p = 0; p < P; p++)
    {
        float *to = dkernel + (size_t)p * U;
        store_first(to, units, add(load_first(to, units), s.of[p][0]));
        if (units > LANES)
            store_first(to + LANES, units - LANES, add(load_first(to + LANES, units - LANES), s.of[p][1]));
    }
}

OUTLINE void kernel_lines_of(size_t count, const convolution *c, const float *x, size_t pitch,
                             const float *dy, float *dkernel, size_t units)
{
    /* AVX-512 masks at no cost. */
    if (VECTORS == 256 && units >= PANEL)
        WITH_LINES(count, kernel_lines(P, true, false, c, x, pitch, dy, dkernel, units))
    else if (units > LANES)
        WITH_LINES(count, kernel_lines(P, true, true, c, x, pitch, dy, dkernel, units))
    else
        WITH_LINES(count, kernel_lines(P, false, true, c, x, pitch, dy, dkernel, units))
}

/* Scratch: a padded sample. */
OUTLINE void direct_gradient_kernel(const convolution *c, size_t rows, const float *x, const float *dy,
                                    float *dkernel, float *scratch)
{
    const size_t U = c->units, run = c->kernel_width * c->channels, pieces = pieces_of(run);
    for (size_t n = 0; n < rows; n++) {
        const padded in = convolution_pad(c, n, x, scratch);
        for (size_t ky = 0; ky < c->kernel_height; ky++)
            for (size_t i = 0; i < pieces; i++) {
                const size_t k = run * i / pieces, end = run * (i + 1) / pieces;
                for (size_t u = 0; u < U; u += PANEL)
                    kernel_lines_of(end - k, c, in.data + ky * c->dilation_y * in.pitch + k, in.pitch,
                                    dy + n * c->out_height * c->out_width * U + u,
                                    dkernel + (ky * run + k) * U + u, U - u);
            }
    }
}

#endif
#endif
