#include "tensor/broadcast.h"

broadcast broadcast_along(const shape *sample, unsigned axes)
{
    broadcast b = { .count = 1, .lines = 1, .rank = sample->rank };
    for (int i = sample->rank; i-- > 0;) {
        b.dim[i] = sample->dim[i];
        b.stride[i] = axes >> i & 1 ? b.count : 0;
        if (axes >> i & 1) b.count *= b.dim[i];
        if (i + 1 < sample->rank) b.lines *= b.dim[i];
    }
    b.width = b.dim[b.rank - 1];
    b.step = b.stride[b.rank - 1];
    return b;
}

size_t broadcast_at(const broadcast *b, size_t line)
{
    size_t at = 0;
    for (int i = b->rank - 1; i-- > 0;) {
        at += line % b->dim[i] * b->stride[i];
        line /= b->dim[i];
    }
    return at;
}
