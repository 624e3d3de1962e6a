/* A kernel for convolution_fast.h: 3x3 with stride 1 by Winograd's F(4x4, 3x3). Source: Lavin and Gray, "Fast
 * algorithms for convolutional neural networks" (2015). 4x4 pixels of y are computed from 6x6 of x with 36 instead of
 * 144 multiplications for each channel and filter:
 *
 * y = A^T ((G kernel G^T) * (B^T x B)) A      * element by element, then the sum over the channels
 *
 * This makes 36 matrix products. For a block of tiles:
 *
 *     x --B--> in[36][tiles][channels]                          kernel --G--> panels[36][channels][PANEL]
 *              out[36][tiles][PANEL] = in panels  --A--> y      for each PANEL of filters
 *
 * The matrices are those of the points 0, 1, -1, 1/2, -2: the error is about ten times that of a plain sum, half of
 * that with the usual points 0, 1, -1, 2, -2. */
#ifndef TENSOR_IMAGES_CONVOLUTION_WINOGRAD_H
#define TENSOR_IMAGES_CONVOLUTION_WINOGRAD_H

#include "tensor/images/convolution_direct.h"

#if defined(VECTORS)

/* 16 floats of padding keep the 36 arrays of a kind in different cache sets. */
enum { TILE = 4, SIDE = 6, PLACES = SIDE * SIDE, OUT_PITCH = MOST_LINES * PANEL + 16 };

/* ---- the matrices, on a line of vectors; results are `step` apart ---- */

INLINE void turn_kernel(const vec g[3], vec *to, int step)
{
    const vec outer = add(g[0], g[2]), third = all(1.0f / 3);
    to[0] = g[0];
    to[step] = mul(add(outer, g[1]), third);
    to[2 * step] = mul(sub(g[1], outer), third);
    to[3 * step] = fma_of(all(-4.0f / 15), g[2], fma_of(all(-8.0f / 15), g[1], mul(all(-16.0f / 15), g[0])));
    to[4 * step] = fma_of(all(4.0f / 15), g[2], fma_of(all(-2.0f / 15), g[1], mul(all(1.0f / 15), g[0])));
    to[5 * step] = g[2];
}

INLINE void turn_input(const vec d[SIDE], vec *to, int step)
{
    const vec even = sub(d[4], d[2]), odd = sub(d[3], d[1]), two = all(2), half = all(0.5f);
    to[0] = fma_of(all(1.5f), odd, add(d[0], sub(d[4], mul(two, d[2]))));
    to[step] = add(fma_of(half, d[2], d[4]), sub(mul(all(2.5f), d[3]), d[1]));
    to[2 * step] = add(fma_of(all(-2.5f), d[2], d[4]), fma_of(half, d[3], d[1]));
    to[3 * step] = fma_of(two, odd, even);
    to[4 * step] = fma_of(all(-0.5f), odd, even);
    to[5 * step] = fma_of(all(1.5f), even, add(d[1], sub(d[5], mul(two, d[3]))));
}

INLINE void turn_output(const vec m[SIDE], vec *to, int step)
{
    const vec s = add(m[1], m[2]), d = sub(m[1], m[2]);
    to[0] = add(add(m[0], s), add(m[3], m[4]));
    to[step] = fma_of(all(-2), m[4], fma_of(all(0.5f), m[3], d));
    to[2 * step] = fma_of(all(4), m[4], fma_of(all(0.25f), m[3], s));
    to[3 * step] = add(fma_of(all(-8), m[4], fma_of(all(0.125f), m[3], d)), m[5]);
}

/* ---- the arrays ---- */

typedef struct winograd_arrays {
    /* Floats of a tile, and from one of the 36 places to the next. */
    size_t in_line, in_pitch;
    float *in, *out;
} winograd_arrays;

INLINE winograd_arrays arrays_of(const convolution *c, float *scratch)
{
    winograd_arrays a;
    a.in_line = (c->channels + LANES - 1) / LANES * LANES;
    a.in_pitch = MOST_LINES * a.in_line + 16;
    a.in = scratch;
    a.out = a.in + PLACES * a.in_pitch;
    return a;
}

/* Floats of panels from one of the 36 places to the next. */
INLINE size_t panel_pitch(const convolution *c)
{
    return c->channels * PANEL + 16;
}

INLINE void make_kernel(const convolution *c, const float *kernel, lanes part, size_t pitch, float *to)
{
    vec lines[3 * SIDE], turned[PLACES];
    for (int ky = 0; ky < 3; ky++) {
        vec line[3];
        for (int kx = 0; kx < 3; kx++)
            line[kx] = load_part(kernel + (size_t)(ky * 3 + kx) * c->channels * c->units, part);
        turn_kernel(line, lines + ky, 3);
    }
    for (int i = 0; i < SIDE; i++) turn_kernel(lines + i * 3, turned + i, SIDE);
    for (int i = 0; i < PLACES; i++) store(to + (size_t)i * pitch, turned[i]);
}

