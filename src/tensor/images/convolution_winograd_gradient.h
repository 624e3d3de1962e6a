/* A kernel for convolution_fast.h: the gradient of a 3x3 kernel by Winograd's matrices (convolution_winograd.h), with
 * the roles of the kernel and of y's 4x4 pixels exchanged:
 *
 * dkernel = G^T (sum over tiles of (B^T x B) * (A dy A^T)) G      * element by element
 *
 * This makes 36 matrix products for each block of tiles:
 *
 *     x --B--> in[36][tiles][channels]      dy --A--> out[36][tiles][units]
 *              sums[36][channels][units] += in^T out      --G--> dkernel */
#ifndef TENSOR_IMAGES_CONVOLUTION_WINOGRAD_GRADIENT_H
#define TENSOR_IMAGES_CONVOLUTION_WINOGRAD_GRADIENT_H

#include "tensor/images/convolution_winograd.h"
#include "tensor/tuning.h"

#if defined(VECTORS)

enum { BLOCK_TILES = TUNING_WINOGRAD_GRADIENT_TILES };

/* ---- the matrices transposed ---- */

INLINE void turn_output_gradient(const vec d[TILE], vec *to, int step)
{
    const vec even = add(d[0], d[2]), odd = add(d[1], d[3]);
    to[0] = d[0];
    to[step] = add(even, odd);
    to[2 * step] = sub(even, odd);
    to[3 * step] = fma_of(all(0.125f), d[3], fma_of(all(0.25f), d[2], fma_of(all(0.5f), d[1], d[0])));
    to[4 * step] = fma_of(all(-8), d[3], fma_of(all(4), d[2], fma_of(all(-2), d[1], d[0])));
    to[5 * step] = d[3];
}

INLINE void turn_kernel_gradient(const vec a[SIDE], vec *to, int step)
{
    const vec third = all(1.0f / 3), s = mul(add(a[1], a[2]), third), d = mul(sub(a[1], a[2]), third);
    to[0] = fma_of(all(1.0f / 15), a[4], fma_of(all(-16.0f / 15), a[3], add(a[0], d)));
    to[step] = fma_of(all(-2.0f / 15), a[4], fma_of(all(-8.0f / 15), a[3], s));
    to[2 * step] = fma_of(all(4.0f / 15), a[4], fma_of(all(-4.0f / 15), a[3], add(a[5], d)));
}

/* ---- the arrays ---- */

typedef struct gradient_arrays {
    /* As in winograd_arrays. */
    size_t in_line, in_pitch, out_line, out_pitch, sums_pitch;
    float *in, *out, *sums;
} gradient_arrays;

INLINE gradient_arrays gradient_arrays_of(const convolution *c, float *scratch)
{
    gradient_arrays a;
    a.in_line = (c->channels + LANES - 1) / LANES * LANES;
    a.out_line = (c->units + PANEL - 1) / PANEL * PANEL;
    a.in_pitch = BLOCK_TILES * a.in_line + 16;
    a.out_pitch = BLOCK_TILES * a.out_line + 16;
    a.sums_pitch = c->channels * a.out_line + 16;
    a.in = scratch;
    a.out = a.in + PLACES * a.in_pitch;
    a.sums = a.out + PLACES * a.out_pitch;
    return a;
}

OUTLINE void make_output_gradient(const convolution *c, const float *dy, tile at, float *out, size_t pitch,
                                  size_t line)
{
    const size_t high = least(TILE, c->out_height - at.y), wide = least(TILE, c->out_width - at.x);
    dy += ((at.row * c->out_height + at.y) * c->out_width + at.x) * c->units;
    for (size_t u = 0; u < line; u += LANES) {
        const size_t units = u < c->units ? c->units - u : 0;
        vec lines[SIDE * TILE], turned[PLACES];
        for (size_t i = 0; i < TILE; i++) {
            vec pixel[TILE];
            for (size_t j = 0; j < TILE; j++)
                pixel[j] = i < high && j < wide
                               ? load_first(dy + (i * c->out_width + j) * c->units + u, units)
                               : all(0);
            turn_output_gradient(pixel, lines + i, TILE);
        }
        for (int k = 0; k < SIDE; k++) turn_output_gradient(lines + k * TILE, turned + k, SIDE);
        for (int k = 0; k < PLACES; k++) store(out + (size_t)k * pitch + u, turned[k]);
    }
}

