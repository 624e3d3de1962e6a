#include "tensor/images/padded.h"

#include <stdint.h>
#include <string.h>

/* Lines and columns that the windows cover together, counted from the first line and column of padding. */
static size_t reach_y(const convolution *c)
{
    return (c->out_height - 1) * c->stride_y + (c->kernel_height - 1) * c->dilation_y + 1;
}

static size_t reach_x(const convolution *c)
{
    return (c->out_width - 1) * c->stride_x + (c->kernel_width - 1) * c->dilation_x + 1;
}

bool convolution_is_inside(const convolution *c)
{
    return c->pad_top == 0 && c->pad_left == 0 && reach_y(c) <= c->height && reach_x(c) <= c->width;
}

size_t convolution_padded_size(const convolution *c)
{
    return convolution_is_inside(c) ? 0 : reach_y(c) * reach_x(c) * c->channels;
}

padded convolution_pad(const convolution *c, size_t n, const float *x, float *scratch)
{
    const size_t line = c->width * c->channels;
    x += n * c->height * line;
    if (convolution_is_inside(c)) return (padded){ (float *)(uintptr_t)x, line };
    const padded p = { scratch, reach_x(c) * c->channels };
    const size_t before = c->pad_left * c->channels;
    memset(scratch, 0, convolution_padded_size(c) * sizeof *scratch);
    if (before >= p.pitch) return p;
    const size_t copied = line < p.pitch - before ? line : p.pitch - before;
    for (size_t y = 0; y < c->height && y + c->pad_top < reach_y(c); y++)
        memcpy(scratch + (y + c->pad_top) * p.pitch + before, x + y * line, copied * sizeof *x);
    return p;
}
