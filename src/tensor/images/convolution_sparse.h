/* Kernels for convolution_fast.h if most of dy is 0: max pooling passes on one value of four, relu fewer. A window of
 * x is kernel_height lines of `run` floats (kernel_width * channels). A strip of it, `height` lines by `wide`
 * vectors, is summed in registers, over the filters or pixels that are not 0:
 *
 *     gradient_input     for each pixel p:  strip = sum over u with dy[p, u] != 0 of dy[p, u] kernel[u, strip]
 *                                           dx[window of p, strip] += strip
 *     gradient_kernel    for each filter u: strip = sum over p with dy[p, u] != 0 of dy[p, u] x[window of p]
 *                                           dkernel[u, strip] += strip
 *
 * These need the kernel transposed: turned[U][kernel_height][run, rounded up to vectors]. A zero times an infinite
 * value counts as 0, not as NaN. */
#ifndef TENSOR_IMAGES_CONVOLUTION_SPARSE_H
#define TENSOR_IMAGES_CONVOLUTION_SPARSE_H

#include <string.h>
#include "tensor/images/convolution_direct.h"
#include "tensor/tuning.h"

#if defined(VECTORS)

/* LIST: so that no two lists fall into the same cache sets. */
enum { UNITS = TUNING_SPARSE_UNITS, PIXELS = TUNING_SPARSE_PIXELS, LIST = PIXELS + 8 };

typedef struct strip {
    vec of[3][8];
} strip;

/* The sizes of a window, and of a transposed kernel. */
typedef struct window {
    /* line, size: floats of one line and of one filter of the transposed kernel. */
    size_t height, run, line, size;
} window;

INLINE window window_of(const convolution *c)
{
    const size_t run = c->kernel_width * c->channels, line = (run + LANES - 1) / LANES * LANES;
    return (window){ c->kernel_height, run, line, c->kernel_height * line };
}

/* Compiles `call` for strips of HEIGHT lines by WIDE vectors, which cover the window; the strip begins at line ky,
 * float k. Only strips of one vector may be partial; `part` masks them. */
#define STRIPS(height, wide, call)                 \
    if (left >= (wide)*LANES || (wide) == 1) {     \
        enum { HEIGHT = (height), WIDE = (wide) }; \
        const lanes part = first_lanes(left);      \
        call;                                      \
        k += (wide)*LANES;                         \
        continue;                                  \
    }
#define FOR_EACH_STRIP(w, tall, call)                                                                      \
    for (size_t ky = 0, height; ky < (w).height; ky += height) {                                           \
        height = (tall) && (w).height - ky >= 3 ? 3 : 1;                                                   \
        for (size_t k = 0; k < (w).run;) {                                                                 \
            const size_t left = (w).run - k;                                                               \
            if (height == 3) {                                                                             \
                STRIPS(3, REGISTERS == 32 ? 6 : 4, call)                                                   \
                STRIPS(3, 2, call)                                                                         \
                STRIPS(3, 1, call)                                                                         \
            }                                                                                              \
            STRIPS(1, 8, call) STRIPS(1, 6, call) STRIPS(1, 4, call) STRIPS(1, 2, call) STRIPS(1, 1, call) \
        }                                                                                                  \
    }

/* strip += value * the strip at `data`, whose lines are `pitch` floats apart. */
INLINE void add_strip(const int height, const int wide, lanes part, float value, const float *data,
                      size_t pitch, strip *s)
{
    const vec v = all(value);
    UNROLL for (int i = 0; i < height; i++, data += pitch)
    {
        UNROLL for (int j = 0; j < wide; j++)
        {
            const float *p = data + j * LANES;
            s->of[i][j] = fma_of(v, wide == 1 ? load_part(p, part) : load(p), s->of[i][j]);
        }
    }
}

INLINE void load_strip(const int height, const int wide, lanes part, const float *data, size_t pitch,
                       strip *s)
{
    UNROLL for (int i = 0; i < height; i++, data += pitch)
    {
        UNROLL for (int j = 0; j < wide; j++)
        {
            const float *p = data + j * LANES;
            s->of[i][j] = wide == 1 ? load_part(p, part) : load(p);
        }
    }
}

INLINE void store_strip(const int height, const int wide, lanes part, float *data, size_t pitch,
                        const strip *s)
{
    UNROLL for (int i = 0; i < height; i++, data += pitch)
    {
        UNROLL for (int j = 0; j < wide; j++)
        {
            float *p = data + j * LANES;
            if (wide == 1)
                store_part(p, part, s->of[i][j]);
            else
                store(p, s->of[i][j]);
        }
    }
}

OUTLINE size_t count_nonzeros(size_t n, const float *x)
{
    size_t count = 0;
    for (size_t k = 0; k < n; k += 64)
        count += (size_t)__builtin_popcountll(nonzeros(x + k, least(n - k, 64)));
    return count;
}

/* ---- transposing ---- */

enum { SQUARE = 8 };

