/* Writes operations that move values along axes, and sums over axes. */
#include <stdlib.h>
#include "base/status.h"
#include "formats/graph_nodes/writer.h"

static const shape *shape_of(const tf_writer *t, const operation *o, int input)
{
    return &t->g->operations[o->inputs[input]].shape;
}

/* x and a constant of integers. */
static const char *put_with(tf_writer *t, const operation *o, const char *op, const char *x, const char *what,
                            const int32_t *values, size_t count, const char *type)
{
    const char *constant = tf_put_integers(t, o, what, values, count), *name = tf_put_begin(t, o, op, x);
    tf_node_input(t->n, constant);
    tf_node_type(t->n, "T", TF_FLOAT);
    tf_node_type(t->n, type, TF_INT32);
    return name;
}

const char *tf_put_transpose(tf_writer *t, const operation *o, const char *const *x)
{
    int32_t order[HORN_MAX_RANK + 1] = { 0 };
    for (int i = 0; i < o->shape.rank; i++) order[i + 1] = o->order[i] + 1;
    return tf_put_end(
        t, put_with(t, o, "Transpose", x[0], "Transpose/perm", order, (size_t)o->shape.rank + 1, "Tperm"),
        "y");
}

const char *tf_put_tile(tf_writer *t, const operation *o, const char *const *x)
{
    const shape *from = shape_of(t, o, 0);
    int32_t often[HORN_MAX_RANK + 1] = { 1 };
    for (int i = 0; i < from->rank; i++)
        often[i + 1] = from->dim[i] ? (int32_t)(o->shape.dim[i] / from->dim[i]) : 1;
    return tf_put_end(
        t, put_with(t, o, "Tile", x[0], "Tile/multiples", often, (size_t)from->rank + 1, "Tmultiples"),
        "output");
}

/* ---- reductions ---- */

static const char *reduce(tf_writer *t, const operation *o, const char *op, const char *x, unsigned bits,
                          bool keeps)
{
    int32_t axes[HORN_MAX_RANK] = { 0 };
    size_t count = 0;
    for (int i = 0; i < HORN_MAX_RANK; i++)
        if (bits >> i & 1) axes[count++] = i + 1;
    const char *name = put_with(t, o, op, x, "reduction_indices", axes, count, "Tidx");
    tf_node_boolean(t->n, "keep_dims", keeps);
    return tf_put_end(t, name, "output");
}

const char *tf_put_mean_along(tf_writer *t, const operation *o, const char *const *x)
{
    return reduce(t, o, "Mean", x[0], o->axes, true);
}

const char *tf_put_reduction(tf_writer *t, const operation *o, const char *const *x)
{
    const int rank = shape_of(t, o, 0)->rank;
    return reduce(t, o, t->now->op, x[0], (1u << (rank - 1)) - 1, o->shape.rank > 1);
}

/* ---- edges ---- */

const char *tf_put_pad(tf_writer *t, const operation *o, const char *const *x)
{
    const int rank = shape_of(t, o, 0)->rank;
    int32_t sizes[2 * (HORN_MAX_RANK + 1)] = { 0 };
    for (int i = 0; i < 2 * (rank - 1) && i < 6; i++) sizes[2 + i] = (int32_t)o->padding[i];
    const char *paddings = tf_put_constant(
        t, o, "paddings",
        &(horn_view){ .data = sizes, .dtype = HORN_INT32, .rank = 2, .shape = { (size_t)rank + 1, 2 } });
    const char *name = tf_put_begin(t, o, "Pad", x[0]);
    tf_node_input(t->n, paddings);
    tf_node_type(t->n, "T", TF_FLOAT);
    tf_node_type(t->n, "Tpaddings", TF_INT32);
    return tf_put_end(t, name, "output");
}

/* Ends count from the end; a bit of end_mask says that nothing is taken off there. */
const char *tf_put_crop(tf_writer *t, const operation *o, const char *const *x)
{
    const int rank = o->shape.rank;
    int32_t begin[HORN_MAX_RANK + 1] = { 0 }, end[HORN_MAX_RANK + 1] = { 0 }, step[HORN_MAX_RANK + 1] = { 1 };
    int64_t whole = 1 | (int64_t)1 << rank;
    for (int i = 0; i < rank; i++) {
        step[i + 1] = 1;
        if (i + 1 == rank) continue;
        begin[i + 1] = (int32_t)o->padding[2 * i];
        end[i + 1] = -(int32_t)o->padding[2 * i + 1];
        if (!end[i + 1]) whole |= (int64_t)1 << (i + 1);
    }
    const size_t count = (size_t)rank + 1;
    const char *from = tf_put_integers(t, o, "begin", begin, count),
               *to = tf_put_integers(t, o, "end", end, count),
               *by = tf_put_integers(t, o, "strides", step, count),
               *name = tf_put_begin(t, o, "StridedSlice", x[0]);
    tf_node_input(t->n, from);
    tf_node_input(t->n, to);
    tf_node_input(t->n, by);
    tf_node_type(t->n, "T", TF_FLOAT);
    tf_node_type(t->n, "Index", TF_INT32);
    tf_node_integer(t->n, "begin_mask", 1 | (int64_t)1 << rank);
    tf_node_integer(t->n, "end_mask", whole);
    return tf_put_end(t, name, "output");
}