OUTLINE void make_panels(const convolution *c, size_t first, size_t end, const float *kernel, float *panels)
{
    const size_t U = c->units, pitch = panel_pitch(c);
    for (size_t u = 0; u < (U + PANEL - 1) / PANEL * PANEL; u += LANES) {
        float *to = panels + u / PANEL * PLACES * pitch + u % PANEL;
        const lanes part = first_lanes(u < U ? U - u : 0);
        for (size_t i = first; i < end; i++)
            make_kernel(c, kernel + i * U + least(u, U), part, pitch, to + i * PANEL);
    }
}

typedef struct tile {
    /* The first pixel of y. */
    size_t row, y, x;
} tile;

INLINE tile tile_at(const convolution *c, size_t index)
{
    const size_t high = (c->out_height + TILE - 1) / TILE, wide = (c->out_width + TILE - 1) / TILE;
    return (tile){ index / wide / high, index / wide % high * TILE, index % wide * TILE };
}

OUTLINE void make_input(const convolution *c, const float *x, tile at, float *in, size_t pitch)
{
    const size_t C = c->channels;
    x += at.row * c->height * c->width * C;
    for (size_t i = 0; i < C; i += LANES) {
        vec lines[PLACES], turned[PLACES];
        for (size_t ky = 0; ky < SIDE; ky++) {
            vec line[SIDE];
            /* A line above x becomes a huge number. */
            const size_t iy = at.y + ky - c->pad_top;
            for (size_t kx = 0; kx < SIDE; kx++) {
                const size_t ix = at.x + kx - c->pad_left;
                const bool inside = iy < c->height && ix < c->width;
                line[kx] = inside ? load_first(x + (iy * c->width + ix) * C + i, C - i) : all(0);
            }
            turn_input(line, lines + ky, SIDE);
        }
        for (int k = 0; k < SIDE; k++) turn_input(lines + k * SIDE, turned + k, SIDE);
        for (int k = 0; k < PLACES; k++) store(in + (size_t)k * pitch + i, turned[k]);
    }
}

/* Writes up to LANES filters of a tile. */
OUTLINE void make_output(const convolution *c, const float *out, tile at, convolution_end end, float *y,
                         size_t units)
{
    const vec bias = end.bias ? load_first(end.bias, units) : all(0);
    vec lines[SIDE * TILE], turned[TILE * TILE];
    for (int k = 0; k < SIDE; k++) {
        vec line[SIDE];
        for (int i = 0; i < SIDE; i++) line[i] = load(out + (k * SIDE + i) * OUT_PITCH);
        turn_output(line, lines + k, SIDE);
    }
    for (int i = 0; i < TILE; i++) turn_output(lines + i * SIDE, turned + i, TILE);
    y += ((at.row * c->out_height + at.y) * c->out_width + at.x) * c->units;
    const size_t high = least(TILE, c->out_height - at.y), wide = least(TILE, c->out_width - at.x);
    for (size_t i = 0; i < high; i++)
        for (size_t j = 0; j < wide; j++)
            store_first(y + (i * c->out_width + j) * c->units, units,
                        finish(turned[i * TILE + j], bias, end));
}

/* ---- the products ---- */

INLINE void tile_product(const int P, const bool wide, size_t C, factor in, const float *kernel, float *out)
{
    sums s;
    clear_sums(P, &s);
    add_products(P, wide, false, C, in, (panel){ .data = kernel, .step = PANEL }, &s);
    UNROLL for (int p = 0; p < P; p++)
    {
        store(out + p * PANEL, s.of[p][0]);
        if (wide) store(out + p * PANEL + LANES, s.of[p][1]);
    }
}

OUTLINE void tile_products(size_t tiles, bool wide, const convolution *c, const winograd_arrays *a,
                           const float *panels)
{
    for (size_t i = 0; i < PLACES; i++) {
        const factor in = { a->in + i * a->in_pitch, a->in_line, 1 };
        const float *kernel = panels + i * panel_pitch(c);
        float *out = a->out + i * OUT_PITCH;
        if (wide)
            WITH_LINES(tiles, tile_product(P, true, c->channels, in, kernel, out))
        else
            WITH_LINES(tiles, tile_product(P, false, c->channels, in, kernel, out))
    }
}

/* Scratch: winograd_arrays. */
OUTLINE void winograd(const convolution *c, size_t rows, const float *x, const float *panels,
                      convolution_end end, float *y, float *scratch)
{
    const winograd_arrays a = arrays_of(c, scratch);
    const size_t U = c->units, high = (c->out_height + TILE - 1) / TILE,
                 wide = (c->out_width + TILE - 1) / TILE;
    const size_t tiles = rows * high * wide, pieces = pieces_of(tiles);
    for (size_t i = 0; i < pieces; i++) {
        const size_t first = tiles * i / pieces, count = tiles * (i + 1) / pieces - first;
        tile at[MOST_LINES];
        for (size_t t = 0; t < count; t++) {
            at[t] = tile_at(c, first + t);
            make_input(c, x, at[t], a.in + t * a.in_line, a.in_pitch);
        }
        for (size_t u = 0; u < U; u += PANEL) {
            tile_products(count, U - u > LANES, c, &a, panels + u / PANEL * PLACES * panel_pitch(c));
            for (size_t v = u; v < least(U, u + PANEL); v += LANES)
                for (size_t t = 0; t < count; t++)
                    make_output(c, a.out + t * PANEL + v - u, at[t], end_at(end, v), y + v, U - v);
        }
    }
}

#endif
#endif
