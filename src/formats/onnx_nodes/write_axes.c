/* Writes operations that move values along axes, and means over axes. */
#include <stdint.h>
#include <stdlib.h>
#include "base/memory.h"
#include "formats/onnx_nodes/writer.h"

/* A Transpose between the two layouts of images has that name; this one is a layer's. */
void onnx_put_transpose(onnx_writer *t, const operation *o)
{
    size_t order[HORN_MAX_RANK + 1] = { 0 };
    const char *x = onnx_operand(t, o, 0, ONNX_PLAIN);
    for (int i = 0; i < o->shape.rank; i++) order[i + 1] = (size_t)o->order[i] + 1;
    onnx_nodes_integers(t->n, "perm", order, (size_t)o->shape.rank + 1);
    onnx_put_named(t, o, "Transpose", "Permute", &x, 1, ONNX_PLAIN);
}

void onnx_put_tile(onnx_writer *t, const operation *o)
{
    const shape *from = &t->g->operations[o->inputs[0]].shape;
    int64_t often[HORN_MAX_RANK + 1] = { 1 };
    for (int i = 0; i < from->rank; i++)
        often[i + 1] = from->dim[i] ? (int64_t)(o->shape.dim[i] / from->dim[i]) : 1;
    const char *inputs[2] = { onnx_operand(t, o, 0, ONNX_PLAIN),
                              onnx_sizes(t, o, "repeats", often, (size_t)from->rank + 1) };
    onnx_put(t, o, "Tile", inputs, 2, ONNX_PLAIN);
}

void onnx_put_join(onnx_writer *t, const operation *o)
{
    static const int64_t first[] = { 2, 3, 1 };
    size_t *joined = NULL, count;
    const char **names = NULL;
    if (graph_is_inner_join(t->g, t->known, onnx_number_of(t, o))) return;
    t->n->status = graph_joined(&joined, &count, t->g, t->known, onnx_number_of(t, o));
    if (!t->n->status) t->n->status = memory_new(&names, count, sizeof *names);
    if (!t->n->status) {
        const onnx_layout layout = onnx_layout_of_all(t, joined, count);
        for (size_t i = 0; i < count; i++) names[i] = onnx_value(t, o, joined[i], layout);
        onnx_nodes_integer(t->n, "axis", layout == ONNX_PLAIN ? o->axis + 1 : first[o->axis]);
        onnx_put(t, o, "Concat", names, count, layout);
    }
    free(joined);
    free(names);
}

/* ---- means, maxima ---- */

void onnx_put_mean_along(onnx_writer *t, const operation *o)
{
    size_t axes[HORN_MAX_RANK], count = 0;
    const char *x = onnx_operand(t, o, 0, ONNX_PLAIN);
    for (int i = 0; i < o->shape.rank; i++)
        if (o->axes >> i & 1) axes[count++] = (size_t)i + 1;
    onnx_nodes_integers(t->n, "axes", axes, count);
    onnx_nodes_integer(t->n, "keepdims", 1);
    onnx_put(t, o, "ReduceMean", &x, 1, ONNX_PLAIN);
}

static void reduce_volume(onnx_writer *t, const operation *o)
{
    const char *x = onnx_operand(t, o, 0, ONNX_PLAIN);
    onnx_nodes_integers(t->n, "axes", (size_t[3]){ 1, 2, 3 }, 3);
    onnx_nodes_integer(t->n, "keepdims", o->shape.rank > 1);
    onnx_put(t, o, t->now->op, &x, 1, ONNX_PLAIN);
}

