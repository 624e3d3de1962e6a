/* A product of a block of columns is made in one piece, or, if dropout has a mask for each block, in one for each. */
#ifndef LAYERS_RECURRENT_PIECES_H
#define LAYERS_RECURRENT_PIECES_H

#include "layers/recurrent/walk.h"

/* As columns, and the copy of x or h that is multiplied. */
typedef struct piece {
    size_t first, width, gate, copy;
} piece;

static inline size_t count_pieces(const columns *s, size_t copies)
{
    return copies > 1 ? s->width : 1;
}

static inline piece piece_at(const columns *s, size_t copies, size_t k)
{
    if (copies == 1) return (piece){ s->first, s->width, s->gate, 0 };
    return (piece){ s->first + k, 1, s->gate + k, s->first + k };
}

/* What the recurrent kernel's entry `index` multiplies in step t. */
static inline float *pieces_source(const walk *w, size_t index, size_t copy, size_t t)
{
    float *from = index ? w->extra : w->dropped + copy * w->steps * w->rows * w->U;
    return from + t * w->rows * w->U;
}

#endif