/* ---- others ---- */

const char *tf_put_resize(tf_writer *t, const operation *o, const char *const *x)
{
    if (shape_is_open(&o->shape))
        t->n->status = fail(HORN_ERROR_UNSUPPORTED,
                            "%s: layer '%s' enlarges an open axis, which this format cannot hold", t->where,
                            tf_layer_of(t, o));
    const int32_t sizes[] = { (int32_t)o->shape.dim[0], (int32_t)o->shape.dim[1] };
    const char *size = tf_put_integers(t, o, "size", sizes, 2), *name = tf_put_begin(t, o, t->now->op, x[0]);
    tf_node_input(t->n, size);
    tf_node_type(t->n, "T", TF_FLOAT);
    tf_node_boolean(t->n, "align_corners", false);
    tf_node_boolean(t->n, "half_pixel_centers", true);
    return tf_put_end(t, name, "resized_images");
}

const char *tf_put_gather(tf_writer *t, const operation *o, const char *const *x)
{
    static const int32_t first = 0;
    const char *cast = tf_put_begin(t, o, "Cast", x[1]);
    tf_node_type(t->n, "SrcT", TF_FLOAT);
    tf_node_type(t->n, "DstT", TF_INT32);
    cast = tf_put_end(t, cast, "y");
    const char *axis = tf_put_constant(t, o, "axis", &(horn_view){ .data = &first, .dtype = HORN_INT32 }),
               *name = tf_put_begin(t, o, "GatherV2", x[0]);
    tf_node_input(t->n, cast);
    tf_node_input(t->n, axis);
    tf_node_type(t->n, "Tparams", TF_FLOAT);
    tf_node_type(t->n, "Tindices", TF_INT32);
    tf_node_type(t->n, "Taxis", TF_INT32);
    tf_node_integer(t->n, "batch_dims", 0);
    return tf_put_end(t, name, "output");
}

/* ---- parts ---- */

/* Constants have no samples in front. */
const char *tf_put_slice(tf_writer *t, const operation *o, const char *const *x)
{
    const int first = tf_is_computed(t, o, 0), rank = o->shape.rank;
    int32_t begin[HORN_MAX_RANK + 1] = { 0 }, size[HORN_MAX_RANK + 1];
    for (int i = 0; i < first + rank; i++) size[i] = -1;
    begin[first + o->axis] = (int32_t)o->first;
    size[first + o->axis] = (int32_t)o->shape.dim[o->axis];
    const char *from = tf_put_integers(t, o, "begin", begin, (size_t)(first + rank)),
               *count = tf_put_integers(t, o, "size", size, (size_t)(first + rank)),
               *name = tf_put_begin(t, o, "Slice", x[0]);
    tf_node_input(t->n, from);
    tf_node_input(t->n, count);
    tf_node_type(t->n, "T", TF_FLOAT);
    tf_node_type(t->n, "Index", TF_INT32);
    return tf_put_end(t, name, "output");
}

const char *tf_put_join(tf_writer *t, const operation *o, const char *const *x)
{
    const size_t own = (size_t)(o - t->g->operations);
    const int32_t along = tf_is_computed(t, o, 0) + o->axis;
    size_t *joined = NULL, count;
    (void)x;
    if (graph_is_inner_join(t->g, t->known, own)) return "";
    t->n->status = graph_joined(&joined, &count, t->g, t->known, own);
    if (t->n->status) return "";
    const char *axis = tf_put_constant(t, o, "axis", &(horn_view){ .data = &along, .dtype = HORN_INT32 }),
               *name = tf_put_begin(t, o, "ConcatV2", NULL);
    for (size_t i = 0; i < count; i++) tf_node_input(t->n, t->values[joined[i]]);
    free(joined);
    tf_node_input(t->n, axis);
    tf_node_integer(t->n, "N", (int64_t)count);
    tf_node_type(t->n, "T", TF_FLOAT);
    tf_node_type(t->n, "Tidx", TF_INT32);
    return tf_put_end(t, name, "output");
}

const char *tf_put_dot(tf_writer *t, const operation *o, const char *const *x)
{
    const char *name = tf_put_begin(t, o, "BatchMatMulV2", x[0]);
    tf_node_input(t->n, x[1]);
    tf_node_type(t->n, "T", TF_FLOAT);
    tf_node_boolean(t->n, "adj_x", false);
    tf_node_boolean(t->n, "adj_y", true);
    return tf_put_end(t, name, "output");
}
