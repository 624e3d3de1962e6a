#include "tensor/images/resizing.h"

#include <math.h>
#include <string.h>
#include "base/kernel.h"

/* Where a pixel of y lies on an axis of x: between two of its pixels, `share` of the way to the upper one. */
typedef struct place {
    size_t lower, upper;
    float share;
} place;

static inline place place_of(const resizing *r, size_t o, size_t n, size_t out)
{
    const float scale = (float)n / (float)out;
    if (!r->is_bilinear) {
        const size_t at = (size_t)floorf(((float)o + 0.5f) * scale);
        return (place){ at < n ? at : n - 1, 0, 0 };
    }
    const float at = ((float)o + 0.5f) * scale - 0.5f, below = floorf(at), above = ceilf(at);
    return (place){ below > 0 ? (size_t)below : 0, above < (float)(n - 1) ? (size_t)fmaxf(above, 0) : n - 1,
                    at - below };
}

/* y = a + (b - a) share, for `n` channels. */
KERNEL static void blend(size_t n, const float *restrict top_left, const float *restrict top_right,
                         const float *restrict bottom_left, const float *restrict bottom_right, float across,
                         float down, float *restrict y)
{
    for (size_t k = 0; k < n; k++) {
        const float top = top_left[k] + (top_right[k] - top_left[k]) * across,
                    bottom = bottom_left[k] + (bottom_right[k] - bottom_left[k]) * across;
        y[k] = top + (bottom - top) * down;
    }
}

KERNEL static void add_share(size_t n, float share, const float *restrict dy, float *restrict dx)
{
    for (size_t k = 0; k < n; k++) dx[k] += share * dy[k];
}

void resizing_forward(const resizing *r, size_t rows, const float *x, float *y)
{
    const size_t C = r->channels, line = r->image_width * C, from = r->top * line + r->left * C;
    for (size_t n = 0; n < rows; n++, x += r->image_height * line)
        for (size_t oy = 0; oy < r->out_height; oy++) {
            const place v = place_of(r, oy, r->height, r->out_height);
            const float *top = x + from + v.lower * line, *bottom = x + from + v.upper * line;
            for (size_t ox = 0; ox < r->out_width; ox++, y += C) {
                const place h = place_of(r, ox, r->width, r->out_width);
                const size_t left = h.lower * C, right = h.upper * C;
                if (r->is_bilinear)
                    blend(C, top + left, top + right, bottom + left, bottom + right, h.share, v.share, y);
                else
                    memcpy(y, top + left, C * sizeof *y);
            }
        }
}

void resizing_gradient(const resizing *r, size_t rows, const float *dy, float *dx)
{
    const size_t C = r->channels, line = r->image_width * C, from = r->top * line + r->left * C;
    memset(dx, 0, rows * r->image_height * line * sizeof *dx);
    for (size_t n = 0; n < rows; n++, dx += r->image_height * line)
        for (size_t oy = 0; oy < r->out_height; oy++) {
            const place v = place_of(r, oy, r->height, r->out_height);
            float *top = dx + from + v.lower * line, *bottom = dx + from + v.upper * line;
            for (size_t ox = 0; ox < r->out_width; ox++, dy += C) {
                const place h = place_of(r, ox, r->width, r->out_width);
                add_share(C, (1 - v.share) * (1 - h.share), dy, top + h.lower * C);
                if (!r->is_bilinear) continue;
                add_share(C, (1 - v.share) * h.share, dy, top + h.upper * C);
                add_share(C, v.share * (1 - h.share), dy, bottom + h.lower * C);
                add_share(C, v.share * h.share, dy, bottom + h.upper * C);
            }
        }
}