/* Loads rows of SQUARE floats, `step` apart, as columns. */
INLINE void turn_square(const float *from, size_t step, __m256 to[SQUARE])
{
    __m256 a[SQUARE], b[SQUARE];
    UNROLL for (size_t i = 0; i < SQUARE; i++) a[i] = _mm256_loadu_ps(from + i * step);
    UNROLL for (size_t i = 0; i < SQUARE; i += 2)
    {
        b[i] = _mm256_unpacklo_ps(a[i], a[i + 1]);
        b[i + 1] = _mm256_unpackhi_ps(a[i], a[i + 1]);
    }
    UNROLL for (size_t i = 0; i < SQUARE; i += 4)
    {
        a[i] = _mm256_shuffle_ps(b[i], b[i + 2], 0x44);
        a[i + 1] = _mm256_shuffle_ps(b[i], b[i + 2], 0xee);
        a[i + 2] = _mm256_shuffle_ps(b[i + 1], b[i + 3], 0x44);
        a[i + 3] = _mm256_shuffle_ps(b[i + 1], b[i + 3], 0xee);
    }
    UNROLL for (size_t i = 0; i < SQUARE / 2; i++)
    {
        to[i] = _mm256_permute2f128_ps(a[i], a[i + 4], 0x20);
        to[i + 4] = _mm256_permute2f128_ps(a[i], a[i + 4], 0x31);
    }
}

/* to[columns, rows] (+)= from[rows, columns]^T, in squares as far as possible. */
INLINE void turn(const bool adds, size_t rows, size_t columns, const float *from, size_t from_step, float *to,
                 size_t to_step)
{
    for (size_t r = 0; r < rows; r += SQUARE)
        for (size_t c = 0; c < columns; c += SQUARE) {
            const size_t high = least(rows - r, SQUARE), wide = least(columns - c, SQUARE);
            const float *square = from + r * from_step + c;
            float *at = to + c * to_step + r;
            if (high == SQUARE && wide == SQUARE) {
                __m256 turned[SQUARE];
                turn_square(square, from_step, turned);
                UNROLL for (size_t i = 0; i < SQUARE; i++)
                {
                    float *line = at + i * to_step;
                    _mm256_storeu_ps(line,
                                     adds ? _mm256_add_ps(_mm256_loadu_ps(line), turned[i]) : turned[i]);
                }
            } else {
                for (size_t i = 0; i < wide; i++)
                    for (size_t j = 0; j < high; j++)
                        at[i * to_step + j] = (adds ? at[i * to_step + j] : 0) + square[j * from_step + i];
            }
        }
}

/* turned[U][w.size] = kernel[w.height * w.run, U]^T; does not write the padding of lines. */
OUTLINE void turn_kernel_over(const window *w, size_t U, const float *kernel, float *turned)
{
    for (size_t ky = 0; ky < w->height; ky++)
        turn(false, w->run, U, kernel + ky * w->run * U, U, turned + ky * w->line, w->size);
}

/* kernel += turned^T. */
OUTLINE void turn_kernel_back(const window *w, size_t U, const float *turned, float *kernel)
{
    for (size_t ky = 0; ky < w->height; ky++)
        turn(true, U, w->run, turned + ky * w->line, w->size, kernel + ky * w->run * U, U);
}

/* ---- gradient of the input ---- */

/* Adds one pixel's part of dx, for one strip. */
INLINE void spread_pixel(const int height, const int wide, lanes part, size_t units, const float *dy,
                         const float *turned, const window *w, float *dx, size_t pitch)
{
    uint64_t bits = nonzeros(dy, units);
    if (!bits) return;
    strip s;
    load_strip(height, wide, part, dx, pitch, &s);
    for (; bits; bits &= bits - 1) {
        const size_t u = (size_t)__builtin_ctzll(bits);
        add_strip(height, wide, part, dy[u], turned + u * w->size, w->line, &s);
    }
    store_strip(height, wide, part, dx, pitch, &s);
}

INLINE void spread(const int height, const int wide, lanes part, const convolution *c, const float *dy,
                   const float *turned, const window *w, float *dx, size_t pitch)
{
    for (size_t u = 0; u < c->units; u += UNITS)
        for (size_t oy = 0; oy < c->out_height; oy++)
            for (size_t ox = 0; ox < c->out_width; ox++)
                spread_pixel(height, wide, part, least(c->units - u, UNITS),
                             dy + (oy * c->out_width + ox) * c->units + u, turned + u * w->size, w,
                             dx + oy * c->stride_y * pitch + ox * c->stride_x * c->channels,
                             pitch * c->dilation_y);
}

/* Copies the part of a padded sample that x fills to dx, and drops the padding. */
OUTLINE void cut_edges(const convolution *c, padded from, float *dx)
{
    const size_t reach_x = (c->out_width - 1) * c->stride_x + c->kernel_width;
    const size_t reach_y = (c->out_height - 1) * c->stride_y + (c->kernel_height - 1) * c->dilation_y + 1;
    const size_t high = reach_y > c->pad_top ? least(c->height, reach_y - c->pad_top) : 0;
    const size_t wide = reach_x > c->pad_left ? least(c->width, reach_x - c->pad_left) : 0;
    for (size_t y = 0; y < high; y++)
        memcpy(dx + y * c->width * c->channels,
               from.data + (y + c->pad_top) * from.pitch + c->pad_left * c->channels,
               wide * c->channels * sizeof *dx);
}

