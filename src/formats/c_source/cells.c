/* Writes operations that move cells along axes, and means over axes. */
#include "formats/c_source/writer.h"

/* Axes of cells, the last ones next to each other. */
typedef struct cells {
    int rank;
    size_t sizes[2 * HORN_MAX_RANK], x_steps[2 * HORN_MAX_RANK], y_steps[2 * HORN_MAX_RANK];
} cells;

static size_t step_of(const shape *s, int axis)
{
    size_t step = 1;
    for (int i = axis + 1; i < s->rank; i++) step *= s->dim[i];
    return step;
}

static void add_axis(cells *c, size_t size, size_t x_step, size_t y_step)
{
    c->sizes[c->rank] = size;
    c->x_steps[c->rank] = x_step;
    c->y_steps[c->rank++] = y_step;
}

static void put_numbers(c_source_writer *w, const size_t *numbers, int count)
{
    bytes_print(&w->calls, ", (const int[]){ ");
    for (int i = 0; i < count; i++) bytes_print(&w->calls, "%s%zu", i ? ", " : "", numbers[i]);
    bytes_print(&w->calls, "%s }", count ? "" : "0");
}

static void put_cells(c_source_writer *w, const cells *c)
{
    bytes_print(&w->calls, "%d", c->rank);
    put_numbers(w, c->sizes, c->rank);
    put_numbers(w, c->x_steps, c->rank);
    put_numbers(w, c->y_steps, c->rank);
    bytes_print(&w->calls, ");\n");
}

/* Copies cells of a value, from `skip` on, to a place of the memory. */
static void copy_cells(c_source_writer *w, size_t value, size_t skip, size_t to, const cells *c)
{
    w->helpers[HELPER_COPY_CELLS] = true;
    bytes_print(&w->calls, "    copy_cells(");
    c_source_put_operand(w, value);
    bytes_print(&w->calls, " + %zu, memory + %zu, ", skip, to);
    put_cells(w, c);
}

/* x along axes of length 1 as often as the result needs it. */
void c_source_put_repeated(c_source_writer *w, const operation *o, int k, size_t to)
{
    const shape *x = c_source_shape_of(w, o->inputs[k]), *y = &o->shape;
    cells c = { 0 };
    for (int i = 0; i < y->rank; i++) {
        const int axis = i - (y->rank - x->rank);
        const bool moves = axis >= 0 && x->dim[axis] != 1;
        add_axis(&c, y->dim[i], moves ? step_of(x, axis) : 0, step_of(y, i));
    }
    copy_cells(w, o->inputs[k], 0, to, &c);
}

void c_source_put_transpose(c_source_writer *w, size_t value, helper h)
{
    const operation *o = &w->g->operations[value];
    const shape *x = c_source_shape_of(w, o->inputs[0]);
    cells c = { 0 };
    (void)h;
    for (int i = 0; i < x->rank; i++)
        add_axis(&c, o->shape.dim[i], step_of(x, o->order[i]), step_of(&o->shape, i));
    copy_cells(w, o->inputs[0], 0, w->places[value].first, &c);
}

void c_source_put_tile(c_source_writer *w, size_t value, helper h)
{
    const operation *o = &w->g->operations[value];
    const shape *x = c_source_shape_of(w, o->inputs[0]);
    cells c = { 0 };
    (void)h;
    for (int i = 0; i < x->rank; i++) {
        const size_t step = step_of(&o->shape, i);
        add_axis(&c, o->shape.dim[i] / x->dim[i], 0, x->dim[i] * step);
        add_axis(&c, x->dim[i], step_of(x, i), step);
    }
    copy_cells(w, o->inputs[0], 0, w->places[value].first, &c);
}

