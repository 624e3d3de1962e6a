#include "layers/joining.h"

#include <string.h>
#include "base/status.h"

/* Adds the size of an input to that of the output; 0: an axis is open. */
static horn_status add_size(const layer *l, size_t *sum, size_t size)
{
    if (*sum == SHAPE_OPEN || size == SHAPE_OPEN)
        *sum = SHAPE_OPEN;
    else if (size > SIZE_MAX - *sum)
        return layer_fail(l, HORN_ERROR_SHAPE, "its output has more values than memory has addresses");
    else
        *sum += size;
    return HORN_OK;
}

horn_status joining_place(const layer *l, call *c, int axis)
{
    horn_status status = HORN_OK;
    char found[SHAPE_TEXT], expected[SHAPE_TEXT];
    for (size_t k = 1; !status && k < c->input_count; k++) {
        shape other = c->inputs[k];
        if (other.rank == c->inputs->rank) other.dim[axis] = c->inputs->dim[axis];
        if (!shape_fits(&other, c->inputs))
            return layer_fail(l, HORN_ERROR_SHAPE, "its inputs do not fit: %s and %s",
                              shape_print(expected, c->inputs), shape_print(found, &c->inputs[k]));
        for (int i = 0; i < other.rank; i++)
            if (i != axis && c->outputs->dim[i] == SHAPE_OPEN) c->outputs->dim[i] = other.dim[i];
        status = add_size(l, &c->outputs->dim[axis], c->inputs[k].dim[axis]);
    }
    return status;
}

/* Values of a shape on its axes [axis, rank). */
static size_t run_of(const shape *s, int axis)
{
    size_t run = 1;
    for (int i = axis; i < s->rank; i++) run *= s->dim[i];
    return run;
}

joining_runs joining_runs_of(const call *c, size_t rows, int axis)
{
    const size_t whole = run_of(c->outputs, axis);
    return (joining_runs){ .count = whole ? rows * shape_count(c->outputs) / whole : 0, .whole = whole };
}

void joining_next(joining_runs *r, const call *c, size_t k, int axis)
{
    r->first += r->run;
    r->run = run_of(&c->inputs[k], axis);
}

void joining_forward(const call *c, int axis, const tensor *x, tensor *y)
{
    joining_runs r = joining_runs_of(c, y->rows, axis);
    for (size_t k = 0; k < c->input_count; k++) {
        joining_next(&r, c, k, axis);
        for (size_t i = 0; i < r.count; i++)
            memcpy(y->data + i * r.whole + r.first, x[k].data + i * r.run, r.run * sizeof *y->data);
    }
}

void joining_backward(const call *c, int axis, const tensor *dy, tensor *dx)
{
    joining_runs r = joining_runs_of(c, dy->rows, axis);
    for (size_t k = 0; dx && k < c->input_count; k++) {
        joining_next(&r, c, k, axis);
        for (size_t i = 0; dx[k].data && i < r.count; i++)
            memcpy(dx[k].data + i * r.run, dy->data + i * r.whole + r.first, r.run * sizeof *dy->data);
    }
}