/* Scratch: a transposed kernel, then a padded sample. */
OUTLINE void sparse_gradient_input(const convolution *c, size_t rows, const float *kernel, const float *dy,
                                   float *dx, float *scratch)
{
    const window w = window_of(c);
    const size_t count = c->height * c->width * c->channels;
    const bool inside = convolution_is_inside(c);
    turn_kernel_over(&w, c->units, kernel, scratch);
    memset(dx, 0, rows * count * sizeof *dx);
    for (size_t n = 0; n < rows; n++, dx += count, dy += c->out_height * c->out_width * c->units) {
        /* dx is zero here: so the padded sample begins as zeros, in a copy or in place. */
        const padded to = convolution_pad(c, 0, dx, scratch + c->units * w.size);
        FOR_EACH_STRIP(w, true,
                       spread(HEIGHT, WIDE, part, c, dy, scratch + ky * w.line + k, &w,
                              to.data + ky * c->dilation_y * to.pitch + k, to.pitch))
        if (!inside) cut_edges(c, to, dx);
    }
}

/* ---- gradient of the kernel ---- */

/* A value of dy, and the offset of its window. */
typedef struct entry {
    uint32_t window;
    float value;
} entry;

/* The values that are not 0 of up to PIXELS pixels and UNITS filters, by filters. */
typedef struct entries {
    size_t pixels, units;
    uint32_t count[UNITS];
    /* [UNITS][LIST]. */
    entry *list;
} entries;

INLINE void gather_unit(const int height, const int wide, lanes part, const entry *e, size_t count,
                        const float *x, size_t pitch, const window *w, float *turned)
{
    strip s;
    load_strip(height, wide, part, turned, w->line, &s);
    for (size_t i = 0; i < count; i++) add_strip(height, wide, part, e[i].value, x + e[i].window, pitch, &s);
    store_strip(height, wide, part, turned, w->line, &s);
}

INLINE void gather(const int height, const int wide, lanes part, const entries *e, const float *x,
                   size_t pitch, const window *w, float *turned)
{
    for (size_t u = 0; u < e->units; u++)
        gather_unit(height, wide, part, e->list + u * LIST, e->count[u], x, pitch, w, turned + u * w->size);
}

/* Adds all listed values to `turned`, and empties the lists. */
OUTLINE void gather_all(const convolution *c, const window *w, entries *e, const float *x, size_t pitch,
                        float *turned)
{
    FOR_EACH_STRIP(*w, false,
                   gather(HEIGHT, WIDE, part, e, x + ky * c->dilation_y * pitch + k, pitch * c->dilation_y, w,
                          turned + ky * w->line + k))
    memset(e->count, 0, sizeof e->count);
    e->pixels = 0;
}

INLINE void list_pixel(entries *e, const float *dy, size_t at)
{
    for (uint64_t bits = nonzeros(dy, e->units); bits; bits &= bits - 1) {
        const size_t u = (size_t)__builtin_ctzll(bits);
        e->list[u * LIST + e->count[u]++] = (entry){ (uint32_t)at, dy[u] };
    }
    e->pixels++;
}

/* For up to UNITS filters of dy. Samples that are padded in a copy are gathered one by one. */
OUTLINE void gather_units(const convolution *c, const window *w, entries *e, size_t rows, const float *x,
                          const float *dy, float *turned, float *scratch)
{
    const bool inside = convolution_is_inside(c);
    for (size_t n = 0; n < rows; n++) {
        const padded in = convolution_pad(c, n, x, scratch);
        const float *origin = inside ? x : in.data;
        for (size_t oy = 0; oy < c->out_height; oy++)
            for (size_t ox = 0; ox < c->out_width; ox++, dy += c->units) {
                const float *at = in.data + oy * c->stride_y * in.pitch + ox * c->stride_x * c->channels;
                list_pixel(e, dy, (size_t)(at - origin));
                if (e->pixels == PIXELS) gather_all(c, w, e, origin, in.pitch, turned);
            }
        if (!inside || n + 1 == rows) gather_all(c, w, e, origin, in.pitch, turned);
    }
}

/* Scratch: a transposed kernel, then the lists, then a padded sample. */
OUTLINE void sparse_gradient_kernel(const convolution *c, size_t rows, const float *x, const float *dy,
                                    float *dkernel, float *scratch)
{
    const window w = window_of(c);
    float *turned = scratch, *lists = turned + c->units * w.size;
    memset(turned, 0, c->units * w.size * sizeof *turned);
    for (size_t u = 0; u < c->units; u += UNITS) {
        entries e = { .units = least(c->units - u, UNITS), .list = (entry *)(void *)lists };
        gather_units(c, &w, &e, rows, x, dy + u, turned + u * w.size,
                     lists + UNITS * LIST * sizeof(entry) / sizeof(float));
    }
    turn_kernel_back(&w, c->units, turned, dkernel);
}

#endif
#endif