void onnx_put_reduction(onnx_writer *t, const operation *o)
{
    const bool keeps = o->shape.rank == 3;
    if (onnx_axes_of(t, o) == 3) {
        reduce_volume(t, o);
        return;
    }
    const onnx_layout layout = keeps ? ONNX_CHANNELS_FIRST : onnx_layout_of(t, o, 0);
    const char *x = onnx_operand(t, o, 0, layout);
    if (keeps) {
        onnx_put(t, o, o->kind == OPERATION_MEAN ? "GlobalAveragePool" : "GlobalMaxPool", &x, 1, layout);
        return;
    }
    onnx_nodes_integers(t->n, "axes", layout == ONNX_PLAIN ? (size_t[2]){ 1, 2 } : (size_t[2]){ 2, 3 }, 2);
    onnx_nodes_integer(t->n, "keepdims", 0);
    onnx_put(t, o, t->now->op, &x, 1, ONNX_PLAIN);
}

/* ---- edges ---- */

void onnx_put_padding(onnx_writer *t, const operation *o)
{
    const size_t axes = onnx_axes_of(t, o), all = axes + 2, *n = o->padding;
    const onnx_layout layout = axes == 2 ? ONNX_CHANNELS_FIRST : ONNX_PLAIN;
    const size_t first = layout == ONNX_PLAIN ? 1 : 2;
    int64_t pads[2 * (HORN_MAX_RANK + 1)] = { 0 };
    for (size_t i = 0; i < axes; i++) {
        pads[first + i] = (int64_t)n[2 * i];
        pads[all + first + i] = (int64_t)n[2 * i + 1];
    }
    const char *inputs[2] = { onnx_operand(t, o, 0, layout), onnx_sizes(t, o, "pads", pads, 2 * all) };
    onnx_put(t, o, "Pad", inputs, 2, layout);
}

/* Ends count from the end. */
void onnx_put_crop(onnx_writer *t, const operation *o)
{
    const size_t axes = onnx_axes_of(t, o);
    int64_t starts[3] = { 0 }, ends[3] = { 0 }, along[3] = { 1, 2, 3 };
    for (size_t i = 0; i < axes; i++) {
        starts[i] = (int64_t)o->padding[2 * i];
        ends[i] = o->padding[2 * i + 1] ? -(int64_t)o->padding[2 * i + 1] : INT32_MAX;
    }
    const char *inputs[4] = { onnx_operand(t, o, 0, ONNX_PLAIN), onnx_sizes(t, o, "starts", starts, axes),
                              onnx_sizes(t, o, "ends", ends, axes), onnx_sizes(t, o, "axes", along, axes) };
    onnx_put(t, o, "Slice", inputs, 4, ONNX_PLAIN);
}

/* ---- others ---- */

/* Nearest: cell i of the result is cell i / size of x. */
void onnx_put_resize(onnx_writer *t, const operation *o)
{
    const bool is_nearest = o->kind == OPERATION_RESIZE_NEAREST;
    const float scales[4] = { 1, 1, (float)o->size[0], (float)o->size[1] };
    const char *inputs[3] = {
        onnx_operand(t, o, 0, ONNX_CHANNELS_FIRST), "",
        onnx_constant(t, o, "scales",
                      &(horn_view){ .data = scales, .dtype = HORN_FLOAT32, .rank = 1, .shape = { 4 } })
    };
    onnx_nodes_text(t->n, "coordinate_transformation_mode", is_nearest ? "asymmetric" : "half_pixel");
    onnx_nodes_text(t->n, "mode", t->now->op);
    if (is_nearest) onnx_nodes_text(t->n, "nearest_mode", "floor");
    onnx_put(t, o, "Resize", inputs, 3, ONNX_CHANNELS_FIRST);
}

void onnx_put_gather(onnx_writer *t, const operation *o)
{
    const char *x = onnx_operand(t, o, 1, ONNX_PLAIN);
    onnx_nodes_integer(t->n, "to", ONNX_INT64);
    const char *inputs[2] = { onnx_operand(t, o, 0, ONNX_PLAIN), onnx_put_inner(t, o, "Cast", &x, 1) };
    onnx_nodes_integer(t->n, "axis", 0);
    onnx_put(t, o, "Gather", inputs, 2, ONNX_PLAIN);
}
