/* Channels are processed in strips of 16: vectors that stay in registers while the loop goes over the window. */
#include "tensor/images/pooling.h"

#include <stdbool.h>
#include "base/kernel.h"
#include "tensor/strips.h"

typedef int16_t shorts __attribute__((vector_size(STRIP * 2)));
typedef uint8_t bytes __attribute__((vector_size(STRIP)));

/* The cells of one window that lie inside x. */
typedef struct window {
    size_t lines, columns;
    /* Offset of the first cell's floats in a row of x. */
    size_t first;
    /* The first cell's number in the window. */
    size_t place;
} window;

static inline window window_at(const pooling *p, size_t oy, size_t ox)
{
    /* In x with its padding. */
    const size_t y = oy * p->stride_y, x = ox * p->stride_x;
    const size_t above = y < p->pad_top ? p->pad_top - y : 0, left = x < p->pad_left ? p->pad_left - x : 0;
    const size_t top = y + above - p->pad_top, start = x + left - p->pad_left;
    return (window){ .lines = least(p->window_height - above, p->height - top),
                     .columns = least(p->window_width - left, p->width - start),
                     .first = (top * p->width + start) * p->channels,
                     .place = above * p->window_width + left };
}

/* Most windows are of this kind: they get loops of constant length. */
#define IS_COMMON(w, n) ((w)->lines == 2 && (w)->columns == 2 && (n) == STRIP)

/* Runs the body for each window of each row, with w, the row's first float `row` of x, and the window's first float
 * `out` of y. */
#define FOR_EACH_WINDOW(p, rows)                                \
    for (size_t n_ = 0, out = 0, row = 0; n_ < (rows);          \
         n_++, row += (p)->height * (p)->width * (p)->channels) \
        for (size_t oy_ = 0; oy_ < (p)->out_height; oy_++)      \
            for (size_t ox_ = 0; ox_ < (p)->out_width; ox_++, out += (p)->channels)

size_t pooling_position_size(const pooling *p)
{
    return p->window_height * p->window_width <= 256 ? sizeof(uint8_t) : sizeof(uint32_t);
}

/* ---- maximum ---- */

/* `size` is pooling_position_size. */
INLINE void load_places(ints *at, const void *positions, size_t size, size_t first, size_t n)
{
    const uint8_t *from = (const uint8_t *)positions + first * size;
    uint32_t part[STRIP] = { 0 };
    bytes narrow;
    if (size == 1 && n == STRIP) {
        memcpy(&narrow, from, sizeof narrow);
        *at = __builtin_convertvector(__builtin_convertvector(narrow, shorts), ints);
        return;
    }
    if (size == 1)
        for (size_t i = 0; i < n; i++) part[i] = from[i];
    else
        memcpy(part, from, n * size);
    memcpy(at, part, sizeof *at);
}

INLINE void store_places(const ints *at, void *positions, size_t size, size_t first, size_t n)
{
    uint8_t *to = (uint8_t *)positions + first * size;
    uint32_t part[STRIP];
    if (size == 1 && n == STRIP) {
        const bytes narrow = __builtin_convertvector(__builtin_convertvector(*at, shorts), bytes);
        memcpy(to, &narrow, sizeof narrow);
        return;
    }
    memcpy(part, at, sizeof *at);
    if (size == 1)
        for (size_t i = 0; i < n; i++) to[i] = (uint8_t)part[i];
    else
        memcpy(to, part, n * size);
}

/* For n <= STRIP channels of a window with so many lines and columns inside x. x points to the first of these cells,
 * here and in the functions below. */
INLINE void find_max(const pooling *p, size_t lines, size_t columns, size_t place, size_t n, const float *x,
                     floats *best, ints *at)
{
    load(best, x, n);
    *at = (ints){ 0 } + (int32_t)place;
    for (size_t iy = 0; iy < lines; iy++)
        for (size_t ix = 0; ix < columns; ix++) {
            floats cell;
            load(&cell, x + (iy * p->width + ix) * p->channels, n);
            /* -1 or 0. */
            const ints greater = cell > *best;
            *best = (floats)((greater & (ints)cell) | (~greater & (ints)*best));
            *at = (greater & (int32_t)(place + iy * p->window_width + ix)) | (~greater & *at);
        }
}

KERNEL void pooling_max(const pooling *p, size_t rows, const float *x, float *y, void *positions)
{
    const size_t size = pooling_position_size(p);
    FOR_EACH_WINDOW(p, rows)
    {
        const window w = window_at(p, oy_, ox_);
        for (size_t c = 0; c < p->channels; c += STRIP) {
            const size_t n = least(p->channels - c, STRIP);
            floats best;
            ints at;
            if (IS_COMMON(&w, n))
                find_max(p, 2, 2, w.place, STRIP, x + row + w.first + c, &best, &at);
            else
                find_max(p, w.lines, w.columns, w.place, n, x + row + w.first + c, &best, &at);
            store(y + out + c, &best, n);
            if (positions) store_places(&at, positions, size, out + c, n);
        }
    }
}

