/* Writes operations that move values along axes, and means over axes. */
#include <stdlib.h>
#include "base/memory.h"
#include "formats/tflite/writer.h"

/* x and a constant of integers. */
static tflite_operator with_integers(tflite_writer *t, const operation *o, const char *what,
                                     const int32_t *values, size_t count)
{
    tflite_operator r = { .op = t->now->op, .inputs = { tflite_operand(t, o, 0) }, .input_count = 2 };
    r.inputs[1] = tflite_integers(t, o, what, values, &(shape){ 1, { count } });
    return r;
}

void tflite_put_transpose(tflite_writer *t, const operation *o)
{
    int32_t order[HORN_MAX_RANK + 1] = { 0 };
    for (int i = 0; i < o->shape.rank; i++) order[i + 1] = o->order[i] + 1;
    tflite_operator r = with_integers(t, o, "perm", order, (size_t)o->shape.rank + 1);
    tflite_put(t, tflite_number_of(t, o), &r);
}

void tflite_put_tile(tflite_writer *t, const operation *o)
{
    const shape *from = &t->g->operations[o->inputs[0]].shape;
    int32_t often[HORN_MAX_RANK + 1] = { 1 };
    for (int i = 0; i < from->rank; i++)
        often[i + 1] = from->dim[i] ? (int32_t)(o->shape.dim[i] / from->dim[i]) : 1;
    tflite_operator r = with_integers(t, o, "multiples", often, (size_t)from->rank + 1);
    tflite_put(t, tflite_number_of(t, o), &r);
}

void tflite_put_mean_along(tflite_writer *t, const operation *o)
{
    int32_t axes[HORN_MAX_RANK] = { 0 };
    size_t count = 0;
    for (int i = 0; i < o->shape.rank; i++)
        if (o->axes >> i & 1) axes[count++] = i + 1;
    tflite_operator r = with_integers(t, o, "axes", axes, count);
    r.kind = TFLITE_REDUCER_OPTIONS;
    tflite_add_option(&r, 0, 1, 1);
    tflite_put(t, tflite_number_of(t, o), &r);
}

/* Pixels are areas. Version 3 knows that. */
void tflite_put_resize(tflite_writer *t, const operation *o)
{
    const bool is_nearest = o->kind == OPERATION_RESIZE_NEAREST;
    const int32_t sizes[] = { (int32_t)o->shape.dim[0], (int32_t)o->shape.dim[1] };
    if (shape_is_open(&o->shape)) tflite_refuse(t, o, "of an open axis");
    tflite_operator r = with_integers(t, o, "size", sizes, 2);
    r.kind = is_nearest ? TFLITE_NEAREST_OPTIONS : TFLITE_BILINEAR_OPTIONS;
    r.version = 3;
    tflite_add_option(&r, is_nearest ? 1 : 3, 1, 1);
    tflite_put(t, tflite_number_of(t, o), &r);
}

/* Ends count from the end; a bit of the end mask says that nothing is taken off there. */
void tflite_put_crop(tflite_writer *t, const operation *o)
{
    const int rank = o->shape.rank;
    int32_t begin[HORN_MAX_RANK + 1] = { 0 }, end[HORN_MAX_RANK + 1] = { 0 }, step[HORN_MAX_RANK + 1] = { 1 };
    size_t whole = 1 | (size_t)1 << rank;
    for (int i = 0; i < rank; i++) {
        step[i + 1] = 1;
        if (i + 1 == rank) continue;
        begin[i + 1] = (int32_t)o->padding[2 * i];
        end[i + 1] = -(int32_t)o->padding[2 * i + 1];
        if (!end[i + 1]) whole |= (size_t)1 << (i + 1);
    }
    const shape all = { 1, { (size_t)rank + 1 } };
    tflite_operator r = with_integers(t, o, "begin", begin, all.dim[0]);
    r.inputs[2] = tflite_integers(t, o, "end", end, &all);
    r.inputs[3] = tflite_integers(t, o, "strides", step, &all);
    r.input_count = 4;
    r.kind = TFLITE_STRIDED_SLICE_OPTIONS;
    tflite_add_option(&r, 0, 4, 1 | (size_t)1 << rank);
    tflite_add_option(&r, 1, 4, whole);
    tflite_put(t, tflite_number_of(t, o), &r);
}

void tflite_put_gather(tflite_writer *t, const operation *o)
{
    tflite_operator cast = { .op = TFLITE_CAST, .inputs = { tflite_operand(t, o, 1) }, .input_count = 1 };
    const int32_t rows = tflite_put_as(t, o, &cast,
                                       &(tflite_tensor){ .type = TFLITE_INT32,
                                                         .is_computed = true,
                                                         .shape = t->g->operations[o->inputs[1]].shape });
    tflite_operator r = { .op = TFLITE_GATHER,
                          .inputs = { tflite_operand(t, o, 0), rows },
                          .input_count = 2,
                          .kind = TFLITE_GATHER_OPTIONS };
    tflite_add_option(&r, 0, 4, 0);
    tflite_put(t, tflite_number_of(t, o), &r);
}

/* ---- parts ---- */

/* Constants have no samples in front. */
void tflite_put_slice(tflite_writer *t, const operation *o)
{
    const int first = t->known[o->inputs[0]].is_computed, rank = o->shape.rank;
    const shape all = { 1, { (size_t)(first + rank) } };
    int32_t begin[HORN_MAX_RANK + 1] = { 0 }, size[HORN_MAX_RANK + 1];
    for (int i = 0; i < first + rank; i++) size[i] = -1;
    begin[first + o->axis] = (int32_t)o->first;
    size[first + o->axis] = (int32_t)o->shape.dim[o->axis];
    tflite_operator r = with_integers(t, o, "begin", begin, all.dim[0]);
    r.inputs[2] = tflite_integers(t, o, "size", size, &all);
    r.input_count = 3;
    tflite_put(t, tflite_number_of(t, o), &r);
}

void tflite_put_join(tflite_writer *t, const operation *o)
{
    const size_t own = tflite_number_of(t, o);
    size_t *joined = NULL;
    tflite_operator r = { .op = t->now->op, .kind = TFLITE_CONCATENATION_OPTIONS };
    if (graph_is_inner_join(t->g, t->known, own)) return;
    t->n->status = graph_joined(&joined, &r.input_count, t->g, t->known, own);
    if (!t->n->status) t->n->status = memory_new(&r.many, r.input_count, sizeof *r.many);
    for (size_t i = 0; !t->n->status && i < r.input_count; i++) r.many[i] = tflite_value(t, joined[i]);
    free(joined);
    tflite_add_option(&r, 0, 4, (size_t)(t->known[o->inputs[0]].is_computed + o->axis));
    tflite_put(t, own, &r);
}

void tflite_put_dot(tflite_writer *t, const operation *o)
{
    tflite_operator r = { .op = t->now->op,
                          .inputs = { tflite_operand(t, o, 0), tflite_operand(t, o, 1) },
                          .input_count = 2,
                          .kind = t->now->kind };
    tflite_add_option(&r, 1, 1, 1);
    tflite_put(t, tflite_number_of(t, o), &r);
}
