/* What the functions that write a kind use: operands, and whether they are repeated. */
#include <stdio.h>
#include "formats/c_source/writer.h"

const char *c_source_operand(const c_source_writer *w, size_t value, char out[C_SOURCE_TEXT])
{
    const size_t root = w->places[value].root;
    if (w->names[root])
        snprintf(out, C_SOURCE_TEXT, "%s", w->names[root]);
    else if (w->places[root].in_memory)
        snprintf(out, C_SOURCE_TEXT, "memory + %zu", w->places[root].first);
    else
        snprintf(out, C_SOURCE_TEXT, "x");
    return out;
}

void c_source_put_operand(c_source_writer *w, size_t value)
{
    char text[C_SOURCE_TEXT];
    bytes_print(&w->calls, "%s", value == NO_VALUE ? "NULL" : c_source_operand(w, value, text));
}

/* "    name(x" of a value's first operand. */
const operation *c_source_begin(c_source_writer *w, size_t value, helper h)
{
    const operation *o = &w->g->operations[value];
    w->helpers[h] = true;
    bytes_print(&w->calls, "    %s(", helper_name(h));
    c_source_put_operand(w, o->inputs[0]);
    return o;
}

void c_source_put_comma_operand(c_source_writer *w, size_t value)
{
    bytes_print(&w->calls, ", ");
    c_source_put_operand(w, value);
}

const shape *c_source_shape_of(const c_source_writer *w, size_t value)
{
    return &w->g->operations[value].shape;
}

/* Value by value, of operands whose axes of length 1 are repeated. */
static bool repeats_axes(operation_kind kind)
{
    return kind == OPERATION_ADD || kind == OPERATION_SUB || kind == OPERATION_MUL ||
           kind == OPERATION_GREATER || kind == OPERATION_MINIMUM || kind == OPERATION_MAXIMUM ||
           kind == OPERATION_SELECT;
}

/* Its axes without those of length 1 in front are the last ones of the result. */
static bool lies_behind_itself(const shape *x, const shape *y)
{
    int front = 0;
    while (front < x->rank && x->dim[front] == 1) front++;
    const int rank = x->rank - front;
    if (rank > y->rank) return false;
    for (int i = 0; i < rank; i++)
        if (x->dim[front + i] != y->dim[y->rank - rank + i]) return false;
    return true;
}

bool c_source_repeats(const graph *g, const operation *o, int k)
{
    const shape *x = &g->operations[o->inputs[k]].shape;
    if (!repeats_axes(o->kind)) return false;
    return k == 0 ? shape_count(x) != shape_count(&o->shape) : !lies_behind_itself(x, &o->shape);
}
