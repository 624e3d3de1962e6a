#include "tensor/tensor.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"

size_t shape_count(const shape *s)
{
    size_t count = 1;
    bool fits = true;
    for (int i = 0; i < s->rank; i++) {
        if (s->dim[i] == 0) return 0;
        fits = fits && memory_multiply(&count, s->dim[i]);
    }
    return fits ? count : SIZE_MAX;
}

bool shape_equal(const shape *a, const shape *b)
{
    if (a->rank != b->rank) return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i]) return false;
    return true;
}

bool shape_is_open(const shape *s)
{
    for (int i = 0; i < s->rank; i++)
        if (s->dim[i] == SHAPE_OPEN) return true;
    return false;
}

bool shape_fits(const shape *a, const shape *b)
{
    if (a->rank != b->rank) return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i] && a->dim[i] != SHAPE_OPEN && b->dim[i] != SHAPE_OPEN) return false;
    return true;
}

const char *shape_print(char out[SHAPE_TEXT], const shape *s)
{
    static const char cut[] = ", ...)";
    size_t at = 0;
    out[at++] = '(';
    for (int i = 0; i < s->rank; i++) {
        char number[32];
        const char *comma = i ? ", " : "";
        int n = s->dim[i] == SHAPE_OPEN ? snprintf(number, sizeof number, "%sNone", comma)
                                        : snprintf(number, sizeof number, "%s%zu", comma, s->dim[i]);
        if (at + (size_t)n + sizeof cut > SHAPE_TEXT) {
            memcpy(out + at, cut, sizeof cut);
            return out;
        }
        memcpy(out + at, number, (size_t)n);
        at += (size_t)n;
    }
    memcpy(out + at, s->rank == 1 ? ",)" : ")", s->rank == 1 ? 3 : 2);
    return out;
}

/* ---- the public API ---- */

size_t horn_shape_count(const horn_shape *s)
{
    return s ? shape_count(s) : 0;
}

size_t horn_tensor_count(const horn_tensor *t)
{
    return t ? t->rows * shape_count(&t->shape) : 0;
}

size_t tensor_columns(const tensor *t)
{
    return t->shape.dim[t->shape.rank - 1];
}

size_t tensor_lines(const tensor *t)
{
    return t->rows * (shape_count(&t->shape) / tensor_columns(t));
}
