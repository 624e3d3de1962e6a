#include "layers/stretch.h"

#include <string.h>
#include "tensor/elementwise.h"

/* Two sizes of an axis; false: they do not fit. Of an open axis each batch decides. */
static bool stretch_axis(size_t *out, size_t in)
{
    if (*out == in || in == 1) return true;
    if (*out == 1 || *out == SHAPE_OPEN) {
        *out = in;
        return true;
    }
    return in == SHAPE_OPEN;
}

bool stretch_shape(shape *out, const shape *in)
{
    const shape *shorter = out->rank < in->rank ? out : in;
    shape both = out->rank < in->rank ? *in : *out;
    for (int i = 1; i <= shorter->rank; i++)
        if (!stretch_axis(&both.dim[both.rank - i], shorter->dim[shorter->rank - i])) return false;
    *out = both;
    return true;
}

broadcast stretch_place(const shape *in, const shape *out)
{
    unsigned axes = 0;
    for (int i = 1; i <= in->rank; i++)
        if (in->dim[in->rank - i] == out->dim[out->rank - i]) axes |= 1u << (out->rank - i);
    return broadcast_along(out, axes);
}

void stretch_spread(const broadcast *b, const float *x, float *y)
{
    for (size_t line = 0; line < b->lines; line++, y += b->width) {
        const float *from = x + broadcast_at(b, line);
        if (b->step)
            memcpy(y, from, b->width * sizeof *y);
        else
            elementwise_fill(y, *from, b->width);
    }
}

void stretch_gather(const broadcast *b, const float *dy, float *dx)
{
    elementwise_fill(dx, 0, b->count);
    for (size_t line = 0; line < b->lines; line++, dy += b->width) {
        float *to = dx + broadcast_at(b, line);
        if (b->step)
            elementwise_add(to, dy, b->width);
        else
            for (size_t i = 0; i < b->width; i++) *to += dy[i];
    }
}