/* dkernel[3, 3, channel i, up to LANES filters from u on] += the transformed sums. */
INLINE void add_kernel_gradient(const convolution *c, const gradient_arrays *a, size_t i, size_t u,
                                float *dkernel)
{
    const size_t units = c->units - u;
    const float *from = a->sums + i * a->out_line + u;
    vec lines[3 * SIDE], turned[9];
    for (size_t k = 0; k < SIDE; k++) {
        vec line[SIDE];
        for (size_t j = 0; j < SIDE; j++) line[j] = load(from + (j * SIDE + k) * a->sums_pitch);
        turn_kernel_gradient(line, lines + k, SIDE);
    }
    for (int k = 0; k < 3; k++) turn_kernel_gradient(lines + k * SIDE, turned + 3 * k, 1);
    for (size_t k = 0; k < 9; k++) {
        float *to = dkernel + (k * c->channels + i) * c->units + u;
        store_first(to, units, add(load_first(to, units), turned[k]));
    }
}

/* ---- the products ---- */

INLINE void sum_products(const int P, const bool wide, bool begins, size_t tiles, factor in, panel out,
                         float *to, size_t line)
{
    sums s;
    UNROLL for (int p = 0; p < P; p++)
    {
        s.of[p][0] = begins ? all(0) : load(to + (size_t)p * line);
        s.of[p][1] = begins || !wide ? all(0) : load(to + (size_t)p * line + LANES);
    }
    add_products(P, wide, false, tiles, in, out, &s);
    UNROLL for (int p = 0; p < P; p++)
    {
        store(to + (size_t)p * line, s.of[p][0]);
        if (wide) store(to + (size_t)p * line + LANES, s.of[p][1]);
    }
}

OUTLINE void sum_products_of(size_t lines, bool wide, bool begins, size_t tiles, factor in, panel out,
                             float *to, size_t line)
{
    if (wide)
        WITH_LINES(lines, sum_products(P, true, begins, tiles, in, out, to, line))
    else
        WITH_LINES(lines, sum_products(P, false, begins, tiles, in, out, to, line))
}

/* The 36 products of a block of tiles. The first block overwrites the sums. */
OUTLINE void add_block(const convolution *c, const gradient_arrays *a, bool begins, size_t tiles)
{
    const size_t C = c->channels, pieces = pieces_of(C);
    for (size_t k = 0; k < PLACES; k++)
        for (size_t i = 0; i < pieces; i++) {
            const size_t first = C * i / pieces, end = C * (i + 1) / pieces;
            for (size_t u = 0; u < a->out_line; u += PANEL)
                sum_products_of(end - first, c->units > u + LANES, begins, tiles,
                                (factor){ a->in + k * a->in_pitch + first, 1, a->in_line },
                                (panel){ .data = a->out + k * a->out_pitch + u, .step = a->out_line },
                                a->sums + k * a->sums_pitch + first * a->out_line + u, a->out_line);
        }
}

/* Scratch: gradient_arrays. */
OUTLINE void winograd_gradient_kernel(const convolution *c, size_t rows, const float *x, const float *dy,
                                      float *dkernel, float *scratch)
{
    const gradient_arrays a = gradient_arrays_of(c, scratch);
    const size_t tiles = rows * ((c->out_height + TILE - 1) / TILE) * ((c->out_width + TILE - 1) / TILE);
    const size_t blocks = (tiles + BLOCK_TILES - 1) / BLOCK_TILES;
    for (size_t b = 0; b < blocks; b++) {
        const size_t first = tiles * b / blocks, count = tiles * (b + 1) / blocks - first;
        for (size_t t = 0; t < count; t++) {
            const tile at = tile_at(c, first + t);
            make_input(c, x, at, a.in + t * a.in_line, a.in_pitch);
            make_output_gradient(c, dy, at, a.out + t * a.out_line, a.out_pitch, a.out_line);
        }
        add_block(c, &a, b == 0, count);
    }
    for (size_t i = 0; i < c->channels; i++)
        for (size_t u = 0; u < c->units; u += LANES) add_kernel_gradient(c, &a, i, u, dkernel);
}

#endif
#endif