/* True if no cell is in two windows: then each is written once, and nothing is added. */
static bool are_apart(const pooling *p)
{
    return p->stride_y >= p->window_height && p->stride_x >= p->window_width;
}

/* True if every cell is in a window. */
static bool cover_all(const pooling *p)
{
    return p->stride_y <= p->window_height && p->stride_x <= p->window_width &&
           (p->out_height - 1) * p->stride_y + p->window_height >= p->height + p->pad_top &&
           (p->out_width - 1) * p->stride_x + p->window_width >= p->width + p->pad_left;
}

static void clear(const pooling *p, size_t rows, float *dx)
{
    if (are_apart(p) && cover_all(p)) return;
    memset(dx, 0, rows * p->height * p->width * p->channels * sizeof *dx);
}

INLINE void spread_max(const pooling *p, bool apart, size_t lines, size_t columns, size_t place, size_t n,
                       const ints *at, const floats *dy, float *dx)
{
    for (size_t iy = 0; iy < lines; iy++)
        for (size_t ix = 0; ix < columns; ix++) {
            float *to = dx + (iy * p->width + ix) * p->channels;
            floats cell = { 0 };
            if (!apart) load(&cell, to, n);
            cell += (floats)((*at == (int32_t)(place + iy * p->window_width + ix)) & (ints)*dy);
            store(to, &cell, n);
        }
}

KERNEL void pooling_max_gradient(const pooling *p, size_t rows, const void *positions, const float *relu_y,
                                 const float *dy, float *dx)
{
    const size_t size = pooling_position_size(p);
    const bool apart = are_apart(p);
    clear(p, rows, dx);
    FOR_EACH_WINDOW(p, rows)
    {
        const window w = window_at(p, oy_, ox_);
        for (size_t c = 0; c < p->channels; c += STRIP) {
            const size_t n = least(p->channels - c, STRIP);
            floats share;
            ints at;
            load(&share, dy + out + c, n);
            if (relu_y) {
                floats y;
                load(&y, relu_y + out + c, n);
                share = (floats)((y > 0) & (ints)share);
            }
            load_places(&at, positions, size, out + c, n);
            if (IS_COMMON(&w, n) && apart)
                spread_max(p, true, 2, 2, w.place, STRIP, &at, &share, dx + row + w.first + c);
            else
                spread_max(p, apart, w.lines, w.columns, w.place, n, &at, &share, dx + row + w.first + c);
        }
    }
}

/* ---- mean ---- */

/* Sums the lines, then their sums: exact enough for large windows. */
INLINE void sum_up(const pooling *p, size_t lines, size_t columns, size_t n, const float *x, floats *sum)
{
    *sum = (floats){ 0 };
    for (size_t iy = 0; iy < lines; iy++) {
        floats line = { 0 }, cell;
        for (size_t ix = 0; ix < columns; ix++) {
            load(&cell, x + (iy * p->width + ix) * p->channels, n);
            line += cell;
        }
        *sum += line;
    }
}

KERNEL void pooling_average(const pooling *p, size_t rows, const float *x, float *y)
{
    FOR_EACH_WINDOW(p, rows)
    {
        const window w = window_at(p, oy_, ox_);
        for (size_t c = 0; c < p->channels; c += STRIP) {
            const size_t n = least(p->channels - c, STRIP);
            floats sum;
            if (IS_COMMON(&w, n))
                sum_up(p, 2, 2, STRIP, x + row + w.first + c, &sum);
            else
                sum_up(p, w.lines, w.columns, n, x + row + w.first + c, &sum);
            sum /= (float)(w.lines * w.columns);
            store(y + out + c, &sum, n);
        }
    }
}

INLINE void spread_share(const pooling *p, bool apart, size_t lines, size_t columns, size_t n,
                         const floats *share, float *dx)
{
    for (size_t iy = 0; iy < lines; iy++)
        for (size_t ix = 0; ix < columns; ix++) {
            float *to = dx + (iy * p->width + ix) * p->channels;
            floats cell = { 0 };
            if (!apart) load(&cell, to, n);
            cell += *share;
            store(to, &cell, n);
        }
}

KERNEL void pooling_average_gradient(const pooling *p, size_t rows, const float *dy, float *dx)
{
    const bool apart = are_apart(p);
    clear(p, rows, dx);
    FOR_EACH_WINDOW(p, rows)
    {
        const window w = window_at(p, oy_, ox_);
        for (size_t c = 0; c < p->channels; c += STRIP) {
            const size_t n = least(p->channels - c, STRIP);
            floats share;
            load(&share, dy + out + c, n);
            share /= (float)(w.lines * w.columns);
            if (IS_COMMON(&w, n) && apart)
                spread_share(p, true, 2, 2, STRIP, &share, dx + row + w.first + c);
            else
                spread_share(p, apart, w.lines, w.columns, n, &share, dx + row + w.first + c);
        }
    }
}