/* Each line and each column several times. */
void c_source_put_nearest(c_source_writer *w, size_t value, helper h)
{
    const operation *o = &w->g->operations[value];
    const shape *x = c_source_shape_of(w, o->inputs[0]);
    cells c = { 0 };
    (void)h;
    for (int i = 0; i < x->rank; i++) {
        const size_t times = o->shape.dim[i] / x->dim[i], step = step_of(&o->shape, i);
        add_axis(&c, x->dim[i], step_of(x, i), times * step);
        add_axis(&c, times, 0, step);
    }
    copy_cells(w, o->inputs[0], 0, w->places[value].first, &c);
}

/* Of Slice and Crop: the first cell along an axis. */
static size_t first_cell(const operation *o, int axis)
{
    if (o->kind == OPERATION_SLICE) return axis == o->axis ? o->first : 0;
    return axis + 1 < o->shape.rank ? o->padding[2 * axis] : 0;
}

void c_source_put_part(c_source_writer *w, size_t value, helper h)
{
    const operation *o = &w->g->operations[value];
    const shape *x = c_source_shape_of(w, o->inputs[0]);
    size_t skip = 0;
    cells c = { 0 };
    (void)h;
    for (int i = 0; i < x->rank; i++) {
        skip += first_cell(o, i) * step_of(x, i);
        add_axis(&c, o->shape.dim[i], step_of(x, i), step_of(&o->shape, i));
    }
    copy_cells(w, o->inputs[0], skip, w->places[value].first, &c);
}

void c_source_put_pad(c_source_writer *w, size_t value, helper h)
{
    const operation *o = &w->g->operations[value];
    const shape *x = c_source_shape_of(w, o->inputs[0]);
    size_t to = w->places[value].first;
    cells c = { 0 };
    w->helpers[h] = true;
    bytes_print(&w->calls, "    clear(memory + %zu, %zu);\n", to, w->places[value].count);
    for (int i = 0; i < x->rank; i++) {
        if (i + 1 < x->rank) to += o->padding[2 * i] * step_of(&o->shape, i);
        add_axis(&c, x->dim[i], step_of(x, i), step_of(&o->shape, i));
    }
    copy_cells(w, o->inputs[0], 0, to, &c);
}

void c_source_put_join(c_source_writer *w, size_t value, helper h)
{
    const operation *o = &w->g->operations[value];
    size_t to = w->places[value].first;
    (void)h;
    for (int k = 0; k < o->input_count; k++) {
        const shape *x = c_source_shape_of(w, o->inputs[k]);
        cells c = { 0 };
        for (int i = 0; i < x->rank; i++) add_axis(&c, x->dim[i], step_of(x, i), step_of(&o->shape, i));
        copy_cells(w, o->inputs[k], 0, to, &c);
        to += x->dim[o->axis] * step_of(&o->shape, o->axis);
    }
}

void c_source_put_mean_along(c_source_writer *w, size_t value, helper h)
{
    const operation *o = c_source_begin(w, value, h);
    const shape *x = c_source_shape_of(w, o->inputs[0]);
    cells c = { 0 };
    size_t share = 1;
    for (int i = 0; i < x->rank; i++) {
        const bool is_along = o->axes >> i & 1;
        if (is_along) share *= x->dim[i];
        add_axis(&c, x->dim[i], step_of(x, i), is_along ? 0 : step_of(&o->shape, i));
    }
    bytes_print(&w->calls, ", memory + %zu, %zu, 1.0f / %zu, ", w->places[value].first,
                w->places[value].count, share);
    put_cells(w, &c);
}

void c_source_put_gather(c_source_writer *w, size_t value, helper h)
{
    const operation *o = c_source_begin(w, value, h);
    const shape *table = c_source_shape_of(w, o->inputs[0]);
    c_source_put_comma_operand(w, o->inputs[1]);
    bytes_print(&w->calls, ", memory + %zu, %zu, %zu, %zu);\n", w->places[value].first,
                shape_count(c_source_shape_of(w, o->inputs[1])), table->dim[0], step_of(table, 0));
}
